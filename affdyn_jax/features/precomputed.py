"""Features that others extracted: folders of files, whose columns are joined by time."""

import logging
from collections.abc import Sequence
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

    rate_of_each = rates if len(rates) > 1 else [*rates, None][:1] * len(folders)
    parts = [
        _read_folder(root / folder, recordings, frame_rate, rate)
        for folder, rate in zip(folders, rate_of_each, strict=True)
    ]
    features = {}
    for recording in recordings:
        parts_tf = [of_recording[recording] for of_recording, _ in parts]
        lengths = [len(part_tf) for part_tf in parts_tf]
        shortest, longest = int(np.argmin(lengths)), int(np.argmax(lengths))
        if lengths[longest] - lengths[shortest] > _LENGTH_TOLERANCE_S * frame_rate:
            raise FeatureError(
                f"{root}: features of recording '{recording}' last "
                f"{lengths[longest] / frame_rate:g} s in '{folders[longest]}', "
                f"{lengths[shortest] / frame_rate:g} s in '{folders[shortest]}'; they may differ "
                f"by {_LENGTH_TOLERANCE_S:g} s, extract the shorter one again"
            )
        features[recording] = np.hstack([part_tf[: lengths[shortest]] for part_tf in parts_tf])
    names = [
        f"{folder}/{column}"
        for folder, (_, columns) in zip(folders, parts, strict=True)
        for column in columns
    ]
    return features, tuple(names)


def _read_folder(
    folder: Path, recordings: Sequence[str], frame_rate: float, rate: float | None
) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Features of each recording on the grid, and the columns that all of them have."""
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
        path = file_of[recording]
        read[recording] = read_feature_file(path, recording, frame_rate, rate)
        names, names_of_first = read[recording].names, read[recordings[0]].names
        if names != names_of_first:
            raise FeatureError(
                f"{path}: the {len(names)} columns are not the {len(names_of_first)} of "
                f"'{file_of[recordings[0]].name}'; all files of a folder must have the same, in "
                "one order"
            )
    if in_milliseconds := sum(file.has_milliseconds for file in read.values()):
        log.info(
            "%s: times are milliseconds in %d of %d files, as they are too far apart for seconds",
            *(folder, in_milliseconds, len(read)),
        )
    return {recording: file.features_tf for recording, file in read.items()}, names_of_first
