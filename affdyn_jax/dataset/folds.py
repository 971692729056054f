"""Folds of a cross-validation: which recordings train, which are dev, which are tested in each."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from affdyn_jax.corpora.corpus import Corpus, Recording
from affdyn_jax.dataset.constant_ratings import check_changes, is_constant
from affdyn_jax.dataset.gold_on_grid import GoldOnGrid
from affdyn_jax.errors import ConfigError, CorpusError
from affdyn_jax.method.tasks import tasks_of

log = logging.getLogger(__name__)

LEAVE_ONE_GROUP_OUT = "leave_one_group_out"

# One to train on, one for dev and one for test.
_FEWEST = 3

# A dev fold for so many folds, or a part of them.
_FOLDS_OF_A_DEV_FOLD = 5


class Fold(NamedTuple):
    """The names of the recordings of each part, sorted; no group is in two parts."""

    train: tuple[str, ...]
    dev: tuple[str, ...]
    test: tuple[str, ...]


def plan_folds(
    corpus: Corpus, gold: GoldOnGrid, folds: int | Literal["leave_one_group_out"]
) -> tuple[Fold, ...]:
    """Deal the recordings that have gold standards to folds, group by group.

    Args:
        corpus: Its partitions do not matter, unless `folds` is 0.
        gold: Their gold standards.
        folds: How many; 0 for the corpus's partitions.

    Returns:
        Each recording is tested in one fold. Of 0 none, but the partitions are checked alike.

    Raises:
        ConfigError: There are too few groups.
        CorpusError: A dimension never changes in all of train or dev of a fold, or two groups
            have an audio file in common.
    """
    if folds == 0:
        train, dev, test = (corpus.partition(partition) for partition in Fold._fields)
        _check_changes(Fold(_names(train), _names(dev), _names(test)), corpus, gold, corpus.root)
        _warn_of_parted_groups(corpus.recordings)
        return ()
    rated = [recording for recording in corpus.recordings if recording.gold_standard is not None]
    if missing := len(corpus.recordings) - len(rated):
        log.info("%d recording(s) without gold standards are in no fold", missing)
    _check_audio(rated, corpus.root)
    groups = {recording.group: [] for recording in sorted(rated, key=lambda r: r.group)}
    for recording in rated:
        groups[recording.group].append(recording.name)
    count = len(groups) if folds == LEAVE_ONE_GROUP_OUT else folds
    if not _FEWEST <= count <= len(groups):
        raise ConfigError(
            f"sweep.folds={folds}, but {corpus.root} has {len(groups)} group(s) of recordings with "
            f"gold standards; name a number from {_FEWEST} to that of groups, or 0 for the "
            "corpus's partitions"
        )
    tested = [list(group) for group in groups.values()]
    if folds != LEAVE_ONE_GROUP_OUT:
        tested = _dealt(groups, count)
    planned = tuple(_fold(tested, index) for index in range(count))
    for index, fold in enumerate(planned):
        _check_changes(fold, corpus, gold, f"{corpus.root}, fold {index}")
    return planned


def _dealt(groups: Mapping[str, Sequence[str]], count: int) -> list[list[str]]:
    """The recordings of each fold: the largest groups first, each to the smallest fold."""
    dealt = [[] for _ in range(count)]
    for _, names in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])):
        min(dealt, key=len).extend(names)
    return dealt


def _fold(tested: Sequence[Sequence[str]], index: int) -> Fold:
    """One fold: its own recordings are test, those of the next folds dev, all others train."""
    dev_count = -(-len(tested) // _FOLDS_OF_A_DEV_FOLD)
    parts = {"train": [], "dev": [], "test": []}
    for step in range(len(tested)):
        part = "test" if step == 0 else "dev" if step <= dev_count else "train"
        parts[part] += tested[(index + step) % len(tested)]
    return Fold(**{part: tuple(sorted(names)) for part, names in parts.items()})


def _check_audio(recordings: Sequence[Recording], root: Path) -> None:
    first_of = {}
    for recording in recordings:
        if recording.audio is not None:
            first = first_of.setdefault(recording.audio.resolve(), recording)
            if first.group != recording.group:
                raise CorpusError(
                    f"{root}: recordings '{first.name}' and '{recording.name}' are of one audio "
                    f"file, {recording.audio}, but not of one group; put them into one"
                )


def _check_changes(fold: Fold, corpus: Corpus, gold: GoldOnGrid, source: object) -> None:
    tasks = tasks_of(corpus.dimensions)
    for partition, names in (("train", fold.train), ("dev", fold.dev)):
        constant_nk = np.stack([is_constant(*gold.traces[name]) for name in names])
        check_changes(constant_nk, tasks, partition, source)


def _warn_of_parted_groups(recordings: Sequence[Recording]) -> None:
    partitions_of = {}
    for recording in recordings:
        partitions_of.setdefault(recording.group, {})[recording.partition] = None
    parted = {group: [*of_group] for group, of_group in partitions_of.items() if len(of_group) > 1}
    if parted:
        group, partitions = next(iter(parted.items()))
        log.warning(
            "%d group(s) of recordings are in several partitions, e.g. '%s' in %s, so that scores "
            "say little about others; sweep.folds parts none",
            *(len(parted), group, " and ".join(partitions)),
        )


def _names(recordings: Sequence[Recording]) -> tuple[str, ...]:
    return tuple(recording.name for recording in recordings)
