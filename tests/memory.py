"""How much memory a few lines of a test take at most."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace


@contextmanager
def traced_memory() -> Iterator[SimpleNamespace]:
    """`peak` of what it gives is, afterwards, the bytes that were allocated at once."""
    memory = SimpleNamespace(peak=None)
    tracemalloc.start()
    try:
        yield memory
        _, memory.peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
