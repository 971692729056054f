"""How lanes ended: by patience, at the limit, or because they diverged."""

import pandas as pd

from affdyn_jax.report.document.blocks import Paragraph, Table
from affdyn_jax.report.notation import counted, weight
from affdyn_jax.report.swept import patience
from affdyn_jax.workdir.files import FinishedRun


def endings(run: FinishedRun) -> Paragraph:
    """How many lanes stopped, ran to the limit and diverged."""
    lanes = _lanes(run)
    training = run.config["training"]
    return Paragraph(
        f"Of {counted(len(lanes), 'lane')}, {lanes['stopped'].sum()} stopped after "
        f"{patience(run)} epochs without improvement on dev, {lanes['at_limit'].sum()} ran "
        f"to the limit of {training['max_epochs']} epochs, {lanes['diverged'].sum()} diverged."
    )


def endings_table(run: FinishedRun) -> Table:
    """The same for each setup and hidden size, with their epochs."""
    return Table(
        "How lanes ended, by setup and hidden size H: how many stopped early, ran to the limit of "
        "epochs and diverged; their best epochs, whose weights were evaluated, and all that they "
        "trained, in the median and from the fewest to the most.",
        corner=("Setup", "H"),
        columns=[
            ("Lanes", "stopped"),
            ("Lanes", "at the limit"),
            ("Lanes", "diverged"),
            ("Epochs", "best"),
            ("Epochs", "trained"),
        ],
        rows=[
            (
                (setup, f"{hidden_size}"),
                [
                    *(f"{lanes[ending].sum()}" for ending in ("stopped", "at_limit", "diverged")),
                    *(_range(lanes[epochs]) for epochs in ("best_epoch", "epochs")),
                ],
            )
            for (setup, hidden_size), lanes in _lanes(run).groupby(
                ["setup", "hidden_size"], sort=False
            )
        ],
    )


def diverged_table(lanes: pd.DataFrame) -> Table:
    """The lanes that diverged.

    Args:
        lanes: Rows of `lanes.csv`, some of lanes that diverged.
    """
    diverged = lanes[lanes["diverged"]].drop_duplicates("lane")
    return Table(
        "Lanes that diverged: their loss or weights became infinite or NaN.",
        corner=("Lane",),
        columns=[("setup",), ("H",), ("w",), ("seed",), ("epochs",)],
        rows=[
            (
                (row.lane,),
                [row.setup, f"{row.hidden_size}", weight(row.w), f"{row.seed}", f"{row.epochs}"],
            )
            for row in diverged.itertuples()
        ],
    )


def _lanes(run: FinishedRun) -> pd.DataFrame:
    """A row for each lane; it stopped, ran to the limit of epochs, or diverged."""
    lanes = run.lanes.drop_duplicates("lane")
    at_limit = ~lanes["diverged"] & (lanes["epochs"] == run.config["training"]["max_epochs"])
    return lanes.assign(at_limit=at_limit, stopped=~lanes["diverged"] & ~at_limit)


def _range(epochs: pd.Series) -> str:
    return f"{epochs.median():g} ({epochs.min()} to {epochs.max()})"
