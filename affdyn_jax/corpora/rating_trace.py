"""The ratings that one file holds, before it is known what they rate."""

import dataclasses
from pathlib import Path

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class RatingTrace:
    """Times, values and their names, as a file has them.

    Attributes:
        path: The file.
        times_s: Times of the S samples, increasing, in seconds unless `may_be_milliseconds`.
        values_sc: The C columns of values, shape (S, C), float64, NaN where there is no rating.
        columns: Names of the C columns as the file has them; "" for the only one of a file
            that names none.
        line_s: The line of each sample, for messages.
        recording: Whose ratings they are, where the file says it.
        may_be_milliseconds: Whether the file leaves open if times are seconds or milliseconds.
        layout: How the file was read, in words, e.g. `table with tabs`.
    """

    path: Path
    times_s: np.ndarray = dataclasses.field(repr=False)
    values_sc: np.ndarray = dataclasses.field(repr=False)
    columns: tuple[str, ...]
    line_s: np.ndarray = dataclasses.field(repr=False)
    recording: str = ""
    may_be_milliseconds: bool = False
    layout: str = ""
