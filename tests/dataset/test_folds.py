"""Every way of dealing groups to folds, and what cannot be dealt."""

import logging
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Recording
from affdyn_jax.dataset.folds import LEAVE_ONE_GROUP_OUT, plan_folds
from affdyn_jax.dataset.gold_on_grid import put_on_grid
from affdyn_jax.errors import ConfigError, CorpusError

CHANGING = (0.0, 0.1, 0.3, 0.2)


def recording(name, partition="train", group="", values=CHANGING, audio=None):
    """Valence mirrors arousal; four ratings a second."""
    arousal_s = np.array(values)
    values_sd = np.stack([arousal_s, -arousal_s], axis=1)
    gold_standard = GoldStandard(np.arange(len(arousal_s)) / 4, values_sd, Path("labels.csv"))
    return Recording(name, partition, audio, gold_standard, group)


def planned(folds, *recordings):
    # A corpus needs both, and folds do not care.
    first, second, *others = recordings
    parts = (("train", first), ("dev", second), *(("test", other) for other in others))
    recordings = [
        Recording(r.name, partition, r.audio, r.gold_standard, r.group) for partition, r in parts
    ]
    corpus = Corpus("C", Path("root"), ("arousal", "valence"), tuple(recordings))
    return plan_folds(corpus, put_on_grid(corpus, 4.0, 0.0), folds)


def refusal(*arguments):
    with pytest.raises((ConfigError, CorpusError)) as caught:
        planned(*arguments)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


@given(st.data())
def test_each_recording_is_tested_once_and_no_group_is_in_two_parts_of_a_fold(data):
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=3, max_size=12))
    group_of = {
        f"r{group:02d}{n}": f"g{group:02d}" for group, size in enumerate(sizes) for n in range(size)
    }
    names = data.draw(st.permutations(list(group_of)))
    folds = data.draw(st.integers(3, len(sizes)) | st.just(LEAVE_ONE_GROUP_OUT))
    found = planned(folds, *(recording(name, group=group_of[name]) for name in names))
    count = len(sizes) if folds == LEAVE_ONE_GROUP_OUT else folds
    assert len(found) == count
    assert sorted(name for fold in found for name in fold.test) == sorted(names)
    for index, fold in enumerate(found):
        assert sorted([*fold.train, *fold.dev, *fold.test]) == sorted(names)
        assert all(fold)
        groups = [{group_of[name] for name in part} for part in fold]
        assert sum(map(len, groups)) == len(sizes)
        following = [found[(index + 1 + n) % count] for n in range(math.ceil(count / 5))]
        assert sorted(fold.dev) == sorted(name for other in following for name in other.test)
        assert all(list(part) == sorted(part) for part in fold)
    # No fold is larger than another by more than the last group that it was dealt.
    assert max(len(f.test) for f in found) - min(len(f.test) for f in found) <= max(sizes)


def test_the_largest_groups_are_dealt_first_each_to_the_smallest_fold():
    groups = {"e": "A", "f": "A", "a": "B", "b": "B", "c": "B", "d": "C", "g": "D"}
    found = planned(3, *(recording(name, group=group) for name, group in groups.items()))
    assert [fold.test for fold in found] == [("a", "b", "c"), ("e", "f"), ("d", "g")]
    assert found[2].dev == ("a", "b", "c")
    assert found[2].train == ("e", "f")


def test_leaving_one_group_out_takes_groups_in_the_order_of_their_names():
    groups = {"a": "z", "b": "y", "c": "z", "d": "x"}
    found = planned(LEAVE_ONE_GROUP_OUT, *(recording(n, group=g) for n, g in groups.items()))
    assert [fold.test for fold in found] == [("d",), ("b",), ("a", "c")]


def test_recordings_without_gold_standards_are_left_out(caplog):
    recordings = [recording(name, partition) for name, partition in (("a", "train"), ("b", "dev"))]
    corpus = Corpus(
        "C",
        Path("root"),
        ("arousal", "valence"),
        (*recordings, recording("c"), Recording("t", "test", None, None)),
    )
    with caplog.at_level(logging.INFO):
        found = plan_folds(corpus, put_on_grid(corpus, 4.0, 0.0), 3)
    assert [fold.test for fold in found] == [("a",), ("b",), ("c",)]
    assert [r.getMessage() for r in caplog.records] == [
        "1 recording(s) without gold standards are in no fold"
    ]


@pytest.mark.parametrize("folds", [4, LEAVE_ONE_GROUP_OUT])
def test_too_few_groups(folds):
    count = 2 if folds == LEAVE_ONE_GROUP_OUT else 3
    recordings = [recording(f"r{n}", group=f"g{n % count}") for n in range(5)]
    said = refusal(folds, *recordings)
    assert said.startswith(f"sweep.folds={folds}, but root has {count} group(s)")


def test_one_audio_file_in_two_groups():
    audio = Path("a.wav")
    recordings = [recording(name, audio=audio) for name in "ab"]
    assert "recordings 'a' and 'b' are of one audio file, a.wav" in refusal(
        3, *recordings, recording("c"), recording("d")
    )
    together = [recording(name, group="ab", audio=audio) for name in "ab"]
    assert len(planned(3, *together, recording("c"), recording("d"))) == 3


@pytest.mark.parametrize(("folds", "tested"), [(0, ()), (3, (("a",), ("b",), ("c",)))])
def test_partitions_are_checked_where_there_are_no_folds(folds, tested):
    still = np.full(4, 0.1)
    recordings = (recording("a"), recording("b", values=still), recording("c"))
    told = refusal(folds, *recordings)
    # Fold 0 has 'b' for dev, as the partitions have.
    assert told.startswith("root, fold 0: the" if folds else "root: the")
    assert "'arousal' never changes in any recording of partition 'dev'" in told
    assert "nothing to choose epochs and w by" in told
    changing = (recording("a"), recording("b"), recording("c"))
    assert tuple(fold.test for fold in planned(folds, *changing)) == tested


def test_a_dimension_that_never_changes_in_what_trains_is_refused():
    # At another value in each recording: within none of them there is anything to agree with.
    still = [recording(name, values=np.full(4, n / 10)) for n, name in enumerate("de")]
    told = refusal(5, *(recording(name) for name in "abc"), *still)
    assert told.startswith("root, fold 2: the gold standard of 'arousal'")
    told = refusal(0, still[0], recording("a"))
    assert told.startswith("root: the gold standard of 'arousal' never changes")
    assert "'train', so there is nothing to learn" in told


@pytest.mark.parametrize(("folds", "is_told"), [(0, True), (3, False)])
def test_groups_that_the_partitions_part_are_warned_of(caplog, folds, is_told):
    groups = zip("abcd", ("anna", "anna", "ben", "carl"), strict=True)
    planned(folds, *(recording(name, group=group) for name, group in groups))
    assert [record.getMessage() for record in caplog.records] == is_told * [
        "1 group(s) of recordings are in several partitions, e.g. 'anna' in train and dev, so that "
        "scores say little about others; sweep.folds parts none"
    ]
