"""A run's own predictions with the gold standards that they are scored by."""

import dataclasses
import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from affdyn_jax.evaluation.models_on_test import score_interval
from affdyn_jax.evaluation.scores import agreement
from affdyn_jax.evaluation.significance import sums_by_frame, sums_by_group
from affdyn_jax.report.partitions import scored_partition
from affdyn_jax.workdir.files import FinishedRun
from affdyn_jax.workdir.traces import gold_standards_of, predictions_of


@dataclasses.dataclass(frozen=True, eq=False)
class ScoredRun:
    """The predictions that a run left of the partition that it is scored on.

    Attributes:
        run: The run.
        partition: `test`, or `dev` where test has no gold standards.
        predicted: A column for each task that a lane was trained on, indexed by recording and
            time.
        gold: The gold standards of the same frames.
        group_of: The group of each recording.
    """

    run: FinishedRun
    partition: str
    predicted: pd.DataFrame
    gold: pd.DataFrame
    group_of: Mapping[str, str]

    @classmethod
    def of(cls, run: FinishedRun) -> "ScoredRun":
        """What a finished run left.

        Raises:
            CorpusError: A file of a recording cannot be read.
        """
        partition = scored_partition(run.facts)
        predicted, gold = (
            table_of(run, [partition]).loc[partition]
            for table_of in (predictions_of, gold_standards_of)
        )
        group_of = {name: name for name in run.facts.recordings[partition]}
        for group, names in run.facts.groups.items():
            group_of |= dict.fromkeys(group_of.keys() & set(names), group)
        return cls(run, partition, predicted, gold, group_of)

    @property
    def groups(self) -> set[frozenset[str]]:
        """The recordings of each group."""
        names = pd.Series([*self.group_of], [*self.group_of.values()])
        return {frozenset(of_group) for _, of_group in names.groupby(level=0)}

    def score(self, column: str) -> tuple[float, float, float]:
        """CCC of a task over all recordings, and its interval over groups; NaN without one."""
        if column not in self.predicted:
            return math.nan, math.nan, math.nan
        frames = pd.DataFrame({"predicted": self.predicted[column], "gold": self.gold[column]})
        frames = frames.dropna()
        ccc = agreement(*frames.to_numpy().T, np.ones(len(frames), bool))
        if math.isnan(ccc):
            return math.nan, math.nan, math.nan
        return float(ccc), *score_interval(self.sums(frames["predicted"], frames["gold"]))

    def sums(self, predicted: pd.Series, gold: pd.Series) -> np.ndarray:
        """The sums of each group, shape (G, 1, 6), from frames that both have (see `significance`).

        Args:
            predicted: Indexed by recording and time.
            gold: The gold standard of the same frames.
        """
        valid = np.ones((1, len(gold)), bool)
        frames_u16 = sums_by_frame(predicted.to_numpy()[None, None], gold.to_numpy()[None], valid)
        recordings = gold.index.get_level_values("recording")
        return sums_by_group(frames_u16, [self.group_of[name] for name in recordings])
