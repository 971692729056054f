"""Dense ARFF, as openSMILE and Weka write it: the rows of one relation.

    @relation GOLDSTANDARD_AROUSAL
    @attribute Instance_name string
    @attribute frameTime numeric
    @attribute GoldStandard numeric
    @data
    train_1,0.00,-0.037

Keywords in any case; comments are lines that begin with `%`; names and values may stand in
quotes, with a backslash before a quote inside. (`scipy.io.arff` refuses string attributes.)
"""

import re
import reprlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from affdyn_jax.corpora.avec_tables import listed
from affdyn_jax.corpora.text_lines import read_lines
from affdyn_jax.errors import CorpusError

# Possessive throughout, so that a failed match takes one pass.
_QUOTED = r"""'(?:[^'\\]++|\\.)*+'|"(?:[^"\\]++|\\.)*+\""""
_NAME = rf"""({_QUOTED}|[^\s'"]++)"""
_RELATION = re.compile(rf"@relation\s++{_NAME}", re.IGNORECASE)
_ATTRIBUTE = re.compile(rf"@attribute\s++{_NAME}\s++(.+)", re.IGNORECASE)
# A value, and the comma where another one follows.
_VALUE = re.compile(rf"""\s*+(?:({_QUOTED})\s*+|([^,'"]*+))(,|$)""")
_SIMPLE_TYPES = ("numeric", "real", "integer", "string")


def read_arff(path: Path, attributes: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows of the file, one at a time; nothing else is kept in memory.

    Args:
        path: The file, in UTF-8.
        attributes: The A attributes wanted, by their exact names.

    Yields:
        The line of a row, for messages, and its A values as text, without their quotes.

    Raises:
        CorpusError: The file is not as promised, its rows are sparse, it has none or lacks a
            wanted attribute, or what `read_lines` refuses.
    """
    with closing(read_lines(path)) as lines:
        statements = _statements(lines)
        names, data_line = _read_header(path, statements)
        for attribute in attributes:
            if attribute not in names:
                raise CorpusError(
                    f"{path}:{data_line}: no attribute '{attribute}' comes before this line, only "
                    f"{listed(names)}"
                )
        wanted = [names.index(attribute) for attribute in attributes]
        row = None
        for line, row in statements:
            values = _split(f"{path}:{line}", row)
            if len(values) != len(names):
                raise CorpusError(
                    f"{path}:{line}: {reprlib.repr(row)} has {len(values)} values, but there are "
                    f"{len(names)} attributes"
                )
            yield line, tuple(values[index] for index in wanted)
    if row is None:
        raise CorpusError(f"{path}:{data_line}: no rows follow this line")


def arff_attributes(path: Path) -> tuple[str, ...]:
    """The names of all attributes, in the order of the file.

    Raises:
        CorpusError: The header is not as promised, or what `read_lines` refuses.
    """
    with closing(read_lines(path)) as lines:
        names, _ = _read_header(path, _statements(lines))
    return tuple(names)


def _statements(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The lines that are neither blank nor comments, with their numbers."""
    for number, line in enumerate(lines, start=1):
        statement = line.strip()
        if statement and not statement.startswith("%"):
            yield number, statement


def _read_header(path: Path, statements: Iterator[tuple[int, str]]) -> tuple[list[str], int]:
    """The names of the attributes, and the line of `@data`."""
    line, statement = next(statements, (1, ""))
    if not _RELATION.fullmatch(statement):
        raise CorpusError(
            f"{path}:{line}: {reprlib.repr(statement)} is not '@relation NAME', with which an "
            "ARFF file begins"
        )
    names = []
    for line, statement in statements:
        if statement.lower() == "@data":
            return names, line
        name = _attribute_name(f"{path}:{line}", statement)
        if name in names:
            raise CorpusError(f"{path}:{line}: attribute {reprlib.repr(name)} comes twice")
        names.append(name)
    raise CorpusError(f"{path}:{line}: no '@data' follows this line")


def _attribute_name(where: str, statement: str) -> str:
    """The name of the attribute that a line of the header declares, of a type that we can read."""
    match = _ATTRIBUTE.fullmatch(statement)
    if match is None:
        raise CorpusError(
            f"{where}: {reprlib.repr(statement)} is neither '@attribute NAME TYPE' nor '@data'"
        )
    name, kind = match.groups()
    is_nominal = kind.startswith("{") and kind.endswith("}")
    if not is_nominal and kind.lower() not in _SIMPLE_TYPES:
        raise CorpusError(
            f"{where}: type {reprlib.repr(kind)} of attribute {reprlib.repr(name)} cannot be read; "
            f"types are {', '.join(_SIMPLE_TYPES)} and {{…}}"
        )
    return _unquoted(name)


def _split(where: str, row: str) -> list[str]:
    """The values of a row."""
    if row.startswith("{"):
        raise CorpusError(
            f"{where}: {reprlib.repr(row)} is a row of sparse ARFF; write all values, with commas"
        )
    if "'" not in row and '"' not in row:
        return [value.strip() for value in row.split(",")]
    values, start, comma = [], 0, ","
    while comma:
        match = _VALUE.match(row, start)
        if match is None:
            raise CorpusError(
                f"{where}: {reprlib.repr(row[start:])} has a quote that does not end, or more than "
                "the quoted; values are separated by commas"
            )
        quoted, bare, comma = match.groups()
        values.append(_unquoted(quoted) if quoted else bare.rstrip())
        start = match.end()
    return values


def _unquoted(text: str) -> str:
    """A name or value without its quotes and the backslashes within them."""
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text[:1] in ("'", '"') else text
