"""Continuous ratings of NOVA and SSI: a header in XML, and a file with a score in each line.

    anna_1.arousal.annotation        <annotation ssi-v="3">
                                         <info ftype="ASCII" size="7501" />
                                         <scheme name="arousal" type="CONTINUOUS" sr="25"
                                                 min="-1" max="1" />
                                     </annotation>
    anna_1.arousal.annotation~       -0.021;1
                                     -0.017;1

A line of the second file is a score and the rater's confidence in it, which is not used; the time
of a line is its number, from 0, divided by the sample rate `sr`. A score that was not given is NaN.
With `ftype="BINARY"` both are floats of 32 bits. The format is documented in
https://github.com/hcmlab/nova/blob/master/docs/index.md; `nova_utils/data/handler/file_handler.py`
of https://github.com/hcmlab/nova-utils reads it. Discrete and free schemes hold no ratings.
"""

import math
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from affdyn_jax.corpora.avec_tables import check_times, number
from affdyn_jax.corpora.rating_trace import RatingTrace
from affdyn_jax.corpora.text_lines import read_lines
from affdyn_jax.errors import CorpusError, reason

# Of a binary file.
_PAIR = np.dtype([("score", "<f4"), ("confidence", "<f4")])


def read_nova(path: Path) -> RatingTrace:
    """Read a continuous annotation.

    Args:
        path: The header, `….annotation`; its data lie beside it, in `….annotation~`.

    Raises:
        CorpusError: One of the two files is missing or malformed, or the scheme is no continuous
            one; the message says which.
    """
    info, scheme = _read_header(path)
    if scheme.get("type") != "CONTINUOUS":
        raise CorpusError(
            f"{path}: the scheme is {scheme.get('type')!r:.40}, but ratings are continuous; name "
            "an annotation whose scheme has the type CONTINUOUS"
        )
    rate = number(scheme.get("sr", ""), str(path), "sr")
    if rate <= 0:
        raise CorpusError(f"{path}: the sample rate is {rate:g} Hz; it has to be more than 0")
    data = path.with_name(f"{path.name}~")
    match info.get("ftype"):
        case "ASCII":
            scores_s = _read_text(data)
        case "BINARY":
            scores_s = _read_binary(data)
        case other:
            raise CorpusError(f"{path}: ftype {other!r:.40} is neither ASCII nor BINARY")
    count = info.get("size", "")
    if count != str(len(scores_s)):
        raise CorpusError(
            f"{data}: has {len(scores_s)} scores, but {path.name} promises {count!r:.40}; copy "
            "both files again, or save the annotation anew"
        )
    times_s, line_s = np.arange(len(scores_s)) / rate, np.arange(1, len(scores_s) + 1)
    check_times(data, times_s, line_s)
    scale = f"rated from {scheme.get('min')} to {scheme.get('max')}"
    return RatingTrace(
        *(path, times_s, scores_s[:, None], (scheme.get("name", ""),), line_s),
        layout=f"NOVA, {rate:g} Hz, {scale}",
    )


def _read_header(path: Path) -> tuple[ElementTree.Element, ElementTree.Element]:
    """The elements `info` and `scheme`."""
    try:
        root = ElementTree.fromstring(_decoded(_read_bytes(path)))
    except (ElementTree.ParseError, ValueError) as error:
        raise CorpusError(
            f"{path}: is no XML ({reason(error)}); save the annotation anew"
        ) from error
    info, scheme = root.find("info"), root.find("scheme")
    if info is None or scheme is None:
        raise CorpusError(
            f"{path}: has no <info> and <scheme>, as headers of NOVA's annotations do; is this the "
            "right file?"
        )
    return info, scheme


def _decoded(content: bytes) -> str:
    """The header as text: NOVA writes the encoding of its Windows without naming it."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _read_text(path: Path) -> np.ndarray:
    scores = []
    with closing(read_lines(path)) as lines:
        for line, row in enumerate(lines, start=1):
            if not row.strip():
                continue
            # Before a semicolon, a comma is the decimal one of a German Windows.
            score = row.partition(";")[0].strip().replace(",", ".")
            is_blank = score.casefold() == "nan"
            scores.append(math.nan if is_blank else number(score, f"{path}:{line}", "score"))
    return _not_empty(path, np.array(scores))


def _read_binary(path: Path) -> np.ndarray:
    content = _read_bytes(path)
    if len(content) % _PAIR.itemsize:
        raise CorpusError(
            f"{path}: has {len(content)} bytes, which are no pairs of a score and a confidence; "
            "copy it again"
        )
    return _not_empty(path, np.frombuffer(content, _PAIR)["score"].astype(np.float64))


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise CorpusError(f"{path}: no such file") from error
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror}") from error


def _not_empty(path: Path, scores_s: np.ndarray) -> np.ndarray:
    if not len(scores_s):
        raise CorpusError(f"{path}: the file is empty")
    if np.isinf(scores_s).any():
        raise CorpusError(f"{path}: score {np.argmax(np.isinf(scores_s)) + 1} is infinite")
    return scores_s
