"""The model card: what a user of an exported model has to know first."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from affdyn_jax.method.tasks import Task, tasks_of
from affdyn_jax.prediction.heard_layers import HeardLayers
from affdyn_jax.prediction.trained_model import TrainedModel
from affdyn_jax.report.notation import ccc, listed, task_name
from affdyn_jax.system.standin_mark import STANDIN_WORDS
from affdyn_jax.workdir.files import FinishedRun, RunFacts

_STANDIN = f"""
**{STANDIN_WORDS}: the corpus was generated. The model has never heard a person, and what it says
means nothing.**
"""


def model_card(run: FinishedRun, model: TrainedModel) -> str:
    """The card of a model of that run, in Markdown.

    Args:
        run: The run that trained it.
        model: The model.
    """
    facts = run.facts
    recordings = listed(
        [f"{len(names)} ({partition})" for partition, names in facts.recordings.items()]
    )
    if facts.folds:
        recordings = f"{len(facts.recordings['test'])} in {len(facts.folds)} folds"
    recordings += _of_corpora(facts)
    columns = listed([f"`{column}`" for column in model.columns])
    files = "features/*.csv" if model.takes_tables else "audio/*.wav"
    return f"""# Affect from speech, trained on {facts.corpus}
{_STANDIN if facts.is_standin else ""}
Predicts {columns} from speech, {facts.frame_rate:g} times a second: states on the raters' scale,
{model.rating_scale}, and dynamics, their change per second. A 2-layer GRU for each lane below,
from {len(model.standardisation.mean_f)} features ({_kind(run, model)}),
trained with concordance losses, (1-w) on the states and w on the dynamics (Zhang et al., *Beyond
Static Emotions*, TSD 2025). A row carries the time of the rating that it predicts,
{facts.annotation_delay:g} s after what was heard.

## Data and scores

{facts.corpus}: recordings {recordings}. {_of_partitions(facts)} CCC over the recordings
concatenated, mean of the lanes:

{_scores(run.lanes, model)}

Each lane is named by its setup, hidden size, w and seed. Dev chose among the lanes, so its scores
are rather too high.

{_low_pass(model)}## Limits

- It knows the language, the people, the rooms, the microphones and the raters of its corpus. On
  any other sound its predictions have to be compared with ratings before anybody relies on them.
- It was not trained on telephone speech, noise, music or several people speaking together, unless
  the corpus has them.
- It predicts how raters of that corpus would rate what is heard, not what a person feels.

## Intended use

Research on affect in speech, with people who know that their voices are analysed for it, and
consent. It is not made for inferring somebody's emotions without consent, or for decisions about
people (at work, in education, in health, by the police); in places this is forbidden by law.
Predictions are data about persons: protect them as you protect the recordings.

## Files

| file | holds |
| --- | --- |
| `model.safetensors` | weights by PyTorch's names; mean and deviation of the features |
| `settings.json` | how features are made (`front_end`), rate, delay, and which lanes predict what |
| `model.jax_export` | the function from features to predictions as StableHLO |

Of each lane `gru.…` is for `nn.GRU(F, H, num_layers=2)` and `head.…` for `nn.Linear(H, K)` before
a tanh. The K outputs are {_outputs(facts.dimensions)}.

    python -m affdyn_jax.predict --model=FOLDER {files}
"""


def _scores(lanes: pd.DataFrame, model: TrainedModel) -> str:
    rows = ["| | lanes | dev | test |", "| --- | --- | ---: | ---: |"]
    for task, names in model.lanes_of.items():
        of_task = lanes[
            (lanes["dimension"] == task.dimension)
            & (lanes["target"] == task.target)
            & lanes["lane"].isin(list(names))
        ]
        dev, test = (ccc(of_task[f"{partition}_ccc"].mean()) for partition in ("dev", "test"))
        rows.append(f"| {task_name(task)} | {', '.join(names)} | {dev} | {test} |")
    return "\n".join(rows)


def _kind(run: FinishedRun, model: TrainedModel) -> str:
    """The kind of features, with the layers of an encoder that lanes of their own hear."""
    facts = run.facts
    if not facts.layers:
        return facts.features
    numbers, joined = facts.layers, "as a weighted sum"
    if run.layer_weights is None:
        lanes = {lane for of_task in model.lanes_of.values() for lane in of_task}
        numbers, joined = HeardLayers.by(run, lanes).numbers, "side by side"
    if len(numbers) == 1:
        return f"{facts.features}, layer {numbers[0]}"
    return f"{facts.features}, layers {listed([f'{n}' for n in numbers])} {joined}"


def _low_pass(model: TrainedModel) -> str:
    """All that it takes to build the layer after the head; empty where there is none."""
    if (low_pass := model.low_pass) is None:
        return ""
    taps, reach = 2 * low_pass.reach + 1, low_pass.reach
    weights = f"scipy.signal.firwin({taps}, cutoff, fs={model.frame_rate:g})"
    first, last = (-reach, reach) if low_pass.wait else (-2 * reach, 0)
    when = (
        f"Live rows come {reach / model.frame_rate:g} s later for it."
        if low_pass.wait
        else f"What a row says is {reach / model.frame_rate:g} s older for it."
    )
    rows = [
        f"| {task_name(task)} | {lane} | {_cutoff(model, lane, task)} |"
        for task, lanes in model.lanes_of.items()
        for lane in lanes
    ]
    return f"""## Low-pass layer

Each output is filtered after the tanh, by a {low_pass.kind} filter: a mean over the
frames {first} to {last} from its own, weighted by `{weights}`.
Before the first frame the first value is repeated, after the last frame the last one. {when}
An output whose cut-off is {low_pass.nyquist:g} Hz or more is not filtered. The cut-offs of all
outputs are `low_pass.cutoff` in `model.safetensors`:

| | lane | cut-off, Hz |
| --- | --- | ---: |
{chr(10).join(rows)}

"""


def _cutoff(model: TrainedModel, lane: str, task: Task) -> str:
    cutoff_k = np.abs(np.asarray(model.weights[lane]["cutoff_k"][...]))
    cutoff = cutoff_k[tasks_of(model.dimensions).index(task)]
    return "none" if cutoff >= np.float32(model.low_pass.nyquist) else f"{cutoff:.3f}"


def _of_partitions(facts: RunFacts) -> str:
    if facts.folds:
        return "No lane was trained on what it was tested by; others of the lanes below were."
    if "test" in facts.labelled:
        return "Neither dev nor test was trained on."
    return "Test has no gold standards, so there are scores of dev alone."


def _of_corpora(facts: RunFacts) -> str:
    """How many of several corpora are of each."""
    of_each = []
    for name, corpus in facts.corpora.items():
        counts = {
            partition: len(set(names) & set(corpus.recordings))
            for partition, names in facts.recordings.items()
        }
        words = [f"{count} ({partition})" for partition, count in counts.items() if count]
        of_each.append(f"of {name} {listed(words)}")
    return f"; {', '.join(of_each)}" if of_each and not facts.folds else ""


def _outputs(dimensions: Sequence[str]) -> str:
    return listed([f"`{task.column}`" for task in tasks_of(dimensions)])
