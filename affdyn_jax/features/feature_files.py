"""A file of precomputed features to the grid, by the format that its suffix tells."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from affdyn_jax.corpora.avec_tables import check_times
from affdyn_jax.corpora.folders import FEATURE_SUFFIXES
from affdyn_jax.errors import CorpusError, FeatureError
from affdyn_jax.features.feature_arrays import read_feature_hdf5, read_feature_npy
from affdyn_jax.features.feature_tables import (
    read_feature_arff,
    read_feature_csv,
    read_feature_parquet,
)
from affdyn_jax.features.feature_trace import FeatureTrace
from affdyn_jax.features.pooling import pool_frames

# In milliseconds: no features have more frames a second than 500.
_SHORTEST_STEP = 2


class FeatureFile(NamedTuple):
    """Features of one recording on the grid.

    Attributes:
        path: The file that they come from.
        features_tf: Shape (T, F), float32.
        names: The F features.
        has_milliseconds: Whether the times in the file were taken for milliseconds.
    """

    path: Path
    features_tf: np.ndarray
    names: tuple[str, ...]
    has_milliseconds: bool


def read_feature_file(
    path: Path, recording: str, frame_rate: float, source_rate: float | None = None
) -> FeatureFile:
    """Read a recording's features and average them on the grid.

    Args:
        path: The file.
        recording: The recording's name, which tables may have in each row.
        frame_rate: Frames per second of the grid, 4 in the paper.
        source_rate: Frames per second of a file without times: frame k begins at k divided by
            it. Not used where a file has times.

    Raises:
        CorpusError: The file is malformed or another recording's.
        FeatureError: It has no times and no rate is given, a library is missing, or `pool_frames`
            refuses the frames.
    """
    trace = _read(path, recording)
    times_s, has_milliseconds = trace.times_s, False
    if len(times_s):
        has_milliseconds = _are_milliseconds(times_s, frame_rate)
        times_s = times_s / 1000 if has_milliseconds else times_s
        check_times(path, times_s, trace.line_s)
    elif source_rate is None:
        raise FeatureError(
            f"{path}: has no times; name its frames a second, e.g. --config.features.rates=50"
        )
    else:
        times_s = np.arange(len(trace.values_sf)) / source_rate
    if len(times_s) == 1:
        raise FeatureError(
            f"{path}: has one frame; functionals of whole recordings cannot be predicted from, so "
            "extract features frame by frame, or functionals of windows"
        )
    features_tf = pool_frames(times_s, trace.values_sf, frame_rate, path)
    return FeatureFile(path, features_tf, trace.names, has_milliseconds)


def _read(path: Path, recording: str) -> FeatureTrace:
    match path.suffix.lower():
        case ".csv":
            return read_feature_csv(path, recording)
        case ".arff":
            return read_feature_arff(path, recording)
        case ".parquet":
            return read_feature_parquet(path, recording)
        case ".npy":
            return read_feature_npy(path)
        case ".h5" | ".hdf5":
            return read_feature_hdf5(path)
    raise CorpusError(f"{path}: features are read from {', '.join(FEATURE_SUFFIXES)}")


def _are_milliseconds(times: np.ndarray, frame_rate: float) -> bool:
    """Whether times are too far apart to be seconds, while a thousandth of them would do.

    The grid needs a frame in each of its windows.
    """
    step = np.median(np.diff(times)) if len(times) > 1 else 0.0
    return bool(step >= _SHORTEST_STEP and 1 < step * frame_rate <= 1000)
