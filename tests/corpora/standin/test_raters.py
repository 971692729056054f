import numpy as np
import pytest

from affdyn_jax.corpora.rater_fusion import agreements
from affdyn_jax.corpora.standin.raters import RATERS, rate_by_several
from affdyn_jax.corpora.standin.traces import felt_affect


@pytest.fixture(scope="module")
def rated():
    """Felt affect at 10 Hz and its ratings of a few recordings of 300 s."""
    recordings = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        felt_sd = felt_affect(rng, 3000)
        recordings.append((felt_sd, *rate_by_several(rng, felt_sd, 2.0)))
    return recordings


def test_sampled_as_recola_is(rated):
    _, times_s, ratings_sdr = rated[0]
    np.testing.assert_allclose(times_s, np.arange(7501) / 25)
    assert ratings_sdr.shape == (7501, 2, len(RATERS))
    assert np.abs(ratings_sdr).max() <= 1


def test_raters_agree_and_the_last_one_less(rated):
    agreement_r = np.mean(
        [agreements(r_sdr[:, d]) for _, _, r_sdr in rated for d in (0, 1)], axis=0
    )
    assert np.all((agreement_r[:-1] > 0.4) & (agreement_r[:-1] < 0.75))
    assert 0.15 < agreement_r[-1] < agreement_r[:-1].min() - 0.1


def test_their_mean_follows_what_was_felt(rated):
    correlations = []
    for felt_sd, times_s, ratings_sdr in rated:
        heard_s = np.interp(times_s, np.arange(3000) / 10 + 2.0, felt_sd[:, 0])
        correlations.append(np.corrcoef(heard_s, ratings_sdr[:, 0].mean(axis=1))[0, 1])
    assert np.mean(correlations) > 0.85


def test_raters_differ(rated):
    _, _, ratings_sdr = rated[0]
    correlation_rr = np.corrcoef(ratings_sdr[:, 0].T)
    assert np.max(correlation_rr - np.eye(len(RATERS))) < 0.99
    assert np.ptp(ratings_sdr[:, 0].mean(axis=0)) > 0.02
