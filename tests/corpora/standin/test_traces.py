import numpy as np
import pandas as pd
import pytest
import scipy.stats

from affdyn_jax.corpora.standin.traces import felt_affect, rate, slow_noise

# Measured on the 14 labelled development recordings of SEWA DE (AVEC 2019): for each figure
# arousal's, valence's, and how far the stand-in's may be from both. Sets of 14 recordings
# differ by about half of that.
MEASURED = {
    "mean": (0.138, 0.116, 0.04),
    "standard deviation": (0.144, 0.142, 0.04),
    "skew": (1.73, 1.73, 0.8),
    "1 % quantile": (-0.039, -0.068, 0.04),
    "99 % quantile": (0.632, 0.612, 0.2),
    "mean standard deviation of a recording": (0.112, 0.120, 0.03),
    "standard deviation of a recording's mean": (0.079, 0.061, 0.03),
    "autocorrelation at 0.1 s": (0.996, 0.996, 0.003),
    "autocorrelation at 1 s": (0.861, 0.864, 0.03),
    "autocorrelation at 5 s": (0.261, 0.288, 0.10),
    "autocorrelation at 10 s": (0.008, 0.051, 0.10),
    "share of flat frames": (0.378, 0.411, 0.05),
    "standard deviation of dynamics (1/s)": (0.104, 0.107, 0.03),
    "skew of dynamics at 4 Hz": (2.12, 2.08, 2.0),
    "autocorrelation of dynamics at 0.25 s": (0.545, 0.621, 0.08),
    "leading zeros (s)": (2.44, 3.59, 1.5),
}
MEASURED_CORRELATION = 0.785
MEASURED_CORRELATION_OF_DYNAMICS = 0.255


def autocorrelation(values_s, lag):
    values_s = values_s - values_s.mean()
    return np.mean(values_s[lag:] * values_s[:-lag]) / np.mean(values_s**2)


def at_4_hz(values_s):
    """Means of the frames of a quarter of a second, which hold 3, 2, 3 and 2 samples."""
    frames = np.arange(len(values_s)) * 2 // 5
    return pd.Series(values_s).groupby(frames).mean().to_numpy()


def figures_of(traces):
    """What is measured of one dimension's traces at 10 Hz, one array a recording."""
    pooled = np.concatenate(traces)
    dynamics = np.concatenate([np.diff(trace) * 10 for trace in traces])
    dynamics_at_4_hz = [np.diff(at_4_hz(trace)) * 4 for trace in traces]
    figures = {
        "mean": pooled.mean(),
        "standard deviation": pooled.std(),
        "skew": scipy.stats.skew(pooled),
        "1 % quantile": np.quantile(pooled, 0.01),
        "99 % quantile": np.quantile(pooled, 0.99),
        "mean standard deviation of a recording": np.mean([t.std() for t in traces]),
        "standard deviation of a recording's mean": np.std([t.mean() for t in traces]),
        "share of flat frames": np.mean(dynamics == 0.0),
        "standard deviation of dynamics (1/s)": dynamics.std(),
        "skew of dynamics at 4 Hz": scipy.stats.skew(np.concatenate(dynamics_at_4_hz)),
        "autocorrelation of dynamics at 0.25 s": np.mean(
            [autocorrelation(d, 1) for d in dynamics_at_4_hz]
        ),
        "leading zeros (s)": np.mean([np.flatnonzero(t)[0] / 10 for t in traces]),
    }
    for lag, label in ((1, "0.1"), (10, "1"), (50, "5"), (100, "10")):
        name = f"autocorrelation at {label} s"
        figures[name] = np.mean([autocorrelation(trace, lag) for trace in traces])
    return figures


def correlations_of(ratings):
    """Pearson's correlation of arousal and valence, and of their dynamics."""
    states = np.concatenate(ratings)
    dynamics = np.concatenate([np.diff(trace_sd, axis=0) for trace_sd in ratings])
    return np.corrcoef(states.T)[0, 1], np.corrcoef(dynamics.T)[0, 1]


@pytest.fixture(scope="module")
def ratings():
    """Of 140 recordings as long as SEWA's, with the six decimals of its tables."""
    recordings = []
    for seed in range(140):
        rng = np.random.default_rng(seed)
        recordings.append(np.round(rate(rng, felt_affect(rng, 1700), 2.0), 6))
    return recordings


@pytest.mark.parametrize("dimension", [0, 1], ids=["arousal", "valence"])
@pytest.mark.parametrize("figure", MEASURED)
def test_ratings_have_the_statistics_of_real_ones(ratings, dimension, figure):
    figures = figures_of([ratings_sd[:, dimension] for ratings_sd in ratings])
    tolerance = MEASURED[figure][2]
    assert figures[figure] == pytest.approx(MEASURED[figure][dimension], abs=tolerance)


def test_dimensions_are_as_alike_as_real_ones(ratings):
    states, dynamics = correlations_of(ratings)
    assert states == pytest.approx(MEASURED_CORRELATION, abs=0.06)
    assert dynamics == pytest.approx(MEASURED_CORRELATION_OF_DYNAMICS, abs=0.1)


def test_measured_figures_are_those_of_the_real_ratings(avec2019_ces_de):
    tables = sorted((avec2019_ces_de / "labels_devel").glob("*.csv"))
    real = [pd.read_csv(t, sep=";")[["arousal", "valence"]].to_numpy() for t in tables]
    assert len(real) == 14
    for dimension in (0, 1):
        measured = figures_of([ratings_sd[:, dimension] for ratings_sd in real])
        written = {figure: values[dimension] for figure, values in MEASURED.items()}
        assert measured == pytest.approx(written, abs=6e-3)
    written = (MEASURED_CORRELATION, MEASURED_CORRELATION_OF_DYNAMICS)
    assert correlations_of(real) == pytest.approx(written, abs=6e-4)


def test_ratings_begin_with_up_to_6_s_of_zeros(ratings):
    onsets = [np.flatnonzero(ratings_sd[:, d])[0] / 10 for ratings_sd in ratings for d in (0, 1)]
    assert min(onsets) > 0.0 and max(onsets) <= 6.2
    assert np.std(onsets) > 0.5


def test_felt_affect_lies_within_the_scale():
    for seed in range(20):
        felt_sd = felt_affect(np.random.default_rng(seed), 600)
        assert felt_sd.shape == (600, 2)
        assert np.abs(felt_sd).max() < 1.0


@pytest.mark.parametrize("delay_s", [0.0, 1.0, 2.0, 4.0])
def test_ratings_follow_by_the_delay_and_no_more_than_a_stroke(delay_s):
    lags = np.arange(0, 80)
    similarities = np.zeros(len(lags))
    for seed in range(30):
        rng = np.random.default_rng(seed)
        felt_sd = felt_affect(rng, 1500)
        rated_s = rate(rng, felt_sd, delay_s)[100:, 0]
        for lag in lags:
            felt_s = felt_sd[100 - lag : 1500 - lag, 0]
            similarities[lag] += np.corrcoef(felt_s, rated_s)[0, 1]
    assert delay_s <= lags[similarities.argmax()] / 10 <= delay_s + 0.7
    assert similarities.max() / 30 > 0.9


def test_ratings_of_one_moment_know_nothing_of_what_comes_after_it():
    felt_sd = felt_affect(np.random.default_rng(0), 600)
    changed_sd = felt_sd.copy()
    changed_sd[300:] = 0.9
    before = rate(np.random.default_rng(1), felt_sd, 2.0)
    after = rate(np.random.default_rng(1), changed_sd, 2.0)
    np.testing.assert_array_equal(before[:310], after[:310])
    assert np.abs(before[350:] - after[350:]).min() > 0.0


@pytest.mark.parametrize("width", [10, 101])
def test_slow_noise_forgets_itself_after_its_width(width):
    noise = slow_noise(np.random.default_rng(3), 200_000, width)
    assert noise.shape == (200_000,)
    assert noise.std() == pytest.approx(1.0, abs=0.05)
    assert autocorrelation(noise, max(1, width // 20)) > 0.9
    assert abs(autocorrelation(noise, width)) < 0.06
