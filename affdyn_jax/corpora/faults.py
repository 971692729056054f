"""The faults of a corpus's files, told all at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from affdyn_jax.errors import AffdynError, AudioError, CorpusError

_TOLD = 10


@contextmanager
def told_together() -> Iterator[Callable[..., Any]]:
    """Look at all files of a corpus before the faults of any are told.

    A mistake in the config concerns all files alike, so a `ConfigError` is passed on at once.

    Yields:
        To be called with a function and its arguments: returns what the function does, or None
        where it raises a `CorpusError` or an `AudioError`.

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
