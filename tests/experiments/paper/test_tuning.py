"""The paper's tuning on a small stand-in, as one run."""

import pandas as pd
import pytest

from affdyn_jax.config import read_settings
from affdyn_jax.configs import sewa_hu
from affdyn_jax.errors import ConfigError
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.workdir.files import read_run
from experiments.paper.tuning import at_tuning_w, tuning
from experiments.paper.tuning_document import paper_settings


def sweep_of(settings):
    lanes = lanes_by_hidden_size(("arousal", "valence"), at_tuning_w(settings).sweep)
    return [lane for group in lanes.values() for lane in group]


def test_what_the_config_lists_is_trained_at_w_05_alone():
    config = sewa_hu.get_config("standin")
    config.sweep.update(weightings=("fixed", "famo"), learning_rates=(1e-3,), dropouts=(0.0, 0.2))
    config.sweep.seeds = (0,)
    lanes = sweep_of(read_settings(config))
    assert {lane.w for lane in lanes} == {0.5}
    # Seven networks (§3.3), one learning rate, two dropouts, this command's three patiences.
    assert len(lanes) == 7 * 2 * 3
    assert {dict(lane.swept)["learning_rate"] for lane in lanes} == {1e-3}


def test_without_lists_the_papers_values_are_among_those_tried():
    tried = [dict(lane.swept) for lane in sweep_of(read_settings(sewa_hu.get_config("standin")))]
    assert {"learning_rate": 6e-4, "patience": 30} in tried


def test_the_papers_settings_have_nothing_of_what_it_does_not_use():
    names = ["hidden_size", "learning_rate", "patience", "weight_decay", "dropout", "low_pass"]
    # Learning rate and patience as in §4.2.
    assert list(paper_settings(names).items()) == [
        ("learning_rate", 6e-4),
        ("patience", 30),
        ("weight_decay", 0),
        ("dropout", 0),
        ("low_pass", "none"),
    ]


def test_a_sweep_of_one_combination_is_refused_before_it_is_trained():
    config = sewa_hu.get_config("standin")
    config.sweep.update(learning_rates=(1e-3,), patiences=(5,))
    config.sweep.hidden_sizes.update(mono=(16,), multi=(32,))
    with pytest.raises(ConfigError, match="one value of learning_rate, patience and hidden_sizes"):
        at_tuning_w(read_settings(config))


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tuning")
    config = sewa_hu.get_config("standin")
    config.corpus.root = str(folder / "sewa_hu")
    config.corpus.standin.update(train=2, dev=2, test=2, shortest_s=12.0, longest_s=12.0)
    config.features.cache = str(folder / "features")
    config.sweep.update(seeds=(0, 1), learning_rates=(6e-4, 1e-2), patiences=(1, 30))
    config.sweep.hidden_sizes.update(mono=(), multi=(2,))
    config.training.max_epochs = 4
    config.compilation_cache = False
    return read_settings(config)


@pytest.fixture(scope="module")
def finished(settings, tmp_path_factory):
    """The workdir of a finished tuning."""
    folder = tmp_path_factory.mktemp("runs")
    tuning(settings, folder)
    return folder


@pytest.mark.slow  # of made-up lanes: tests/experiments/paper/test_tuning_scores.py
def test_every_combination_has_the_mean_of_its_lanes(finished):
    lanes = read_run(finished).lanes
    combinations = pd.read_csv(finished / "tuning.csv")
    assert len(combinations) == 4
    for row in combinations.itertuples():
        of_row = lanes[
            (lanes["learning_rate"] == row.learning_rate) & (lanes["patience"] == row.patience)
        ]
        by_target = of_row.groupby("target")["dev_ccc"].mean()
        assert row.state == pytest.approx(by_target["state"], abs=2e-6)
        assert row.dynamics == pytest.approx(by_target["dynamics"], abs=2e-6)
        assert row.epochs == pytest.approx(of_row["epochs"].mean(), abs=2e-6)
    assert combinations["mean"].is_monotonic_decreasing


@pytest.mark.slow
def test_the_report_names_the_best_and_the_papers_combination(finished):
    text = (finished / "tuning.md").read_text()
    best = pd.read_csv(finished / "tuning.csv").iloc[0]
    assert (
        f"Best: learning rate {best['learning_rate']:g} and patience {best['patience']:g}" in text
    )
    assert "8 lanes of SEWA HU stand-in" in text
    assert "learning rate (0.0006 and 0.01) and patience (1 and 30), 2 seeds" in text
    assert "paper's settings" in text
    assert text.startswith("# STAND-IN DATA: ")


@pytest.mark.slow
def test_the_picture_has_a_panel_for_each_setting(finished):
    svg = (finished / "figures" / "tuning.svg").read_text()
    for words in ("learning rate", "patience", "dev CCC, multi", "states", "dynamics"):
        assert f"<!-- {words} -->" in svg
    assert "<!-- hidden size -->" not in svg  # there is one
    assert (finished / "figures" / "tuning.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_same_command_trains_nothing_twice(finished, settings):
    (finished / "tuning.md").unlink()
    tuning(settings, finished)
    assert (finished / "tuning.md").exists()
    assert "8 lanes: 0 epochs in 0.0 s, nothing to do" in (finished / "log.txt").read_text()
