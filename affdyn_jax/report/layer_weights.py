"""What the layers of an encoder weigh in the sums that the predicting models hear."""

from affdyn_jax.evaluation.pooling import without_fold
from affdyn_jax.method.tasks import tasks_of
from affdyn_jax.report.document.blocks import Strong, Table
from affdyn_jax.report.notation import task_name
from affdyn_jax.workdir.files import FinishedRun


def layer_weights_table(run: FinishedRun) -> Table:
    """A row for each layer, a column for each task; of folds the mean."""
    table = run.layer_weights.assign(lane=without_fold(run.layer_weights["lane"]))
    means = table.groupby(["lane", "layer"])["weight"].mean()
    predicting = run.facts.predicting_lanes
    tasks = [task for task in tasks_of(run.facts.dimensions) if task.column in predicting]
    of_tasks = [means[predicting[task.column]] for task in tasks]
    rows = []
    for layer in run.facts.layers:
        cells = [
            Strong(f"{weights[layer]:.3f}")
            if weights[layer] == weights.max()
            else f"{weights[layer]:.3f}"
            for weights in of_tasks
        ]
        rows.append(((f"{layer}",), cells))
    return Table(
        "What each layer weighs in the sum that the lane of each column of the predictions hears; "
        "the largest in bold. layer_weights.csv has those of all lanes.",
        corner=("Layer",),
        columns=[(task_name(task),) for task in tasks],
        rows=rows,
    )
