import tracemalloc

import numpy as np
import pytest

from affdyn_jax.corpora.avec2016 import read_avec2016
from affdyn_jax.corpora.avec_tables import write_trace
from affdyn_jax.corpora.settings import CorpusSettings, PartitionSettings
from affdyn_jax.errors import CorpusError, MissingCorpusError
from affdyn_jax.system.standin_mark import STANDIN_MARK
from tests.fuzzing import reported_faults

PARTITIONS = PartitionSettings(train=("train_",), dev=("dev_",), test=("test_",))
RECORDINGS = ("train_1", "train_2", "dev_1", "test_1")
HEADER = """\
@relation GOLDSTANDARD

@attribute Instance_name string
@attribute frameTime numeric
@attribute GoldStandard numeric

@data

"""


def write_gold(root, dimension, name, values, times=(0.0, 0.04, 0.08)):
    path = root / "ratings_gold_standard" / dimension / f"{name}.arff"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [f"{name},{time:.2f},{value}" for time, value in zip(times, values, strict=True)]
    path.write_text(HEADER + "\n".join(rows) + "\n")
    return path


@pytest.fixture
def root(tmp_path):
    """The challenge's layout; the audio is never opened, the test partition has no labels."""
    (tmp_path / "recordings_audio").mkdir()
    for number, name in enumerate(RECORDINGS):
        (tmp_path / "recordings_audio" / f"{name}.wav").touch()
        if name != "test_1":
            write_gold(tmp_path, "arousal", name, [number, 0.5, -0.5])
            write_gold(tmp_path, "valence", name, [-number, 0.25, 1])
    return tmp_path


def read(root, dimensions=("arousal", "valence"), gaps="refuse", **options):
    settings = CorpusSettings(
        name="RECOLA", root=str(root), dimensions=dimensions, partitions=PARTITIONS, gaps=gaps
    )
    return read_avec2016(settings, **options)


def refusal(root, error_type=CorpusError, **options):
    with pytest.raises(error_type) as caught:
        read(root, **options)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def test_a_corpus(root):
    corpus = read(root, dimensions=("valence", "arousal"))
    assert [r.name for r in corpus.recordings] == ["train_1", "train_2", "dev_1", "test_1"]
    assert [r.partition for r in corpus.recordings] == ["train", "train", "dev", "test"]
    assert corpus.agreement == {}
    assert not corpus.is_standin
    second = corpus.recordings[1]
    assert second.audio == root / "recordings_audio" / "train_2.wav"
    np.testing.assert_array_equal(second.gold_standard.times_s, [0, 0.04, 0.08])
    np.testing.assert_array_equal(second.gold_standard.values_sd, [[-1, 1], [0.25, 0.5], [1, -0.5]])


def test_the_test_partition_may_lack_its_labels_or_have_them(root):
    assert read(root).partition("test")[0].gold_standard is None
    for dimension in ("arousal", "valence"):
        write_gold(root, dimension, "test_1", [1, 2, 3])
    assert read(root).partition("test")[0].gold_standard is not None


def test_with_precomputed_features_no_audio_is_needed(root):
    (root / "recordings_audio").rename(root / "elsewhere")
    for name in RECORDINGS:
        write_trace(root / "mfcc" / f"{name}.csv", name, np.zeros(1), {"a": np.zeros(1)})
    corpus = read(root, features_folder="mfcc")
    assert [r.name for r in corpus.recordings] == ["train_1", "train_2", "dev_1", "test_1"]
    assert {r.audio for r in corpus.recordings} == {None}


def test_the_mark_of_the_standin_is_seen(root):
    (root / STANDIN_MARK).touch()
    assert read(root).is_standin


@pytest.mark.parametrize("missing", [".", "recordings_audio", "ratings_gold_standard/valence"])
def test_a_missing_folder_is_reported_with_the_layout(root, missing):
    (root / missing).rename(root.parent / f"{root.name} elsewhere")
    message = refusal(root, MissingCorpusError)
    assert message.startswith(f"{root / missing}: no such folder")
    assert f"{root}/ratings_gold_standard/arousal/<recording>.arff" in message
    assert "(Instance_name, frameTime, GoldStandard)" in message
    assert f"{root}/recordings_audio/<recording>.wav" in message


def test_missing_audio_is_reported(root):
    (root / "recordings_audio" / "dev_1.wav").unlink()
    message = refusal(root)
    assert message.startswith(f"{root / 'recordings_audio' / 'dev_1.wav'}: no such file")


@pytest.mark.parametrize("dimension", ["arousal", "valence"])
def test_a_missing_gold_standard_is_reported(root, dimension):
    path = root / "ratings_gold_standard" / dimension / "dev_1.arff"
    path.unlink()
    message = refusal(root)
    assert message.startswith(f"{path}: no such file; recording 'dev_1' of 'dev'")


def test_the_faults_of_all_files_are_reported_together(root):
    gold = root / "ratings_gold_standard"
    (gold / "arousal" / "train_2.arff").write_text("nonsense")
    write_gold(root, "valence", "train_2", ["?", 0, 0])
    write_gold(root, "valence", "dev_1", [0, 0, 0], [0, 1, 2])
    (gold / "valence" / "train_1.arff").unlink()
    with pytest.raises(CorpusError) as caught:
        read(root)
    faults = [str(fault).removeprefix(f"{gold}/") for fault in reported_faults(caught.value)]
    assert [fault.partition(": ")[0] for fault in faults] == [
        "valence/train_1.arff",
        "arousal/train_2.arff:1",
        "valence/train_2.arff:9",
        "valence/dev_1.arff",
    ]


def test_half_a_gold_standard_is_refused_for_test_too(root):
    write_gold(root, "valence", "test_1", [1, 2, 3])
    assert "arousal/test_1.arff: no such file" in refusal(root)


@pytest.mark.parametrize(
    ("times", "told"),
    [
        ([0.0, 0.04, 0.12], "3 samples from 0 s to 0.12 s, but 3 samples from 0 s to 0.08 s"),
        ([0.0, 0.04], "2 samples from 0 s to 0.04 s, but 3 samples"),
    ],
)
def test_times_that_differ_between_dimensions_are_refused(root, times, told):
    path = write_gold(root, "valence", "train_2", [0.0] * len(times), times)
    message = refusal(root)
    assert message.startswith(f"{path}: {told}")
    assert "arousal/train_2.arff" in message


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("train_1,0.04", "train_2,0.04", 10, "Instance_name is 'train_2'"),
        ("0.04,", "0.00,", 10, "time 0 comes twice"),
        ("0.04,", "-1,", 10, "time -1 is not one"),
        ("0.04,0.5", "0.04,?", 10, "'?' in column 'GoldStandard'"),
        ("0.04,0.5", "0.04,nan", 10, "'nan'"),
        ("0.04,0.5", "soon,0.5", 10, "'soon' in column 'frameTime'"),
        ("0.04,0.5", "0.04", 10, "2 values"),
        ("frameTime", "time", 7, "no attribute 'frameTime'"),
    ],
)
def test_a_bad_row_is_reported_with_its_line(root, old, new, line, told):
    path = root / "ratings_gold_standard" / "arousal" / "train_1.arff"
    path.write_text(path.read_text().replace(old, new))
    message = refusal(root)
    assert message.startswith(f"{path}:{line}: ")
    assert told in message


def test_lines_are_counted_with_comments_and_blanks(root):
    path = root / "ratings_gold_standard" / "arousal" / "train_1.arff"
    path.write_text(
        path.read_text().replace("train_1,0.04", "% pause\n\ntrain_1,0.04") + "train_1,0.04,0\n"
    )
    assert refusal(root).startswith(f"{path}:14: time 0.04 follows 0.08")


def test_memory_stays_within_twice_the_file(root):
    count = 20_000
    path = write_gold(root, "arousal", "train_1", ["0.123456"] * count, np.arange(count) / 25)
    size = path.stat().st_size
    tracemalloc.start()
    try:
        read(root, dimensions=("arousal",))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * size


def test_a_missing_value_is_refused_or_masked(root):
    path = write_gold(root, "valence", "train_2", [0.1, "?", 1])
    assert refusal(root).startswith(f"{path}:10: '?' in column 'GoldStandard'")
    gold_standard = read(root, gaps="mask").recordings[1].gold_standard
    np.testing.assert_array_equal(gold_standard.values_sd[:, 1], [0.1, np.nan, 1])
