"""The time of a program's turn, and what becomes of a program that fails."""

import contextlib
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any


def milliseconds(function: Callable[..., object], *arguments: Any) -> float:
    """Time of a call."""
    start = time.perf_counter()
    function(*arguments)
    return (time.perf_counter() - start) * 1e3


@contextlib.contextmanager
def left_out_if_it_fails(name: str) -> Iterator[None]:
    """Let the other programs be measured when one fails; its error goes to standard error."""
    try:
        yield
    except Exception:
        print(f"{name} is left out:", file=sys.stderr)
        traceback.print_exc()
