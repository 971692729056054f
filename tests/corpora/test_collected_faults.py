"""Faults of many files, told in one error."""

import pytest

from affdyn_jax.corpora.collected_faults import reported_together
from affdyn_jax.errors import AudioError, ConfigError, CorpusError


def read(number, bad=(), error_type=CorpusError):
    if number in bad:
        raise error_type(f"{number}.csv: bad")
    return number


def test_what_is_read_is_passed_on():
    with reported_together() as attempt:
        assert [attempt(read, number) for number in range(3)] == [0, 1, 2]


def test_a_single_fault_is_reported_as_it_is():
    with pytest.raises(AudioError) as caught, reported_together() as attempt:
        assert [attempt(read, n, {1}, AudioError) for n in range(3)] == [0, None, 2]
    assert str(caught.value) == "1.csv: bad"


@pytest.mark.parametrize(
    ("count", "more"), [(2, []), (10, []), (11, ["and 1 more"]), (700, ["and 690 more"])]
)
def test_several_faults_stand_in_a_line_each(count, more):
    with pytest.raises(CorpusError) as caught, reported_together() as attempt:
        for number in range(count):
            attempt(read, number, range(count))
    first, *lines = str(caught.value).splitlines()
    assert first.startswith(f"{count} faults")
    shown = [f"{number}.csv: bad" for number in range(min(count, 10))]
    assert [line.strip() for line in lines] == shown + more


def test_a_mistake_in_the_config_is_raised_immediately():
    with pytest.raises(ConfigError), reported_together() as attempt:
        attempt(read, 0, {0})
        attempt(read, 1, {1}, ConfigError)
        pytest.fail("a config that makes no sense concerns all files alike")
