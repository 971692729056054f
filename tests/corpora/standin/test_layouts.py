import wave

import numpy as np
import pytest

from affdyn_jax.corpora.avec2016 import read_avec2016
from affdyn_jax.corpora.rater_fusion import join_ratings
from affdyn_jax.corpora.recola import read_recola
from affdyn_jax.corpora.settings import CorpusSettings, PartitionSettings
from affdyn_jax.corpora.standin.generation import write_standin
from affdyn_jax.corpora.standin.settings import StandIn
from affdyn_jax.system.standin_mark import STANDIN_MARK

DIMENSIONS = ("arousal", "valence")
SETTINGS = {
    layout: StandIn("FR", train=2, dev=1, test=1, shortest_s=11, longest_s=13, layout=layout)
    for layout in ("avec2016", "recola")
}
RATINGS = "RECOLA-Annotation/emotional_behaviour"


@pytest.fixture(scope="module")
def roots(tmp_path_factory):
    """A stand-in in each of RECOLA's layouts."""
    folder = tmp_path_factory.mktemp("standins")
    for layout, settings in SETTINGS.items():
        write_standin(settings, folder / layout)
    return {layout: folder / layout for layout in SETTINGS}


def files_of(root):
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def test_recola_is_as_released(roots):
    names = ("P01", "P02", "P03", "P04")
    expected = {f"RECOLA-Audio-recordings/{name}.wav" for name in names}
    expected |= {f"{RATINGS}/{d}/{name}.csv" for name in names for d in DIMENSIONS}
    assert files_of(roots["recola"]) == expected | {STANDIN_MARK}
    assert SETTINGS["recola"].partitions == {
        "train": ("P01", "P02"),
        "dev": ("P03",),
        "test": ("P04",),
    }
    lines = (roots["recola"] / RATINGS / "arousal" / "P01.csv").read_text().split("\n")
    assert lines[0] == "time;FM1 ;FM2 ;FM3 ;FF1 ;FF2 ;FF3"
    assert lines[1].startswith("0.00;") and lines[2].startswith("0.04;")
    assert all(len(row.split(";")) == 7 for row in lines[1:-1])


def test_avec2016_is_as_handed_out_test_labels_withheld(roots):
    names = ("train_1", "train_2", "dev_1", "test_1")
    expected = {f"recordings_audio/{name}.wav" for name in names}
    expected |= {f"ratings_gold_standard/{d}/{name}.arff" for name in names[:3] for d in DIMENSIONS}
    assert files_of(roots["avec2016"]) == expected | {STANDIN_MARK}
    lines = (roots["avec2016"] / "ratings_gold_standard/valence/dev_1.arff").read_text().split("\n")
    assert lines[0] == "@relation GOLDSTANDARD_VALENCE"
    assert "@attribute Instance_name string" in lines
    assert lines[lines.index("@data") + 2].startswith("dev_1,0.00,")


def test_audio_is_as_long_as_the_ratings(roots):
    for layout, folder in (("recola", "RECOLA-Audio-recordings"), ("avec2016", "recordings_audio")):
        corpus = read(layout, roots)
        for recording in corpus.recordings:
            assert recording.audio.parent == roots[layout] / folder
            if recording.gold_standard is not None:
                with wave.open(str(recording.audio)) as audio:
                    duration_s = audio.getnframes() / audio.getframerate()
                assert recording.gold_standard.times_s[-1] == pytest.approx(duration_s, abs=0.04)


def read(layout, roots, method="centred"):
    settings = CorpusSettings(
        root=str(roots[layout]),
        dimensions=DIMENSIONS,
        gold_standard=method,
        partitions=PartitionSettings(**SETTINGS[layout].partitions),
    )
    return read_recola(settings) if layout == "recola" else read_avec2016(settings)


@pytest.mark.parametrize("layout", SETTINGS)
def test_the_reader_reads_it_as_a_standin(roots, layout):
    corpus = read(layout, roots)
    assert corpus.is_standin
    assert {p: tuple(r.name for r in corpus.partition(p)) for p in ("train", "dev", "test")} == (
        SETTINGS[layout].partitions
    )


def test_the_agreement_is_that_of_its_raters(roots):
    corpus = read("recola", roots)
    assert set(corpus.agreement) == set(DIMENSIONS)
    rows = np.loadtxt(roots["recola"] / RATINGS / "valence/P03.csv", delimiter=";", skiprows=1)
    joined = join_ratings(rows[:, 1:], "abcdef", "centred")
    recording = corpus.partition("dev")[0]
    np.testing.assert_array_equal(recording.gold_standard.values_sd[:, 1], joined.values_s)
    assert recording.gold_standard.agreement_d[1] == joined.agreement
    assert read("avec2016", roots).agreement == {}
