"""Features that others extracted: folders of CSVs in AVEC's format, columns joined by time."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from affdyn_jax.corpora.avec_tables import read_trace
from affdyn_jax.errors import FeatureError
from affdyn_jax.features.pooling import pool_frames

# By how much the features of one folder may outlast those of another.
_LENGTH_TOLERANCE_S = 1.0


def read_precomputed(
    root: Path, folders: Sequence[str], recordings: Sequence[str], frame_rate: float
) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Features of each recording from `root/<folder>/<recording>.csv`, side by side.

    Each folder is pooled to the grid separately, so rates may differ. A recording ends with its
    shortest folder, which may end up to a second before the others.

    Args:
        root: Where the folders lie.
        folders: Their names, in the order of their columns.
        recordings: Names of the N recordings.
        frame_rate: Frames per second of the grid, 4 in the paper.

    Returns:
        Features of each recording, shape (T, F), float32; and the names of the F columns,
        `<folder>/<column>`.

    Raises:
        FeatureError: No folder is named, one is missing, named twice or by an absolute path;
            recordings have different columns; folders have different lengths; a window holds
            no frame.
        CorpusError: A file is missing or not in AVEC's format.
    """
    if not folders:
        raise FeatureError(f"{root}: no folder of features is named; name at least one in it")
    for folder in folders:
        if folders.count(folder) > 1:
            raise FeatureError(f"{root}: folder '{folder}' is named twice; name it once")
        if Path(folder).is_absolute():
            # It would appear in tables and reports, which others will read.
            raise FeatureError(
                f"{folder}: a folder of features is named from the corpus's root on; put it, or "
                f"a link to it, into {root}"
            )

    parts = [_read_folder(root / folder, recordings, frame_rate) for folder in folders]
    features = {
        recording: side_by_side(
            {
                root / folder / f"{recording}.csv": of_recording[recording]
                for folder, (of_recording, _) in zip(folders, parts, strict=True)
            },
            frame_rate,
        )
        for recording in recordings
    }
    names = [
        f"{folder}/{column}"
        for folder, (_, columns) in zip(folders, parts, strict=True)
        for column in columns
    ]
    return features, tuple(names)


def side_by_side(parts: Mapping[Path, np.ndarray], frame_rate: float) -> np.ndarray:
    """The features of one recording from several files as one, as long as the shortest.

    Args:
        parts: Those of each file on the grid, shape (T, F); T may differ.
        frame_rate: Of the grid.

    Raises:
        FeatureError: A file ends over a second before another.
    """
    shortest, longest = (choose(parts, key=lambda path: len(parts[path])) for choose in (min, max))
    frame_count = len(parts[shortest])
    if len(parts[longest]) - frame_count > _LENGTH_TOLERANCE_S * frame_rate:
        raise FeatureError(
            f"{longest} lasts {len(parts[longest]) / frame_rate:g} s, {shortest} "
            f"{frame_count / frame_rate:g} s; they may differ by {_LENGTH_TOLERANCE_S:g} s, "
            "extract the shorter one again"
        )
    return np.hstack([part_tf[:frame_count] for part_tf in parts.values()])


def _read_folder(
    folder: Path, recordings: Sequence[str], frame_rate: float
) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Features of each recording on the grid, and the columns that all of them have."""
    if not folder.is_dir():
        raise FeatureError(f"{folder}: no such folder of features; check its name and its root")
    features, columns_of_first = {}, ()
    for recording in recordings:
        path = folder / f"{recording}.csv"
        times_s, values_sf, columns = read_trace(path, recording)
        if not features:
            columns_of_first = columns
        if columns != columns_of_first:
            raise FeatureError(
                f"{path}:1: the {len(columns)} columns are not the {len(columns_of_first)} of "
                f"'{recordings[0]}.csv'; all files of a folder must have the same, in one order"
            )
        features[recording] = pool_frames(times_s, values_sf, frame_rate, path)
    return features, columns_of_first
