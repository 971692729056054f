"""Ratings that somebody scaled, moved or mixed up: told before training, or harmless."""

import dataclasses
import logging

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.corpora.reading import read_corpus
from affdyn_jax.corpora.settings import CorpusSettings
from affdyn_jax.dataset import unrated_frames
from affdyn_jax.dataset.dataset import build_dataset
from affdyn_jax.dataset.folds import plan_folds
from affdyn_jax.dataset.gold_on_grid import put_on_grid
from affdyn_jax.errors import CorpusError, FeatureError
from tests.fuzzing import assert_told_in_one_line, examples, reported_faults

RATE = 4.0
SECONDS = (12, 14, 16, 18, 20, 22)  # of the recordings, the last of them in dev


def traces(seconds, number):
    """Times at 10 Hz, and arousal and valence that change slowly, between -0.6 and 0.6."""
    times_s = np.arange(10 * seconds) / 10
    arousal_s = 0.4 * np.sin(times_s / 3 + number) + 0.2 * np.sin(times_s / 2 - number)
    valence_s = 0.3 * np.cos(times_s / 4 + 2 * number) + 0.1
    return times_s, np.stack([arousal_s, valence_s], axis=1)


CLEAN = [traces(seconds, number) for number, seconds in enumerate(SECONDS)]


@dataclasses.dataclass
class Mistake:
    """What became of the ratings: a factor and a summand of values and of times; whose they are."""

    recordings: tuple[int, ...] = tuple(range(len(SECONDS)))
    scale: float = 1.0
    offset: float = 0.0
    time_scale: float = 1.0
    time_offset: float = 0.0
    order: tuple[int, ...] = tuple(range(len(SECONDS)))


@pytest.fixture(scope="module")
def audio(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    for number, seconds in enumerate(SECONDS):
        soundfile.write(folder / f"r{number}.wav", np.zeros(1000 * seconds), 1000)
    return folder


def write(folder, mistake):
    rows = ["recording,partition,audio,ratings"]
    for number in range(len(SECONDS)):
        times_s, values_sd = CLEAN[mistake.order[number]]
        if number in mistake.recordings:
            times_s = times_s * mistake.time_scale + mistake.time_offset
            values_sd = values_sd * mistake.scale + mistake.offset
        columns = np.column_stack([times_s, values_sd])
        content = "\n".join(",".join(f"{value:.9g}" for value in row) for row in columns)
        (folder / f"ratings{number}.csv").write_text(f"time,arousal,valence\n{content}\n")
        partition = "dev" if number == len(SECONDS) - 1 else "train"
        rows.append(f"r{number},{partition},r{number}.wav,ratings{number}.csv")
    (folder / "corpus.csv").write_text("\n".join(rows))


def read(folder, gaps):
    """The states of each recording on the grid, NaN where masked, as a run reads them."""
    corpus = read_corpus(
        CorpusSettings(layout="manifest", root=str(folder / "corpus.csv"), gaps=gaps)
    )
    gold = put_on_grid(corpus, RATE, 0.0)
    plan_folds(corpus, gold, 0)
    rng = np.random.default_rng(0)
    features = {
        f"r{number}": rng.normal(size=(int(seconds * RATE), 2))
        for number, seconds in enumerate(SECONDS)
    }
    dataset = build_dataset(corpus, gold, features, ("x", "y"))
    unrated_frames.tell(dataset.unrated, dataset.examples, dataset.names)
    states = {}
    for partition, of_partition in dataset.examples.items():
        for n, name in enumerate(dataset.names[partition]):
            frames = slice(of_partition.frames_n[n])
            gold_td = of_partition.gold_ntk[n, frames, :2].astype(np.float64)
            states[name] = np.where(of_partition.valid_ntk[n, frames, :2], gold_td, np.nan)
    return [states[f"r{number}"] for number in range(len(SECONDS))]


def is_harmless(states, clean):
    """Whether all are as they were, but for a scale and a level that all have in common."""
    spreads = []  # of both dimensions in each recording
    for mistaken_td, clean_td in zip(states, clean, strict=True):
        spreads.append([])
        for mistaken_t, clean_t in zip(mistaken_td.T, clean_td.T, strict=True):
            is_rated_t = np.isfinite(mistaken_t)
            if is_rated_t.mean() < 0.5:
                return False
            pair = mistaken_t[is_rated_t], clean_t[: len(is_rated_t)][is_rated_t]
            if not np.corrcoef(*pair)[0, 1] > 0.9:
                return False
            spreads[-1].append(pair[0].std() / pair[1].std())
    # A single recording may be flat.
    return bool((np.max(spreads, axis=0) < 8 * np.sort(spreads, axis=0)[1]).all())


FACTORS = st.sampled_from([0.001, 0.01, 0.1, 0.5, 2, 4, 10, 50, 100, 1000]) | st.floats(0.01, 20)
# Units of time, frames of videos and features, and clocks that run too fast or slow.
TIME_FACTORS = st.sampled_from([0.001, 1 / 60, 24, 25, 30, 50, 60, 100, 1000, 1e6, 0.5, 2, 1.1])
SOME = st.sets(st.integers(0, len(SECONDS) - 1), min_size=1).map(tuple) | st.just(
    tuple(range(len(SECONDS)))
)
MISTAKES = st.one_of(
    st.builds(Mistake, recordings=SOME, scale=FACTORS),
    st.builds(Mistake, recordings=SOME, offset=st.floats(-3, 3)),
    st.builds(Mistake, recordings=SOME, scale=FACTORS, offset=st.floats(-10, 10)),
    st.builds(Mistake, recordings=SOME, time_scale=TIME_FACTORS),
    st.builds(Mistake, recordings=SOME, time_offset=st.floats(-20, 20)),
    st.builds(Mistake, scale=st.just(-1.0)),
    st.builds(Mistake, order=st.permutations(range(len(SECONDS))).map(tuple)),
)


def test_without_a_mistake_nothing_is_told(audio, caplog):
    write(audio, Mistake())
    states = read(audio, "refuse")
    assert caplog.records == []
    assert is_harmless(states, states)
    assert [len(states_td) for states_td in states] == [4 * seconds for seconds in SECONDS]


@examples(40, 3000)
@pytest.mark.parametrize("gaps", ["refuse", "mask"])
def test_a_mistake_is_told_before_training_or_harmless(audio, caplog, gaps, examples):
    write(audio, Mistake())
    clean = read(audio, "refuse")

    @settings(deadline=None, max_examples=examples, database=None)
    @given(MISTAKES)
    def read_any(mistake):
        write(audio, mistake)
        caplog.clear()
        try:
            states = read(audio, gaps)
        except (CorpusError, FeatureError) as error:
            for fault in reported_faults(error):
                assert_told_in_one_line(fault)
        else:
            is_told = any(record.levelno >= logging.WARNING for record in caplog.records)
            # A mirrored scale is a scale, if all have it.
            mirrored = mistake.scale < 0 and len(mistake.recordings) == len(SECONDS)
            states = [-states_td for states_td in states] if mirrored else states
            assert is_told or is_harmless(states, clean), mistake

    read_any()
