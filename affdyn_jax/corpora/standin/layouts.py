"""The layouts that a stand-in comes in: where its files lie, and how they are written.

Each is that of a reader: `avec2019`, `avec2016`, `recola`.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from affdyn_jax.corpora import avec2016, recola
from affdyn_jax.corpora.avec_tables import write_trace
from affdyn_jax.corpora.rater_fusion import join_ratings
from affdyn_jax.corpora.standin.raters import RATERS, rate_by_several
from affdyn_jax.corpora.standin.traces import DIMENSIONS, RATING_RATE, rate


def audio_path(layout: str, root: Path, recording: str) -> Path:
    """Where a recording's audio lies."""
    folders = {"avec2016": avec2016.AUDIO_FOLDER, "recola": recola.AUDIO_FOLDER}
    return root / folders.get(layout, "audio") / f"{recording}.wav"


def write_ratings(
    layout: str,
    root: Path,
    recording: str,
    rng: np.random.Generator,
    felt_sd: np.ndarray,
    reaction_delay_s: float,
) -> None:
    """Write how a recording was rated, as the layout has it.

    Args:
        layout: `avec2019`, `avec2016` or `recola`.
        root: The corpus's folder.
        recording: Its name; AVEC 2016's gold standards of `test_…` are withheld.
        rng: Source of all that is drawn.
        felt_sd: Felt affect at 10 Hz, shape (S, D).
        reaction_delay_s: Time from what is felt to its rating, in seconds.
    """
    if layout == "avec2019":
        ratings_sd = rate(rng, felt_sd, reaction_delay_s)
        write_trace(
            root / "labels" / f"{recording}.csv",
            recording,
            np.arange(len(ratings_sd)) / RATING_RATE,
            dict(zip(DIMENSIONS, ratings_sd.T, strict=True)),
        )
        return
    times_s, ratings_sdr = rate_by_several(rng, felt_sd, reaction_delay_s)
    for d, dimension in enumerate(DIMENSIONS):
        ratings_sr = np.round(ratings_sdr[:, d], 2)
        if layout == "recola":
            path = root / recola.RATINGS_FOLDER / dimension / f"{recording}.csv"
            _write_lines(path, _recola_lines(times_s, ratings_sr))
        elif not recording.startswith("test_"):
            gold_s = join_ratings(ratings_sr, RATERS, "centred").values_s
            path = root / avec2016.GOLD_STANDARD_FOLDER / dimension / f"{recording}.arff"
            _write_lines(path, _avec2016_lines(recording, dimension, times_s, gold_s))


def _recola_lines(times_s: np.ndarray, ratings_sr: np.ndarray) -> list[str]:
    # The release's header has a blank after each name but the last.
    rows = [
        ";".join(f"{value:.2f}" for value in (time, *ratings_r))
        for time, ratings_r in zip(times_s, ratings_sr, strict=True)
    ]
    return [f"time;{' ;'.join(RATERS)}", *rows]


def _avec2016_lines(
    recording: str, dimension: str, times_s: np.ndarray, gold_s: np.ndarray
) -> list[str]:
    types = ("string", "numeric", "numeric")
    attributes = [f"@attribute {a} {t}" for a, t in zip(avec2016.ATTRIBUTES, types, strict=True)]
    rows = [
        f"{recording},{time:.2f},{gold:.6f}" for time, gold in zip(times_s, gold_s, strict=True)
    ]
    relation = f"@relation GOLDSTANDARD_{dimension.upper()}"
    return [relation, "", *attributes, "", "@data", "", *rows]


def _write_lines(path: Path, lines: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
