"""Differences between runs against scipy's permutation test and Eq. 2 on the frames themselves."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from affdyn_jax.method.concordance import concordance
from affdyn_jax.report.comparison.differences import compare_runs
from affdyn_jax.workdir.files import read_run

TASKS = [
    *(("arousal", "state"), ("arousal", "dynamics")),
    *(("valence", "state"), ("valence", "dynamics")),
]


def frames_of(folder, column):
    """Predictions and gold standard of each test recording, where it has one."""
    run = read_run(folder)
    tables = [
        pd.DataFrame(
            {
                "predicted": run.predictions("test", recording)[column],
                "gold": run.gold_standard("test", recording)[column],
            }
        ).dropna()
        for recording in run.facts.recordings["test"]
    ]
    return [table.to_numpy() for table in tables]


def ccc(frames):
    predicted, gold = np.concatenate(frames).T
    return float(concordance(predicted, gold, np.ones(len(gold), bool)))


def expected_p(first, second, units):
    """Of scipy, which swaps units, each a list of recordings, between the two."""
    pool = [[frames[n] for n in unit] for frames in (first, second) for unit in units]

    def difference(ones, others):
        one, other = (
            [frames for unit in of_units for frames in pool[int(unit)]]
            for of_units in (ones, others)
        )
        return ccc(other) - ccc(one)

    numbers = np.arange(len(units), dtype=float)
    tested = stats.permutation_test(
        (numbers, numbers + len(units)),
        difference,
        permutation_type="samples",
        vectorized=False,
        n_resamples=np.inf,
    )
    return tested.pvalue


def row_of(table, run, dimension="arousal", target="state"):
    at = (table["run"] == run) & (table["dimension"] == dimension) & (table["target"] == target)
    (row,) = table[at].to_dict("records")
    return row


@pytest.mark.parametrize("noise", [0.02, 0.3])
def test_scores_differences_and_p_values(first, other, scored, noise):
    second = other(noise=noise)
    table = compare_runs(scored(first, second))
    assert list(zip(table["dimension"], table["target"], strict=True))[::2] == TASKS
    assert table["run"].tolist() == ["a", "b"] * 4
    for dimension, target in TASKS:
        column = dimension if target == "state" else f"{dimension}_dynamics"
        ours, theirs = frames_of(first, column), frames_of(second, column)
        a, b = (row_of(table, run, dimension, target) for run in "ab")
        assert a["ccc"] == pytest.approx(ccc(ours), abs=1e-9)
        assert b["ccc"] == pytest.approx(ccc(theirs), abs=1e-9)
        assert b["difference"] == pytest.approx(ccc(theirs) - ccc(ours), abs=1e-9)
        assert b["p_value"] == pytest.approx(expected_p(ours, theirs, [[n] for n in range(6)]))
        assert b["difference_low"] <= b["difference"] <= b["difference_high"]
        assert a["ccc_low"] <= a["ccc"] <= a["ccc_high"]
        assert (b["share"], b["why_not"]) == (1, "")
        assert np.isnan([a["difference"], a["p_value"], a["p_corrected"]]).all()


def test_p_values_are_corrected_for_the_number_of_all_tests(first, other, scored):
    table = compare_runs(scored(first, other("b", 0.05), other("c", 0.3)))
    tested = table.dropna(subset="p_value").sort_values("p_value", kind="stable")
    assert len(tested) == 8
    by_hand = tested["p_value"].to_numpy() * np.arange(8, 0, -1)
    by_hand = [min(1.0, max(by_hand[: n + 1])) for n in range(8)]
    np.testing.assert_allclose(tested["p_corrected"], by_hand)


def test_groups_are_swapped_whole(first, other, scored, tmp_path):
    groups = {"pair": ["Test_01", "Test_04"], "trio": ["Test_02", "Test_03", "Test_06"]}
    grouped, second = other("a2", 0.0, groups=groups), other("b", 0.3, groups=groups)
    row = row_of(compare_runs(scored(grouped, second)), "b")
    frames = [frames_of(folder, "arousal") for folder in (grouped, second)]
    assert row["p_value"] == pytest.approx(expected_p(*frames, [[0, 3], [1, 2, 5], [4]]))
    table = compare_runs(scored(first, second))
    assert table["p_value"].isna().all()
    assert "grouped differently" in row_of(table, "b")["why_not"]


def test_frames_that_one_run_alone_has_are_left_out(first, other, scored):
    second = other()
    for kind in ("predictions", "gold_standard"):
        path = second / kind / "test" / "Test_02.csv"
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:-8]))
    row = row_of(compare_runs(scored(first, second)), "b")
    ours, theirs = (frames_of(folder, "arousal") for folder in (first, second))
    count = sum(map(len, ours))
    ours[1] = ours[1][:-8]
    assert row["difference"] == pytest.approx(ccc(theirs) - ccc(ours), abs=1e-9)
    assert row["share"] == pytest.approx((count - 8) / count)


def test_other_recordings(first, write_run, scored, tmp_path):
    fewer = write_run(tmp_path / "b", mono=(), multi=(4,), frames=40, test_recordings=5)
    table = compare_runs(scored(first, fewer))
    assert table["p_value"].isna().all()
    assert row_of(table, "b")["why_not"] == (
        "test sets differ: 1 recording in one of them alone, e.g. 'Test_06'"
    )
    assert table["ccc"].notna().all()


def test_without_gold_standards_of_test(first, write_run, scored, tmp_path):
    unlabelled = write_run(tmp_path / "b", mono=(), multi=(4,), frames=40, test_labelled=False)
    table = compare_runs(scored(first, unlabelled))
    assert row_of(table, "b")["partition"] == "dev"
    assert row_of(table, "b")["why_not"] == "b has no gold standards of test"
    assert table["ccc"].notna().all()


def test_other_dimensions(first, write_run, scored, tmp_path):
    alone = write_run(tmp_path / "b", dimensions=("arousal", "liking"), frames=40)
    table = compare_runs(scored(first, alone))
    assert list(dict.fromkeys(table["dimension"])) == ["arousal", "valence", "liking"]
    assert row_of(table, "b", "valence")["why_not"] == "b does not predict valence"
    assert row_of(table, "b", "liking", "dynamics")["why_not"] == (
        "a does not predict liking dynamics"
    )
    assert np.isnan(row_of(table, "a", "liking")["ccc"])


def test_other_gold_standards(first, other, scored):
    second = other()
    path = second / "gold_standard" / "test" / "Test_03.csv"
    lines = path.read_text().splitlines()
    assert lines[0] == "name;timestamp;arousal;valence;arousal_dynamics;valence_dynamics"
    name, time, arousal, *others = lines[10].split(";")
    lines[10] = ";".join([name, time, f"{float(arousal) + 2e-6:.6f}", *others])
    path.write_text("\n".join(lines) + "\n")
    table = compare_runs(scored(first, second))
    assert row_of(table, "b")["why_not"] == "gold standards differ, first in 'Test_03' at 2.25 s"
    assert row_of(table, "b", "valence")["why_not"] == ""


def test_a_gold_standard_that_never_changes(write_run, scored, tmp_path):
    options = {"mono": (), "multi": (4,), "frames": 40, "undefined": ("arousal",)}
    one = write_run(tmp_path / "a", **options)
    table = compare_runs(scored(one, shutil.copytree(one, tmp_path / "b")))
    assert row_of(table, "b")["why_not"] == "the gold standard never changes"
    assert np.isnan(row_of(table, "a")["ccc"])
    assert row_of(table, "b", "valence")["p_value"] == 1


def test_runs_of_folds_are_tested_on_all_recordings(write_run, scored, tmp_path):
    one = write_run(tmp_path / "a", mono=(), multi=(4,), frames=40, fold_count=3)
    runs = scored(one, shutil.copytree(one, tmp_path / "b"))
    row = row_of(compare_runs(runs), "b")
    assert (row["difference"], row["p_value"], row["share"]) == (0, 1, 1)
    groups = json.loads((one / "run.json").read_text())["groups"]
    assert runs["a"].groups == {frozenset(pair) for pair in groups.values()}
