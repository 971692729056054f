"""Against the challenge's published scores."""

import numpy as np
import pytest

from affdyn_jax.evaluation.significance import mean_ccc, sums_by_recording
from experiments.decisions.interval_widths import dealt_out, read, rejections, valid, widths

# CCC of arousal and valence over the 14 recordings, by the challenge's own script.
PUBLISHED = [
    *((0.380, 0.317), (0.396, 0.405), (0.434, 0.455), (0.389, 0.344), (0.323, 0.190)),
    *((0.606, 0.639), (0.475, 0.552), (0.561, 0.595), (0.556, 0.594)),
]


@pytest.fixture(scope="module")
def traces(avec2019_ces_de):
    return read(str(avec2019_ces_de), 10.0)


def test_what_is_read_scores_as_published(traces):
    predictions, gold = traces
    for model_ntd, published in zip(predictions, PUBLISHED, strict=True):
        for d, ccc in enumerate(published):
            sums_ns6 = sums_by_recording(
                model_ntd[None, ..., d], gold.gold_ntk[..., d], valid(gold, d)
            )
            assert mean_ccc(sums_ns6.sum(axis=0)) == pytest.approx(ccc, abs=0.001)


# Quick, of what it calls: `tests/evaluation/test_significance.py`.
@pytest.mark.slow
def test_frames_make_intervals_too_narrow_and_chance_significant(traces):
    predictions, gold = traces
    few = predictions[:2, :, :800], type(gold)(*(a[:, :800] for a in gold[:3]), gold.frames_n)
    found = widths(*few, np.random.default_rng(0))
    assert found["times_too_narrow"] > 4
    shares = rejections(*few, 10, np.random.default_rng(0))
    by_recording, by_frame = (
        int(shares[f"chance_pairs_over_{units}"].split()[0]) for units in ("recordings", "frames")
    )
    assert by_recording < 5 < by_frame <= 20


def test_dealing_out_keeps_every_recording_whole():
    one, other = np.zeros((1, 50, 3)), np.ones((1, 50, 3))
    first, second = dealt_out((one, other), np.random.default_rng(0))
    assert (first + second == 1).all()
    assert (first == first[..., :1]).all()
    assert 10 < first[0, :, 0].sum() < 40
