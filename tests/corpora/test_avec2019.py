import numpy as np
import pandas as pd
import pytest

from affdyn_jax.corpora.avec2019 import read_avec2019
from affdyn_jax.corpora.avec_tables import write_trace
from affdyn_jax.corpora.settings import CorpusSettings, PartitionSettings
from affdyn_jax.errors import CorpusError
from affdyn_jax.system.standin_mark import STANDIN_MARK
from tests.fuzzing import reported_faults

PARTITIONS = {"train": ("Train_DE_",), "dev": ("Devel_DE_",), "test": ("Test_DE_",)}
RECORDINGS = ("Train_DE_01", "Train_DE_02", "Devel_DE_01", "Test_DE_01", "Train_HU_01")


def label(root, *names):
    for number, name in enumerate(names):
        values_s = np.full(2, number / 10)
        columns = {"arousal": values_s, "valence": -values_s, "liking": 9 * values_s}
        write_trace(root / "labels" / f"{name}.csv", name, np.array([0, 0.1]), columns)


@pytest.fixture
def root(tmp_path):
    """A corpus in the challenge's layout, of two languages; the audio is never opened."""
    label(tmp_path, *RECORDINGS)
    (tmp_path / "audio").mkdir()
    for name in RECORDINGS:
        (tmp_path / "audio" / f"{name}.wav").touch()
    return tmp_path


def read(root, dimensions=("arousal", "valence"), features_folder=None, **partitions):
    if partitions:
        partitions = {"test": ()} | partitions
    settings = CorpusSettings(
        name="SEWA DE",
        root=str(root),
        dimensions=dimensions,
        partitions=PartitionSettings(**(partitions or PARTITIONS)),
    )
    return read_avec2019(settings, features_folder)


def refusal(error_type, root, **options):
    with pytest.raises(error_type) as caught:
        read(root, **options)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def names(corpus, partition):
    return [recording.name for recording in corpus.partition(partition)]


def test_partitions_by_prefix(root):
    corpus = read(root)
    assert (corpus.name, corpus.root, corpus.is_standin) == ("SEWA DE", root, False)
    assert names(corpus, "train") == ["Train_DE_01", "Train_DE_02"]
    assert names(corpus, "dev") == ["Devel_DE_01"]
    assert names(corpus, "test") == ["Test_DE_01"]


def test_audio_and_gold_standard_are_joined_by_name(root):
    second = read(root, dimensions=("valence", "arousal")).recordings[1]
    assert second.audio == root / "audio" / "Train_DE_02.wav"
    assert second.gold_standard.path == root / "labels" / "Train_DE_02.csv"
    np.testing.assert_array_equal(second.gold_standard.times_s, [0, 0.1])
    np.testing.assert_array_equal(second.gold_standard.values_sd, [[-0.1, 0.1]] * 2)


def test_a_name_stands_for_its_recording_alone_and_a_prefix_for_all(root):
    label(root, "Devel_DE_1", "Devel_DE_10", "Devel_DE_11")
    corpus = read(
        root, features_folder="labels", train=["Devel_DE_10", "Train_"], dev=["Devel_DE_1"]
    )
    assert names(corpus, "dev") == ["Devel_DE_1"]
    assert names(corpus, "train") == ["Devel_DE_10", "Train_DE_01", "Train_DE_02", "Train_HU_01"]
    (root / "labels" / "Devel_DE_1.csv").unlink()
    corpus = read(root, features_folder="labels", train=["Train_"], dev=["Devel_DE_1"])
    assert names(corpus, "dev") == ["Devel_DE_10", "Devel_DE_11"]


def test_a_recording_that_two_entries_of_one_partition_match_is_in_it_once(root):
    corpus = read(root, train=["Train_DE_", "Train_DE_01"], dev=["Devel_DE_"])
    assert names(corpus, "train") == ["Train_DE_01", "Train_DE_02"]


def test_with_precomputed_features_recordings_have_no_audio(root):
    corpus = read(root, features_folder="labels")
    assert [recording.audio for recording in corpus.recordings] == [None] * 4


@pytest.mark.parametrize("suffix", [".flac", ".ogg", ".mp3", ".WAV", ".aiff"])
def test_audio_in_any_format(root, suffix):
    audio = root / "audio" / "Train_DE_01.wav"
    audio = audio.rename(audio.with_suffix(suffix))
    assert read(root).recordings[0].audio == audio


def test_hidden_files_and_other_kinds_are_passed_over(root):
    (root / "audio" / "Train_DE_01.txt").touch()
    (root / "audio" / "._Train_DE_01.wav").touch()
    (root / "labels" / "._Train_DE_01.csv").touch()
    (root / "labels" / "Train_DE_03.csv~").touch()
    corpus = read(root)
    assert names(corpus, "train") == ["Train_DE_01", "Train_DE_02"]
    assert corpus.recordings[0].audio == root / "audio" / "Train_DE_01.wav"
    assert "no recording" in refusal(CorpusError, root, train=["._"], dev=["Devel_"])


def test_test_labels_may_be_withheld(root):
    (root / "labels" / "Test_DE_01.csv").unlink()
    recording = read(root).partition("test")[0]
    assert recording.gold_standard is None
    assert recording.audio == root / "audio" / "Test_DE_01.wav"


def test_the_mark_of_the_standin_is_seen(root):
    (root / STANDIN_MARK).touch()
    assert read(root).is_standin


@pytest.mark.parametrize("missing", [".", "labels", "audio"])
def test_a_missing_folder_is_reported_with_the_layout(root, missing):
    (root / missing).rename(root.parent / f"{root.name} elsewhere")
    message = refusal(CorpusError, root)
    assert message.startswith(f"{root / missing}: no such folder")
    assert f"{root}/labels/<recording>.csv (name;timestamp;arousal;valence)" in message
    assert f"{root}/audio/<recording>.wav" in message


def test_the_layout_names_no_audio_where_none_is_used(tmp_path):
    message = refusal(CorpusError, tmp_path / "gone", features_folder="labels")
    assert "labels/<recording>.csv" in message
    assert "audio" not in message.replace(str(tmp_path), "")


def test_a_file_in_place_of_the_root_is_refused(tmp_path):
    (tmp_path / "root").touch()
    assert "no such folder" in refusal(CorpusError, tmp_path / "root")


def test_missing_audio_is_reported_with_the_file_expected(root):
    (root / "audio" / "Train_DE_02.wav").rename(root / "audio" / "Train_DE_02.m4a")
    message = refusal(CorpusError, root)
    assert message.startswith(f"{root / 'audio' / 'Train_DE_02.wav'}: no such file")
    assert ".flac" in message
    assert "'Train_DE_02' of 'train'" in message


@pytest.mark.parametrize(("name", "partition"), [("Train_DE_02", "train"), ("Devel_DE_01", "dev")])
def test_missing_labels_are_reported_with_the_file_expected(root, name, partition):
    (root / "labels" / f"{name}.csv").unlink()
    message = refusal(CorpusError, root)
    assert message.startswith(f"{root / 'labels' / name}.csv: no such file")
    assert f"'{name}' of '{partition}'" in message


def test_test_labels_that_are_there_for_some_only_are_refused(root):
    label(root, "Test_DE_02")
    for name in ("Test_DE_02", "Test_DE_03"):
        (root / "audio" / f"{name}.wav").touch()
    assert "'Test_DE_03'" in refusal(CorpusError, root)


def test_two_audio_files_for_one_recording_are_refused(root):
    (root / "audio" / "Train_DE_02.flac").touch()
    message = refusal(CorpusError, root)
    assert str(root / "audio" / "Train_DE_02.flac") in message
    assert str(root / "audio" / "Train_DE_02.wav") in message


def test_a_recording_in_two_partitions_is_refused(root):
    message = refusal(CorpusError, root, train=["Train_"], dev=["Devel_"], test=["Train_DE_02"])
    assert message.startswith(
        f"{root}: recording 'Train_DE_02' is in partitions 'train' and 'test'"
    )


def test_an_entry_that_matches_nothing_is_refused(root):
    message = refusal(CorpusError, root, train=["Train_DE_"], dev=["Dev_DE_"])
    assert message.startswith(f"{root}: no recording is called 'Dev_DE_'")
    assert "'dev'" in message
    assert "from 'Devel_DE_01' to 'Train_HU_01'" in message


def test_empty_folders_are_refused(tmp_path):
    (tmp_path / "labels").mkdir()
    assert "there are none" in refusal(CorpusError, tmp_path, features_folder="labels")


def test_no_dev_partition_is_refused(root):
    assert "'dev'" in refusal(CorpusError, root, train=["Train_DE_"], dev=())


def test_an_unknown_dimension_is_refused(root):
    partitions = {"train": ["Train_DE_01"], "dev": ["Devel_DE_"], "test": ()}
    dev = root / "labels" / "Devel_DE_01.csv"
    dev.write_text("name;timestamp;dominance\nDevel_DE_01;0;1\n")
    message = refusal(CorpusError, root, dimensions=("dominance",), **partitions)
    path = root / "labels" / "Train_DE_01.csv"
    assert message == f"{path}:1: no column 'dominance', it has 'arousal', 'valence', 'liking'"


def test_the_faults_of_all_recordings_are_reported_together(root):
    (root / "labels" / "Devel_DE_01.csv").unlink()
    for name in ("Train_DE_02", "Train_HU_01"):  # one of them in no partition
        (root / "audio" / f"{name}.wav").unlink()
        (root / "labels" / f"{name}.csv").write_text("nonsense")
    with pytest.raises(CorpusError) as caught:
        read(root)
    faults = [str(fault) for fault in reported_faults(caught.value)]
    assert [fault.partition(": ")[0] for fault in faults] == [
        str(root / "audio" / "Train_DE_02.wav"),
        f"{root / 'labels' / 'Train_DE_02.csv'}:1",
        str(root / "labels" / "Devel_DE_01.csv"),
    ]


def test_a_table_of_another_recording_is_refused(root):
    labels = root / "labels"
    (labels / "Train_HU_01.csv").rename(labels / "Train_DE_02.csv")
    message = refusal(CorpusError, root)
    assert message.startswith(f"{labels / 'Train_DE_02.csv'}:2: name is 'Train_HU_01'")


def test_the_real_corpus(avec2019_ces_de):
    numbered = [f"Devel_DE_{number:02}" for number in range(1, 15)]
    partitions = PartitionSettings(numbered[:8], numbered[8:11], numbered[11:])
    settings = CorpusSettings(
        root=str(avec2019_ces_de), labels_folder="labels_devel", partitions=partitions
    )
    corpus = read_avec2019(settings, features_folder="labels_devel")
    assert [r.name for r in corpus.recordings] == numbered
    assert [len(corpus.partition(p)) for p in ("train", "dev", "test")] == [8, 3, 3]
    for recording in corpus.recordings:
        table = pd.read_csv(recording.gold_standard.path, sep=";")
        np.testing.assert_array_equal(
            recording.gold_standard.values_sd, table[["arousal", "valence"]]
        )


def test_a_blank_label_is_refused_or_masked(root):
    path = root / "labels" / "Train_DE_02.csv"
    path.write_text("name;timestamp;arousal;valence\nTrain_DE_02;0;0.1;0.2\nTrain_DE_02;0.1;;0.4\n")
    assert refusal(CorpusError, root).startswith(f"{path}:3: ''")
    settings = CorpusSettings(
        root=str(root), partitions=PartitionSettings(**PARTITIONS), gaps="mask"
    )
    values_sd = read_avec2019(settings).recordings[1].gold_standard.values_sd
    np.testing.assert_array_equal(values_sd, [[0.1, 0.2], [np.nan, 0.4]])
