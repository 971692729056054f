"""The choice of w, by hand, and intervals against scipy."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from affdyn_jax.evaluation.selection import (
    best_lanes,
    best_networks,
    half_interval,
    over_seeds,
    select_w,
)


def scores(rows):
    """Rows of (setup, hidden size, w, seed, target, dev, test[, diverged]) for arousal."""
    columns = ["setup", "hidden_size", "w", "seed", "target", "dev_ccc", "test_ccc"]
    table = pd.DataFrame([row[:7] for row in rows], columns=columns)
    table["dimension"] = "arousal"
    table["diverged"] = [len(row) > 7 and row[7] for row in rows]
    table["lane"] = [f"lane{n}" for n in range(len(rows))]
    return table


TWO_SEEDS = [
    ("multi", 16, 0.0, 0, "state", 0.50, 0.40),
    ("multi", 16, 0.0, 1, "state", 0.40, 0.30),
    ("multi", 16, 0.3, 0, "state", 0.80, 0.20),
    ("multi", 16, 0.3, 1, "state", 0.30, 0.25),
    ("multi", 16, 0.6, 0, "state", 0.52, 0.50),
    ("multi", 16, 0.6, 1, "state", 0.53, 0.60),
    ("multi", 32, 0.0, 0, "state", 0.60, 0.45),
    ("multi", 32, 0.0, 1, "state", 0.60, 0.55),
]


def test_the_highest_mean_on_dev_wins_regardless_of_test():
    selection = select_w(over_seeds(scores(TWO_SEEDS)))
    small, large = selection.to_dict("records")
    assert (small["hidden_size"], small["w"]) == (16, 0.3)  # mean dev .55 against .525 and .45
    assert small["test_ccc"] == pytest.approx(0.225)
    assert small["test_ccc_w0"] == pytest.approx(0.35)
    assert small["dev_ccc_w0"] == pytest.approx(0.45)
    assert small["seeds"] == 2
    assert (large["hidden_size"], large["w"]) == (32, 0.0)
    assert large["test_ccc"] == large["test_ccc_w0"] == pytest.approx(0.5)
    assert (small["chosen"], large["chosen"]) == (False, True)


def test_of_equal_scores_the_smallest_w_is_taken():
    rows = [("multi", 16, w, 0, "state", 0.5, w) for w in (0.6, 0.2, 0.4)]
    (row,) = select_w(over_seeds(scores(rows))).to_dict("records")
    assert row["w"] == 0.2
    assert np.isnan(row["test_ccc_w0"])  # the sweep has no w = 0


def test_targets_choose_for_themselves():
    rows = [
        ("multi", 16, 0.0, 0, "state", 0.6, 0.6),
        ("multi", 16, 0.8, 0, "state", 0.5, 0.5),
        ("multi", 16, 0.0, 0, "dynamics", 0.0, 0.0),
        ("multi", 16, 0.8, 0, "dynamics", 0.3, 0.2),
    ]
    selection = select_w(over_seeds(scores(rows)))
    assert dict(zip(selection["target"], selection["w"], strict=True)) == {
        "state": 0.0,
        "dynamics": 0.8,
    }
    assert selection["chosen"].all()


def test_scores_by_unsmoothed_dynamics_are_averaged_and_choose_nothing():
    table = scores(TWO_SEEDS)
    plain = select_w(over_seeds(table))
    # They would choose another w.
    table["dev_ccc_unsmoothed"] = 0.9 - table["dev_ccc"]
    table["test_ccc_unsmoothed"] = 0.5 * table["test_ccc"]
    selection = select_w(over_seeds(table))
    pd.testing.assert_frame_equal(selection[list(plain)], plain)
    added = selection.columns.difference(plain.columns)
    assert list(added) == ["dev_ccc_unsmoothed", "test_ccc_unsmoothed"]
    small = selection.set_index("hidden_size").loc[16]
    assert small["dev_ccc_unsmoothed"] == pytest.approx(0.35)
    assert small["test_ccc_unsmoothed"] == pytest.approx(0.1125)


def test_diverged_lanes_are_left_out():
    rows = [
        ("multi", 16, 0.0, 0, "state", 0.5, 0.5),
        ("multi", 16, 0.0, 1, "state", 0.99, 0.99, True),
        ("multi", 16, 0.8, 0, "state", 0.9, 0.9, True),
    ]
    means = over_seeds(scores(rows))
    assert means[["w", "seeds", "dev_ccc"]].to_numpy().tolist() == [[0.0, 1, 0.5]]
    assert best_lanes(scores(rows))["lane"].tolist() == ["lane0"]


def test_each_mean_says_over_how_many_seeds_it_is(tmp_path):
    rows = [("multi", 16, w, seed, "state", 0.1 + w, w) for w in (0.0, 0.5) for seed in range(4)]
    rows = [(*row, (row[2], row[3]) in {(0.0, 1), (0.0, 2), (0.5, 3)}) for row in rows]
    rows += [("multi", 8, w, 0, "state", 0.1, 0.1, w == 0) for w in (0.0, 0.5)]
    selection = select_w(over_seeds(scores(rows)))
    assert selection["seeds"].tolist() == [1, 3]
    assert selection["seeds_w0"].tolist() == [pd.NA, 2]  # all lanes of w = 0 diverged at H = 8
    assert "multi,8,0.5,arousal,state,1" in selection.to_csv(index=False)
    assert selection.to_csv(columns=["seeds_w0"], index=False, float_format="%.6f").split() == [
        "seeds_w0",
        '""',
        "2",
    ]


def test_no_score_on_test_leaves_the_choice_on_dev():
    rows = [("multi", 16, w, 0, "state", 0.1 + w, np.nan) for w in (0.0, 0.5)]
    (row,) = select_w(over_seeds(scores(rows))).to_dict("records")
    assert row["w"] == 0.5
    assert np.isnan([row["test_ccc"], row["test_ccc_w0"]]).all()
    assert best_lanes(scores(rows))["lane"].tolist() == ["lane1"]


def test_the_best_lane_is_the_best_seed_of_the_network_with_the_best_mean():
    # A single seed of w = 0.3 scores .80, but its mean of .55 is below the .60 of H = 32.
    rows = [*TWO_SEEDS[:-1], ("multi", 32, 0.0, 1, "state", 0.61, 0.55)]
    table = scores(rows)
    assert best_networks(table)["lane"].tolist() == ["lane6", "lane7"]
    assert best_lanes(table)["lane"].tolist() == ["lane7"]


UNTRAINED_ARE_LUCKY = [
    ("multi", 16, 0.0, 0, "state", 0.2, 0.1),
    ("multi", 16, 0.4, 0, "state", 0.3, 0.1),
    ("multi", 16, 1.0, 0, "state", 0.9, 0.9),
    ("multi", 16, 0.0, 0, "dynamics", 0.8, 0.7),
    ("multi", 16, 0.4, 0, "dynamics", 0.1, 0.1),
    ("multi", 16, 1.0, 0, "dynamics", 0.2, 0.2),
]


def test_tasks_without_weight_in_the_loss_are_never_chosen():
    table = scores(UNTRAINED_ARE_LUCKY)
    selection = select_w(over_seeds(table)).set_index("target")
    assert selection["w"].to_dict() == {"state": 0.4, "dynamics": 1.0}
    assert selection.loc["dynamics", "test_ccc_w0"] == 0.7  # as in the paper's tables
    assert set(best_lanes(table)["lane"]) == {"lane1", "lane5"}
    assert set(best_networks(table)["lane"]) == {"lane1", "lane5"}


@pytest.mark.parametrize(("w", "trained"), [(0.0, "state"), (1.0, "dynamics")])
def test_a_sweep_that_trains_one_target_has_no_best_w_of_the_other(w, trained):
    table = scores([row for row in UNTRAINED_ARE_LUCKY if row[2] == w])
    assert select_w(over_seeds(table))["target"].tolist() == [trained]
    assert best_lanes(table)["target"].tolist() == [trained]


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["arousal", "multi"]),
            st.sampled_from([4, 8]),
            st.sampled_from([0.0, 0.5, 1.0]),
            st.integers(0, 2),
            st.sampled_from(["state", "dynamics"]),
            st.floats(-1, 1),
            st.floats(-1, 1),
            st.booleans(),
        ),
        min_size=1,
        max_size=40,
        unique_by=lambda row: row[:5],
    )
)
def test_the_best_network_is_the_one_that_the_table_names(rows):
    table = scores(rows)
    if table["diverged"].all():
        return
    selection = select_w(over_seeds(table))
    ordered = selection.sort_values(["dev_ccc", "w"], ascending=[False, True], kind="stable")
    for target, best in ordered.groupby("target"):
        lanes = best_lanes(table)
        (lane,) = lanes[lanes["target"] == target].to_dict("records")
        ties = best[best["dev_ccc"] == best["dev_ccc"].iloc[0]]
        named = {*ties[["setup", "hidden_size", "w"]].itertuples(index=False, name=None)}
        assert (lane["setup"], lane["hidden_size"], lane["w"]) in named
        assert ties["chosen"].any()


@pytest.mark.parametrize("count", [2, 3, 10])
def test_interval_is_students(count):
    values = np.random.default_rng(count).normal(size=count)
    low, high = stats.t.interval(0.95, count - 1, values.mean(), stats.sem(values))
    assert half_interval(pd.Series(values)) == pytest.approx((high - low) / 2)


def test_one_seed_has_no_interval():
    assert np.isnan(half_interval(pd.Series([0.5])))


def with_settings(rows):
    """Rows of (learning rate, weighting, w, seed, dev)."""
    table = pd.DataFrame(rows, columns=["learning_rate", "weighting", "w", "seed", "dev_ccc"])
    return table.assign(
        **{"setup": "multi", "hidden_size": 4, "dimension": "arousal", "target": "state"},
        **{"test_ccc": table["dev_ccc"] - 0.1, "diverged": False},
        lane=[f"lane{n}" for n in range(len(table))],
    )


SETTINGS = [
    *((1e-3, "fixed", 0.0, seed, 0.40 + seed / 10) for seed in (0, 1)),
    *((1e-3, "fixed", 0.5, seed, 0.60 - seed / 10) for seed in (0, 1)),
    *((1e-2, "fixed", 0.0, seed, 0.70 + seed / 10) for seed in (0, 1)),
    *((1e-2, "fixed", 0.5, seed, 0.10 + seed / 10) for seed in (0, 1)),
    *((1e-2, "famo", np.nan, seed, 0.90 + seed / 50) for seed in (0, 1)),
    *((1e-3, "dwa", np.nan, seed, 0.90 + seed / 50) for seed in (0, 1)),
]


def test_means_are_over_seeds_and_nothing_else():
    means = over_seeds(with_settings(SETTINGS))
    assert list(means.columns[:7]) == [
        *("setup", "hidden_size", "w", "weighting", "learning_rate", "dimension", "target")
    ]
    assert list(means["seeds"]) == [2] * 6
    assert means["dev_ccc"].to_list() == pytest.approx([0.45, 0.55, 0.75, 0.15, 0.91, 0.91])


def test_w_is_chosen_within_each_setting_and_rules_are_no_candidates():
    first, second = select_w(over_seeds(with_settings(SETTINGS))).to_dict("records")
    assert (first["learning_rate"], first["w"], first["chosen"]) == (1e-3, 0.5, False)
    assert (second["learning_rate"], second["w"], second["chosen"]) == (1e-2, 0.0, True)
    assert first["dev_ccc_w0"] == pytest.approx(0.45)
    assert "weighting" not in first
    best = best_networks(with_settings(SETTINGS))
    assert list(best["learning_rate"]) == [1e-2, 1e-2]
    assert list(best["w"]) == [0.0, 0.0]
