"""Fields of dataclasses in words: what each may be, and what is wrong with a value.

Both are put together from the JSON schema that pydantic makes of a dataclass.
"""

import difflib
import reprlib
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

_WIDTH = 80

# Bounds what a value adds to a message.
_quoting = reprlib.Repr()
_quoting.maxstring = _quoting.maxother = 80

_PLURALS = {
    "text": "texts of one line",
    "path": "files or folders",
    "name": "names",
    "integer": "whole numbers",
    "number": "numbers",
}
_SINGULARS = {
    "text": "a text of one line",
    "path": "a file or folder",
    "name": "a name",
    "integer": "a whole number",
    "number": "a number",
}


def whole_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with its definitions in the places that refer to them."""
    definitions = schema.get("$defs", {})

    def resolved(part: Any) -> Any:
        if isinstance(part, list):
            return [resolved(item) for item in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            name = part["$ref"].rpartition("/")[2]
            return resolved(definitions[name] | {k: v for k, v in part.items() if k != "$ref"})
        return {key: resolved(value) for key, value in part.items() if key != "$defs"}

    return resolved(schema)


def quoted(value: object) -> str:
    """A value for a message: short, and in one line."""
    try:
        return " ".join(_quoting.repr(value).split())
    except ValueError:  # Python writes no number of more than 4300 digits
        return f"a number of {value.bit_length()} bits"


def nearest(name: str, names: Sequence[str], prefix: str = "") -> str:
    """What to write instead of a name that is not known."""
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"did you mean '{prefix}{close[0]}'?"
    return f"choose {' or '.join(f'{prefix}{name}' for name in names)}"


def kind(schema: Mapping[str, Any], words: Mapping[str, str] = _SINGULARS) -> str:
    """What a field may be, e.g. `a whole number between 1 and 100`."""
    if "anyOf" in schema:
        return " or ".join(kind(one, words) for one in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return " or ".join(schema.get("enum", [schema.get("const")]))
    match schema.get("type"):
        case "boolean":
            return "True or False"
        case "array":
            few = "one or more" if schema.get("minItems") else "a list of"
            if words is _PLURALS:
                few = "lists of"
            return f"{few} {kind(schema['items'], _PLURALS)}"
        case "object" if "properties" in schema:
            return "sections of fields" if words is _PLURALS else "a section of fields"
        case "object" if isinstance(schema["additionalProperties"], dict):
            return f"{kind(schema['additionalProperties'], _PLURALS)} by their names"
        case "object":
            return "values by their names"
        case "string":
            return words[schema.get("format", "text")]
        case number if number in words:
            return f"{words[number]}{_range(schema)}"
    return "anything"


def _range(schema: Mapping[str, Any]) -> str:
    match schema:
        case {"minimum": low, "maximum": high}:
            return f" between {low:.15g} and {high:.15g}"
        case {"minimum": low}:
            return f" of {low:.15g} or more"
    return ""


def fault(error: ValidationError, schema: Mapping[str, Any]) -> str:
    """What is wrong, in one line that begins with the field.

    That is the first fault: others often follow from it.

    Args:
        error: Of a value of this schema.
        schema: From `whole_schema`.
    """
    first = error.errors(include_url=False)[0]
    field, part, is_item = [], schema, False
    for step in first["loc"]:
        if "anyOf" in part:  # the step names one of the kinds that it may be
            break
        if step == "[key]":  # the name itself is refused, which is the step before
            field, part, is_item = field[:-1], {}, True
        elif isinstance(step, int):
            part, is_item = part.get("items", {}), True
        else:
            known = part
            part = part.get("properties", {}).get(step) or part.get("additionalProperties")
            part = part if isinstance(part, dict) else {}  # of any kind
            field.append(step)
    name, value = ".".join(map(str, field)), quoted(first["input"])
    cause = first.get("ctx", {}).get("error")
    match first["type"]:
        case "unexpected_keyword_argument":
            prefix = "".join(f"{section}." for section in field[:-1])
            return f"no field '{name}'; {nearest(field[-1], list(known['properties']), prefix)}"
        case "missing":
            return f"no field '{name}', which has to be there"
        case "value_error" if "properties" in part:
            # A section's own check names the field within it.
            return f"{name}.{cause}".lstrip(".")
        case "value_error":
            return f"{name} has {value}, which {cause}" if is_item else f"{name}={value} {cause}"
        case "too_short":
            return f"{name} is empty; give {kind(part)}"
        case "literal_error" if isinstance(first["input"], str):
            return f"{name}={value} is not known; {nearest(first['input'], part['enum'])}"
    if is_item:
        return f"{name} has {value}, which is not {kind(part)}"
    return f"{name}={value}; it has to be {kind(part)}".lstrip("=")


def description(
    schema: Mapping[str, Any], values: Mapping[str, Any], defaults: Mapping[str, Any]
) -> str:
    """Every field: its name, value and default, what it is for and what it may be.

    Args:
        schema: From `whole_schema`.
        values: Of all fields, sections being mappings.
        defaults: The same; a value that is another one is marked by a star.
    """
    return "\n".join(_lines(schema, values, defaults, ""))


def _lines(
    schema: Mapping[str, Any], values: Mapping[str, Any], defaults: Mapping[str, Any], prefix: str
) -> Iterator[str]:
    fields = {n: _with_named(part, values[n]) for n, part in schema["properties"].items()}
    sections = [name for name in fields if "properties" in fields[name]]
    for name in (*(name for name in fields if name not in sections), *sections):
        part, value, default = fields[name], values[name], defaults[name]
        if name in sections:
            purpose, _, _ = part.get("description", "").partition("\n")
            yield from ("", *_wrapped(f"{prefix}{name}: {purpose}", "  "), "")
            yield from _lines(part, value, default, f"{prefix}{name}.")
            continue
        mark = " " if value == default else "*"
        yield from _wrapped(f"{mark} {prefix}{name} = {value!r}", "      ")
        if value != default:
            yield from _wrapped(f"      instead of {default!r}", "        ")
        yield from _wrapped(f"      {part.get('description', '')} [{kind(part)}]", "      ")


def _with_named(schema: Mapping[str, Any], value: Any) -> Mapping[str, Any]:
    """The schema of a field; of sections by their names that of a section that has these."""
    named = schema.get("additionalProperties")
    if isinstance(named, dict) and "properties" in named:
        return {**schema, "properties": dict.fromkeys(value, named)}
    return schema


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, subsequent_indent=indent, break_on_hyphens=False)
