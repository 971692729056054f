"""Ratings in ELAN's annotations (EAF): tiers whose annotations are numbers, each for an interval.

    <TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="0"/> …
    <TIER TIER_ID="arousal" …><ANNOTATION>
        <ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2">
            <ANNOTATION_VALUE>0.4</ANNOTATION_VALUE> …

A tier is a column; a number holds for its interval, and where no interval is, there is no rating.
Tiers with texts, e.g. transcripts, are left out. The format is ELAN's
(https://tla.mpi.nl/tla-news/documentation-of-eaf-elan-annotation-format); pympi-ling reads it, also
the annotations that refer to others of another tier.
"""

import math
import reprlib
from pathlib import Path

import numpy as np

from affdyn_jax.corpora.avec_tables import check_times, listed
from affdyn_jax.corpora.held_values import sample_held, sample_times
from affdyn_jax.corpora.rating_trace import RatingTrace
from affdyn_jax.errors import CorpusError, reason


def read_elan(path: Path) -> RatingTrace:
    """Read the tiers of numbers.

    Raises:
        CorpusError: There is none, the file is malformed, or pympi-ling is not installed.
    """
    try:
        from pympi.Elan import Eaf
    except ImportError as error:
        raise CorpusError(
            f"{path}: ELAN's files are read with pympi-ling, which is not installed; "
            "pip install 'affdyn_jax[formats]'"
        ) from error
    try:
        file = Eaf(str(path), suppress_version_warning=True)
        unit = file.header.get("TIME_UNITS", "milliseconds")
        # A start, an end and a value; of annotations that refer to others, these besides.
        annotations = {
            tier: [row[:3] for row in file.get_annotation_data_for_tier(tier)]
            for tier in file.get_tier_names()
        }
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {reason(error)}") from error
    except Exception as error:  # of any type where XML is malformed or lacks something
        raise CorpusError(
            f"{path}: is not as ELAN writes its files ({reason(error)}); save it anew in ELAN"
        ) from error
    if unit != "milliseconds":
        raise CorpusError(f"{path}: times are in {unit!r:.40}; ELAN's own are milliseconds")
    ratings_i3 = {tier: _ratings(path, tier, rows) for tier, rows in annotations.items()}
    texts = [tier for tier, of_tier in ratings_i3.items() if not len(of_tier)]
    rated = [tier for tier in ratings_i3 if tier not in texts]
    if not rated:
        raise CorpusError(
            f"{path}: no tier holds numbers, among {listed(texts)}; ratings are annotations such "
            "as 0.4"
        )
    end_s = max(ratings_i3[tier][:, 1].max() for tier in rated)
    check_times(path, np.array([end_s]), [1])
    times_s = sample_times(end_s)
    values_sc = np.stack([_held(ratings_i3[tier], times_s) for tier in rated], axis=1)
    layout = "ELAN, values held for their intervals"
    if texts:
        layout += f", without the tiers {listed(texts)}, which hold no numbers"
    # A file in XML is not read by its lines.
    line_s = np.ones(len(times_s), np.int64)
    return RatingTrace(path, times_s, values_sc, tuple(rated), line_s, layout=layout)


def _ratings(path: Path, tier: str, annotations: list[tuple]) -> np.ndarray:
    """Start and end in seconds and the number of each annotation; none where a tier holds texts.

    Returns:
        Of the I annotations that are not blank, in the order of time, shape (I, 3).
    """
    texts = [(start, stop, text.strip()) for start, stop, text in annotations if text.strip()]
    numbers = [_number(text) for _, _, text in texts]
    if numbers.count(None) >= len(numbers) / 2:
        return np.empty((0, 3))
    for (start, stop, text), number in zip(texts, numbers, strict=True):
        where = f"{path}: tier {reprlib.repr(tier)}: annotation {reprlib.repr(text)}"
        if number is None:
            raise CorpusError(f"{where} is no number, as the others of its tier are; mend it")
        if start is None or stop is None:
            raise CorpusError(f"{where} has no time of its own; align it in ELAN")
    ratings = [
        (start / 1000, stop / 1000, number)
        for (start, stop, _), number in zip(texts, numbers, strict=True)
    ]
    return np.array(sorted(ratings)).reshape(-1, 3)


def _number(text: str) -> float | None:
    """The finite number that an annotation is, with a decimal point or comma."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _held(ratings_i3: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    """The rating at each time, shape (S,)."""
    start_i, stop_i, value_i = ratings_i3.T
    # The intervals of a tier do not overlap; should they, the later one counts.
    stop_i = np.minimum(stop_i, np.append(start_i[1:], np.inf))
    return sample_held(start_i, stop_i, value_i, times_s)
