"""A trained model as a notebook shows it."""

from html import escape
from typing import TYPE_CHECKING

from affdyn_jax.report.notation import counted, task_name
from affdyn_jax.system.standin_mark import STANDIN_WORDS

if TYPE_CHECKING:
    from affdyn_jax.prediction.trained_model import TrainedModel

_NAMED = 2  # lanes of a task; of more the first alone


def model_html(model: "TrainedModel") -> str:
    """A line of facts and a table of the lanes that predict each task."""
    facts = [
        f"{counted(model.extractor.feature_count, 'feature')} at {model.frame_rate:g} Hz",
        f"states from {model.rating_scale.low:g} to {model.rating_scale.high:g}",
    ]
    if model.annotation_delay:
        facts.append(f"rows {model.annotation_delay:g} s after the speech")
    if model.is_standin:
        facts.append(STANDIN_WORDS)
    rows = [
        f"<tr><td>{escape(task_name(task))}</td><td>{escape(_lanes(lanes))}</td></tr>"
        for task, lanes in model.lanes_of.items()
    ]
    return (
        f"<p><strong>TrainedModel</strong>: {escape('; '.join(facts))}</p>"
        "<table><thead><tr><th>predicts</th><th>by</th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _lanes(lanes: tuple[str, ...]) -> str:
    if len(lanes) <= _NAMED:
        return ", ".join(lanes)
    return f"the mean of {len(lanes)} lanes, {lanes[0]} and others"
