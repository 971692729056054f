import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.corpora.avec_tables import write_trace
from affdyn_jax.corpora.manifest import read_manifest
from affdyn_jax.corpora.settings import CorpusSettings
from affdyn_jax.errors import CorpusError, MissingCorpusError
from affdyn_jax.system.standin_mark import STANDIN_MARK
from tests.fuzzing import assert_told_in_one_line, damaged, examples, reported_faults

HEADER = "recording,partition,audio,ratings"
ROWS = (
    "anna 1,train,audio/anna 1.wav,ratings/anna_1.csv",
    "anna_2,dev,audio/anna_2.flac,ratings/anna_2.csv",
    "ben,test,audio/ben.mp3,ratings/ben.csv",
)


@pytest.fixture
def folder(tmp_path):
    """The files that ROWS name; the audio is never opened."""
    (tmp_path / "audio").mkdir()
    for name in ("anna 1.wav", "anna_2.flac", "ben.mp3"):
        (tmp_path / "audio" / name).touch()
    for file, name, value in (("anna_1", "anna 1", 1), ("anna_2", "anna_2", 2), ("ben", "ben", 3)):
        columns = {"arousal": np.full(2, value), "valence": np.full(2, -value)}
        write_trace(tmp_path / "ratings" / f"{file}.csv", name, np.array([0, 0.1]), columns)
    return tmp_path


def manifest(folder, *lines):
    path = folder / "corpus.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def read(path, dimensions=("arousal", "valence"), **changed):
    settings = CorpusSettings(name="My corpus", root=str(path), dimensions=dimensions, **changed)
    return read_manifest(settings)


def refusal(path):
    with pytest.raises(CorpusError) as caught:
        read(path)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def test_recordings_as_listed(folder):
    corpus = read(manifest(folder, HEADER, *ROWS))
    assert (corpus.name, corpus.root, corpus.is_standin) == ("My corpus", folder, False)
    assert corpus.dimensions == ("arousal", "valence")
    assert [(r.name, r.partition, r.audio) for r in corpus.recordings] == [
        ("anna 1", "train", folder / "audio" / "anna 1.wav"),
        ("anna_2", "dev", folder / "audio" / "anna_2.flac"),
        ("ben", "test", folder / "audio" / "ben.mp3"),
    ]
    for value, recording in enumerate(corpus.recordings, start=1):
        np.testing.assert_array_equal(recording.gold_standard.values_sd, [[value, -value]] * 2)


def test_blanks_blank_lines_quotes_and_absolute_paths_do_no_harm(folder):
    rows = [
        f'"anna 1", train ,{folder / "audio" / "anna 1.wav"},"ratings/anna_1.csv"',
        *("", *ROWS[1:], ""),
    ]
    corpus = read(manifest(folder, HEADER, *rows))
    assert [r.name for r in corpus.recordings] == ["anna 1", "anna_2", "ben"]
    assert corpus.recordings[0].audio == folder / "audio" / "anna 1.wav"


def test_a_manifest_as_spreadsheets_save_it(folder):
    path = manifest(folder, HEADER, *ROWS)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(read(path).recordings) == 3


def test_audio_may_be_blank_throughout(folder):
    rows = [",".join([*row.split(",")[:2], "", row.split(",")[3]]) for row in ROWS]
    corpus = read(manifest(folder, HEADER, *rows))
    assert [r.audio for r in corpus.recordings] == [None] * 3


def test_recordings_that_belong_together_are_named_in_a_fifth_column(folder):
    groups = ("first talk", "", "first talk")
    rows = [f"{row},{group}" for row, group in zip(ROWS, groups, strict=True)]
    corpus = read(manifest(folder, f"{HEADER},group", *rows))
    assert [r.group for r in corpus.recordings] == ["first talk", "anna_2", "first talk"]
    assert [r.group for r in read(manifest(folder, HEADER, *ROWS)).recordings] == [
        *("anna 1", "anna_2", "ben")
    ]


def test_columns_in_any_order_with_others_that_are_kept(folder):
    columns = ["Ratings", "language", "Partition", "AUDIO", "Mother tongue", "", "recording"]
    rows = [
        ["ratings/anna_1.csv", "German", "train", "audio/anna 1.wav", "", "x", "anna 1"],
        ["ratings/anna_2.csv", "", "dev", "audio/anna_2.flac", "Polish", "", "anna_2"],
    ]
    corpus = read(manifest(folder, *map(";".join, [columns, *rows])))
    assert [(r.name, r.partition, r.audio.name) for r in corpus.recordings] == [
        ("anna 1", "train", "anna 1.wav"),
        ("anna_2", "dev", "anna_2.flac"),
    ]
    assert [r.attributes for r in corpus.recordings] == [
        {"language": "German"},
        {"mother tongue": "Polish"},
    ]


@pytest.mark.parametrize(
    ("columns", "groups", "listed"),
    [
        ("speaker", ["anna", "anna"], ()),
        ("Speaker,group", ["both", "anna_2"], ()),
        ("speaker", ["anna 1", "anna_2"], (("anna 1",), ("anna_2",))),
    ],
    ids=["no group", "a group", "groups of the config"],
)
def test_recordings_of_one_speaker_are_a_group_unless_groups_are_given(
    folder, caplog, columns, groups, listed
):
    more = ["anna,both", "anna,"] if "group" in columns else ["anna", "anna"]
    rows = [f"{row},{fields}" for row, fields in zip(ROWS, more, strict=False)]
    path = manifest(folder, f"{HEADER},{columns}", *rows)
    with caplog.at_level(logging.INFO, "affdyn_jax"):
        corpus = read(path, groups=listed)
    assert [r.group for r in corpus.recordings] == groups
    assert [r.attributes["speaker"] for r in corpus.recordings] == ["anna", "anna"]
    assert ("recordings of one 'speaker' are a group" in caplog.text) is (groups[0] == "anna")


def test_how_ratings_are_read_is_said_in_a_line_for_each_way(folder, caplog):
    (folder / "ratings" / "ben.csv").write_text("Valence,Seconds,Arousal\n0.1,0,0.2\n0.3,0.1,0.4\n")
    with caplog.at_level(logging.INFO, "affdyn_jax"):
        corpus = read(manifest(folder, HEADER, *ROWS))
    np.testing.assert_array_equal(
        corpus.recordings[-1].gold_standard.values_sd, [[0.2, 0.1], [0.4, 0.3]]
    )
    assert [record.getMessage() for record in caplog.records] == [
        "ratings of 2 file(s) are read as table with ';', times in 'timestamp' (seconds, by their "
        "steps)",
        "ratings of 1 file(s) are read as table with ',', times in 'Seconds'",
    ]


def test_ratings_of_two_recordings_are_refused(folder):
    (folder / "ratings" / "both.csv").write_text("time;arousal;valence\n0;1;1\n0.1;1;1\n")
    rows = [",".join([*row.split(",")[:3], "ratings/both.csv"]) for row in ROWS[:2]]
    message = refusal(manifest(folder, HEADER, *rows))
    assert message.endswith("both.csv' are of recordings 'anna 1' and 'anna_2'; give each its own")


def test_files_called_like_another_recording_are_warned_of(folder, caplog):
    (folder / "ratings" / "ben.csv").rename(folder / "ratings" / "anna_2 .csv")
    (folder / "ratings" / "anna_2.csv").write_text("time;arousal;valence\n0;1;1\n0.1;1;1\n")
    rows = [ROWS[0], "ben,dev,audio/ben.mp3,ratings/anna_2.csv"]
    rows.append("anna_2,test,audio/anna_2.flac,")
    read(manifest(folder, HEADER, *rows))
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "1 file(s) are called like another recording, e.g. 'anna_2.csv' of 'ben'; check that the "
        "manifest gives each recording its own"
    ]


def test_ratings_of_the_test_partition_may_be_blank(folder):
    corpus = read(manifest(folder, HEADER, *ROWS[:2], "ben,test,audio/ben.mp3,"))
    assert corpus.partition("test")[0].gold_standard is None


def test_the_mark_of_the_standin_is_seen(folder):
    (folder / STANDIN_MARK).touch()
    assert read(manifest(folder, HEADER, *ROWS)).is_standin


@pytest.mark.parametrize(
    ("lines", "line", "told"),
    [
        ([], "", ["empty"]),
        (["recording,partition,ratings"], "1", ["0 columns 'audio' in", "'recording,pa"]),
        ([HEADER + ",Audio"], "1", ["2 columns 'audio' in"]),
        ([*ROWS], "1", ["0 columns 'recording' in", "'anna 1,train"]),
        (["recording,partition,audio"], "1", ["has none", "'ratings' names", "arousal, valence"]),
        ([HEADER + ",valence"], "1", ["has ratings, valence;"]),
        (["recording,partition,audio,valence"], "1", ["has valence;"]),
        ([HEADER, "anna 1,train,audio/anna 1.wav"], "2", ["3 fields"]),
        ([HEADER, ROWS[0] + ",loud"], "2", ["5 fields"]),
        ([HEADER + ",group", ROWS[0]], "2", ["4 fields", "has 5", "ratings, group"]),
        ([HEADER + ",group", ROWS[0] + ',"a\nb"'], "3", [r"group 'a\nb' of recording 'anna 1'"]),
        ([HEADER, ROWS[0], 'ben,"dev"x,,'], "3", ["not a CSV"]),
        ([HEADER, ROWS[0], 'ben,"dev,,'], "3", ["not a CSV"]),
        ([HEADER, ROWS[0], ",dev,,"], "3", ["recording ''"]),
        ([HEADER, ROWS[0], "../ben,dev,,"], "3", ["recording '../ben'"]),
        ([HEADER, ROWS[0], "..,dev,,"], "3", ["recording '..'"]),
        ([HEADER, ROWS[0], "a;b,dev,,"], "3", ["recording 'a;b'"]),
        ([HEADER, ROWS[0], '"a\nb",dev,,'], "4", [r"recording 'a\nb'"]),
        ([HEADER, ROWS[0], "ben,devel,,"], "3", ["'devel'", "'ben'", "train, dev, test"]),
        ([HEADER, ROWS[0], "ben,Dev,,"], "3", ["'Dev'"]),
        ([HEADER, ROWS[0], "anna_2,dev,audio/anna_2.flac,"], "3", ["'anna_2' of 'dev'", "ratings"]),
        ([HEADER, "anna 1,train,audio/anna 1.wav,"], "2", ["'anna 1' of 'train'", "ratings"]),
        ([HEADER, "anna 1,train,gone.wav,"], "2", ["ratings"]),
        ([HEADER, *ROWS[:2], "ben,test,b.wav,"], "4", ["b.wav' is no file", "relative"]),
        ([HEADER, *ROWS[:2], "ben,test,audio/ben.mp3,b.csv"], "4", ["b.csv' is no file"]),
        ([HEADER, *ROWS[:2], "ben,test,audio,"], "4", ["audio' is no file"]),
        ([HEADER, *ROWS[:2], f"ben,test,{'x' * 999},"], "4", ["is no file"]),
        ([HEADER, *ROWS[:2], "ben,test,\x00,"], "4", ["is no file"]),
        ([HEADER + ",note", ROWS[0] + ',"a\nb"'], "3", [r"note 'a\nb' of recording 'anna 1'"]),
        ([HEADER, ROWS[0].replace("anna_1.csv", "a*_9.csv")], "2", ["no file is like", "a*_9"]),
        ([HEADER, *ROWS, ROWS[1]], "5", ["'anna_2'", "'dev' and again in 'dev'"]),
        ([HEADER, *ROWS, ROWS[1].replace("dev", "test")], "5", ["'dev' and again in 'test'"]),
        (
            [HEADER, *ROWS[:2], "ben,test,,"],
            "4",
            ["'ben'", "'anna 1'", "all recordings one or none"],
        ),
        (
            [HEADER, *ROWS[:2], "ben,test,audio/../audio/anna_2.flac,ratings/ben.csv"],
            "4",
            ["anna_2.flac'", "'dev' and 'test'"],
        ),
    ],
)
def test_a_bad_manifest_is_refused_in_one_line(folder, lines, line, told):
    path = manifest(folder, *lines)
    message = refusal(path)
    assert message.startswith(f"{path}:{line}: " if line else f"{path}: ")
    for fragment in told:
        assert fragment in message


def test_a_missing_manifest_is_refused(tmp_path):
    assert refusal(tmp_path / "gone.csv") == f"{tmp_path / 'gone.csv'}: no such file"


def test_a_manifest_in_another_encoding_is_refused_with_its_line(folder):
    path = manifest(folder, HEADER, *ROWS)
    path.write_bytes(path.read_bytes().replace(b"ben", b"b\xe9n"))
    assert refusal(path).startswith(f"{path}:4: byte 0xe9")


def test_a_partition_may_be_empty_in_one_of_several_corpora(folder):
    for rows, missing in (((ROWS[0], ROWS[2]), "dev"), ((), "train")):
        alone = read(manifest(folder, HEADER, *rows))
        assert alone.partition(missing) == ()
        with pytest.raises(CorpusError, match=f"no recording is in partition '{missing}'"):
            alone.check_trainable()


def test_a_ratings_table_of_another_recording_is_refused_with_its_own_line(folder):
    (folder / "ratings" / "ben.csv").rename(folder / "ratings" / "carl.csv")
    path = manifest(
        folder, HEADER, *ROWS[:2], ROWS[2].replace("ben,", "carl,").replace("/ben.csv", "/carl.csv")
    )
    assert refusal(path).startswith(f"{folder / 'ratings' / 'carl.csv'}:2: name is 'ben'")


def test_an_unknown_dimension_is_refused(folder):
    with pytest.raises(CorpusError, match=r"anna_1\.csv:1: no column 'dominance'"):
        read(manifest(folder, HEADER, *ROWS), ("dominance",))


def test_faults_of_rows_and_of_ratings_are_reported_together(folder):
    for name in ("anna_1", "ben"):
        (folder / "ratings" / f"{name}.csv").write_text("nonsense")
    rows = [*ROWS, "cleo,train,audio/cleo.wav,", "dora,later,,", ROWS[1]]
    with pytest.raises(CorpusError) as caught:
        read(manifest(folder, HEADER, *rows))
    places = [str(fault).removeprefix(f"{folder}/") for fault in reported_faults(caught.value)]
    assert [place[: place.index(" ")] for place in places] == [
        "corpus.csv:5:",
        "corpus.csv:6:",
        "corpus.csv:7:",
        "ratings/anna_1.csv:1:",
        "ratings/ben.csv:1:",
    ]


PIECES = [HEADER + "\n", "anna", "train", "dev", ",", '"', "\n", "\r", "\x00", "..", "/", " ", "é"]


CONTENTS = st.one_of(
    st.binary(max_size=100),
    st.lists(st.sampled_from(PIECES), max_size=30).map(lambda p: "".join(p).encode()),
    st.text(max_size=60).map(lambda text: f"{HEADER}\na,train,{text}".encode("utf-8", "replace")),
    damaged("\n".join([HEADER, *ROWS]).encode()),
)


@examples(100, 10_000)
def test_any_bytes_give_a_corpus_or_refusals_in_a_line_each(folder, examples):
    @settings(deadline=None, max_examples=examples, database=None)
    @given(CONTENTS)
    def read_any(content):
        path = folder / "fuzzed.csv"
        path.write_bytes(content)
        try:
            corpus = read(path)
        except CorpusError as error:
            for fault in reported_faults(error):
                assert str(fault).startswith(str(folder))
                assert_told_in_one_line(fault)
        else:
            assert all(
                recording.audio is None or recording.audio.is_file()
                for recording in corpus.recordings
            )

    read_any()


@examples(60, 5000)
def test_any_ratings_give_a_corpus_or_a_refusal_in_one_line(folder, examples):
    path = manifest(folder, HEADER, *ROWS)
    ratings = folder / "ratings" / "ben.csv"
    content = ratings.read_bytes()

    @settings(deadline=None, max_examples=examples, database=None)
    @given(damaged(content))
    def read_any(content):
        ratings.write_bytes(content)
        try:
            read(path)
        except CorpusError as error:
            assert str(error).startswith(f"{ratings}:")
            assert_told_in_one_line(error)

    read_any()


def test_no_manifest_is_named():
    with pytest.raises(MissingCorpusError, match=r"corpus\.root is not set; .* the manifest"):
        read("")
