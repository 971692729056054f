"""What training cost, together and one lane after the other."""

import pandas as pd

from affdyn_jax.alone import WORTHWHILE_EPOCHS
from affdyn_jax.report.document import Paragraph, Table
from affdyn_jax.report.notation import counted, duration
from affdyn_jax.workdir import FinishedRun


def cost(run: FinishedRun) -> list[Paragraph | Table]:
    """What a lane cost, and an estimate of the same lanes trained one after the other.

    The estimate is what one lane's epoch was measured to take alone, times the epochs that all
    lanes trained. Short runs, and those of earlier versions, did not measure it.
    """
    lanes = run.lanes.drop_duplicates("lane")
    together = run.facts.seconds.get("training", 0.0)
    spent = (
        f"Training took {duration(together)} for {counted(len(lanes), 'lane')}, "
        f"{duration(together / len(lanes))} a lane."
    )
    measured = _by_hidden_size(run, lanes)
    if measured["alone"].isna().any() or measured["together"].isna().any():
        return [
            Paragraph(
                f"{spent} No lane was timed by itself, which this version of the program does "
                f"where training takes {WORTHWHILE_EPOCHS} epochs or more, so there is no estimate "
                "of one lane after the other."
            )
        ]
    one_by_one = measured["one by one"].sum()
    ratio = one_by_one / max(together, 1e-9)
    return [
        Paragraph(
            f"{spent} One after the other they would take {duration(one_by_one)} by estimate, "
            f"{_times(ratio)} as long."
        ),
        _table(measured),
    ]


def _by_hidden_size(run: FinishedRun, lanes: pd.DataFrame) -> pd.DataFrame:
    """A row for each hidden size: its lanes and their epochs, and seconds of each kind."""
    sizes = lanes.groupby("hidden_size")["epochs"].agg(lanes="count", epochs="sum")
    names = sizes.index.astype(str)
    sizes["together"] = names.map(run.facts.training_seconds).astype(float)
    sizes["alone"] = names.map(run.facts.epoch_seconds_alone).astype(float)
    sizes["one by one"] = sizes["epochs"] * sizes["alone"]
    return sizes


def _table(measured: pd.DataFrame) -> Table:
    return Table(
        "Wall time of training by hidden size H. Together: measured, with compiling, checkpoints "
        "and the predictions for dev and test. One after the other: an estimate, the epochs that "
        "the lanes trained times what an epoch of a single lane takes in the same program, "
        "compiled for one lane on one device: the median of three, measured after training. It "
        "leaves compiling, checkpoints and predictions out, and assumes that one run follows the "
        "other without a pause.",
        corner=("H",),
        columns=[
            ("Trained", "lanes"),
            ("Trained", "epochs"),
            ("Together", "all"),
            ("Together", "a lane"),
            ("One after the other", "an epoch"),
            ("One after the other", "all"),
            ("One after the other", "ratio"),
        ],
        rows=[
            (
                (f"{hidden_size}",),
                [
                    f"{row['lanes']:.0f}",
                    f"{row['epochs']:.0f}",
                    duration(row["together"]),
                    duration(row["together"] / row["lanes"]),
                    duration(row["alone"]) if row["alone"] > 1 else f"{row['alone']:.2g} s",
                    duration(row["one by one"]),
                    _times(row["one by one"] / max(row["together"], 1e-9)),
                ],
            )
            for hidden_size, row in measured.iterrows()
        ],
    )


def _times(ratio: float) -> str:
    """How many times as long, `12 times` or `0.8 times`."""
    return f"{ratio:.0f} times" if ratio >= 9.95 else f"{ratio:.1f} times"
