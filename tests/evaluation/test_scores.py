"""Scores against CCC by scipy-free hand formula on concatenated arrays."""

import dataclasses

import numpy as np
import pytest

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.dataset.examples import pad
from affdyn_jax.dataset.splits import Split
from affdyn_jax.dataset.standardisation import fit_standardisation
from affdyn_jax.evaluation.scores import (
    concatenated_ccc,
    lane_scores,
    mean_recording_ccc,
    system_scores,
)
from affdyn_jax.method.rating_scale import RatingScale
from affdyn_jax.training.lanes import Lane

DIMENSIONS = ("arousal", "valence")


def ccc(x, y):
    covariance = np.cov(x, y, ddof=0)
    return 2 * covariance[0, 1] / (np.trace(covariance) + (x.mean() - y.mean()) ** 2)


@pytest.fixture
def partition():
    rng = np.random.default_rng(0)
    lengths = (9, 14, 11)
    gold = [rng.normal(size=(t, 4)) for t in lengths]
    valid = [np.ones((t, 4), bool) for t in lengths]
    for mask in valid:
        mask[0, 2:] = False
    examples = pad([np.zeros((t, 2)) for t in lengths], gold, valid)
    predictions = examples.gold_ntk + rng.normal(size=examples.gold_ntk.shape)
    predictions[~examples.valid_ntk] = np.nan
    return examples, predictions.astype(np.float32)


def dataset_of(names, examples, feature_names):
    return Dataset(
        dimensions=DIMENSIONS,
        frame_rate=4.0,
        annotation_delay=0.0,
        feature_names=feature_names,
        names=names,
        groups=names,
        examples=examples,
        splits=(),
        labelled=frozenset(examples),
        standardisation=fit_standardisation(np.zeros((2, len(feature_names)))),
        constant={},
    )


def valid_frames(examples, predictions, k, n=slice(None)):
    keep = examples.valid_ntk[n, :, k]
    return predictions[n, :, k][keep], examples.gold_ntk[n, :, k][keep]


def test_concatenated(partition):
    examples, predictions = partition
    expected = [ccc(*valid_frames(examples, predictions, k)) for k in range(4)]
    np.testing.assert_allclose(concatenated_ccc(predictions, examples), expected, rtol=1e-6)


def test_mean_over_recordings(partition):
    examples, predictions = partition
    expected = [
        np.mean([ccc(*valid_frames(examples, predictions, k, n)) for n in range(3)])
        for k in range(4)
    ]
    np.testing.assert_allclose(mean_recording_ccc(predictions, examples), expected, rtol=1e-6)


def test_recordings_whose_gold_standard_never_changes_do_not_count(partition):
    examples, predictions = partition
    gold_ntk = examples.gold_ntk.copy()
    gold_ntk[1, :, 0], gold_ntk[:2, :, 1], gold_ntk[:, :, 2] = 0.3, -0.1, 0.0
    still = examples._replace(gold_ntk=gold_ntk)
    expected = [
        np.mean([ccc(*valid_frames(still, predictions, 0, n)) for n in (0, 2)]),
        ccc(*valid_frames(still, predictions, 1, 2)),
        np.nan,
        mean_recording_ccc(predictions, examples)[3],
    ]
    np.testing.assert_allclose(mean_recording_ccc(predictions, still), expected, rtol=1e-6)
    concatenated = concatenated_ccc(predictions, still)
    assert list(np.isnan(concatenated)) == [False, False, True, False]
    assert concatenated[0] == pytest.approx(ccc(*valid_frames(still, predictions, 0)))


def test_predictions_that_are_no_numbers_have_no_score(partition):
    examples, predictions = partition
    predictions[1, 3, 0] = np.nan  # a valid frame
    assert np.isnan(mean_recording_ccc(predictions, examples)[0])
    assert np.isnan(concatenated_ccc(predictions, examples)[0])


def test_a_system_has_no_score_where_the_gold_standard_never_changes(partition):
    examples, _ = partition
    still = {"dev": examples, "test": examples._replace(gold_ntk=0 * examples.gold_ntk)}
    names = dict.fromkeys(still, ("a", "b", "c"))
    features = {r: np.arange(t)[:, None] for r, t in zip("abc", (9, 14, 11), strict=True)}
    table = system_scores(features, dataset_of(names, still, ("one/arousal",)))
    assert np.isfinite(table["dev_ccc"]).all()
    assert table["test_ccc"].isna().all()


def test_systems_on_dev_of_a_cross_validation_are_scored_fold_by_fold(partition):
    """As lanes are; on test all recordings count together."""
    examples, _ = partition
    every = {"dev": examples, "test": examples}
    names = dict.fromkeys(every, ("a", "b", "c"))
    rng = np.random.default_rng(0)
    features = {r: rng.normal(size=(t, 1)) for r, t in zip("abc", (9, 14, 11), strict=True)}
    nothing = fit_standardisation(np.zeros((2, 1)))
    splits = tuple(
        Split(np.array([(n + 2) % 3]), np.array([(n + 1) % 3]), np.array([n]), nothing)
        for n in range(3)
    )
    dataset = dataclasses.replace(dataset_of(names, every, ("one/arousal",)), splits=splits)
    (row,) = system_scores(features, dataset).to_dict("records")
    valid = [examples.valid_ntk[n, : len(features[r]), 0] for n, r in enumerate("abc")]
    pairs = [
        (features[r][keep, 0], examples.gold_ntk[n, : len(keep), 0][keep])
        for n, (r, keep) in enumerate(zip("abc", valid, strict=True))
    ]
    assert row["dev_ccc"] == pytest.approx(np.mean([ccc(*pair) for pair in pairs]), abs=1e-6)
    together = (np.concatenate(traces) for traces in zip(*pairs, strict=True))
    assert row["test_ccc"] == pytest.approx(ccc(*together), abs=1e-6)


def test_a_row_for_each_lane_dimension_and_target(partition):
    examples, predictions = partition
    lanes = (
        Lane("multi", DIMENSIONS, 16, 0.5, 0),
        Lane("valence", ("valence",), 16, 0.0, 0),
    )
    table = lane_scores(
        lanes,
        {"dev": np.stack([predictions, predictions + 1]), "test": np.zeros((2, 3, 14, 4))},
        dataset_of({"dev": ("a", "b", "c")}, {"dev": examples}, ()),
    )
    assert list(zip(table["setup"], table["dimension"], table["target"], strict=True)) == [
        ("multi", "arousal", "state"),
        ("multi", "valence", "state"),
        ("multi", "arousal", "dynamics"),
        ("multi", "valence", "dynamics"),
        ("valence", "valence", "state"),
        ("valence", "valence", "dynamics"),
    ]
    expected = [*concatenated_ccc(predictions, examples)]
    expected += list(concatenated_ccc(predictions + 1, examples)[[1, 3]])
    np.testing.assert_allclose(table["dev_ccc"], expected)
    of_test = table[["test_ccc", "test_ccc_per_recording", "test_pearson_r", "test_rmse"]]
    assert of_test.isna().all(axis=None)


def test_errors_are_on_the_corpus_s_own_scale(partition):
    examples, predictions = partition
    dataset = dataset_of({"dev": ("a", "b", "c")}, {"dev": examples}, ())
    rated = dataclasses.replace(dataset, rating_scale=RatingScale(1, 9))
    lanes = (Lane("multi", DIMENSIONS, 16, 0.5, 0),)
    table = lane_scores(lanes, {"dev": predictions[None]}, rated)
    for k, row in table.iterrows():
        x, y = valid_frames(examples, predictions, k)
        assert row["dev_rmse"] == pytest.approx(4 * np.sqrt(np.mean((x - y) ** 2)), rel=1e-6)
        assert row["dev_pearson_r"] == pytest.approx(np.corrcoef(x, y)[0, 1], rel=1e-6)


def test_systems_are_scored_on_the_frames_of_the_lanes(partition):
    examples, _ = partition
    rng = np.random.default_rng(1)
    names = {"dev": ("a", "b", "c")}
    features = {r: rng.normal(size=(t + 3, 3)) for r, t in zip("abc", (9, 14, 11), strict=True)}
    columns = ("folder/one/arousal", "folder/one/liking", "two/valence")
    table = system_scores(features, dataset_of(names, {"dev": examples}, columns))
    assert list(table["system"]) == ["folder/one", "two"]
    assert list(table["dimension"]) == ["arousal", "valence"]
    for row, (column, k) in enumerate(((0, 0), (2, 1))):
        predicted = np.concatenate(
            [features[r][:t, column] for r, t in zip("abc", (9, 14, 11), strict=True)]
        )
        gold = np.concatenate([examples.gold_ntk[n, :t, k] for n, t in enumerate((9, 14, 11))])
        assert table["dev_ccc"][row] == pytest.approx(ccc(predicted, gold), rel=1e-6)
    assert table["test_ccc"].isna().all()
