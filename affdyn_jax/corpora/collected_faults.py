"""The faults of a corpus's files, reported together."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from affdyn_jax.errors import AffdynError, AudioError, CorpusError

_TOLD = 10


@contextmanager
def reported_together() -> Iterator[Callable[..., Any]]:
    """Look at all files of a corpus before the faults of any are reported.

    A mistake in the config concerns all files alike, so a `ConfigError` is raised immediately.

    Yields:
        A function that calls the given function with the given arguments; it returns None
        where that raises a `CorpusError` or an `AudioError`.

    Raises:
        CorpusError: There were several faults: the first ten, one a line, and how many more. A
            single one is raised as it was.
        AudioError: The same, where the first fault was one.
    """
    faults: list[AffdynError] = []

    def attempt(read: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return read(*arguments)
        except (AudioError, CorpusError) as error:
            faults.append(error)
            return None

    yield attempt
    if len(faults) == 1:
        raise faults[0]
    if faults:
        lines = [f"{len(faults)} faults in the files of the corpus:", *map(str, faults[:_TOLD])]
        if len(faults) > _TOLD:
            lines.append(f"and {len(faults) - _TOLD} more")
        raise type(faults[0])("\n  ".join(lines))
