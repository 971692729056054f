"""The features of a new recording from files, for a model that was trained on precomputed ones."""

import dataclasses
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from affdyn_jax.corpora.avec_tables import listed
from affdyn_jax.corpora.folders import features_by_recording
from affdyn_jax.errors import CorpusError, FeatureError
from affdyn_jax.features.extractor import Frames
from affdyn_jax.features.feature_files import read_feature_file
from affdyn_jax.features.precomputed import rate_of_each, side_by_side

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class FeatureTables:
    """What stands in an `Extractor`'s place where features come from files, not from sound.

    A recording has a file in each folder. It is named by any one of them; the others are looked
    for under the same root. Of a single folder the name does not matter.

    Attributes:
        columns_of: Each folder below the root, with its columns in their order.
        frame_rate: Of the grid.
        rates: Of files without times, as `features.rates` has them.
    """

    columns_of: tuple[tuple[str, tuple[str, ...]], ...]
    frame_rate: float
    rates: tuple[float, ...] = ()

    checkpoint: ClassVar[str] = ""
    is_streamable: ClassVar[bool] = False

    @classmethod
    def of(
        cls,
        folders: Sequence[str],
        names: Sequence[str],
        frame_rate: float,
        rates: tuple[float, ...] = (),
    ) -> Self:
        """Those of a run.

        Args:
            folders: As `features.folders` has them.
            names: `<folder>/<column>` of the F features, as `read_precomputed` names them.
            frame_rate: Of the grid.
            rates: Of files without times.

        Raises:
            FeatureError: A name is of none of the folders.
        """
        columns: dict[str, list[str]] = {folder: [] for folder in folders}
        for name in names:
            owners = [folder for folder in folders if name.startswith(f"{folder}/")]
            if not owners:
                raise FeatureError(
                    f"feature '{name}' is of none of the folders {listed(folders)}; train the "
                    "model again"
                )
            folder = max(owners, key=len)
            columns[folder].append(name.removeprefix(f"{folder}/"))
        columns_of = tuple((folder, tuple(of_folder)) for folder, of_folder in columns.items())
        return cls(columns_of, frame_rate, rates)

    @property
    def folders(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(folder for folder, _ in self.columns_of)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the F features, as `of` takes them."""
        return tuple(f"{folder}/{name}" for folder, columns in self.columns_of for name in columns)

    @property
    def source(self) -> str:
        """Where the features come from, in words."""
        return f"a file for each recording in {listed(self.folders)}"

    @property
    def feature_count(self) -> int:
        """One for each column of each folder."""
        return len(self.names)

    @property
    def front_end(self) -> dict[str, Any]:
        """As `Extractor.front_end`."""
        return {"kind": "tables, made elsewhere"}

    def recordings_in(self, path: Path) -> dict[str, Path]:
        """A file of each recording that a path names.

        Args:
            path: Such a file; a folder of them; or the root, which has all folders.

        Raises:
            CorpusError: A folder holds no files.
        """
        if not path.is_dir():
            return {path.stem: path}
        first = path / self.folders[0]
        recordings = features_by_recording(first if first.is_dir() else path)
        if not recordings:
            raise CorpusError(
                f"{path}: holds no tables of features, nor a folder '{self.folders[0]}' of them; "
                "name the files, or a folder of them"
            )
        return recordings

    def frames(self, path: Path) -> Iterator[Frames]:
        """All frames of one recording, on the grid.

        Args:
            path: One of its files.

        Raises:
            FeatureError: The path does not lead to the other folders, lengths differ, a window
                holds no frame, or columns are not those of training.
            CorpusError: A file is missing or malformed.
        """
        parts, rates = {}, rate_of_each(self.folders, self.rates)
        for file, (folder, columns) in zip(self._files(path), self.columns_of, strict=True):
            read = read_feature_file(file, file.stem, self.frame_rate, rates[folder])
            if odd := sorted(set(columns) ^ set(read.names)):
                raise FeatureError(
                    f"{file}: the {len(read.names)} columns are not the {len(columns)} that the "
                    f"model was trained on; only one of both has {listed(odd)}"
                )
            if read.has_milliseconds:
                log.info("%s: times are milliseconds, as they are too far apart for seconds", file)
            parts[file] = read.features_tf[:, [read.names.index(name) for name in columns]]
        features_tf = side_by_side(parts, self.frame_rate)
        yield Frames(np.arange(len(features_tf)) / self.frame_rate, features_tf, np.inf)

    def _files(self, path: Path) -> list[Path]:
        """The file of each folder, of the recording that one of them names."""
        if len(self.folders) == 1:
            return [path]
        within = path.absolute().parent
        for folder in sorted(self.folders, key=len, reverse=True):
            parts = Path(folder).parts
            if within.parts[-len(parts) :] == parts:
                root = within.parents[len(parts) - 1]
                return [
                    path if other == folder else _file_in(root / other, path.stem)
                    for other in self.folders
                ]
        raise FeatureError(
            f"{path}: lies in none of the folders {listed(self.folders)}, whose features the model "
            "takes together; put each recording's files into folders of these names, and name "
            "those of one, or the folder that has them all"
        )


def _file_in(folder: Path, recording: str) -> Path:
    if not folder.is_dir():
        raise FeatureError(f"{folder}: no such folder of features, which the model needs, too")
    if (found := features_by_recording(folder).get(recording)) is None:
        raise CorpusError(f"{folder / recording}.csv: no such file, nor one in another format")
    return found
