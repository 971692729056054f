"""The loops of a compiled program, read from its text."""

import re
from typing import NamedTuple

# What starts a kernel, a copy or a library's call; the rest is bookkeeping of the compiler.
_LAUNCHED = (
    *("fusion", "custom-call", "copy", "copy-start", "dynamic-update-slice", "dynamic-slice"),
    *("reduce", "transpose", "dot", "convolution", "sort", "scatter"),
)


class Loop(NamedTuple):
    """A `while` of the program.

    Attributes:
        turns: How many, if the compiler knows.
        launched: What is started in a turn, besides loops and branches, by kind.
        calls: The targets of its custom calls.
        inner: How many loops and branches a turn holds.
    """

    turns: int | None
    launched: list[str]
    calls: list[str]
    inner: int


def loops_of(text):
    """All loops of a program, from its optimised HLO."""
    computations, name = {}, None
    for line in text.splitlines():
        begins = re.match(r"(?:ENTRY )?%?([\w.\-]+) .*\{$", line)
        if begins:
            name = begins.group(1)
            computations[name] = []
        elif name:
            computations[name].append(line)
    found = []
    for line in text.splitlines():
        loop = re.search(r" while\(.*body=%?([\w.\-]+)", line)
        if loop:
            turns = re.search(r'known_trip_count":\{"n":"(\d+)"', line)
            body = computations[loop.group(1)]
            kinds = [m.group(1) for m in map(_KIND.match, body) if m]
            calls = [m.group(1) for m in map(_TARGET.search, body) if m]
            found.append(
                Loop(
                    int(turns.group(1)) if turns else None,
                    [kind for kind in kinds if kind in _LAUNCHED],
                    calls,
                    sum(kind in ("while", "conditional") for kind in kinds),
                )
            )
    return found


_KIND = re.compile(r"\s+(?:ROOT )?%?[\w.\-]+ = (?:\([^=]*?\)|\S+) ([a-z\-]+)\(")
_TARGET = re.compile(r'custom_call_target="([^"]+)"')
