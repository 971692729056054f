"""Features that others extracted: folders of files, whose columns are joined by time."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from affdyn_jax.corpora.folders import FEATURE_SUFFIXES, features_by_recording
from affdyn_jax.errors import CorpusError, FeatureError
from affdyn_jax.features.feature_files import FeatureFile, read_feature_file

# By how much the features of one folder may outlast those of another.
_LENGTH_TOLERANCE_S = 1.0

log = logging.getLogger(__name__)


def read_precomputed(
    root: Path,
    folders: Sequence[str],
    recordings: Sequence[str],
    frame_rate: float,
    rates: Sequence[float] = (),
) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Features of each recording from `root/<folder>/<recording>.csv`, `.npy` …, side by side.

    Each folder is pooled to the grid separately, so rates may differ. A recording ends with its
    shortest folder, which may end up to a second before the others.

    Args:
        root: Where the folders lie.
        folders: Their names, in the order of their columns.
        recordings: Names of the N recordings.
        frame_rate: Frames per second of the grid, 4 in the paper.
        rates: Frames per second of files without times, in all folders or in each.

    Returns:
        Features of each recording, shape (T, F), float32; and the names of the F columns,
        `<folder>/<column>`.

    Raises:
        FeatureError: No folder is named, one is missing, named twice or by an absolute path;
            recordings have different columns; folders have different lengths; a window holds
            no frame; a file has no times, and no rate is given.
        CorpusError: A file is missing or malformed.
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

    files = [
        _read_folder(root / folder, recordings, frame_rate, rate)
        for folder, rate in rate_of_each(folders, rates).items()
    ]
    features = {
        recording: side_by_side(
            {of_folder[recording].path: of_folder[recording].features_tf for of_folder in files},
            frame_rate,
        )
        for recording in recordings
    }
    names = [
        f"{folder}/{column}"
        for folder, of_folder in zip(folders, files, strict=True)
        for column in of_folder[recordings[0]].names
    ]
    return features, tuple(names)


def rate_of_each(folders: Sequence[str], rates: Sequence[float]) -> dict[str, float | None]:
    """Frames per second of each folder's files without times: one of all, one of each, or none."""
    of_all = rates if len(rates) > 1 else [*rates, None][:1] * len(folders)
    return dict(zip(folders, of_all, strict=True))


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
    folder: Path, recordings: Sequence[str], frame_rate: float, rate: float | None
) -> dict[str, FeatureFile]:
    """Features of each recording on the grid; all of them have the same columns."""
    if not folder.is_dir():
        raise FeatureError(f"{folder}: no such folder of features; check its name and its root")
    file_of = features_by_recording(folder)
    read: dict[str, FeatureFile] = {}
    for recording in recordings:
        if recording not in file_of:
            raise CorpusError(
                f"{folder / recording}.csv: no such file, nor one in "
                f"{', '.join(FEATURE_SUFFIXES[1:])}"
            )
        file = read_feature_file(file_of[recording], recording, frame_rate, rate)
        read[recording], first = file, read.get(recordings[0], file)
        if file.names != first.names:
            raise FeatureError(
                f"{file.path}: the {len(file.names)} columns are not the {len(first.names)} of "
                f"'{first.path.name}'; all files of a folder must have the same, in one order"
            )
    if in_milliseconds := sum(file.has_milliseconds for file in read.values()):
        log.info(
            "%s: times are milliseconds in %d of %d files, as they are too far apart for seconds",
            *(folder, in_milliseconds, len(read)),
        )
    return read
