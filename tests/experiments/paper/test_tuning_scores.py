"""Combinations of settings, by hand."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from affdyn_jax.errors import RunError
from experiments.paper.tuning_scores import tuning_of

SETTINGS = ("hidden_size", "learning_rate", "patience")

# Mean dev CCC of states and dynamics of each network, learning rate and patience, over two seeds
# which lie .01 below and above, and over two dimensions .1 below and above.
CCC = {
    ("mono", 16, 1e-3, 10): (0.4, 0.2),
    ("mono", 16, 1e-3, 30): (0.5, 0.2),
    ("mono", 16, 6e-4, 10): (0.6, 0.0),
    ("mono", 16, 6e-4, 30): (0.3, 0.2),
    ("multi", 16, 1e-3, 10): (0.1, 0.2),
    ("multi", 16, 1e-3, 30): (0.2, 0.2),
    ("multi", 16, 6e-4, 10): (0.3, 0.2),
    ("multi", 16, 6e-4, 30): (0.4, 0.2),
    ("multi", 32, 1e-3, 10): (0.4, 0.3),
    ("multi", 32, 1e-3, 30): (0.3, 0.3),
    ("multi", 32, 6e-4, 10): (0.2, 0.3),
    ("multi", 32, 6e-4, 30): (0.1, 0.3),
}


@pytest.fixture
def lanes():
    """Rows as in `lanes.csv`."""
    rows = []
    for (model, hidden_size, *others), of_target in CCC.items():
        for seed, (dimension, side) in itertools.product(
            (0, 1), (("arousal", -0.1), ("valence", 0.1))
        ):
            for target, ccc in zip(("state", "dynamics"), of_target, strict=True):
                setup = dimension if model == "mono" else "multi"
                dev_ccc = ccc + side + 0.01 * (2 * seed - 1)
                of_lane = setup, hidden_size, *others, seed
                # Lanes of arousal train 20 epochs, of valence 40, of both 20.
                epochs = 40 if setup == "valence" else 20
                lane = "-".join(map(str, of_lane))
                rows.append((lane, *of_lane, dimension, target, dev_ccc, epochs, False))
    columns = ["lane", "setup", *SETTINGS, "seed", "dimension", "target"]
    columns += ["dev_ccc", "epochs", "diverged"]
    return pd.DataFrame(rows, columns=columns)


def test_the_best_has_the_highest_mean_of_states_and_dynamics(lanes):
    found = tuning_of(lanes, SETTINGS)
    assert found.kinds == ["mono-dimensional", "multi-dimensional"]
    mono, multi = (found.best(kind) for kind in found.kinds)
    # Of mono (.5 + .2) / 2, and not the best states' (.6 + 0) / 2.
    assert (mono["learning_rate"], mono["patience"]) == (1e-3, 30)
    assert (multi["hidden_size"], multi["learning_rate"], multi["patience"]) == (32, 1e-3, 10)
    np.testing.assert_allclose(mono[["state", "dynamics", "mean"]].to_list(), [0.5, 0.2, 0.35])
    assert (mono["epochs"], multi["epochs"]) == (30, 20)


def test_intervals_are_over_seeds_and_not_over_dimensions(lanes):
    best = tuning_of(lanes, SETTINGS).best("multi-dimensional")
    # Seeds at ±.01 have a standard error of .01.
    assert best["state_ci"] == pytest.approx(0.01 * stats.t.ppf(0.975, df=1))
    assert best["seeds"] == 2


def test_along_a_setting_the_others_are_the_best_ones(lanes):
    found = tuning_of(lanes, SETTINGS)
    sizes = found.along("multi-dimensional", "hidden_size")
    assert sizes["hidden_size"].to_list() == [16, 32]
    np.testing.assert_allclose(sizes["state"], [0.1, 0.4])
    rates = found.along("multi-dimensional", "learning_rate")
    np.testing.assert_allclose(rates["state"], [0.2, 0.4])
    patiences = found.along("mono-dimensional", "patience")
    np.testing.assert_allclose(patiences["state"], [0.4, 0.5])


def test_settings_of_one_value_are_not_compared(lanes):
    found = tuning_of(lanes[lanes["patience"] == 30], SETTINGS)
    assert found.varied == ["hidden_size", "learning_rate"]
    one_size_each = lanes[(lanes["setup"] != "multi") | (lanes["hidden_size"] == 32)]
    assert tuning_of(one_size_each, SETTINGS).varied == ["learning_rate", "patience"]


def test_lanes_that_diverged_do_not_count(lanes):
    best = (lanes["setup"] == "multi") & (lanes["hidden_size"] == 32) & (lanes["patience"] == 10)
    lanes["diverged"] = best & (lanes["learning_rate"] == 1e-3) & (lanes["seed"] == 0)
    found = tuning_of(lanes, SETTINGS).best("multi-dimensional")
    assert (found["learning_rate"], found["seeds"]) == (1e-3, 1)
    assert found["state"] == pytest.approx(0.41)  # of the other seed alone
    assert np.isnan(found["state_ci"])

    lanes["diverged"] = lanes["setup"] != "multi"
    with pytest.raises(RunError, match="all lanes of the mono-dimensional models diverged"):
        tuning_of(lanes, SETTINGS)
