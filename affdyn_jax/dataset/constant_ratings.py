"""Gold standards that never change, which leave nothing to agree with.

Where a gold standard is constant, Eq. 2 gives 0 to every prediction that varies, and 0/0 to a
constant one of the same value: it measures no agreement.
"""

import logging
from collections.abc import Mapping, Sequence

import numpy as np

from affdyn_jax.errors import CorpusError
from affdyn_jax.method.tasks import Task

log = logging.getLogger(__name__)

# Tables keep six decimals, and means of equal numbers differ by rounding.
_HALF_A_DIGIT = 5e-7


def is_constant(
    gold: np.ndarray, valid: np.ndarray, axis: int | tuple[int, ...] = 0
) -> np.ndarray | np.bool_:
    """Whether a gold standard never changes over the valid entries of `axis`.

    One valid entry, or none, is constant too.

    Args:
        gold: Any shape.
        valid: The same shape, boolean; the other entries may hold anything, NaN too.
        axis: The axis or axes over which agreement would be measured.

    Returns:
        Boolean, of the input's shape without `axis`.
    """
    highest = np.max(gold, axis=axis, initial=-np.inf, where=valid)
    lowest = np.min(gold, axis=axis, initial=np.inf, where=valid)
    return highest - lowest < _HALF_A_DIGIT


def recordings_by_task(
    constant_nk: np.ndarray, recordings: Sequence[str], tasks: Sequence[Task]
) -> dict[str, list[str]]:
    """The recordings in which a task's gold standard never changes, by the task's column.

    Args:
        constant_nk: Of each recording and task, shape (N, K).
        recordings: Names of the N recordings.
        tasks: The K tasks.

    Returns:
        Only tasks that have such recordings.
    """
    return {
        task.column: [recordings[n] for n in np.flatnonzero(constant_n)]
        for task, constant_n in zip(tasks, constant_nk.T, strict=True)
        if constant_n.any()
    }


def check_changes(
    constant_nk: np.ndarray, tasks: Sequence[Task], partition: str, source: object
) -> None:
    """Refuse a task whose gold standard never changes in any recording of a partition.

    Args:
        constant_nk: Of each of its recordings and each task, shape (N, K).
        tasks: The K tasks.
        partition: `train` or `dev`.
        source: Names the corpus in messages, and the fold if there are any.

    Raises:
        CorpusError: There is such a task.
    """
    for task, is_constant_everywhere in zip(tasks, constant_nk.all(axis=0), strict=True):
        if is_constant_everywhere:
            purpose = "learn" if partition == "train" else "choose epochs and w by"
            raise CorpusError(
                f"{source}: the gold standard of '{task.column}' never changes in any recording of "
                f"partition '{partition}', so there is nothing to {purpose}; leave "
                f"'{task.dimension}' out of corpus.dimensions"
            )


def warn(constant: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    """Log a line for each partition and task: in which recordings it never changes."""
    for partition, by_task in constant.items():
        for column, recordings in by_task.items():
            log.warning(
                "%s, %s: the gold standard never changes in %d recording(s), where no agreement "
                "can be measured: %s",
                partition,
                column,
                len(recordings),
                ", ".join(recordings),
            )
