import numpy as np
import pytest
from scipy import stats

from affdyn_jax.evaluation.correlation_and_error import pearson_r, rmse


@pytest.fixture
def traces():
    """Predictions, a gold standard and valid frames of three recordings and two tasks."""
    rng = np.random.default_rng(0)
    gold = rng.normal(5, 2, (3, 20, 2)).astype(np.float32)
    predictions = gold + rng.normal(1, 3, gold.shape).astype(np.float32)
    valid = rng.random(gold.shape) < 0.7
    return predictions, gold, valid


def test_over_recordings_concatenated(traces):
    predictions, gold, valid = traces
    spoilt = np.where(valid, predictions, np.nan), np.where(valid, gold, np.inf), valid
    for measured_k, expected in (
        (pearson_r(*spoilt, axis=(0, 1)), lambda x, y: stats.pearsonr(x, y).statistic),
        (rmse(*spoilt, axis=(0, 1)), lambda x, y: np.linalg.norm(x - y) / np.sqrt(len(x))),
    ):
        assert measured_k.shape == (2,) and measured_k.dtype == np.float64
        for k in range(2):
            pair = (values[..., k][valid[..., k]] for values in (predictions, gold))
            assert measured_k[k] == pytest.approx(expected(*pair), rel=1e-5)


def test_over_frames_of_each_recording(traces):
    predictions, gold, valid = traces
    r_nk, rmse_nk = (measure(*traces, axis=1) for measure in (pearson_r, rmse))
    assert r_nk.shape == rmse_nk.shape == (3, 2)
    x, y = (values[1, :, 0][valid[1, :, 0]] for values in (predictions, gold))
    assert r_nk[1, 0] == pytest.approx(np.corrcoef(x, y)[0, 1], rel=1e-5)
    assert rmse_nk[1, 0] == pytest.approx(np.sqrt(np.mean((x - y) ** 2)), rel=1e-5)


def test_where_something_never_changes(traces):
    predictions, gold, valid = traces
    still = np.full_like(gold, 0.1)
    assert (pearson_r(still, gold, valid, axis=(0, 1)) == 0).all()
    assert np.isnan(pearson_r(predictions, still, valid, axis=(0, 1))).all()
    assert rmse(still + 2, still, valid, axis=(0, 1)) == pytest.approx(2)


def test_nothing_valid_and_no_number(traces):
    predictions, gold, valid = traces
    for measure in (pearson_r, rmse):
        assert np.isnan(measure(predictions, gold, ~valid & valid, axis=(0, 1))).all()
        assert np.isnan(measure(predictions * np.nan, gold, valid, axis=(0, 1))).all()
