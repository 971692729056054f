"""A corpus of a user's own, listed in one CSV.

    recording,partition,audio,ratings
    anna_1,train,audio/anna_1.wav,ratings/anna_1.csv
    anna_2,dev,audio/anna_2.flac,ratings/anna_2.csv
    ben_1,test,audio/ben_1.mp3,

Paths are relative to the manifest's folder. Ratings are tables in AVEC's format, one a
recording (see `tables`): semicolons, `name;timestamp;arousal;valence`, the name being the
recording's. `ratings` may be blank where the test partition's labels were withheld, `audio`
in all rows of a corpus that is used with precomputed features only.
"""

import csv
import dataclasses
import re
import reprlib
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from affdyn_jax.corpora.corpus import PARTITIONS, STANDIN_MARK, Corpus, Recording
from affdyn_jax.corpora.ratings import read_gold_standard
from affdyn_jax.corpora.tables import read_lines
from affdyn_jax.errors import CorpusError

_COLUMNS = ["recording", "partition", "audio", "ratings"]

# Predictions are files named after the recording.
_RECORDING_NAME = re.compile(r"\w[\w .-]*")


@dataclasses.dataclass(frozen=True)
class _Row:
    """A row of the manifest, and where it stands."""

    where: str
    recording: str
    partition: str
    audio: Path | None
    ratings: Path | None


def read_manifest(path: Path, name: str, dimensions: Sequence[str]) -> Corpus:
    """Read a corpus that a manifest lists.

    Args:
        path: The manifest: UTF-8, commas.
        name: Of the corpus, as tables and figures are to show it.
        dimensions: Columns of the ratings that make the gold standard.

    Raises:
        CorpusError: The manifest is not as promised or names a missing file, a recording is
            listed twice, an audio file is in two partitions, or what `read_trace` and
            `Corpus` refuse.
    """
    rows = _read_rows(path)
    _check_together(rows)
    recordings = tuple(
        Recording(
            row.recording,
            row.partition,
            row.audio,
            row.ratings and read_gold_standard(row.ratings, row.recording, dimensions),
        )
        for row in rows
    )
    # A manifest may lie elsewhere than the generated files that it lists.
    folders = {path.parent} | {
        folder
        for row in rows
        for file in (row.audio, row.ratings)
        if file
        for folder in list(file.parents)[:2]
    }
    is_standin = any((folder / STANDIN_MARK).is_file() for folder in folders)
    return Corpus(name, path.parent, tuple(dimensions), recordings, is_standin)


def _read_rows(path: Path) -> list[_Row]:
    """The rows, each checked for itself."""
    with closing(read_lines(path)) as lines:
        reader = csv.reader(lines, strict=True)
        try:
            rows = (fields for fields in reader if fields)
            header = next(rows, None)
            if header is None:
                raise CorpusError(f"{path}: the file is empty")
            if [field.strip() for field in header] != _COLUMNS:
                raise CorpusError(
                    f"{path}:{reader.line_num}: the first line is "
                    f"{reprlib.repr(','.join(header))}, expected '{','.join(_COLUMNS)}'"
                )
            return [_row(path, reader.line_num, fields) for fields in rows]
        except csv.Error as error:
            raise CorpusError(f"{path}:{reader.line_num}: not a CSV: {error}") from error


def _row(path: Path, line: int, fields: Sequence[str]) -> _Row:
    where = f"{path}:{line}"
    if len(fields) != len(_COLUMNS):
        raise CorpusError(f"{where}: {len(fields)} fields, expected {', '.join(_COLUMNS)}")
    recording, partition, audio, ratings = (field.strip() for field in fields)
    if not _RECORDING_NAME.fullmatch(recording):
        raise CorpusError(
            f"{where}: recording {reprlib.repr(recording)} cannot name files; use letters, "
            "digits, '_', '-', '.' and blanks"
        )
    if partition not in PARTITIONS:
        raise CorpusError(
            f"{where}: partition {reprlib.repr(partition)} of recording '{recording}' is none "
            f"of {', '.join(PARTITIONS)}"
        )
    if not ratings and partition != "test":
        raise CorpusError(
            f"{where}: recording '{recording}' of '{partition}' has no ratings; only those of "
            "the test partition may be blank"
        )
    return _Row(
        where,
        recording,
        partition,
        audio=_existing(path.parent / audio, where) if audio else None,
        ratings=_existing(path.parent / ratings, where) if ratings else None,
    )


def _existing(file: Path, where: str) -> Path:
    try:
        exists = file.is_file()
    except OSError:  # a name longer than the file system takes
        exists = False
    if not exists:
        raise CorpusError(
            f"{where}: {reprlib.repr(str(file))} is no file; paths are relative to the manifest"
        )
    return file


def _check_together(rows: Sequence[_Row]) -> None:
    """Refuse rows that do not go together."""
    first_of, partition_of = {}, {}
    for row in rows:
        first = first_of.setdefault(row.recording, row)
        if first is not row:
            raise CorpusError(
                f"{row.where}: recording '{row.recording}' is listed in '{first.partition}' and "
                f"again in '{row.partition}'; keep one of them"
            )
        if (row.audio is None) != (rows[0].audio is None):
            raise CorpusError(
                f"{row.where}: only one of '{row.recording}' and '{rows[0].recording}' has an "
                "audio file; give all recordings one or none"
            )
        if row.audio is None:
            continue
        partition = partition_of.setdefault(row.audio.resolve(), row.partition)
        if partition != row.partition:
            raise CorpusError(
                f"{row.where}: audio '{row.audio}' is in partitions '{partition}' and "
                f"'{row.partition}'; keep it in one"
            )
