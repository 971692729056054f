from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.corpora.corpus import GoldStandard
from affdyn_jax.corpora.gold_standards import (
    at_all_times,
    gold_standard_on_grid,
    read_gold_standard,
    stack_dimensions,
)
from affdyn_jax.errors import ConfigError, CorpusError

PATH = Path("labels/anna.csv")


def ramp(sampling_rate, seconds):
    """A gold standard whose two dimensions are the sample's number and its negative."""
    samples = np.arange(round(sampling_rate * seconds))
    return GoldStandard(samples / sampling_rate, np.stack([samples, -samples], 1) * 1.0, PATH)


def refusal(error_type, gold_standard, delay=0.0):
    with pytest.raises(error_type) as caught:
        gold_standard_on_grid(gold_standard, "anna", 4, delay)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert "'anna'" in message
    assert str(PATH) in message
    return message


@pytest.mark.parametrize(
    ("sampling_rate", "states"),
    [(10, [1, 3.5, 6, 8.5]), (25, [3, 9.5, 15.5, 21.5]), (50, [6, 18.5, 31, 43.5])],
)
def test_without_delay_the_states_are_the_windows_means(sampling_rate, states):
    states_td, valid_td = gold_standard_on_grid(ramp(sampling_rate, 1), "anna", 4, delay=0.0)
    np.testing.assert_allclose(states_td, np.stack([states, np.negative(states)], 1))
    assert valid_td.dtype == bool
    assert valid_td.all()


def test_with_delay_a_label_is_the_rating_that_comes_later():
    # At 10 Hz and 0.2 s: 2 3 4 | 5 6 | 7 8 9 | no rating
    states_td, valid_td = gold_standard_on_grid(ramp(10, 1), "anna", 4, delay=0.2)
    np.testing.assert_allclose(states_td[:, 0], [3, 5.5, 8, 0])
    np.testing.assert_array_equal(valid_td, [[True] * 2] * 3 + [[False] * 2])


@given(
    sampling_rate=st.sampled_from([4, 10, 25, 50, 30.3]),
    seconds=st.floats(3, 10),
    windows=st.integers(0, 8),
)
@settings(deadline=None, max_examples=50)
def test_a_delay_of_whole_windows_moves_the_frames(sampling_rate, seconds, windows):
    gold_standard = ramp(sampling_rate, seconds)
    plain_td, _ = gold_standard_on_grid(gold_standard, "anna", 4, 0.0)
    moved_td, valid_td = gold_standard_on_grid(gold_standard, "anna", 4, windows / 4)
    labelled = len(plain_td) - windows
    assert len(moved_td) == len(plain_td)
    np.testing.assert_allclose(moved_td[:labelled], plain_td[windows:])
    np.testing.assert_array_equal(moved_td[labelled:], 0)
    is_labelled_t = np.arange(len(plain_td)) < labelled
    np.testing.assert_array_equal(valid_td, np.stack([is_labelled_t] * 2, axis=1))


@given(delay=st.floats(0, 5))
@settings(deadline=None, max_examples=50)
def test_any_delay_keeps_the_length_and_masks_the_end_alone(delay):
    states_td, valid_td = gold_standard_on_grid(ramp(10, 5.1), "anna", 4, delay)
    assert states_td.shape == (21, 2)
    labelled = np.count_nonzero(valid_td[:, 0])
    assert valid_td[:labelled].all()
    assert not valid_td[labelled:].any()
    assert labelled == pytest.approx(21 - 4 * delay, abs=1.01)
    np.testing.assert_array_equal(states_td[~valid_td], 0)


@pytest.mark.parametrize("delay", [-0.5, float("nan")])
def test_a_delay_that_is_none_is_refused(delay):
    with pytest.raises(ConfigError, match=rf"^annotation delay is {delay} s; .* 0 s or more$"):
        gold_standard_on_grid(ramp(10, 5), "anna", 4, delay)


@pytest.mark.parametrize("delay", [5.0, 1e300, float("inf")])
def test_a_delay_longer_than_the_ratings_is_refused(delay):
    message = refusal(ConfigError, ramp(10, 5), delay)
    assert f"delay is {delay} s" in message
    assert "end at 4.9 s" in message


@pytest.mark.parametrize(
    ("kept", "gap"),
    [
        (lambda times_s: (times_s < 1) | (times_s >= 2), "between 1 s and 1.25 s"),
        (lambda times_s: times_s >= 0.3, "between 0 s and 0.25 s"),
        (lambda times_s: np.arange(len(times_s)) % 5 == 0, "between 0.25 s and 0.5 s"),
    ],
    ids=["hole", "late start", "2 Hz"],
)
def test_a_window_without_a_rating_is_refused(kept, gap):
    ratings = ramp(10, 5)
    kept_s = kept(ratings.times_s)
    message = refusal(
        CorpusError, GoldStandard(ratings.times_s[kept_s], ratings.values_sd[kept_s], PATH)
    )
    assert gap in message
    assert "4 times a second" in message


def test_a_gap_is_reported_in_the_tables_own_times_also_under_a_delay():
    ratings = ramp(10, 5)
    kept_s = (ratings.times_s < 2) | (ratings.times_s >= 3)
    holed = GoldStandard(ratings.times_s[kept_s], ratings.values_sd[kept_s], PATH)
    assert "between 2 s and 2.25 s" in refusal(CorpusError, holed, delay=1.0)


def test_ratings_of_one_sample_make_one_frame():
    states_td, valid_td = gold_standard_on_grid(ramp(10, 0.1), "anna", 4, 0.0)
    assert states_td.tolist() == [[0, 0]]
    assert valid_td.tolist() == [[True, True]]


def test_real_ratings_on_the_grid(avec2019_ces_de):
    path = avec2019_ces_de / "labels_devel" / "Devel_DE_01.csv"
    gold_standard = read_gold_standard(path, "Devel_DE_01", ("arousal", "valence"))
    assert gold_standard.values_sd.shape == (1742, 2)
    states_td, valid_td = gold_standard_on_grid(gold_standard, "Devel_DE_01", 4, 0.0)
    # The last rating is at 174.1 s, in window 696 of those that start at 0.
    assert states_td.shape == (697, 2)
    assert valid_td.all()
    frames_s = np.arange(1742) * 4 // 10
    for frame in (0, 1, 17, 400, 696):
        expected_d = gold_standard.values_sd[frames_s == frame].mean(axis=0)
        np.testing.assert_allclose(states_td[frame], expected_d, rtol=1e-12)


def test_dimensions_from_a_file_each():
    times_s = np.array([0, 0.1])
    first, second = Path("arousal/anna.csv"), Path("valence/anna.csv")
    stacked = stack_dimensions({first: (times_s, times_s + 1), second: (times_s, -times_s)})
    np.testing.assert_array_equal(stacked.values_sd, [[1, 0], [1.1, -0.1]])
    assert stacked.path == first
    with pytest.raises(CorpusError) as caught:
        stack_dimensions({first: (times_s, times_s), second: (times_s + 1, times_s)})
    assert str(caught.value) == (
        f"{second}: 2 samples from 1 s to 1.1 s, but 2 samples from 0 s to 0.1 s in {first}; all "
        "dimensions of a recording need the same times"
    )


def gappy():
    """Ratings of a minute at 10 Hz, of which the second dimension has a hole of 20 s."""
    whole = ramp(10, 60)
    values_sd = whole.values_sd.copy()
    values_sd[200:400, 1] = np.nan
    return GoldStandard(whole.times_s, values_sd, PATH)


def test_a_gap_masks_the_frames_of_its_dimension_alone():
    states_td, valid_td = gold_standard_on_grid(gappy(), "anna", 4, 0.0, masks_gaps=True)
    expected_t = np.ones(240, bool)
    expected_t[80:160] = False
    np.testing.assert_array_equal(valid_td, np.stack([np.ones(240, bool), expected_t], 1))
    whole_td, _ = gold_standard_on_grid(ramp(10, 60), "anna", 4, 0.0)
    np.testing.assert_array_equal(states_td[valid_td], whole_td[valid_td])
    np.testing.assert_array_equal(states_td[~valid_td], 0)


def test_a_gap_moves_with_the_delay():
    _, valid_td = gold_standard_on_grid(gappy(), "anna", 4, 2.0, masks_gaps=True)
    assert np.flatnonzero(~valid_td[:, 1]).tolist() == [*range(72, 152), *range(232, 240)]


def test_a_gap_of_one_dimension_is_refused_with_the_way_out():
    message = refusal(CorpusError, gappy())
    assert "between 20 s and 20.25 s" in message
    assert message.endswith("; --config.corpus.gaps=mask leaves frames without a rating out")


@pytest.mark.parametrize(("lost", "is_refused"), [(10, False), (15, True)])
def test_a_dimension_may_end_a_second_before_another(lost, is_refused):
    whole = ramp(10, 60)
    values_sd = whole.values_sd.copy()
    values_sd[-lost:, 0] = np.nan
    shorter = GoldStandard(whole.times_s, values_sd, PATH)
    if is_refused:
        assert "between 58.5 s and 58.75 s" in refusal(CorpusError, shorter)
        return
    _, valid_td = gold_standard_on_grid(shorter, "anna", 4, 0.0)
    np.testing.assert_array_equal(valid_td.sum(axis=0), [236, 240])


@pytest.mark.parametrize(
    ("times_s", "values_s", "told"),
    [
        (np.arange(0, 60, 0.5), np.ones(120), "a rating every 0.5 s"),
        (np.arange(0, 12, 0.1), np.full(120, np.nan), "no rating at all"),
    ],
)
def test_ratings_that_are_no_trace_are_refused_although_gaps_are_masked(times_s, values_s, told):
    gold_standard = GoldStandard(times_s, values_s[:, None], PATH)
    with pytest.raises(CorpusError, match=told):
        gold_standard_on_grid(gold_standard, "anna", 4, 0.0, masks_gaps=True)


def test_dimensions_at_times_of_their_own():
    first = np.array([0.0, 0.2]), np.array([1.0, 2.0])
    second = np.array([0.1, 0.2, 0.4]), np.array([3.0, 4.0, 5.0])
    times_s, values_sd = at_all_times([first, second])
    assert times_s.tolist() == [0.0, 0.1, 0.2, 0.4]
    nan = np.nan
    np.testing.assert_array_equal(values_sd, [[1, nan], [nan, 3], [2, 4], [nan, 5]])
