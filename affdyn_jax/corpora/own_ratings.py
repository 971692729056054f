"""The gold standard of one recording of a manifest, from all files that hold its ratings.

A file may rate all dimensions or one of them, and several files or columns may be raters.
"""

import fnmatch
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from affdyn_jax.corpora.avec_tables import listed
from affdyn_jax.corpora.corpus import GoldStandard
from affdyn_jax.corpora.fused_ratings import Ratings, join, side_by_side
from affdyn_jax.corpora.gold_standards import MASK_GAPS, at_all_times
from affdyn_jax.corpora.rating_files import read_rating_file
from affdyn_jax.corpora.rating_trace import RatingTrace
from affdyn_jax.corpora.settings import CorpusSettings
from affdyn_jax.corpora.time_units import in_seconds
from affdyn_jax.errors import CorpusError

ALL_DIMENSIONS = ""  # the key of files that rate all of them

# In patterns of columns, for the name of any dimension.
_DIMENSION = "{dimension}"


def read_own_ratings(
    files: Mapping[str, Sequence[Path]],
    recording: str,
    audio: Path | None,
    settings: CorpusSettings,
) -> tuple[GoldStandard, list[str]]:
    """Read the ratings of one recording.

    Args:
        files: Those of each dimension, or of `ALL_DIMENSIONS`; each is read once.
        recording: Its name, which is that of the rows where a file has names.
        audio: Its audio, whose length may tell the unit of times.
        settings: The dimensions, the raters' columns, how raters are joined, and whether ratings
            may have gaps.

    Returns:
        The gold standard; and how each file was read, in words.

    Raises:
        CorpusError: A file is malformed, of another recording, lacks a dimension or has gaps
            that are not to be left out.
    """
    traces = {
        path: _read(path, recording, audio)
        for of_dimension in files.values()
        for path in of_dimension
    }
    of_dimensions = []
    for dimension in settings.dimensions:
        is_own = dimension in files
        paths = files[dimension if is_own else ALL_DIMENSIONS]
        of_files = [_ratings(traces[path], dimension, is_own, settings) for path in paths]
        of_dimensions.append(side_by_side(of_files))
    return _gold_standard(of_dimensions, settings), [trace.layout for trace in traces.values()]


def _read(path: Path, recording: str, audio: Path | None) -> RatingTrace:
    trace = read_rating_file(path, recording)
    if trace.recording and trace.recording != recording:
        raise CorpusError(
            f"{path}:{trace.line_s[0]}: name is '{trace.recording}', but the recording is "
            f"'{recording}'"
        )
    return in_seconds(trace, audio)


def _ratings(trace: RatingTrace, dimension: str, is_own: bool, settings: CorpusSettings) -> Ratings:
    """The ratings of one dimension in one file.

    Args:
        trace: All that the file holds.
        dimension: Which one.
        is_own: Whether the file rates no other.
        settings: The dimensions, the raters' columns, and whether ratings may have gaps.
    """
    columns = _columns(trace, dimension, is_own, settings)
    values_sr = trace.values_sc[:, columns]
    missing = np.argwhere(np.isnan(values_sr))
    if missing.size and not settings.masks_gaps:
        sample, column = missing[0]
        raise CorpusError(
            f"{trace.path}:{trace.line_s[sample]}: no rating in column "
            f"'{trace.columns[columns[column]]}'; complete it, or {MASK_GAPS}"
        )
    raters = tuple(
        trace.columns[column] if settings.rater_columns else trace.path.stem for column in columns
    )
    return Ratings(trace.path, trace.times_s, values_sr, raters)


def _columns(
    trace: RatingTrace, dimension: str, is_own: bool, settings: CorpusSettings
) -> list[int]:
    """The columns that rate a dimension: that of its name, or those of its raters."""
    names = [column.casefold() for column in trace.columns]
    if settings.rater_columns:
        pattern = settings.rater_columns.replace(_DIMENSION, dimension).casefold()
        if matches := [column for column, name in enumerate(names) if _is_like(name, pattern)]:
            return matches
        raise CorpusError(
            f"{trace.path}: no column is like '{pattern}', as corpus.rater_columns has it; there "
            f"are {listed(trace.columns)}"
        )
    if dimension.casefold() in names:
        return [names.index(dimension.casefold())]
    others = {other.casefold() for other in settings.dimensions}
    is_only = len(names) == 1 and not others & set(names)
    if is_only and (is_own or (names == [""] and len(settings.dimensions) == 1)):
        return [0]
    raise CorpusError(
        f"{trace.path}:1: no column '{dimension}', it has {listed(trace.columns)}"
        + _hint(names, dimension.casefold(), is_own)
    )


def _is_like(name: str, pattern: str) -> bool:
    return re.fullmatch(fnmatch.translate(pattern), name) is not None


def _hint(names: Sequence[str], dimension: str, is_own: bool) -> str:
    """The way out where columns look like raters, or a file like that of one dimension."""
    pattern = "*" if is_own else f"{_DIMENSION}*"
    if is_own or any(name.startswith(dimension) for name in names):
        return f"; if these are raters: --config.corpus.rater_columns='{pattern}'"
    if len(names) == 1:
        return (
            "; if all of it is one dimension, give the manifest a column of files for each "
            "dimension, named after it, instead of 'ratings'"
        )
    return ""


def _gold_standard(ratings: Sequence[Ratings], settings: CorpusSettings) -> GoldStandard:
    """Of one recording, from all ratings of each dimension."""
    joined = [
        join(of_dimension, settings.gold_standard) if len(of_dimension.raters) > 1 else None
        for of_dimension in ratings
    ]
    values = [
        of_dimension.values_sr[:, 0] if fused is None else fused.values_s
        for of_dimension, fused in zip(ratings, joined, strict=True)
    ]
    times = [of_dimension.times_s for of_dimension in ratings]
    times_s, values_sd = at_all_times([*zip(times, values, strict=True)])
    return GoldStandard(
        times_s,
        values_sd,
        ratings[0].path,
        agreement_d=None if None in joined else np.array([fused.agreement for fused in joined]),
        rated_d2=np.array([of_dimension.extremes for of_dimension in ratings]),
    )
