"""What models predicted of test: intervals of their scores, and whether two of them differ."""

import dataclasses
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.evaluation.lane_columns import network_columns
from affdyn_jax.evaluation.scores import agreement
from affdyn_jax.evaluation.significance import (
    bootstrap_counts,
    mean_ccc,
    percentile_interval,
    permutation_p_value,
    sums_by_frame,
    sums_by_group,
    sums_by_recording,
)
from affdyn_jax.method.tasks import Task

DIFFERENCE = ("difference", "difference_low", "difference_high", "p_value", "p_value_over_frames")

# Every comparison starts from it, so a run gives the same table again and no row depends on the
# others.
_SEED = 0


class Model(NamedTuple):
    """What lanes of several seeds have alike.

    Attributes:
        network: The values of `lane_columns.network_columns`.
        weighting: Its w, or the name of the rule that moves it.
    """

    network: tuple
    weighting: float | str


@dataclasses.dataclass(frozen=True, eq=False)
class ModelsOnTest:
    """Predictions of test by all models, each with several seeds.

    A score is the mean over seeds of concatenated CCC. Groups of recordings are swapped and drawn,
    each with all seeds, since seeds are no independent data, nor are recordings of one group. Lanes
    that diverged are left out, and from a difference both lanes of their seed.

    Attributes:
        dataset: What they are compared with.
        by_seed: Predictions of each model by its seeds, shape (N, T, K).
        partition: Another one than test, where that is predicted.
    """

    dataset: Dataset
    by_seed: Mapping[Model, Mapping[int, np.ndarray]]
    partition: str = "test"

    @classmethod
    def of(
        cls,
        scores: pd.DataFrame,
        predictions: Mapping[str, np.ndarray],
        dataset: Dataset,
        partition: str = "test",
    ) -> "ModelsOnTest":
        """The models of a run.

        Args:
            scores: The table `lanes.csv`, pooled over folds.
            predictions: Of the partition by each of its lanes, shape (N, T, K).
            dataset: Has gold standards of the partition.
            partition: Which one.
        """
        by_seed = defaultdict(dict)
        network = network_columns(scores)
        for lane in scores[~scores["diverged"]].drop_duplicates("lane").to_dict("records"):
            weighting = lane["weighting"] if np.isnan(lane["w"]) else lane["w"]
            model = Model(tuple(lane[name] for name in network), weighting)
            by_seed[model][lane["seed"]] = predictions[lane["lane"]]
        return cls(dataset, by_seed, partition)

    def only(self, recordings: Collection[str]) -> "ModelsOnTest":
        """The same models on some of the recordings."""
        dataset, partition = self.dataset, self.partition
        names, groups = dataset.names[partition], dataset.groups[partition]
        rows_n = np.array([n for n, name in enumerate(names) if name in recordings], int)
        return ModelsOnTest(
            dataclasses.replace(
                dataset,
                names={partition: tuple(names[n] for n in rows_n)},
                groups={partition: tuple(groups[n] for n in rows_n)},
                examples={partition: dataset.examples[partition].without_features(rows_n)},
            ),
            {
                model: {seed: predictions_ntk[rows_n] for seed, predictions_ntk in of.items()}
                for model, of in self.by_seed.items()
            },
            partition,
        )

    @property
    def group_count(self) -> int:
        """Groups of the recordings: how many are independent."""
        return len(set(self.dataset.groups[self.partition]))

    def score(self, model: Model, task: Task) -> float:
        """A model's score; NaN where no lane is left, or the gold standard never changes."""
        seeds = self.by_seed.get(model)
        if not seeds or not self.group_count:
            return np.nan
        traces = self._traces(model, seeds, task)
        return float(np.mean([agreement(x_nt, *traces[1:], axis=(0, 1)) for x_nt in traces[0]]))

    def interval(self, model: Model, task: Task) -> tuple[float, float] | None:
        """The bootstrap interval of a model's score; None where none of its lanes is left."""
        seeds = self.by_seed.get(model)
        if not seeds:
            return None
        return percentile_interval(_resampled(self._sums_by_group(model, seeds, task)))

    def difference(self, first: Model, second: Model, task: Task) -> dict[str, float]:
        """What `DIFFERENCE` names, of two models' scores; empty where no seed has lanes of both.

        `p_value` is `significance.permutation_p_value`, and `p_value_over_frames` the same with
        single frames swapped.
        """
        seeds = [
            seed for seed in self.by_seed.get(first, ()) if seed in self.by_seed.get(second, ())
        ]
        if not seeds:
            return {}
        pair = first, second
        by_group = [self._sums_by_group(model, seeds, task) for model in pair]
        by_frame = [sums_by_frame(*self._traces(model, seeds, task)) for model in pair]
        first_ccc, second_ccc = (mean_ccc(sums_gs6.sum(axis=0)) for sums_gs6 in by_group)
        first_b, second_b = map(_resampled, by_group)
        low, high = percentile_interval(first_b - second_b)
        p_value, p_value_over_frames = (
            permutation_p_value(*sums, np.random.default_rng(_SEED))
            for sums in (by_group, by_frame)
        )
        found = (float(first_ccc - second_ccc), low, high, p_value, p_value_over_frames)
        return dict(zip(DIFFERENCE, found, strict=True))

    def _sums_by_group(self, model: Model, seeds: Iterable[int], task: Task) -> np.ndarray:
        sums_ns6 = sums_by_recording(*self._traces(model, seeds, task))
        return sums_by_group(sums_ns6, self.dataset.groups[self.partition])

    def _traces(self, model: Model, seeds: Iterable[int], task: Task) -> tuple[np.ndarray, ...]:
        """Predictions (S, N, T), gold standard and which frames count (N, T)."""
        k, examples = self.dataset.tasks.index(task), self.dataset.examples[self.partition]
        predictions_snt = np.stack([self.by_seed[model][seed][..., k] for seed in seeds])
        return predictions_snt, examples.gold_ntk[..., k], examples.valid_ntk[..., k]


def _resampled(sums_gs6: np.ndarray) -> np.ndarray:
    """The score of each resample of the groups, shape (B,); the resamples never change."""
    counts_bg = bootstrap_counts(len(sums_gs6), np.random.default_rng(_SEED))
    return mean_ccc(np.tensordot(counts_bg, sums_gs6, axes=1))
