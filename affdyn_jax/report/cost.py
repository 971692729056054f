"""The cost of training all lanes together, and one after the other."""

import pandas as pd

from affdyn_jax.report.document.blocks import Paragraph, Table
from affdyn_jax.report.notation import counted, duration
from affdyn_jax.workdir.files import WORTHWHILE_EPOCHS, FinishedRun

# Rounds that disagree more, or cores that computed less, were those of a machine busy with other
# work. That work may hold up lanes on all cores many times as long as a single one.
_LARGEST_SPREAD = 1.5
_SMALLEST_CORE_SHARE = 0.7

_TIMES = ["training", "together", "alone", "spread"]


def cost(run: FinishedRun) -> list[Paragraph | Table]:
    """The cost of a lane, and an epoch of all lanes against one lane after the other.

    Only epochs that were timed in turns are compared. Short runs, and those of earlier versions,
    have none.
    """
    lanes = run.lanes.drop_duplicates("lane")
    training = run.facts.seconds.get("training", 0.0)
    spent = (
        f"Training took {duration(training)} for {counted(len(lanes), 'lane')}, "
        f"{duration(training / len(lanes))} a lane."
    )
    sizes = _by_hidden_size(run, lanes)
    if sizes[_TIMES].isna().any(axis=None):
        return [
            Paragraph(
                f"{spent} An epoch of all lanes was not timed against one of a single lane, which "
                f"this version of the program does where training takes {WORTHWHILE_EPOCHS} epochs "
                "or more, so the time of one lane after the other is not known."
            )
        ]
    if disturbed := _disturbance(sizes):
        return [
            Paragraph(
                f"{spent} An epoch of all lanes and one of a single lane were timed in turns, but "
                f"{disturbed}: the machine was too busy to tell how long one lane after the other "
                "would take."
            )
        ]
    together, one_by_one = sizes["together"].sum(), sizes["one by one"].sum()
    on_average = " on average" if len(sizes) > 1 else ""
    return [
        Paragraph(
            f"{spent} An epoch of all {counted(len(lanes), 'lane')} together took "
            f"{_short(together)}, of one lane alone {_short(one_by_one / len(lanes))}{on_average}, "
            "so the lanes' epochs one after the other would take about "
            f"{_times(one_by_one / together)} as long."
        ),
        _table(sizes),
    ]


def _disturbance(sizes: pd.DataFrame) -> str:
    """How other work on the machine shows in the times; empty where it does not."""
    spread, core_share = sizes["spread"].max(), sizes["core share"].min()
    if spread > _LARGEST_SPREAD:
        return f"one turn found {spread:.1f} times the ratio of another"
    if core_share < _SMALLEST_CORE_SHARE:
        return f"their cores computed for them in only {core_share:.0%} of the time"
    return ""


def _by_hidden_size(run: FinishedRun, lanes: pd.DataFrame) -> pd.DataFrame:
    """A row for each hidden size: its lanes and their epochs, and seconds of each kind."""
    sizes = lanes.groupby("hidden_size")["epochs"].agg(lanes="count", epochs="sum")
    names = sizes.index.astype(str)
    sizes["training"] = names.map(run.facts.training_seconds).astype(float)
    sizes["together"] = names.map(run.facts.epoch_seconds_together).astype(float)
    sizes["alone"] = names.map(run.facts.epoch_seconds_alone).astype(float)
    sizes["spread"] = names.map(run.facts.epoch_seconds_spread).astype(float)
    # Not of GPUs and TPUs, nor of runs of earlier versions.
    sizes["core share"] = names.map(run.facts.epoch_core_share).astype(float)
    sizes["one by one"] = sizes["lanes"] * sizes["alone"]
    return sizes


def _table(sizes: pd.DataFrame) -> Table:
    return Table(
        "Wall time by hidden size H. Training: with compiling, checkpoints and the predictions for "
        "dev and test. An epoch: of all lanes of a hidden size together, on all devices that they "
        "are shared out over, and of one of them alone, on one device, by the same program, "
        "compiled for one lane; timed in turns after training, without compiling, medians. Ratio: "
        "how many times as long as an epoch of all lanes together one of each, one after the "
        "other, would take.",
        corner=("H",),
        columns=[
            ("Trained", "lanes"),
            ("Trained", "epochs"),
            ("Training", "all"),
            ("Training", "a lane"),
            ("An epoch", "together"),
            ("An epoch", "alone"),
            ("An epoch", "ratio"),
        ],
        rows=[
            (
                (f"{hidden_size}",),
                [
                    f"{row['lanes']:.0f}",
                    f"{row['epochs']:.0f}",
                    duration(row["training"]),
                    duration(row["training"] / row["lanes"]),
                    _short(row["together"]),
                    _short(row["alone"]),
                    _times(row["one by one"] / row["together"]),
                ],
            )
            for hidden_size, row in sizes.iterrows()
        ],
    )


def _short(seconds: float) -> str:
    """A wall time, with two digits where it is below a second, `0.023 s`."""
    return duration(seconds) if seconds > 1 else f"{seconds:.2g} s"


def _times(ratio: float) -> str:
    """A ratio in words, `12 times` or `0.8 times`."""
    return f"{ratio:.0f} times" if ratio >= 9.95 else f"{ratio:.1f} times"
