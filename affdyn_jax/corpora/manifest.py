"""A user's own corpus, listed in one CSV.

    recording,partition,audio,ratings
    anna_1,train,audio/anna_1.wav,ratings/anna_1.csv
    anna_2,dev,audio/anna_2.flac,ratings/anna_2.csv
    ben_1,test,audio/ben_1.mp3,

Paths are relative to the manifest's folder. Ratings are tables in AVEC's format (see
`avec_tables`), one for each recording: semicolons, `name;timestamp;arousal;valence`, where the
name is the recording's. `ratings` may be blank where the test partition's labels were withheld,
`audio` in all rows of a corpus that is used with precomputed features only.

A fifth column, `group`, may say which recordings belong together, e.g. the speaker or the
conversation (see `groups`). Where it is blank, a recording is a group of its own.
"""

import csv
import dataclasses
import re
import reprlib
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from affdyn_jax.corpora.collected_faults import reported_together
from affdyn_jax.corpora.corpus import Corpus, Recording
from affdyn_jax.corpora.gold_standards import read_gold_standard
from affdyn_jax.corpora.partitions import PARTITIONS
from affdyn_jax.corpora.settings import CorpusSettings
from affdyn_jax.corpora.text_lines import read_lines
from affdyn_jax.errors import CorpusError, MissingCorpusError
from affdyn_jax.system.standin_mark import has_standin_mark

_COLUMNS = ["recording", "partition", "audio", "ratings"]
_GROUP = "group"  # may follow them

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
    group: str


def read_manifest(settings: CorpusSettings) -> Corpus:
    """Read a corpus that a manifest lists.

    Args:
        settings: The root is the manifest: UTF-8, commas. The dimensions are columns of the
            ratings.

    Raises:
        MissingCorpusError: No manifest is named.
        CorpusError: The manifest is malformed or names a missing file, a recording is
            listed twice, an audio file is in two partitions, or `read_trace` or `Corpus`
            refuses them.
    """
    if not settings.root:
        raise MissingCorpusError("corpus.root is not set; give --config.corpus.root=… the manifest")
    path, dimensions = Path(settings.root), settings.dimensions
    with reported_together() as attempt:
        columns, listed = _read_rows(path)
        read = [attempt(_row, path, columns, line, fields) for line, fields in listed]
        rows = [row for row in read if row is not None]
        attempt(_check_together, rows)
        recordings = tuple(
            Recording(
                row.recording,
                row.partition,
                row.audio,
                row.ratings and attempt(read_gold_standard, row.ratings, row.recording, dimensions),
                row.group,
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
    is_standin = any(has_standin_mark(folder) for folder in folders)
    return Corpus(settings.name, path.parent, dimensions, recordings, is_standin)


def read_audio_list(path: Path) -> dict[str, Path]:
    """The audio file of each recording of a list: a manifest, or fewer columns of one.

    Args:
        path: A CSV, UTF-8, commas, with the columns `recording` and `audio`. Other columns are
            ignored, rows without audio are left out. Paths are relative to its folder.

    Raises:
        CorpusError: It is malformed, lists a recording twice, or names a missing file.
    """
    (_, header), *rows = _read_fields(path)
    for column in ("recording", "audio"):
        if header.count(column) != 1:
            raise CorpusError(
                f"{path}:1: {header.count(column)} columns '{column}' in the first line "
                f"{reprlib.repr(','.join(header))}; a list of audio has one"
            )
    audio = {}
    for line, fields in rows:
        where = f"{path}:{line}"
        if len(fields) != len(header):
            raise CorpusError(f"{where}: {len(fields)} fields, the first line has {len(header)}")
        row = dict(zip(header, fields, strict=True))
        recording = _recording_name(row["recording"], where)
        if recording in audio:
            raise CorpusError(f"{where}: recording '{recording}' is listed twice; keep one")
        if row["audio"]:
            audio[recording] = _existing(path.parent / row["audio"], where)
    return audio


def _read_rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The columns, and each row's line and fields."""
    (line, header), *rows = _read_fields(path)
    if header not in (_COLUMNS, [*_COLUMNS, _GROUP]):
        raise CorpusError(
            f"{path}:{line}: the first line is "
            f"{reprlib.repr(','.join(header))}, expected '{','.join(_COLUMNS)}', which "
            f"'{_GROUP}' may follow"
        )
    return header, rows


def _read_fields(path: Path) -> list[tuple[int, list[str]]]:
    """The fields of each row, the header's first, without blanks around, and its line."""
    with closing(read_lines(path)) as lines:
        reader = csv.reader(lines, strict=True)
        try:
            rows = [(reader.line_num, [f.strip() for f in fields]) for fields in reader if fields]
        except csv.Error as error:
            raise CorpusError(f"{path}:{reader.line_num}: not a CSV: {error}") from error
    if not rows:
        raise CorpusError(f"{path}: the file is empty")
    return rows


def _row(path: Path, columns: Sequence[str], line: int, fields: Sequence[str]) -> _Row:
    where = f"{path}:{line}"
    if len(fields) != len(columns):
        raise CorpusError(f"{where}: {len(fields)} fields, expected {', '.join(columns)}")
    recording, partition, audio, ratings, *groups = fields
    group = "".join(groups)
    recording = _recording_name(recording, where)
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
    if not group.isprintable():
        raise CorpusError(
            f"{where}: group {reprlib.repr(group)} of recording '{recording}' is not a text of one "
            "line; rename it"
        )
    return _Row(
        where,
        recording,
        partition,
        audio=_existing(path.parent / audio, where) if audio else None,
        ratings=_existing(path.parent / ratings, where) if ratings else None,
        group=group,
    )


def _recording_name(name: str, where: str) -> str:
    """The name, if files can be named after it."""
    if not _RECORDING_NAME.fullmatch(name):
        raise CorpusError(
            f"{where}: recording {reprlib.repr(name)} cannot name files; use letters, "
            "digits, '_', '-', '.' and blanks"
        )
    return name


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
    """Refuse rows that contradict each other."""
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
