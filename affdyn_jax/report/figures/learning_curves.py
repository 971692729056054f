"""Train and dev loss by epoch: how the lanes learned, and where they stopped."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure

from affdyn_jax.report.document.blocks import Picture
from affdyn_jax.report.figures.drawing import GREY, WIDTH, draw
from affdyn_jax.report.swept import rules
from affdyn_jax.workdir.files import FinishedRun

_PANEL_HEIGHT = 1.9  # inches
_LOSSES = {"train_loss": "train", "dev_loss": "dev"}  # columns of `history.csv`, and their titles
# Viridis without its yellow end, which would fade on white.
_OF_RULES = mpl.colors.to_rgba(GREY)
_COLOURS = ScalarMappable(
    Normalize(0, 1), ListedColormap(mpl.colormaps["viridis"](np.linspace(0, 0.85, 256)))
)


def training_figure(run: FinishedRun, mark: str) -> Picture:
    """Two panels for each setup, train beside dev, a line for each of its lanes.

    Args:
        run: The run.
        mark: See `drawing.draw`.
    """
    setups = list(dict.fromkeys(run.history["setup"]))
    best_epochs = run.lanes.drop_duplicates("lane").set_index("lane")["best_epoch"]
    last_epochs = run.history.groupby("lane")["epoch"].max()
    figure = Figure(figsize=(WIDTH, 0.8 + _PANEL_HEIGHT * len(setups)), layout="constrained")
    panels = figure.subplots(len(setups), len(_LOSSES), sharex=True, sharey=True, squeeze=False)
    for setup, row in zip(setups, panels, strict=True):
        row[0].set_ylabel("loss")
        for loss, axes in zip(_LOSSES, row, strict=True):
            _draw_lanes(axes, run.history[run.history["setup"] == setup], loss, best_epochs)
            axes.set_title(f"{setup}, {_LOSSES[loss]}")
    for axes in panels[-1]:
        axes.set_xlabel("epoch")
    of_rules = (
        " Grey: lanes whose w a rule moves; on train their loss with this w, on dev that of the "
        "states."
        if rules(run)
        else ""
    )
    figure.colorbar(_COLOURS, ax=list(panels.flat), label="w", aspect=40, pad=0.02)
    return draw(
        figure,
        "training",
        "Each lane's own loss on train and on dev by epoch (Eq. 4 and 5 with its w, so its level "
        "depends on w), all hidden sizes and seeds. The loss on train is the mean over an epoch's "
        "steps. Circles mark the best epochs, whose weights were evaluated; ticks mark where lanes "
        f"stopped.{of_rules}",
        f"Line charts of train and dev loss by epoch, {run.history['lane'].nunique()} lanes "
        f"coloured by w, which stopped after {last_epochs.min()} to {last_epochs.max()} epochs. "
        f"Panels: {', '.join(setups)}.",
        mark,
    )


def _colours(lanes: pd.DataFrame) -> np.ndarray:
    """A colour for each row, by its w; grey where a rule moves it."""
    return np.where(lanes["w"].isna().to_numpy()[:, None], _OF_RULES, _COLOURS.to_rgba(lanes["w"]))


def _draw_lanes(axes: Axes, history: pd.DataFrame, loss: str, best_epochs: pd.Series) -> None:
    for _, curve in history.groupby("lane"):
        colour = _colours(curve)[0]
        axes.plot(curve["epoch"], curve[loss], color=colour, linewidth=0.7, alpha=0.7)
    best = history[history["epoch"] == history["lane"].map(best_epochs)]
    last = history.drop_duplicates("lane", keep="last")
    for ends, marker, size in ((last, "|", 14), (best, "o", 5)):
        axes.scatter(
            ends["epoch"],
            ends[loss],
            c=_colours(ends),
            s=size,
            marker=marker,
            linewidths=0.8,
            zorder=3,
        )
