"""Which lane is computed where: lanes that have stopped give their places up.

A program trains a table of places, a row for each seed and columns to be shared out over the
devices. Its cost is that of all its places, so when few lanes are left they move together into
a smaller table.
"""

import numpy as np

EMPTY = -1

# A table of another size is compiled anew, so it has to be worth it.
_WORTHWHILE = 0.5


def table_of_places(
    running_l: np.ndarray, seed_index_l: np.ndarray, device_count: int
) -> np.ndarray:
    """The smallest table of places that holds all lanes that run, shape (S, M).

    Args:
        running_l: Which of the L lanes are to be trained, boolean; one at least.
        seed_index_l: The index of each lane's seed, shape (L,).
        device_count: Of which M is a multiple.

    Returns:
        The index of the lane in each place, or `EMPTY`. A row holds lanes of one seed; seeds
        without lanes that run have none.
    """
    rows = [
        np.flatnonzero(running_l & (seed_index_l == seed))
        for seed in np.unique(seed_index_l[running_l])
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
