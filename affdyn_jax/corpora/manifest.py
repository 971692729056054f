"""A user's own corpus, listed in one table.

    recording,partition,audio,ratings,speaker
    anna_1,train,audio/anna_1.wav,ratings/anna_1.csv,anna
    anna_2,dev,audio/anna_2.flac,ratings/anna_2_*.csv,anna
    ben_1,test,audio/ben_1.mp3,,ben

`ratings` names a file that rates all dimensions, or by a pattern one of each rater. Instead of
it, a column for each dimension may name files that rate this one. Ratings may be blank where the
test partition's labels were withheld, `audio` in all rows of a corpus that is used with
precomputed features only.

`group` says which recordings belong together, e.g. of one conversation (see `groups`); without
such a column, `speaker` does. Other columns become `Recording.attributes`.
"""

import dataclasses
import logging
import reprlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from affdyn_jax.corpora.collected_faults import reported_together
from affdyn_jax.corpora.corpus import Corpus, Recording
from affdyn_jax.corpora.listed_files import (
    FileList,
    existing_file,
    existing_files,
    read_list,
    recording_name,
)
from affdyn_jax.corpora.own_ratings import ALL_DIMENSIONS, read_own_ratings
from affdyn_jax.corpora.partitions import PARTITIONS
from affdyn_jax.corpora.settings import CorpusSettings
from affdyn_jax.errors import CorpusError, MissingCorpusError
from affdyn_jax.system.standin_mark import has_standin_mark

_RECORDING, _PARTITION, _AUDIO, _RATINGS = "recording", "partition", "audio", "ratings"
_GROUP, _SPEAKER = "group", "speaker"

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class _Row:
    """A row of the manifest, and where it stands.

    Attributes:
        ratings: Files of each dimension, or of `ALL_DIMENSIONS`; empty where there are none.
    """

    where: str
    recording: str
    partition: str
    audio: Path | None
    ratings: Mapping[str, tuple[Path, ...]]
    group: str
    attributes: Mapping[str, str]

    @property
    def files(self) -> list[Path]:
        rated = [path for of_dimension in self.ratings.values() for path in of_dimension]
        return [self.audio, *rated] if self.audio else rated


def read_manifest(settings: CorpusSettings) -> Corpus:
    """Read a corpus that a manifest lists.

    How the files of ratings were read is logged.

    Args:
        settings: The root is the manifest. The dimensions are columns of the ratings, or of the
            manifest itself.

    Raises:
        MissingCorpusError: No manifest is named.
        CorpusError: The manifest is malformed or names a missing file, a recording is
            listed twice, a file belongs to two recordings or partitions, or
            `read_own_ratings` or `Corpus` refuses them.
    """
    if not settings.root:
        raise MissingCorpusError("corpus.root is not set; give --config.corpus.root=… the manifest")
    path, layouts = Path(settings.root), Counter()

    def recording_of(row: _Row) -> Recording:
        gold_standard = None
        if row.ratings:
            gold_standard, read_as = read_own_ratings(
                row.ratings, row.recording, row.audio, settings
            )
            layouts.update(read_as)
        return Recording(
            *(row.recording, row.partition, row.audio, gold_standard, row.group, row.attributes)
        )

    with reported_together() as attempt:
        listed = read_list(path, (_RECORDING, _PARTITION, _AUDIO))
        ratings = _rating_columns(listed, settings.dimensions)
        group = _group_column(listed, settings)
        read = [attempt(_row, listed, row, ratings, group) for row in listed.rows]
        rows = [row for row in read if row is not None]
        attempt(_check_together, rows)
        recordings = [attempt(recording_of, row) for row in rows]
    for layout, count in layouts.items():
        log.info("ratings of %d file(s) are read as %s", count, layout)
    # A manifest may lie elsewhere than the generated files that it lists.
    folders = {folder for row in rows for file in row.files for folder in list(file.parents)[:2]}
    is_standin = any(has_standin_mark(folder) for folder in {path.parent, *folders})
    return Corpus(settings.name, path.parent, settings.dimensions, tuple(recordings), is_standin)


def _rating_columns(listed: FileList, dimensions: Sequence[str]) -> dict[str, str]:
    """The columns that name files of ratings, by dimension or `ALL_DIMENSIONS`."""
    columns = {name.casefold() for name in listed.header}
    of_dimensions = {d: d.casefold() for d in dimensions if d.casefold() in columns}
    missing = [dimension for dimension in dimensions if dimension not in of_dimensions]
    if _RATINGS in columns and not of_dimensions:
        return {ALL_DIMENSIONS: _RATINGS}
    if _RATINGS not in columns and not missing:
        return of_dimensions
    has = [_RATINGS] * (_RATINGS in columns) + [*of_dimensions.values()]
    raise CorpusError(
        f"{listed.path}:1: of the columns that name ratings it has {', '.join(has) or 'none'}; "
        f"either '{_RATINGS}' names files of all dimensions, or one column names those of each: "
        f"{', '.join(dimensions)}"
    )


def _group_column(listed: FileList, settings: CorpusSettings) -> str | None:
    columns = {name.casefold() for name in listed.header}
    if _GROUP in columns:
        return _GROUP
    if _SPEAKER in columns and not settings.groups:
        log.info("recordings of one 'speaker' are a group, since no column is called 'group'")
        return _SPEAKER
    return None


def _row(
    listed: FileList, row: tuple[int, list[str]], ratings: Mapping[str, str], group: str | None
) -> _Row:
    where, fields = listed.row(*row)
    recording, partition = recording_name(where, fields[_RECORDING]), fields[_PARTITION]
    if partition not in PARTITIONS:
        raise CorpusError(
            f"{where}: partition {reprlib.repr(partition)} of recording '{recording}' is none "
            f"of {', '.join(PARTITIONS)}"
        )
    blank = [column for column in ratings.values() if not fields[column]]
    if blank and (partition != "test" or len(blank) < len(ratings)):
        raise CorpusError(
            f"{where}: recording '{recording}' of '{partition}' has no ratings in column "
            f"'{blank[0]}'; only those of the test partition may be blank, in all such columns"
        )
    used = {_RECORDING, _PARTITION, _AUDIO, _GROUP, "", *ratings.values()}
    attributes = {name: text for name, text in fields.items() if text and name not in used}
    for name, text in {**attributes, _GROUP: fields.get(group, "")}.items():
        if not text.isprintable():
            raise CorpusError(
                f"{where}: {name} {reprlib.repr(text)} of recording '{recording}' is not a text of "
                "one line; rename it"
            )
    folder = listed.path.parent
    return _Row(
        where,
        recording,
        partition,
        audio=existing_file(folder / fields[_AUDIO], where) if fields[_AUDIO] else None,
        ratings={
            dimension: existing_files(folder, fields[column], where)
            for dimension, column in ratings.items()
            if not blank
        },
        group=fields.get(group, ""),
        attributes=attributes,
    )


def _check_together(rows: Sequence[_Row]) -> None:
    """Refuse rows that contradict each other."""
    first_of, partition_of, rated_by = {}, {}, {}
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
        for file in {path for paths in row.ratings.values() for path in paths}:
            other = rated_by.setdefault(file.resolve(), row)
            if other is not row:
                raise CorpusError(
                    f"{row.where}: ratings '{file}' are of recordings '{other.recording}' and "
                    f"'{row.recording}'; give each its own"
                )
        if row.audio is None:
            continue
        partition = partition_of.setdefault(row.audio.resolve(), row.partition)
        if partition != row.partition:
            raise CorpusError(
                f"{row.where}: audio '{row.audio}' is in partitions '{partition}' and "
                f"'{row.partition}'; keep it in one"
            )
    _warn_of_names(rows)


def _warn_of_names(rows: Sequence[_Row]) -> None:
    """Warn of files called like other recordings, as in a list that slipped by a row."""
    names = {row.recording for row in rows}
    slipped = [
        (file.name, row.recording)
        for row in rows
        for file in row.files
        if file.stem in names and file.stem != row.recording
    ]
    if slipped:
        log.warning(
            "%d file(s) are called like another recording, e.g. '%s' of '%s'; check that the "
            "manifest gives each recording its own",
            len(slipped),
            *slipped[0],
        )
