"""Which lane is computed where: lanes that have stopped give their places up.

A program trains a table of places, a row for each repetition and columns to be shared out over the
devices. Its cost is that of all its places, so when few lanes are left they move together into
a smaller table.
"""

import numpy as np

EMPTY = -1

# A table of another size is compiled anew, so it has to be worth it.
_WORTHWHILE = 0.5


def table_of_places(
    active_l: np.ndarray, repetition_l: np.ndarray, device_count: int
) -> np.ndarray:
    """The smallest table of places that holds all active lanes, shape (S, M).

    Args:
        active_l: Which of the L lanes are to be trained, boolean; one at least.
        repetition_l: The index of each lane's repetition, shape (L,).
        device_count: Of which M is a multiple.

    Returns:
        The index of the lane in each place, or `EMPTY`. A row holds lanes of one repetition;
        repetitions without active lanes have none.
    """
    rows = [
        np.flatnonzero(active_l & (repetition_l == repetition))
        for repetition in np.unique(repetition_l[active_l])
    ]
    longest = max(len(row) for row in rows)
    columns = -(-longest // device_count) * device_count
    table_sm = np.full((len(rows), columns), EMPTY)
    for places_m, lanes in zip(table_sm, rows, strict=True):
        places_m[: len(lanes)] = lanes
    return table_sm


def is_worthwhile(smaller_sm: np.ndarray, table_sm: np.ndarray) -> bool:
    """Whether moving into a smaller table saves enough for compiling a program for it."""
    return smaller_sm.size <= _WORTHWHILE * table_sm.size


def table_in_epoch(
    epoch: int,
    stopped_l: np.ndarray,
    epochs_l: np.ndarray,
    repetition_l: np.ndarray,
    device_count: int,
) -> np.ndarray:
    """The table that training has come to in an epoch, found again from when lanes stopped.

    Args:
        epoch: From 1; before the first one, 0, all lanes have their first places.
        stopped_l: Which of the L lanes have stopped since, boolean.
        epochs_l: How many epochs each has trained, shape (L,).
        repetition_l: As in `table_of_places`.
        device_count: As in `table_of_places`.
    """
    table_sm = table_of_places(np.ones_like(stopped_l), repetition_l, device_count)
    for earlier in range(2, epoch + 1):
        active_l = ~stopped_l | (epochs_l >= earlier)
        smaller_sm = table_of_places(active_l, repetition_l, device_count)
        if is_worthwhile(smaller_sm, table_sm):
            table_sm = smaller_sm
    return table_sm
