"""The figure of `docs/fidelity.md`: a state as rated and at 4 Hz, and its dynamics.

    python -m experiments.decisions.dynamics_figure --file=docs/figures/dynamics_standin.svg

Drawn from ratings of the stand-in, whose statistics are SEWA's: real ones are under a licence.
"""

from pathlib import Path

import numpy as np
from absl import flags
from matplotlib.figure import Figure

from affdyn_jax import command_line
from affdyn_jax.corpora.corpus import GoldStandard
from affdyn_jax.corpora.standin.traces import RATING_RATE, felt_affect, rate
from affdyn_jax.method.dynamics import dynamics
from affdyn_jax.report.document.blocks import Picture
from affdyn_jax.report.figures.drawing import BLACK, BLUE, VERMILION, WIDTH, draw, style
from affdyn_jax.system.standin_mark import STANDIN_WORDS
from experiments.decisions.alternatives import FRAME_RATE, dynamics_before_averaging, window_means

_HEIGHT = 4.0  # inches
_SEED = 0
_SECONDS = 30
_DELAY_S = 2.0
_AROUSAL = 0


def standin_figure() -> Picture:
    """Arousal of a generated recording; its dynamics by decision 2 and before averaging."""
    rng = np.random.default_rng(_SEED)
    ratings_sd = rate(rng, felt_affect(rng, round(_SECONDS * RATING_RATE)), _DELAY_S)
    times_s = np.arange(len(ratings_sd)) / RATING_RATE
    states_td = window_means(times_s, ratings_sd)
    frames_s = np.arange(len(states_td)) / FRAME_RATE
    dynamics_td, defined_t = dynamics(states_td, np.ones(len(states_td), bool), FRAME_RATE)
    averaged_td, _ = dynamics_before_averaging(GoldStandard(times_s, ratings_sd, Path()))

    with style():
        figure = Figure(figsize=(WIDTH, _HEIGHT), layout="constrained")
        upper, lower = figure.subplots(2, sharex=True)
        rated = {"color": BLACK, "marker": ".", "markersize": 2.5, "linewidth": 0.6}
        upper.plot(times_s, ratings_sd[:, _AROUSAL], **rated, label="10 Hz, as rated")
        ends_s = np.append(frames_s, len(frames_s) / FRAME_RATE)
        upper.stairs(states_td[:, _AROUSAL], ends_s, color=BLUE, baseline=None, label="4 Hz")
        upper.set(ylabel="state", title="arousal, and its means over quarters of a second")
        steps = {"baseline": None, "linewidth": 1.2}
        lower.stairs(
            np.where(defined_t, dynamics_td[:, _AROUSAL], np.nan),
            ends_s,
            **steps,
            color=BLUE,
            label="change since the window before (default)",
        )
        lower.stairs(
            averaged_td[:, _AROUSAL],
            ends_s,
            **steps | {"linewidth": 0.8},
            color=VERMILION,
            label="changes at 10 Hz, averaged",
        )
        lower.set(xlabel="time (s)", ylabel="dynamics (1/s)", title="its dynamics (Eq. 1)")
        for axes in (upper, lower):
            axes.margins(x=0.01)
            axes.legend(loc="upper right")
        return draw(
            figure,
            "dynamics_standin",
            "Arousal of a generated recording and its dynamics.",
            "Line charts over time of arousal at 10 Hz and 4 Hz, and of its dynamics.",
            STANDIN_WORDS,
        )


if __name__ == "__main__":
    FILE = flags.DEFINE_string("file", None, "The SVG file to write.", required=True)
    command_line.start(lambda: Path(FILE.value).write_bytes(standin_figure().svg))
