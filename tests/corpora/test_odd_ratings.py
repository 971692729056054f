"""Recordings on another scale than the others, and corpora that are in good order."""

from pathlib import Path

import numpy as np
import pytest

from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Recording
from affdyn_jax.corpora.odd_ratings import warn_of_odd_ratings

COUNT = 10


def told(caplog, factors=(1,) * COUNT, offsets=(0,) * COUNT, values=None):
    """What is logged of arousal; valence is in good order."""
    rng = np.random.default_rng(0)
    times_s = np.arange(200) / 10
    recordings = []
    for n, (factor, offset) in enumerate(zip(factors, offsets, strict=True)):
        arousal_s, valence_s = np.sin(times_s + rng.uniform(0, 6, (2, 1))) * rng.uniform(0.1, 0.2)
        values_s = factor * arousal_s + offset if values is None else values[n]
        gold_standard = GoldStandard(times_s, np.stack([values_s, valence_s], 1), Path(f"{n}.csv"))
        recordings.append(Recording(f"r{n}", "dev" if n else "train", None, gold_standard))
    warn_of_odd_ratings(Corpus("c", Path(), ("arousal", "valence"), tuple(recordings)))
    return [record.getMessage() for record in caplog.records]


def only(*odd, value, usual):
    return [value if n in odd else usual for n in range(COUNT)]


@pytest.mark.parametrize(
    "factors",
    [(1,) * COUNT, (100,) * COUNT, only(3, value=0.02, usual=1), only(3, value=0, usual=1)],
)
def test_ratings_on_one_scale_are_nothing_to_speak_of(caplog, factors):
    assert told(caplog, factors) == []


@pytest.mark.parametrize(
    ("odd", "value", "count", "first"),
    [
        ((3,), 10, 1, "r3"),
        ((2, 5), 10, 2, "r2"),
        (range(0, 10, 2), 10, 5, "r1"),  # those of the narrower half
        ((1, 2), 0.1, 2, "r1"),
    ],
)
def test_another_scale(caplog, odd, value, count, first):
    (line,) = told(caplog, only(*odd, value=value, usual=1))
    assert line.startswith("ratings of 'arousal' spread several times as wide")
    assert f"in {count} of 10 recordings, e.g. '{first}'; check that all are on one scale" in line


@pytest.mark.parametrize("odd", [(3,), (2, 5, 6)])
def test_another_level(caplog, odd):
    (line,) = told(caplog, offsets=only(*odd, value=0.7, usual=0))
    assert line == (
        f"ratings of 'arousal' lie apart from all others in {len(odd)} of 10 recordings, e.g. "
        f"'r{odd[0]}'; check that all are on one scale"
    )


def test_one_that_is_livelier_and_higher_than_others_is_nothing_odd(caplog):
    factors, offsets = only(3, value=4, usual=1), only(3, value=0.7, usual=0)
    assert told(caplog, factors, offsets) == []


def test_a_few_recordings_tell_nothing(caplog):
    assert told(caplog, (1, 100, 1), (0,) * 3) == []


def test_the_real_ratings_are_on_one_scale(avec2019_ces_de, caplog):
    recordings = []
    for n, path in enumerate(sorted((avec2019_ces_de / "labels_devel").glob("*.csv"))):
        values = np.loadtxt(path, delimiter=";", skiprows=1, usecols=(1, 2, 3, 4))
        gold_standard = GoldStandard(values[:, 0], values[:, 1:], path)
        recordings.append(Recording(path.stem, "dev" if n else "train", None, gold_standard))
    dimensions = ("arousal", "valence", "liking")
    warn_of_odd_ratings(Corpus("c", Path(), dimensions, tuple(recordings)))
    assert caplog.records == []
