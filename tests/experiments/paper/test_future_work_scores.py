"""Scores and differences of systems whose predictions are made by hand."""

import dataclasses

import numpy as np
import pytest

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.dataset.examples import pad
from affdyn_jax.dataset.standardisation import fit_standardisation
from experiments.paper.future_work_scores import COMPARED, SYSTEMS, measure
from experiments.paper.future_work_systems import BEST, SMOOTHED, Systems, in_words, system

FRAMES = (6, 8, 5, 9, 7, 6)
GROUPS = ("ab", "ab", "c", "d", "ef", "ef")


@pytest.fixture(scope="module")
def dataset():
    rng = np.random.default_rng(0)
    return Dataset(
        dimensions=("arousal",),
        frame_rate=4.0,
        annotation_delay=0.0,
        feature_names=("x",),
        names={"test": tuple("abcdef")},
        groups={"test": GROUPS},
        examples={
            "test": pad(
                [np.zeros((frames, 1)) for frames in FRAMES],
                [rng.normal(size=(frames, 2)) for frames in FRAMES],
                [np.ones((frames, 2), bool) for frames in FRAMES],
            )
        },
        splits=(),
        labelled=frozenset(("test",)),
        standardisation=fit_standardisation(np.zeros((2, 1))),
        constant={},
    )


@pytest.fixture(scope="module")
def smoothed(dataset):
    """The same with dynamics half as large."""
    test = dataset.examples["test"]
    return dataclasses.replace(
        dataset, examples={"test": test._replace(gold_ntk=test.gold_ntk * np.float32([1, 0.5]))}
    )


@pytest.fixture(scope="module")
def by_seed(dataset):
    """Every system with two seeds, each further off the gold standard than the one before."""
    rng = np.random.default_rng(1)
    gold_ntk = dataset.examples["test"].gold_ntk
    noise_sntk = rng.normal(size=(2, *gold_ntk.shape)).astype(np.float32)
    return {
        name: {seed: gold_ntk + place * noise_sntk[seed] / 8 for seed in (0, 1)}
        for place, name in enumerate(SYSTEMS)
    }


@pytest.fixture(scope="module")
def measured(dataset, smoothed, by_seed):
    return measure(Systems(by_seed, None), dataset, smoothed)


def ccc(x, y):
    """Eq. 2, written out."""
    covariance = np.mean((x - x.mean()) * (y - y.mean()))
    return 2 * covariance / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)


def concatenated(array_ntk, k):
    return np.concatenate(
        [array_tk[:frames, k] for array_tk, frames in zip(array_ntk, FRAMES, strict=True)]
    ).astype(np.float64)


def test_a_score_is_the_mean_over_seeds_of_all_recordings_ccc(measured, dataset, smoothed, by_seed):
    rows = measured.scores.set_index(["system", "target"])
    gold, of_smoothed = (d.examples["test"].gold_ntk for d in (dataset, smoothed))
    for name in SYSTEMS:
        for k, target in enumerate(("state", "dynamics")):
            row = rows.loc[(in_words(name), target)]
            each = [concatenated(p, k) for p in by_seed[name].values()]
            expected = np.mean([ccc(one, concatenated(gold, k)) for one in each])
            assert row["ccc"] == pytest.approx(expected, abs=1e-6)
            if target == "state":
                assert np.isnan(row["smoothed_ccc"])
            else:
                expected = np.mean([ccc(one, concatenated(of_smoothed, k)) for one in each])
                assert row["smoothed_ccc"] == pytest.approx(expected, abs=1e-6)
    assert rows.loc[("w = 0", "state"), "ccc"] == 1  # the gold standard itself
    assert rows.loc[("w = 0", "dynamics"), "smoothed_ccc"] < 1


def test_differences_are_of_the_scores_and_none_is_from_untrained_dynamics(measured):
    scores = measured.scores.set_index(["system", "target"])["ccc"]
    for row in measured.differences.itertuples():
        expected = scores[row.system, row.target] - scores[row.other, row.target]
        assert row.difference == pytest.approx(expected, abs=1e-6)
        assert row.difference_low <= row.difference <= row.difference_high
    counts = measured.differences["target"].value_counts()
    assert counts["state"] == len(COMPARED) == 12
    assert counts["dynamics"] == 7
    dynamics = measured.differences[measured.differences["target"] == "dynamics"]
    assert "w = 0" not in set(dynamics["other"])


def test_p_is_over_groups_and_corrected_for_all_differences(measured):
    assert measured.group_count == 4
    assert measured.smallest_p == 1 / 8  # all four swapped, or none, of 16 ways
    assert measured.smallest_corrected_p == 1
    p_values = measured.differences["p_value"]
    assert set(p_values * 16) <= set(range(2, 17))
    # 19 differences, and no p below 1/8.
    assert (measured.differences["p_corrected"] == 1).all()


def test_what_diverged_has_no_score_and_counts_in_no_correction(dataset, smoothed, by_seed):
    without = by_seed | {system(BEST, SMOOTHED): {}}
    found = measure(Systems(without, None), dataset, smoothed)
    of_smoothed = found.scores["system"] == "best fixed w, smoothed dynamics"
    assert found.scores.loc[of_smoothed, "ccc"].isna().all()
    assert found.differences["p_value"].isna().sum() == 2
    assert found.differences["p_corrected"].isna().sum() == 2


def test_names_in_words():
    assert in_words(system(0.3)) == "w = 0.3"
    assert in_words(system("famo", "centred")) == "famo, low-pass"
