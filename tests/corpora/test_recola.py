import logging
import os

import numpy as np
import pytest

from affdyn_jax.corpora.recola import read_recola
from affdyn_jax.corpora.settings import CorpusSettings, PartitionSettings
from affdyn_jax.errors import ConfigError, CorpusError, MissingCorpusError
from affdyn_jax.system.standin_mark import STANDIN_MARK
from tests.fuzzing import reported_faults

RATINGS = "RECOLA-Annotation/emotional_behaviour"
PARTITIONS = {"train": ("P16", "P17"), "dev": ("P19",), "test": ("P21",)}
RECORDINGS = ("P16", "P17", "P19", "P21", "P23")
HEADER = "time;FM1 ;FM2 ;FF1"
TABLE = f"""{HEADER}
0.00;0.00;0.20;0.10
0.04;0.20;0.40;0.10
0.08;0.40;0.60;0.20
0.12;0.20;0.40;0.40
"""


@pytest.fixture
def root(tmp_path):
    """The release's layout; the audio is never opened. Valence mirrors arousal."""
    (tmp_path / "RECOLA-Audio-recordings").mkdir()
    for dimension in ("arousal", "valence"):
        (tmp_path / RATINGS / dimension).mkdir(parents=True)
    for name in RECORDINGS:
        (tmp_path / "RECOLA-Audio-recordings" / f"{name}.wav").touch()
        (tmp_path / RATINGS / "arousal" / f"{name}.csv").write_text(TABLE)
        mirrored = TABLE.replace(";0.2", ";-0.2").replace(";0.4", ";-0.4")
        (tmp_path / RATINGS / "valence" / f"{name}.csv").write_text(mirrored)
    return tmp_path


def read(root, gold_standard="mean", partitions=PARTITIONS, gaps="refuse", **options):
    settings = CorpusSettings(
        name="RECOLA",
        root=str(root),
        gold_standard=gold_standard,
        gaps=gaps,
        partitions=PartitionSettings(**partitions),
    )
    return read_recola(settings, **options)


def refusal(root, error_type=CorpusError, **options):
    with pytest.raises(error_type) as caught:
        read(root, **options)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def ratings_of(root, name="P17", dimension="arousal"):
    return root / RATINGS / dimension / f"{name}.csv"


def test_a_corpus(root):
    corpus = read(root)
    assert [(r.name, r.partition) for r in corpus.recordings] == [
        ("P16", "train"),
        ("P17", "train"),
        ("P19", "dev"),
        ("P21", "test"),
    ]
    assert not corpus.is_standin
    second = corpus.recordings[1]
    assert second.audio == root / "RECOLA-Audio-recordings" / "P17.wav"
    np.testing.assert_array_equal(second.gold_standard.times_s, [0, 0.04, 0.08, 0.12])
    np.testing.assert_allclose(second.gold_standard.values_sd[:, 0], [0.1, 0.7 / 3, 0.4, 1 / 3])
    # By hand in test_raters: pairs of raters have 1/2, 2/7 and 2/15.
    agreement = (1 / 2 + 2 / 7 + 2 / 15) / 3
    assert second.gold_standard.agreement_d[0] == pytest.approx(agreement)
    assert corpus.agreement["arousal"] == pytest.approx(agreement)
    assert list(corpus.agreement) == ["arousal", "valence"]


def test_a_file_whose_name_is_not_utf8_is_refused_before_training(root):
    for path in root.rglob("P17.*"):
        path.rename(path.with_name(os.fsdecode(b"P17\xe9") + path.suffix))
    message = refusal(root)
    assert message.isprintable()
    assert "recording 'P17\\udce9' is no printable text in UTF-8" in message
    assert "rename its files" in message


def test_the_gold_standard_is_the_one_asked_for(root):
    values = {
        method: read(root, method).recordings[0].gold_standard.values_sd[:, 0]
        for method in ("mean", "centred", "ewe")
    }
    assert np.ptp(values["centred"] - values["mean"]) == pytest.approx(0, abs=1e-12)
    assert abs(values["centred"] - values["mean"]).max() > 1e-3
    assert abs(values["ewe"] - values["mean"]).max() > 1e-3


def test_without_audio(root):
    (root / "RECOLA-Audio-recordings").rename(root / "elsewhere")
    assert {r.audio for r in read(root, features_folder="mfcc").recordings} == {None}


def test_the_mark_of_the_standin_is_seen(root):
    (root / STANDIN_MARK).touch()
    assert read(root).is_standin


def test_a_doubtful_gold_standard_is_reported_with_its_file(root, caplog):
    path = ratings_of(root)
    flat = [f"{row.rpartition(';')[0]};0.30" for row in TABLE.splitlines()[1:]]
    path.write_text("\n".join([HEADER, *flat]) + "\n")
    with caplog.at_level(logging.WARNING):
        read(root)
    told = [record.getMessage() for record in caplog.records if str(path) in record.getMessage()]
    assert told == [f"{path}: rater 'FF1' never moves"]


def test_where_a_rater_has_no_rating_there_is_no_gold_standard(root):
    path = ratings_of(root)
    path.write_text(path.read_text().replace("0.08;0.40;0.60;0.20", "0.08;0.40;;0.20"))
    assert refusal(root).startswith(f"{path}:4: ''")
    values_sd = read(root, gaps="mask").recordings[1].gold_standard.values_sd
    np.testing.assert_allclose(values_sd[:, 0], [0.1, 0.7 / 3, np.nan, 1 / 3])
    assert np.isfinite(values_sd[:, 1]).all()


@pytest.mark.parametrize(
    "missing", [".", "RECOLA-Audio-recordings", f"{RATINGS}/valence", "RECOLA-Annotation"]
)
def test_a_missing_folder_is_reported_with_the_layout(root, missing):
    (root / missing).rename(root.parent / f"{root.name} elsewhere")
    message = refusal(root, MissingCorpusError)
    assert message.startswith(f"{root / missing}") and ": no such folder" in message
    assert f"{root}/{RATINGS}/arousal/<recording>.csv" in message
    assert "time;<rater>;<rater>" in message
    assert f"{root}/RECOLA-Audio-recordings/<recording>.wav" in message


@pytest.mark.parametrize("partition", ["train", "dev"])
def test_an_empty_partition_list_is_reported(root, partition):
    message = refusal(root, ConfigError, partitions=PARTITIONS | {partition: ()})
    assert message.startswith(f"corpus.partitions.{partition} is empty")
    assert f"--config.corpus.partitions.{partition}=P16,P17" in message


def test_a_recording_that_is_not_there_is_reported(root):
    message = refusal(root, partitions=PARTITIONS | {"test": ("P99",)})
    assert "no recording is called 'P99'" in message and "from 'P16' to 'P23'" in message


def test_missing_audio_is_reported(root):
    audio = root / "RECOLA-Audio-recordings" / "P17.wav"
    audio.unlink()
    assert refusal(root).startswith(f"{audio}: no such file")


@pytest.mark.parametrize("dimension", ["arousal", "valence"])
@pytest.mark.parametrize("name", ["P17", "P21"])
def test_missing_ratings_are_reported(root, name, dimension):
    path = ratings_of(root, name, dimension)
    path.unlink()
    message = refusal(root)
    assert message.startswith(f"{path}: no such file; recording '{name}' of ")


def test_a_file_of_an_unused_recording_does_not_matter(root):
    ratings_of(root, "P23").write_text("nonsense")
    assert len(read(root).recordings) == 4


@pytest.mark.parametrize("header", ["time;FM1 ;FM2 ;FF2", "time;FM2 ;FM1 ;FF1"])
def test_other_raters_are_refused(root, header):
    path = ratings_of(root)
    path.write_text(TABLE.replace(HEADER, header))
    message = refusal(root)
    assert message.startswith(f"{path}:1: the raters are ")
    assert str(ratings_of(root, "P16")) in message
    assert "'FM1', 'FM2', 'FF1'" in message


def test_blanks_in_the_header_do_not_matter(root):
    ratings_of(root).write_text(TABLE.replace(HEADER, " time ; FM1;FM2;FF1 "))
    assert len(read(root).recordings) == 4


def test_times_that_differ_between_dimensions_are_refused(root):
    path = ratings_of(root, dimension="valence")
    path.write_text(TABLE.replace("0.12;", "0.16;"))
    message = refusal(root)
    assert message.startswith(f"{path}: 4 samples from 0 s to 0.16 s, but 4 samples from 0 s to")


def test_a_single_rater_is_refused(root):
    paths = sorted(root.glob(f"{RATINGS}/*/*.csv"))
    for path in paths:
        path.write_text("time;FM1\n0.00;0.1\n0.04;0.2\n")
    with pytest.raises(CorpusError) as caught:
        read(root)
    told = sorted(str(fault) for fault in reported_faults(caught.value))
    said = "the only rater is 'FM1'; agreement and a gold standard need two"
    assert told == [f"{path}: {said}" for path in paths if path.stem != "P23"]


def test_the_faults_of_all_files_are_reported_together(root):
    ratings_of(root, "P16").write_text("nonsense")
    ratings_of(root, "P17").write_text(TABLE.replace(HEADER, "time;FM1;FM3;FF1"))
    ratings_of(root, "P17", "valence").unlink()
    ratings_of(root, "P19").write_text(TABLE.replace("0.12;", "0.16;"))
    with pytest.raises(CorpusError) as caught:
        read(root)
    assert [str(fault).split(": ")[0] for fault in reported_faults(caught.value)] == [
        f"{ratings_of(root, 'P16')}:1",
        f"{ratings_of(root, 'P17')}:1",
        str(ratings_of(root, "P17", "valence")),
        str(ratings_of(root, "P19", "valence")),
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        (HEADER, "FM1;FM2;FF1;FF2", 1, "no column 'time'"),
        (HEADER, HEADER.replace(";", ","), 1, "separated by ','"),
        (HEADER, "time;FM1;FM1;FF1", 1, "'FM1' comes twice"),
        ("0.04;0.20;", "0.04;", 3, "3 fields"),
        ("0.04;0.20", "0.04;0;0.20", 3, "5 fields"),
        ("0.04;0.20", "0.04;NaN", 3, "'NaN' in column 'FM1'"),
        ("0.04;", "0.00;", 3, "time 0 comes twice"),
        ("0.08;", "0.02;", 4, "time 0.02 follows 0.04"),
    ],
)
def test_a_bad_table_is_reported_with_its_line(root, old, new, line, told):
    path = ratings_of(root)
    path.write_text(TABLE.replace(old, new))
    message = refusal(root)
    assert message.startswith(f"{path}:{line}: ")
    assert told in message
