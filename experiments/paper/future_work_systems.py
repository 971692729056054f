"""What `experiments.paper.future_work` compares: every recording predicted by each system."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.evaluation.models_on_test import Model, ModelsOnTest
from affdyn_jax.evaluation.pooling import over_folds, pool_folds
from affdyn_jax.evaluation.scores import lane_scores
from affdyn_jax.method.low_pass_kinds import CAUSAL, CENTRED, NONE
from affdyn_jax.workdir.results import score_sweep
from experiments.paper.future_work_jobs import TrainedJob
from experiments.paper.nested_choice import choose_by_fold, predict_by_choice

# In the place of a w: the one that each fold has chosen.
BEST = "best fixed w"

# Beside the names of low-pass layers.
SMOOTHED = "smoothed"

_IN_WORDS = {
    NONE: "",
    CENTRED: ", low-pass",
    CAUSAL: ", causal low-pass",
    SMOOTHED: ", smoothed dynamics",
}


class Systems(NamedTuple):
    """What the lanes of a job make together.

    Attributes:
        by_seed: Of each system (see `system`) and seed the predictions of all recordings, each
            from its own fold's lane, shape (N, T, K). Seeds of which a lane diverged are missing.
        chosen: From `choose_by_fold`, and the `treatment` of each row.
    """

    by_seed: dict[Model, Mapping[int, np.ndarray]]
    chosen: pd.DataFrame


def system(weighting: float | str, treatment: str = NONE) -> Model:
    """The name of a system.

    Args:
        weighting: A w, the name of a rule that moves it, or `BEST`.
        treatment: What else was done: a low-pass layer by its name, or `SMOOTHED`.
    """
    return Model((treatment,), weighting)


def in_words(of: Model) -> str:
    """A system as tables and figures have it, `best fixed w, low-pass`."""
    weighting = of.weighting if isinstance(of.weighting, str) else f"w = {of.weighting:g}"
    (treatment,) = of.network
    return f"{weighting}{_IN_WORDS[treatment]}"


def systems_of(job: TrainedJob) -> Systems:
    """Every w, every rule and the best fixed w of a job, for each of its treatments."""
    trained, dataset = job
    lanes = score_sweep([trained], dataset)
    pooled = pool_folds(trained.lanes, trained.predictions, dataset)
    scores = over_folds(lanes, lane_scores(pooled.lanes, pooled.predictions, dataset))
    names = [lane.name for lane in pooled.lanes]
    by_lane = dict(zip(names, pooled.predictions["test"], strict=True))
    by_seed, chosen = {}, []
    for treatment, of_treatment in scores.groupby(_treatments(scores, dataset)):
        models = ModelsOnTest.of(of_treatment, by_lane, dataset)
        by_weighting = {model.weighting: seeds for model, seeds in models.by_seed.items()}
        choice = choose_by_fold(lanes[_treatments(lanes, dataset) == treatment])
        chosen.append(choice.assign(treatment=treatment))
        by_weighting[BEST] = predict_by_choice(choice, by_weighting, dataset)
        by_seed |= {system(name, treatment): seeds for name, seeds in by_weighting.items()}
    return Systems(by_seed, pd.concat(chosen, ignore_index=True))


def _treatments(scores: pd.DataFrame, dataset: Dataset) -> pd.Series:
    """What was done besides w, of each row."""
    if "low_pass" in scores:
        return scores["low_pass"]
    done = SMOOTHED if dataset.dynamics_settings.is_smoothed else NONE
    return pd.Series(done, index=scores.index)
