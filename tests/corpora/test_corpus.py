from pathlib import Path

import numpy as np
import pytest

from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Recording
from affdyn_jax.errors import CorpusError

ROOT = Path("somewhere/sewa")


def recording(name, partition, labelled=True):
    gold_standard = GoldStandard(np.zeros(1), np.zeros((1, 1)), Path(f"{name}.csv"))
    return Recording(name, partition, None, gold_standard if labelled else None)


def corpus(*recordings, dimensions=("arousal",)):
    return Corpus("SEWA", ROOT, dimensions, recordings)


def test_recordings_come_by_partition_and_by_name():
    read = corpus(
        *(recording("b", "test"), recording("d", "dev"), recording("c", "train")),
        *(recording("a", "test"), recording("e", "train")),
    )
    assert [r.name for r in read.recordings] == ["c", "e", "d", "a", "b"]
    assert [r.name for r in read.partition("test")] == ["a", "b"]


def test_the_whole_test_partition_may_lack_labels_or_be_missing():
    training = recording("a", "train"), recording("b", "dev")
    assert corpus(*training).partition("test") == ()
    withheld = corpus(*training, recording("c", "test", labelled=False))
    assert withheld.partition("test")[0].gold_standard is None


@pytest.mark.parametrize(
    ("recordings", "told"),
    [
        ([("a", "train"), ("b", "devel")], ["'b'", "'devel'", "train, dev, test"]),
        ([("a", "train"), ("a", "dev")], ["'a'", "twice", "'train'", "'dev'"]),
        ([("a", "train"), ("b", "dev"), ("B", "test")], ["'b' and 'B'", "one file"]),
        ([("a", "train", False), ("b", "dev")], ["1 recording(s) of 'train'", "'a'"]),
        ([("a", "train"), ("b", "dev", False)], ["1 recording(s) of 'dev'", "'b'"]),
        (
            [("a", "train"), ("b", "dev"), ("c", "test"), ("d", "test", False)],
            ["1 recording(s) of 'test'", "'d'", "whole test partition"],
        ),
    ],
)
def test_what_makes_no_sense_is_refused(recordings, told):
    with pytest.raises(CorpusError) as caught:
        corpus(*(recording(*fields) for fields in recordings))
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    for fragment in [str(ROOT), *told]:
        assert fragment in message


@pytest.mark.parametrize(
    ("recordings", "missing"),
    [
        ([("a", "train"), ("c", "test")], "'dev'.*early stopping"),
        ([("b", "dev"), ("c", "test")], "'train'"),
        ([], "'train'"),
    ],
)
def test_what_no_training_can_start_from_is_refused(recordings, missing):
    part = corpus(*(recording(*fields) for fields in recordings))
    with pytest.raises(CorpusError, match=f"{ROOT}: no recording is in partition {missing}"):
        part.check_trainable()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../b", r"\.\./b.csv: recording '../b' has /, .*; rename its files"),
        ("b\n", r"'b\\n.csv': recording 'b\\n' is no printable text"),
        ("b\udce9", r"'b\\udce9.csv': recording 'b\\udce9' is no printable text in UTF-8"),
        ("b" * 239, "longer than the 238 bytes"),
    ],
)
def test_names_that_no_results_could_have_are_refused(name, said):
    with pytest.raises(CorpusError, match=said) as caught:
        corpus(recording("a", "train"), recording(name, "dev"))
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("dimensions", [(), ("arousal", "arousal")])
def test_no_dimension_or_one_that_comes_twice_is_refused(dimensions):
    with pytest.raises(CorpusError, match="at least one, each once"):
        corpus(recording("a", "train"), recording("b", "dev"), dimensions=dimensions)


def test_agreement_is_the_mean_over_rated_recordings():
    def rated(name, partition, agreement):
        gold_standard = GoldStandard(np.zeros(1), np.zeros((1, 2)), Path(name), agreement)
        return Recording(name, partition, None, gold_standard)

    recordings = (
        rated("a", "train", np.array([0.5, 0.1])),
        rated("b", "dev", np.array([0.3, 0.2])),
        recording("c", "test", labelled=False),
    )
    agreement = corpus(*recordings, dimensions=("arousal", "valence")).agreement
    assert agreement == pytest.approx({"arousal": 0.4, "valence": 0.15})
    assert corpus(recording("a", "train"), recording("b", "dev")).agreement == {}
