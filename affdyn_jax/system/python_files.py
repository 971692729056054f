"""Python files of users, run; what is wrong with one is told with its line."""

import runpy
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def call(path: str, function: str, *arguments: Any) -> Any:
    """What a function of a file returns.

    Raises:
        ValueError: The file or the function cannot be run; the message begins with the place.
    """
    try:
        defined = runpy.run_path(path)
        if function not in defined:
            raise ValueError(f"it has no {function}()")
        return defined[function](*arguments)
    except (Exception, SystemExit) as error:
        raise ValueError(_failure(error, path)) from error


def _failure(error: BaseException, path: str) -> str:
    for cause in _causes(error):
        if place := _place(cause, path):
            if isinstance(cause, SystemExit):
                return f"{place}: ends the program"
            return f"{place}: {type(cause).__name__}: {cause}"
    return f"{path}: the file cannot be run ({error}); start from one that can"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and those in whose place it was raised."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _place(error: BaseException, path: str) -> str | None:
    """The file and the line of it that raised the error, if one did."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).absolute() == Path(path).absolute()
    ]
    return f"{path}:{lines[-1]}" if lines else None
