"""The lists of MSP-Conversation: when its conversations and their parts begin, and its partitions.

Lines of all of them are separated by semicolons: `MSP-Conversation_0002_1;12.3;190.4` has a part's
start and end in the podcast in seconds, `MSP-Conversation_0002;Train` a conversation's partition.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from affdyn_jax.corpora.avec_tables import number
from affdyn_jax.corpora.text_lines import read_lines
from affdyn_jax.errors import CorpusError

TIMES_FOLDER = "Time_Labels"
PARTITIONS_FILE = "partitions.txt"

_PARTS = ("conversation_parts.txt", "test2_conversation_parts.txt")  # the second may be absent

# Those of test have a number in later releases.
_PARTITIONS = {"train": "train", "validation": "dev", "development": "dev", "test": "test"}


class Part(NamedTuple):
    """A part of a conversation.

    Attributes:
        name: As its files of ratings begin.
        start: Seconds from the start of the conversation's audio.
        stop: When it ends, or the next part begins if that is earlier.
        is_first: Whether it is the conversation's first one.
    """

    name: str
    start: float
    stop: float
    is_first: bool


def read_parts(root: Path) -> dict[str, list[Part]]:
    """The parts of each conversation, in the order of time.

    Raises:
        CorpusError: A list is missing or malformed, or a part is of no listed conversation, begins
            before it, or ends before it begins.
    """
    folder = root / TIMES_FOLDER
    starts = {name: start for name, start, _, _ in _spans(folder / "conversations.txt")}
    spans: dict[str, list[tuple[float, float, str]]] = {}
    for file in (_PARTS[0], *(name for name in _PARTS[1:] if (folder / name).exists())):
        for name, start, stop, where in _spans(folder / file):
            conversation = name.rpartition("_")[0]
            if conversation not in starts:
                raise CorpusError(
                    f"{where}: part '{name}' is of '{conversation}', which conversations.txt does "
                    "not list; copy both lists again"
                )
            offset = starts[conversation]
            if start < offset:
                raise CorpusError(
                    f"{where}: part '{name}' begins at {start:g} s, before its conversation, which "
                    f"begins at {offset:g} s; copy both lists again"
                )
            spans.setdefault(conversation, []).append((start - offset, stop - offset, name))
    return {conversation: _parts(sorted(of_one)) for conversation, of_one in spans.items()}


def read_partitions(root: Path) -> dict[str, list[str]]:
    """The conversations of each partition, as the release suggests.

    Raises:
        CorpusError: The list is missing or malformed.
    """
    path = root / PARTITIONS_FILE
    if not path.exists():
        raise CorpusError(
            f"{path}: no such file; copy it from the release, or name recordings: "
            "--config.corpus.partitions.train=MSP-Conversation_0002,…, dev and test"
        )
    listed: dict[str, list[str]] = {"train": [], "dev": [], "test": []}
    for where, (name, word) in _fields(path, 2):
        partition = _PARTITIONS.get(word.casefold().rstrip("0123456789 _-"))
        if partition is None:
            raise CorpusError(
                f"{where}: partition {word!r:.40} of '{name}' is none of Train, Validation and Test"
            )
        listed[partition].append(name)
    return listed


def _parts(spans: Sequence[tuple[float, float, str]]) -> list[Part]:
    """Parts of one conversation, each over when the next one begins."""
    stops = [min(stop, following) for (_, stop, _), (following, _, _) in pairwise(spans)]
    return [
        Part(name, start, stop, number == 0)
        for number, ((start, _, name), stop) in enumerate(
            zip(spans, [*stops, spans[-1][1]], strict=True)
        )
    ]


def _spans(path: Path) -> Iterator[tuple[str, float, float, str]]:
    """The name, start and end in each line, and where it stands."""
    for where, (name, *times) in _fields(path, 3):
        start, stop = (number(time, where, "time") for time in times)
        if not 0 <= start < stop:
            raise CorpusError(
                f"{where}: '{name}' lasts from {start:g} s to {stop:g} s; it has to begin at 0 s "
                "or later, and end after that"
            )
        yield name, start, stop, where


def _fields(path: Path, count: int) -> Iterator[tuple[str, list[str]]]:
    """Where each line stands, and its fields; blank lines are left out."""
    with closing(read_lines(path)) as lines:
        for line, row in enumerate(lines, start=1):
            fields = [field.strip() for field in row.split(";")]
            if not any(fields):
                continue
            if len(fields) != count:
                raise CorpusError(
                    f"{path}:{line}: {row.strip()!r:.80} has {len(fields)} fields, expected "
                    f"{count} with semicolons between them"
                )
            yield f"{path}:{line}", fields
