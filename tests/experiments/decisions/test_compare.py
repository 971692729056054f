"""The fusion's recordings are conversations, which its config and its folds keep together."""

import itertools

import numpy as np
import pytest

from experiments.decisions import compare
from experiments.decisions.alternatives import DEFAULT


@pytest.fixture(scope="module")
def published(avec2019_ces_de):
    return compare.read_published(compare.fusion_settings(str(avec2019_ces_de)))


@pytest.fixture(scope="module")
def conversations(published):
    """The recordings of each group."""
    by_group = sorted(published.corpus.recordings, key=lambda r: r.group)
    return [tuple(sides) for _, sides in itertools.groupby(by_group, key=lambda r: r.group)]


def test_groups_are_two_equally_long_sides_whose_ratings_resemble_each_other(conversations):
    def correlation(one, other):
        both = [r.gold_standard.values_sd for r in (one, other)]
        shared = slice(min(map(len, both)))
        return [np.corrcoef(*(values_sd[shared, d] for values_sd in both))[0, 1] for d in (0, 1)]

    assert len(conversations) == 7
    lengths = [[len(r.gold_standard.values_sd) for r in sides] for sides in conversations]
    assert all(abs(one - other) <= 1 for one, other in lengths)
    of_sides = [correlation(*sides) for sides in conversations]
    of_others = [
        correlation(one, other)
        for sides, others in itertools.combinations(conversations, 2)
        for one, other in itertools.product(sides, others)
    ]
    assert np.mean(of_sides, axis=0) == pytest.approx([0.483, 0.479], abs=0.001)
    assert np.mean(of_others, axis=0) == pytest.approx([0.057, 0.013], abs=0.001)


def test_the_fusions_partitions_part_no_conversation(published, conversations):
    assert [len(published.corpus.partition(p)) for p in ("train", "dev", "test")] == [8, 2, 4]
    for one, other in conversations:
        assert one.partition == other.partition, (one.name, other.name)


def test_each_conversation_is_tested_once_and_never_parted(published, conversations):
    dataset = DEFAULT.dataset(published)
    sides = {frozenset(r.name for r in both) for both in conversations}
    names = np.array(dataset.names["test"])
    tested = []
    for train_n, dev_n, test_n, *_ in dataset.splits:
        assert [len(train_n), len(dev_n), len(test_n)] == [8, 4, 2]
        assert len({*train_n, *dev_n, *test_n}) == 14
        for rows_n in (train_n, dev_n, test_n):
            of_part = {*names[rows_n]}
            assert all(both <= of_part or not both & of_part for both in sides)
        tested += [*names[test_n]]
    assert sorted(tested) == [*names]
