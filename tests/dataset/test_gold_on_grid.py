"""Ratings of known content on the grid, and all that can be wrong with them."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Recording
from affdyn_jax.dataset.gold_on_grid import put_on_grid
from affdyn_jax.dataset.settings import DynamicsSettings
from affdyn_jax.errors import ConfigError, CorpusError
from tests.fuzzing import reported_faults

RATE = 4.0


def recording(name, partition, values=(0.0, 0.1, 0.3, 0.2, 0.4, 0.4, 0.0, 0.1), rate=4.0):
    """Valence mirrors arousal; a rating for each value."""
    arousal_s = np.array(values)
    gold_standard = GoldStandard(
        np.arange(len(arousal_s)) / rate,
        np.stack([arousal_s, -arousal_s], axis=1),
        Path(f"labels/{name}.csv"),
    )
    return Recording(name, partition, None, gold_standard)


def on_grid(*recordings, delay=0.0, masks_gaps=False, **options):
    corpus = Corpus("C", Path("root"), ("arousal", "valence"), recordings, masks_gaps=masks_gaps)
    return put_on_grid(corpus, RATE, delay, **options).traces


def refusal(*recordings, error_type=CorpusError, **options):
    with pytest.raises(error_type) as caught:
        on_grid(*recordings, **options)
    return [str(fault) for fault in reported_faults(caught.value)]


def test_states_then_dynamics():
    values_tk, valid_tk = on_grid(recording("a", "train"), recording("b", "dev"))["a"]
    arousal_t = [0.0, 0.1, 0.3, 0.2, 0.4, 0.4, 0.0, 0.1]
    dynamics_t = [0.0, 0.4, 0.8, -0.4, 0.8, 0.0, -1.6, 0.4]
    expected = np.stack([arousal_t, np.negative(arousal_t), dynamics_t, np.negative(dynamics_t)])
    np.testing.assert_allclose(values_tk, expected.T, atol=1e-12)
    np.testing.assert_array_equal(valid_tk[0], [True, True, False, False])
    assert valid_tk[1:].all()


def test_the_delay_leaves_the_last_frames_without_a_label():
    values_tk, valid_tk = on_grid(recording("a", "train"), recording("b", "dev"), delay=0.5)["a"]
    np.testing.assert_allclose(values_tk[:, 0], [0.3, 0.2, 0.4, 0.4, 0.0, 0.1, 0.0, 0.0])
    np.testing.assert_array_equal(valid_tk[:, 0], np.arange(8) < 6)
    np.testing.assert_array_equal(valid_tk[:, 2], (np.arange(8) > 0) & (np.arange(8) < 6))
    assert (values_tk[6:] == 0).all()


@pytest.mark.parametrize("delay", [0.0, 0.5])
def test_dynamics_of_smoothed_states(delay):
    """A moving average of three frames, by hand; states and what counts stay as they are."""
    recordings = recording("a", "train"), recording("b", "dev")
    smoothing = DynamicsSettings("moving_average", 0.75)
    values_tk, valid_tk = on_grid(*recordings, delay=delay, dynamics_settings=smoothing)["a"]
    plain_tk, plain_valid_tk = on_grid(*recordings, delay=delay)["a"]
    np.testing.assert_array_equal(values_tk[:, :2], plain_tk[:, :2])
    np.testing.assert_array_equal(valid_tk, plain_valid_tk)
    if delay:  # the trace is then .3 .2 .4 .4 .0 .1, and two frames without a label
        smooth_t = np.array([0.8, 0.9, 1.0, 0.8, 0.5, 0.2]) / 3
    else:
        smooth_t = np.array([0.1, 0.4, 0.6, 0.9, 1.0, 0.8, 0.5, 0.2]) / 3
    expected_t = np.zeros(8)
    expected_t[1 : len(smooth_t)] = np.diff(smooth_t) * 4
    np.testing.assert_allclose(values_tk[:, 2], expected_t, atol=1e-12)
    np.testing.assert_allclose(values_tk[:, 3], -expected_t, atol=1e-12)


def test_a_window_longer_than_a_recording_is_reported_once():
    short = [recording(name, "test", values=np.arange(4) / 10) for name in "yz"]
    (told,) = refusal(
        *(recording("a", "train"), recording("b", "dev"), *short),
        error_type=ConfigError,
        dynamics_settings=DynamicsSettings("savitzky_golay", 1.25),
    )
    for said in ("dynamics.window=1.25", "'y' (labels/y.csv)", "4 (1 s)", "smoothing=none"):
        assert said in told


def test_withheld_labels_are_left_out():
    unlabelled = Recording("t", "test", None, None)
    assert set(on_grid(recording("a", "train"), recording("b", "dev"), unlabelled)) == {"a", "b"}


def test_the_faults_of_all_recordings_are_reported_together():
    slow = [recording(name, "train", rate=2.0) for name in "ab"]
    told = refusal(*slow, recording("c", "dev"), recording("t", "test", rate=3.0))
    assert [fault.partition(": ")[0] for fault in told] == [
        "labels/a.csv",
        "labels/b.csv",
        "labels/t.csv",
    ]
    assert "'a' has no rating between 0.25 s and 0.5 s" in told[0]


@pytest.mark.parametrize(
    ("delay", "said"), [(-1.0, "annotation delay is -1.0 s"), (2.0, "'a' end at 1.75 s")]
)
def test_a_delay_that_makes_no_sense_is_reported_once(delay, said):
    (told,) = refusal(
        recording("a", "train"), recording("b", "dev"), error_type=ConfigError, delay=delay
    )
    assert said in told


def with_gaps(name, partition):
    """Arousal has no rating in frames 0 and 4, valence none in frame 6."""
    whole = recording(name, partition)
    values_sd = whole.gold_standard.values_sd.copy()
    values_sd[[0, 4], 0] = values_sd[6, 1] = np.nan
    gold_standard = dataclasses.replace(whole.gold_standard, values_sd=values_sd)
    return dataclasses.replace(whole, gold_standard=gold_standard)


def test_dynamics_need_a_rating_in_both_frames_and_gaps_are_of_one_dimension():
    values_tk, valid_tk = on_grid(with_gaps("a", "train"), with_gaps("b", "dev"), masks_gaps=True)[
        "a"
    ]
    arousal_t, valence_t, arousal_dynamics_t, valence_dynamics_t = valid_tk.T
    assert np.flatnonzero(~arousal_t).tolist() == [0, 4]
    assert np.flatnonzero(~valence_t).tolist() == [6]
    assert np.flatnonzero(~arousal_dynamics_t).tolist() == [0, 1, 4, 5]
    assert np.flatnonzero(~valence_dynamics_t).tolist() == [0, 6, 7]
    whole_tk = on_grid(recording("a", "train"), recording("b", "dev"))["a"].values_tk
    np.testing.assert_array_equal(values_tk, np.where(valid_tk, whole_tk, 0))


def test_gaps_are_refused_unless_they_are_to_be_masked():
    told = refusal(with_gaps("a", "train"), with_gaps("b", "dev"))
    assert len(told) == 2
    assert "'a' has no rating between 0 s and 0.25 s" in told[0]


def test_smoothing_does_not_look_across_a_gap():
    """A moving average of three frames within each of the runs 1-3 and 5-7, by hand."""
    values_tk, valid_tk = on_grid(
        *(with_gaps("a", "train"), recording("b", "dev")),
        masks_gaps=True,
        dynamics_settings=DynamicsSettings("moving_average", 0.75),
    )["a"]
    first = np.array([0.1 + 0.1 + 0.3, 0.1 + 0.3 + 0.2, 0.3 + 0.2 + 0.2]) / 3
    second = np.array([0.4 + 0.4 + 0.0, 0.4 + 0.0 + 0.1, 0.0 + 0.1 + 0.1]) / 3
    expected = 4 * np.concatenate([np.diff(first), np.diff(second)])
    np.testing.assert_allclose(values_tk[[2, 3, 6, 7], 2], expected, atol=1e-12)
    assert np.flatnonzero(valid_tk[:, 2]).tolist() == [2, 3, 6, 7]
    # Of valence frame 7 is alone, which nothing can be smoothed over.
    assert np.flatnonzero(valid_tk[:, 3]).tolist() == [1, 2, 3, 4, 5]
