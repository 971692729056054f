"""A run whose lanes learn a weighted sum of a tiny encoder's layers, with and without folds."""

import numpy as np
import pytest

from affdyn_jax import load_run
from affdyn_jax.errors import ConfigError, RunError
from affdyn_jax.workdir.files import read_run
from affdyn_jax.workdir.weights import restore_weights
from tests.runs import run_config, tiny_config


def config_of(root, cache, checkpoint):
    config = tiny_config(root, cache)
    config.features.name = "encoder"
    config.features.encoder.model = str(checkpoint)
    config.features.encoder.layers = "all"
    config.sweep.layers = "weighted"
    config.sweep.seeds = (0,)
    config.training.learning_rate = 0.05
    return config


@pytest.fixture(scope="module", params=[0, pytest.param(3, marks=pytest.mark.slow)])
def run_folder(request, made_once, standin_root, tiny_checkpoint):
    def train(folder):
        config = config_of(standin_root, folder / "features", tiny_checkpoint)
        config.sweep.folds = request.param
        run_config(config, folder / "run")

    return made_once(f"summed{request.param}", train) / "run"


def test_each_lane_has_weights_of_its_own(run_folder):
    run = read_run(run_folder)
    assert "layer" not in run.lanes and run.facts.layers == [0, 1, 2]
    weights = run.layer_weights.pivot_table(index="lane", columns="layer", values="weight")
    assert set(weights.index) == set(run.lanes["lane"])
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=5e-6)
    assert (np.abs(weights - 1 / 3) > 1e-3).any(axis=1).all()
    assert len(weights.round(5).drop_duplicates()) == len(weights)
    assert "weighted sum of 3 layers of 8 features" in (run_folder / "log.txt").read_text()


def test_the_report_has_those_of_the_predicting_lanes(run_folder):
    run, text = read_run(run_folder), (run_folder / "report.md").read_text()
    section = text.split("## Weights of layers\n")[1].split("\n## ")[0]
    lane = run.facts.predicting_lanes["arousal"]
    of_lane = run.layer_weights[run.layer_weights["lane"].str.startswith(lane)]
    for layer, weight in of_lane.groupby("layer")["weight"].mean().items():
        (row,) = [line for line in section.splitlines() if line.startswith(f"| {layer} |")]
        assert row.split("|")[2].strip(" *") == f"{weight:.3f}"


def test_a_model_predicts_as_in_training(run_folder, standin_root):
    run = read_run(run_folder)
    column, lane = next(iter(run.facts.predicting_lanes.items()))
    # Of folds, by the lane of the one that tests the recording.
    recordings, name = run.facts.recordings["test"], lane
    if run.facts.folds:
        recordings, name = run.facts.folds[1], f"{lane}-fold1"
    found = load_run(run_folder, name).predict(standin_root / "audio" / f"{recordings[0]}.wav")
    expected = run.predictions("test", recordings[0])[column]
    np.testing.assert_allclose(found[column][: len(expected)], expected, atol=2e-4)


def test_weights_are_kept_as_they_were_trained(run_folder):
    run = read_run(run_folder)
    weights = restore_weights(run_folder / "weights" / "hidden_4")
    lane_count = run.lanes["lane"].nunique()
    assert weights["layers"][0]["input_kernel_ghf"].shape == (lane_count, 3, 4, 8)
    assert weights["layer_scores_y"].shape == (lane_count, 3)
    assert (run_folder / "weights" / "standardisation_of_folds").exists() == bool(run.facts.folds)


def test_weights_of_other_layers_are_refused(run_folder, tmp_path):
    path = run_folder / "layer_weights.csv"
    content = path.read_text()
    try:
        path.write_text(content.replace(",2,", ",3,", 1))
        with pytest.raises(RunError, match=r"layer_weights.csv: no row for each lane and each"):
            read_run(run_folder)
    finally:
        path.write_text(content)


def test_a_sum_of_no_layers_is_refused(standin_root, tiny_checkpoint, tmp_path):
    config = config_of(standin_root, tmp_path, tiny_checkpoint)
    config.features.encoder.layers = ()
    with pytest.raises(ConfigError, match=r"sweep.layers=weighted, but features.encoder.layers"):
        run_config(config, tmp_path / "run")
