from pathlib import Path

import numpy as np
import pytest

from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Recording
from affdyn_jax.corpora.groups import grouped
from affdyn_jax.errors import CorpusError


def corpus(**groups):
    gold_standard = GoldStandard(np.arange(2.0), np.zeros((2, 1)), Path("labels.csv"))
    names = ("P1", "P10", "P11", "P2")
    recordings = tuple(
        Recording(
            name, "dev" if name == "P2" else "train", None, gold_standard, groups.get(name, "")
        )
        for name in names
    )
    return Corpus("C", Path("somewhere"), ("arousal",), recordings)


def groups_of(recordings):
    return {recording.name: recording.group for recording in recordings}


def test_a_recording_in_no_group_is_one_of_its_own():
    each = {name: name for name in ("P1", "P10", "P11", "P2")}
    assert groups_of(grouped(corpus(), ()).recordings) == each
    by_name = grouped(corpus(), [["P2", "P1"]])
    assert groups_of(by_name.recordings) == each | {"P1": "P2+P1", "P2": "P2+P1"}
    by_beginning = grouped(corpus(), [["P2"], ["P10", "P11", "P1"]])
    assert groups_of(by_beginning.recordings) == dict.fromkeys(each, "P10+P11+P1") | {"P2": "P2"}


def test_groups_of_a_manifest_stay_where_the_config_has_none():
    assert grouped(corpus(P1="A", P10="A"), ()).recordings[1].group == "A"


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ([["P1"], ["P"]], "somewhere: recording 'P1' is in groups 'P1' and 'P'"),
        ([["P1", "P2"], ["P10", "P1"]], r"'P1' is in groups 'P1\+P2' and 'P10\+P1'"),
        ([["P1", "Q"]], "no recording is called 'Q' or begins so, .* from 'P1' to 'P2'"),
    ],
)
def test_mistakes(groups, said):
    with pytest.raises(CorpusError, match=said):
        grouped(corpus(), groups)


def test_groups_are_named_in_one_place():
    with pytest.raises(CorpusError, match="'P10' is in group 'A' of the manifest"):
        grouped(corpus(P10="A"), [["P1", "P2"]])
