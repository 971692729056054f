"""A run over all layers of a tiny encoder: what it leaves, and its models at work."""

import json
import shutil
import signal
import socket

import numpy as np
import pandas as pd
import pytest
import soundfile

from affdyn_jax import load_model, load_run
from affdyn_jax.errors import ConfigError, FeatureError, RunError
from affdyn_jax.features.kept_layers import KeptLayers
from affdyn_jax.prediction.exported.export import export
from affdyn_jax.report.notation import listed
from affdyn_jax.system import processes
from affdyn_jax.system.stop_requests import Stopped
from affdyn_jax.training import layers_at_once, loop
from affdyn_jax.workdir.files import read_run
from tests.commands import start
from tests.runs import TINY, run_config, tiny_config

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


@pytest.fixture
def config(over_layers, standin_root, tiny_checkpoint, quick_figures):
    """Of a run over the same layers, whose features are there already."""
    config = of_encoder(standin_root, over_layers.parent / "features", tiny_checkpoint)
    config.features.encoder.layers = LAYERS
    return config


@pytest.fixture
def little_memory(monkeypatch):
    monkeypatch.setattr(layers_at_once, "device_bytes", lambda: 1.0)


@pytest.fixture
def in_rounds(made_once, config, little_memory):
    """A run over the same layers, one at once."""
    return made_once("layers_in_rounds", lambda folder: run_config(config, folder / "run")) / "run"


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


def test_rounds_of_a_layer_each_are_the_same(over_layers, in_rounds):
    assert "1 at once, in 3 rounds" in (in_rounds / "log.txt").read_text()
    together, apart = read_run(over_layers), read_run(in_rounds)
    for name in ("lanes", "history", "selection"):
        found, expected = getattr(apart, name), getattr(together, name)
        pd.testing.assert_frame_equal(found, expected, atol=1e-3)
    standardisations = [
        (run / "standardisation.csv").read_bytes() for run in (over_layers, in_rounds)
    ]
    assert standardisations[0] == standardisations[1]
    assert sorted(path.name for path in (in_rounds / "checkpoints").iterdir()) == [
        f"hidden_4_layers_{n}_to_{n}" for n in LAYERS
    ]


def test_a_run_stopped_between_rounds_and_within_one_resumes_with_any_memory(
    in_rounds, config, tmp_path, monkeypatch
):
    def stopped_if(is_due):
        with monkeypatch.context() as patched:
            patched.setattr(processes, "requested", lambda: signal.SIGTERM if is_due() else None)
            with pytest.raises(Stopped):
                run_config(config, tmp_path)

    def epochs_told():
        path = tmp_path / "epochs.jsonl"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def log():
        text = (tmp_path / "log.txt").read_text()
        (tmp_path / "log.txt").write_text("")
        return text

    stopped_if((tmp_path / "checkpoints" / "hidden_4_layers_1_to_1").exists)
    assert epochs_told() == 3 and "continuing" not in log()
    stopped_if(lambda: epochs_told() == 5)
    assert log().count("continuing after epoch") == 1
    monkeypatch.setattr(layers_at_once, "device_bytes", lambda: 2.0**60)
    run_config(config, tmp_path)
    text = log()
    assert "1 at once, in 3 rounds, as the run began" in text and "may not fit" not in text
    assert [line.split()[-1] for line in text.splitlines() if "continuing" in line] == ["3", "2"]
    for name in ("lanes.csv", "history.csv", "selection.csv", "epochs.jsonl"):
        assert (tmp_path / name).read_bytes() == (in_rounds / name).read_bytes()


def test_a_layer_that_is_faulty_ends_the_run_before_any_trains(
    config, little_memory, tmp_path, monkeypatch
):
    read = KeptLayers.read

    def faulty(self, layer):
        features = read(self, layer)
        return {name: f * (np.nan if layer == LAYERS[-1] else 1) for name, f in features.items()}

    monkeypatch.setattr(KeptLayers, "read", faulty)
    with pytest.raises(FeatureError, match=r"^layer 2: "):
        run_config(config, tmp_path)
    assert not (tmp_path / "checkpoints").exists()


def test_the_same_command_trains_nothing_where_all_is_trained(
    over_layers, standin_root, tiny_checkpoint, little_memory, tmp_path, monkeypatch
):
    def no_epoch(*_):
        return lambda number: pytest.fail(f"trains epoch {number}")

    again = shutil.copytree(over_layers, tmp_path / "run")
    (again / "lanes.csv").unlink()
    monkeypatch.setattr(loop, "_epoch_of", no_epoch)
    config = of_encoder(standin_root, over_layers.parent / "features", tiny_checkpoint)
    config.features.encoder.layers = "all"
    run_config(config, again)
    for name in ("lanes.csv", "history.csv"):
        assert (again / name).read_bytes() == (over_layers / name).read_bytes()
    log = (again / "log.txt").read_text()
    assert "all at once, as the run began" in log and "3 layer(s) at once may not fit" in log


def test_lanes_of_folds_and_layers_predict_as_in_training(config, standin_root, tmp_path):
    config.features.encoder.layers = (1, 2)
    config.sweep.update(folds=3, seeds=(0,), weights=(0.0, 1.0))
    run_config(config, tmp_path)
    run = read_run(tmp_path)
    assert run.lanes.groupby(["layer", "fold"])["lane"].nunique().to_dict() == {
        (layer, fold): 2 for layer in (1, 2) for fold in range(3)
    }
    for number, (column, lane) in enumerate(run.facts.predicting_lanes.items()):
        fold = number % len(run.facts.folds)
        recording = run.facts.folds[fold][0]
        found = load_run(tmp_path, f"{lane}-fold{fold}").predict(
            standin_root / "audio" / f"{recording}.wav"
        )
        expected = run.predictions("test", recording)[column]
        np.testing.assert_allclose(found[column][: len(expected)], expected, atol=2e-4)


@pytest.mark.slow
def test_two_processes_go_by_the_memory_of_the_first(
    in_rounds, standin_root, tiny_checkpoint, tmp_path
):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    def of_two(index):
        program = (
            "import runpy\n"
            "from affdyn_jax.training import layers_at_once\n"
            f"layers_at_once.memory_bytes = lambda: {(1, 2**60)[index]}\n"
            "runpy.run_module('affdyn_jax.main', run_name='__main__', alter_sys=True)\n"
        )
        return start(
            *("-c", program, "--config=configs/base.py"),
            f"--config.corpus.root={standin_root}",
            f"--config.features.cache={tmp_path / 'features'}",
            "--config.features.name=encoder",
            f"--config.features.encoder.model={tiny_checkpoint}",
            "--config.features.encoder.layers=0,1,2",
            *TINY,
            *(f"--coordinator=127.0.0.1:{port}", "--process_count=2"),
            *(f"--process_index={index}", f"--workdir={tmp_path / 'run'}"),
            XDG_CACHE_HOME=tmp_path,
        )

    first, second = [command.ended() for command in (of_two(0), of_two(1))]
    assert (first[0], second[0]) == (0, 0), (first, second)
    assert "1 at once, in 3 rounds" in (tmp_path / "run" / "log.txt").read_text()
    ours, of_one = (pd.read_csv(run / "lanes.csv") for run in (tmp_path / "run", in_rounds))
    pd.testing.assert_frame_equal(ours, of_one, rtol=0, atol=1e-4)


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
