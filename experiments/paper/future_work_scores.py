"""Scores of the systems of `experiments.paper.future_work`, and differences between them."""

import dataclasses
import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.evaluation.models_on_test import DIFFERENCE, Model, ModelsOnTest
from affdyn_jax.method.low_pass import CAUSAL, CENTRED
from affdyn_jax.method.tasks import DYNAMICS, Task
from experiments.paper.future_work_jobs import RULES
from experiments.paper.future_work_systems import BEST, SMOOTHED, Systems, in_words, system
from experiments.paper.holm import holm

STATES_ALONE = system(0.0)
SYSTEMS = (
    STATES_ALONE,
    system(BEST),
    *(system(rule) for rule in RULES),
    system(BEST, CENTRED),
    *(system(rule, CENTRED) for rule in RULES),
    system(BEST, CAUSAL),
    system(BEST, SMOOTHED),
)

# Few, as each of them makes the others' corrected p-values larger.
COMPARED = (
    (system(BEST), STATES_ALONE),
    *((system(rule), STATES_ALONE) for rule in RULES),
    *((system(rule), system(BEST)) for rule in RULES),
    *((system(BEST, treatment), system(BEST)) for treatment in (CENTRED, CAUSAL, SMOOTHED)),
)


@dataclasses.dataclass(frozen=True, eq=False)
class FutureWork:
    """What came out.

    Attributes:
        scores: Of each `system`, `dimension` and `target` the test CCC over all recordings, mean
            over seeds (`ccc`), its interval over groups (`ccc_low`, `ccc_high`), and of dynamics
            the same on the smoothed gold standard (`smoothed_ccc`, …).
        differences: Of each `system` and the `other` it is compared with, `dimension` and `target`
            what `DIFFERENCE` names, and `p_corrected`.
        chosen: From `systems_of`, of all jobs.
        group_count: How many groups of recordings there are.
    """

    scores: pd.DataFrame
    differences: pd.DataFrame
    chosen: pd.DataFrame
    group_count: int

    @property
    def smallest_p(self) -> float:
        """What no p-value can fall below: swapping all groups only reverses a difference."""
        return 2 / 2**self.group_count

    @property
    def smallest_corrected_p(self) -> float:
        """The same of the smallest corrected p-value."""
        return min(1.0, self.smallest_p * int(self.differences["p_value"].notna().sum()))


def measure(systems: Systems, dataset: Dataset, smoothed: Dataset) -> FutureWork:
    """Score all systems, and compare them.

    Args:
        systems: Of all jobs.
        dataset: Of the jobs whose dynamics are not smoothed.
        smoothed: Of the job whose dynamics are.
    """
    on_test = ModelsOnTest(dataset, systems.by_seed)
    on_smoothed = ModelsOnTest(smoothed, systems.by_seed)
    tasks = dataset.tasks
    scores = [_score(of, task, on_test, on_smoothed) for of in SYSTEMS for task in tasks]
    differences = pd.DataFrame(_differences(on_test))
    is_known = differences["p_value"].notna()
    corrected = np.full(len(differences), np.nan)
    corrected[is_known] = holm(differences["p_value"][is_known])
    return FutureWork(
        pd.DataFrame(scores),
        differences.assign(p_corrected=corrected),
        systems.chosen,
        len(set(dataset.groups["test"])),
    )


def _score(of: Model, task: Task, on_test: ModelsOnTest, on_smoothed: ModelsOnTest) -> dict:
    row = {"system": in_words(of), "dimension": task.dimension, "target": task.target}
    row |= _with_interval("", on_test, of, task)
    if task.target == DYNAMICS:
        row |= _with_interval("smoothed_", on_smoothed, of, task)
    return row


def _with_interval(prefix: str, models: ModelsOnTest, of: Model, task: Task) -> dict[str, float]:
    low, high = models.interval(of, task) or (math.nan, math.nan)
    score = models.score(of, task)
    return {f"{prefix}ccc": score, f"{prefix}ccc_low": low, f"{prefix}ccc_high": high}


def _differences(models: ModelsOnTest) -> Iterator[dict]:
    """Rows of `FutureWork.differences`; w = 0 trains no dynamics to compare with."""
    for task in models.dataset.tasks:
        for of, other in COMPARED:
            if task.target == DYNAMICS and other == STATES_ALONE:
                continue
            row = {"system": in_words(of), "other": in_words(other)}
            row |= {"dimension": task.dimension, "target": task.target}
            nothing = dict.fromkeys(DIFFERENCE, math.nan)
            yield row | nothing | models.difference(of, other, task)
