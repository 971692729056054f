import logging

import numpy as np
import pytest

from affdyn_jax.corpora.msp_conversation import read_msp_conversation
from affdyn_jax.corpora.settings import CorpusSettings, PartitionSettings
from affdyn_jax.errors import CorpusError, MissingCorpusError

HEADER = (
    "Time of Rating,x\nMultimedia File,x\nLower Label,x\nUpper Label,x\nMinimum Value,-100\n"
    "Maximum Value,100\nNumber of Steps,9\nSecond,Rating\n%%%%%%,%%%%%%\n"
)
CONVERSATIONS = {"0002": "Train", "0003": "Validation", "0004": "Test", "0047": "Test"}


def rating_of(root, part, rater, dimension="Arousal"):
    return root / "Annotations" / dimension / f"MSP-Conversation_{part}_{rater}.csv"


def rate(path, times_s, values_s):
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = (f"{time:.4f},{value:g}\n" for time, value in zip(times_s, values_s, strict=True))
    path.write_text(HEADER + "".join(rows))


@pytest.fixture
def root(tmp_path):
    """Four conversations of two parts of 4 s, each rated by raters of its own; audio is not opened.

    Rater 001 rates the time in the part, 002 the same and 2 more, at other, irregular times.
    """
    times = tmp_path / "Time_Labels"
    times.mkdir()
    (tmp_path / "Audio").mkdir()
    for name in CONVERSATIONS:
        (tmp_path / "Audio" / f"MSP-Conversation_{name}.wav").touch()
        for part in (f"{name}_1", f"{name}_2"):
            for dimension, sign in (("Arousal", 1), ("Valence", -1)):
                for rater, step, more in (("001", 0.021, 0), ("002", 0.0333, 2)):
                    times_s = 0.004 + np.arange(0, 4.1, step)
                    path = rating_of(tmp_path, part, rater, dimension)
                    rate(path, times_s, sign * (times_s + more))
    lists = {
        times / "conversations.txt": [f"{name};10;18" for name in CONVERSATIONS],
        times / "conversation_parts.txt": [
            f"{name}_{part};{start};{start + 4}"
            for name in CONVERSATIONS
            for part, start in ((1, 10), (2, 14))
        ],
        tmp_path / "partitions.txt": [f"{name};{word}" for name, word in CONVERSATIONS.items()],
    }
    for path, lines in lists.items():
        path.write_text("".join(f"MSP-Conversation_{line}\n" for line in lines))
    return tmp_path


def read(root, dimensions=("arousal", "valence"), partitions=None, **options):
    settings = CorpusSettings(
        name="MSP",
        layout="msp_conversation",
        root=str(root),
        dimensions=dimensions,
        gold_standard="mean",
        partitions=PartitionSettings(**partitions or dict.fromkeys(("train", "dev", "test"), ())),
    )
    return read_msp_conversation(settings, **options)


def test_conversations_of_parts(root):
    corpus = read(root)
    assert [(r.name, r.partition) for r in corpus.recordings] == [
        ("MSP-Conversation_0002", "train"),
        ("MSP-Conversation_0003", "dev"),
        ("MSP-Conversation_0004", "test"),
        ("MSP-Conversation_0047", "test"),
    ]
    first = corpus.recordings[0]
    assert first.audio == root / "Audio" / "MSP-Conversation_0002.wav"
    gold = first.gold_standard
    assert (np.diff(gold.times_s) > 0).all()
    is_second = gold.times_s >= 4
    # The mean of both raters is the time in the part and 1 more; a second is left out at the seam.
    expected_s = np.where(is_second, gold.times_s - 4, gold.times_s) + 1
    np.testing.assert_allclose(gold.values_sd[:, 0], expected_s, atol=1e-3)
    np.testing.assert_allclose(gold.values_sd[:, 1], -expected_s, atol=1e-3)
    assert gold.times_s[0] == pytest.approx(0.004, abs=1e-4)
    assert gold.times_s[~is_second].max() < 4
    assert 5 <= gold.times_s[is_second].min() < 5.03
    assert gold.times_s[-1] < 8
    # Of the raters, the seam's second included.
    np.testing.assert_allclose(gold.rated_d2[0], [0.004, 6.1], atol=0.04)
    # Two straight lines over 4.1 s, 2 apart: CCC = 2 s² / (2 s² + 4), s² = 4.1²/12.
    assert gold.agreement_d == pytest.approx([0.412, 0.412], abs=0.01)


def test_partitions_of_the_config_take_precedence(root):
    first, second = "MSP-Conversation_0003", "MSP-Conversation_0002"
    corpus = read(root, partitions={"train": (first,), "dev": (second,), "test": ()})
    assert [r.name for r in corpus.recordings] == [first, second]


def test_without_audio(root):
    (root / "Audio").rename(root / "elsewhere")
    assert {r.audio for r in read(root, features_folder="mfcc").recordings} == {None}


def test_the_broken_file_of_the_release_is_left_out_and_told(root, caplog):
    for name in CONVERSATIONS:
        for part in (1, 2):
            for rater in ("001", "002", "003"):
                times_s = np.arange(0, 4, 0.02)
                path = rating_of(root, f"{name}_{part}", rater, "Dominance")
                rate(path, times_s, np.sin(times_s + int(rater) / 10))
    broken = rating_of(root, "0047_2", "001", "Dominance")
    broken.write_text(HEADER + "0.1,5,\n")
    with caplog.at_level(logging.WARNING):
        corpus = read(root, dimensions=("dominance",))
    assert len(corpus.recordings) == 4
    told = [r.getMessage() for r in caplog.records if str(broken) in r.getMessage()]
    assert told == [f"{broken}: left out, since its columns are shifted in the release"]
    rating_of(root, "0047_1", "001", "Dominance").write_text(HEADER + "0.1,5,\n")
    with pytest.raises(CorpusError, match=r"0047_1_001\.csv:10: .* has 3 fields"):
        read(root, dimensions=("dominance",))


def test_a_part_that_nobody_rated_is_a_gap(root):
    for rater in ("001", "002"):
        rating_of(root, "0003_1", rater).unlink()
    gold = read(root).recordings[1].gold_standard
    assert np.isnan(gold.values_sd[gold.times_s < 4, 0]).all()
    assert np.isfinite(gold.values_sd[gold.times_s < 4, 1]).all()


def test_conversations_of_test_without_ratings_are_left_out_and_told(root, caplog):
    for path in (root / "Annotations").rglob("*0047*"):
        path.unlink()
    with caplog.at_level(logging.INFO):
        assert len(read(root).partition("test")) == 1
    assert "1 of 2 conversations of test have no ratings and are left out" in caplog.text
    for path in (root / "Annotations").rglob("*0004*"):
        path.unlink()
    assert [r.gold_standard for r in read(root).partition("test")] == [None, None]


def test_other_faults_are_told(root):
    for path in (root / "Annotations" / "Valence").glob("*0002*"):
        path.unlink()
    with pytest.raises(CorpusError, match=r"0002_1_001\.csv: is rated, but nobody rated 'valence'"):
        read(root)
    for path in (root / "Annotations" / "Arousal").glob("*0002*"):
        path.unlink()
    with pytest.raises(CorpusError, match=r"1 recording\(s\) of 'train' have no labels"):
        read(root)
    (root / "Audio" / "MSP-Conversation_0002.wav").unlink()
    with pytest.raises(CorpusError, match=r"Audio/MSP-Conversation_0002\.wav: no such file"):
        read(root)


@pytest.mark.parametrize("missing", ["Audio", "Annotations/Valence", "Time_Labels"])
def test_a_missing_folder_is_told_with_the_layout(root, missing):
    (root / missing).rename(root / "elsewhere")
    with pytest.raises(MissingCorpusError) as caught:
        read(root)
    assert str(caught.value).startswith(f"{root / missing}: no such folder")
    assert "Annotations/Arousal/<part>_<rater>.csv" in str(caught.value)
