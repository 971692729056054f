from pathlib import Path

import numpy as np
import pytest

from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Recording
from affdyn_jax.corpora.joining import join_corpora
from affdyn_jax.corpora.settings import CorpusSettings, OneOfSeveral
from affdyn_jax.errors import CorpusError
from affdyn_jax.method.rating_scale import RatingScale

ALL = CorpusSettings(name="Both", dimensions=("arousal",), rating_range=(0.0, 10.0))


def recording(name, partition, group="", labelled=True, audio=None):
    gold = GoldStandard(np.arange(2.0), np.zeros((2, 1)), Path("labels.csv")) if labelled else None
    return Recording(name, partition, audio, gold, group, {"language": "German"})


def corpus(name, *recordings, root="data", is_standin=False):
    scale = RatingScale(1, 9)
    return Corpus(name, Path(root) / name, ("arousal",), recordings, is_standin, scale)


def joined(first, second, prefix=""):
    corpora = {"de": OneOfSeveral(), "hu": OneOfSeveral(prefix=prefix)}
    return join_corpora(ALL, corpora, {"de": first, "hu": second})


GERMAN = corpus("German", recording("a", "train", "anna"), recording("b", "dev"))


def test_recordings_know_where_they_come_from():
    hungarian = corpus("Hungarian", recording("c", "test"), is_standin=True)
    both = joined(GERMAN, hungarian)
    assert (both.name, both.rating_scale, both.is_standin) == ("Both", RatingScale(0, 10), True)
    assert [(r.name, r.partition, r.language) for r in both.recordings] == [
        *(("a", "train", "German"), ("b", "dev", "German"), ("c", "test", "German"))
    ]
    assert [r.origin.corpus for r in both.recordings] == [GERMAN, GERMAN, hungarian]
    assert both.members == (GERMAN, hungarian)
    assert GERMAN.members == ()
    assert both.root == (Path.cwd() / "data")
    both.check_trainable()


def test_groups_of_one_name_stay_apart():
    """Anna in one corpus is not Anna in another; a recording alone is still a group of its own."""
    hungarian = corpus("Hungarian", recording("c", "test", "anna"), recording("d", "test", "anna"))
    groups = {r.name: r.group for r in joined(GERMAN, hungarian).recordings}
    assert groups["c"] == groups["d"] != groups["a"]
    assert groups["b"] == "b"


def test_a_prefix_tells_recordings_of_one_name_apart():
    hungarian = corpus("Hungarian", recording("a", "test", "pair"), recording("b", "test"))
    with pytest.raises(CorpusError, match=r"'a' of 'Hungarian' .* 'German' .*hu\.prefix=hu_"):
        joined(GERMAN, hungarian)
    both = joined(GERMAN, hungarian, prefix="hu_")
    assert [r.name for r in both.partition("test")] == ["hu_a", "hu_b"]
    assert [r.origin.name for r in both.partition("test")] == ["a", "b"]
    assert [r.group for r in both.partition("test")] == ["Hungarian: pair", "hu_b"]


@pytest.mark.parametrize(
    ("recordings", "said"),
    [
        ((), r"data/Hungarian: corpora\.hu gives no recording to any partition"),
        ((recording("B", "test"),), "'b' and 'B' would be one file"),
        ((recording("c", "dev", labelled=False),), r"1 recording\(s\) of 'dev' have no labels"),
    ],
)
def test_mistakes(recordings, said):
    with pytest.raises(CorpusError, match=said):
        joined(GERMAN, corpus("Hungarian", *recordings))


def test_one_audio_file_is_not_in_two_corpora(tmp_path):
    audio = tmp_path / "x.wav"
    german = corpus("German", recording("a", "train", audio=audio), recording("b", "dev"))
    again = tmp_path / "folder" / ".." / "x.wav"
    (tmp_path / "folder").mkdir()
    with pytest.raises(CorpusError, match=r"x\.wav: the audio of 'a' of 'German' and of 'c' of"):
        joined(german, corpus("Hungarian", recording("c", "test", audio=again)))


def test_labels_of_test_are_there_in_all_corpora_or_in_none():
    rated = corpus("German", *GERMAN.recordings, recording("t", "test"))
    withheld = corpus("Hungarian", recording("c", "test", labelled=False))
    with pytest.raises(CorpusError, match=r"'Hungarian' have no labels.*hu\.partitions\.test=\(\)"):
        joined(rated, withheld)
    assert joined(GERMAN, withheld).partition("test")[0].gold_standard is None


def test_a_corpus_without_train_or_dev_trains_nothing():
    with pytest.raises(CorpusError, match="data: no recording is in partition 'dev'"):
        joined(
            corpus("German", recording("a", "train")), corpus("Hungarian", recording("c", "train"))
        ).check_trainable()
