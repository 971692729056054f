"""A run over all layers of a tiny encoder: what it leaves, and its models at work."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import soundfile

from affdyn_jax import load_model, load_run
from affdyn_jax.errors import ConfigError, RunError
from affdyn_jax.prediction.exported.export import export
from affdyn_jax.report.notation import listed
from affdyn_jax.training import layers_at_once
from affdyn_jax.workdir.files import read_run
from tests.runs import run_config, tiny_config

LAYERS = (0, 1, 2)


def of_encoder(root, cache, checkpoint):
    config = tiny_config(root, cache)
    config.features.name = "encoder"
    config.features.encoder.model = str(checkpoint)
    return config


@pytest.fixture(scope="module")
def over_layers(made_once, standin_root, tiny_checkpoint):
    def train(folder):
        config = of_encoder(standin_root, folder / "features", tiny_checkpoint)
        config.features.encoder.layers = "all"
        run_config(config, folder / "run")

    return made_once("over_layers", train) / "run"


def of_layer(table, layer):
    """The rows of a layer, as a run on it alone has them."""
    rows = table[table["layer"] == layer].drop(columns="layer").reset_index(drop=True)
    return rows.assign(lane=rows["lane"].str.replace(f"-layer{layer}", ""))


def test_each_layer_has_its_lanes(over_layers):
    run = read_run(over_layers)
    assert run.facts.layers == list(LAYERS)
    assert run.facts.feature_count == len(LAYERS) * 8
    of_layers = run.lanes.groupby("layer")["lane"].nunique()
    assert of_layers.to_dict() == dict.fromkeys(LAYERS, 6)
    assert "multi-h4-w0.5-layer2-seed1" in set(run.lanes["lane"])
    assert set(run.history["layer"]) == set(run.selection["layer"]) == set(LAYERS)
    assert "against_layer" in (over_layers / "report.md").read_text()
    log = (over_layers / "log.txt").read_text()
    assert "3 layers of 8 features on disk" in log
    assert "3 layer(s) of 8 features" in log and "all at once" in log


def test_a_layers_lanes_are_those_of_a_run_on_it_alone(
    over_layers, standin_root, tiny_checkpoint, tmp_path
):
    layer = 2
    config = of_encoder(standin_root, over_layers.parent / "features", tiny_checkpoint)
    config.features.layer = (layer,)
    kept = {path.name for path in (over_layers.parent / "features").iterdir()}
    run_config(config, tmp_path)
    assert {path.name for path in (over_layers.parent / "features").iterdir()} == kept
    together, alone = read_run(over_layers), read_run(tmp_path)
    for name in ("lanes", "history"):
        found, expected = of_layer(getattr(together, name), layer), getattr(alone, name)
        pd.testing.assert_frame_equal(found, expected, atol=2e-5, check_dtype=False)


def test_rounds_of_a_layer_each_are_the_same(
    over_layers, standin_root, tiny_checkpoint, tmp_path, monkeypatch
):
    monkeypatch.setattr(layers_at_once, "device_bytes", lambda: 1.0)
    config = of_encoder(standin_root, over_layers.parent / "features", tiny_checkpoint)
    config.features.encoder.layers = LAYERS
    run_config(config, tmp_path)
    assert "1 at once, in 3 rounds" in (tmp_path / "log.txt").read_text()
    together, apart = read_run(over_layers), read_run(tmp_path)
    for name in ("lanes", "history", "selection"):
        found, expected = getattr(apart, name), getattr(together, name)
        pd.testing.assert_frame_equal(found, expected, atol=1e-3)
    standardisations = [
        (run / "standardisation.csv").read_bytes() for run in (over_layers, tmp_path)
    ]
    assert standardisations[0] == standardisations[1]
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == [
        f"hidden_4_layers_{n}_to_{n}" for n in LAYERS
    ]


def test_the_same_command_finds_all_trained(over_layers, standin_root, tiny_checkpoint):
    before = {name: (over_layers / name).read_bytes() for name in ("lanes.csv", "history.csv")}
    (over_layers / "run.json").unlink()
    config = of_encoder(standin_root, over_layers.parent / "features", tiny_checkpoint)
    config.features.encoder.layers = "all"
    run_config(config, over_layers)
    assert {name: (over_layers / name).read_bytes() for name in before} == before


@pytest.mark.parametrize("chosen", ["best", "multi-h4-w0.5-layer1-seed0"])
def test_a_model_predicts_as_in_training_and_so_does_its_export(
    over_layers, chosen, standin_root, tiny_checkpoint, tmp_path
):
    run, model = read_run(over_layers), load_run(over_layers, chosen)
    recording = run.facts.recordings["test"][0]
    path = standin_root / "audio" / f"{recording}.wav"
    found = model.predict(path)
    if chosen == "best":
        expected = run.predictions("test", recording)
        np.testing.assert_allclose(found[: len(expected)], expected, atol=1e-4)
    heard = {int(lane.split("layer")[1][0]) for lanes in model.lanes_of.values() for lane in lanes}
    assert model.extractor.layers == tuple(sorted(heard))
    export(over_layers, chosen, tmp_path)
    layers = listed([str(number) for number in sorted(heard)])
    card = (tmp_path / "README.md").read_text()
    assert f"from {len(heard) * 8} features (encoder, layer" in card and f" {layers}" in card
    settings = json.loads((tmp_path / "settings.json").read_text())
    assert settings["features"]["encoder"]["layers"] == sorted(heard)
    again = load_model(tmp_path, tiny_checkpoint).predict(*soundfile.read(path))
    np.testing.assert_allclose(again, found, atol=1e-6)


def test_a_layer_that_the_encoder_lacks_is_refused(standin_root, tiny_checkpoint, tmp_path):
    config = of_encoder(standin_root, tmp_path / "features", tiny_checkpoint)
    config.features.encoder.layers = (1, 3)
    with pytest.raises(ConfigError, match=r"has no layer 3; choose from 0, .* to 2"):
        run_config(config, tmp_path / "run")


def test_a_layer_that_the_run_does_not_name_is_refused(over_layers, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(over_layers, folder)
    facts = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(facts | {"layers": [0, 1, 5]}))
    with pytest.raises(RunError, match=r"lanes.csv: layer 2, which run.json does not name"):
        read_run(folder)
    (folder / "run.json").write_text(json.dumps(facts | {"feature_count": 25}))
    with pytest.raises(RunError, match=r"'feature_count' is 25, which 3 layers cannot have"):
        read_run(folder)
