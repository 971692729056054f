"""Predictions of known quality, and ratings that belong to them or do not."""

from types import SimpleNamespace

import numpy as np
import pytest

from affdyn_jax.dataset.examples import pad
from affdyn_jax.evaluation.doubtful_ratings import doubts_about_ratings
from affdyn_jax.method.tasks import tasks_of

RATE = 4
AROUSAL, VALENCE, *_ = TASKS = tasks_of(("arousal", "valence"))


def smooth(rng, frames):
    """A trace whose values resemble each other for about two seconds."""
    return np.convolve(rng.normal(size=frames + 15), np.hanning(16) / 8, "valid")[:frames]


def recordings(seed=0, count=6, noise=0.5):
    """Predictions, and gold standards that are these with noise, of each recording."""
    rng = np.random.default_rng(seed)
    predicted = [smooth(rng, frames) for frames in rng.integers(180, 240, count)]
    return predicted, [trace + noise * smooth(rng, len(trace)) for trace in predicted]


def doubts(predicted, rated, valid=None):
    """Of arousal; valence is rated as predicted, and nothing predicts dynamics."""
    columns = [
        np.stack([gold, p, 0 * p, 0 * p], 1) for p, gold in zip(predicted, rated, strict=True)
    ]
    valid = valid or [np.ones(len(gold), bool) for gold in rated]
    examples = pad(columns, columns, [np.repeat(v[:, None], 4, axis=1) for v in valid])
    predictions_nt = np.zeros(examples.gold_ntk.shape[:2], np.float32)
    for row, trace in zip(predictions_nt, predicted, strict=True):
        row[: len(trace)] = trace
        row[len(trace) :] = 9  # what stands in the padding does not count
    dataset = SimpleNamespace(examples={"dev": examples}, tasks=TASKS, frame_rate=RATE)
    return doubts_about_ratings({AROUSAL: predictions_nt, VALENCE: predictions_nt}, "dev", dataset)


@pytest.mark.parametrize("noise", [0.0, 0.5, 1.5])
def test_ratings_of_their_own_recording_are_beyond_doubt(noise):
    assert doubts(*recordings(noise=noise)) == []


def test_ratings_of_other_recordings():
    predicted, rated = recordings()
    moved = [
        np.resize(gold, len(own)) for gold, own in zip([*rated[1:], rated[0]], rated, strict=True)
    ]
    (line,) = doubts(predicted, moved)
    assert line.startswith("arousal on dev: predictions hardly agree with the ratings (CCC ")
    assert "with those of other recordings up to" in line
    assert line.endswith(
        "check that each recording has its own ratings, from the same start as its audio"
    )


@pytest.mark.parametrize(("frames", "words"), [(12, "3 s later"), (-20, "5 s earlier")])
def test_ratings_of_another_moment(frames, words):
    predicted, rated = recordings()
    (line,) = doubts(predicted, [np.roll(gold, frames) for gold in rated])
    assert f"predictions agree with the ratings {words} (CCC 0." in line


def test_frames_without_a_rating_do_not_count():
    predicted, rated = recordings()
    valid = [np.arange(len(gold)) % 40 > 10 for gold in rated]
    spoilt = [np.where(is_valid, gold, 50) for gold, is_valid in zip(rated, valid, strict=True)]
    assert doubts(predicted, spoilt, valid) == []


def test_ratings_that_never_change_and_a_single_recording():
    predicted, rated = recordings()
    assert doubts(predicted, [0 * gold for gold in rated]) == []
    assert doubts(predicted[:1], rated[:1]) == []
