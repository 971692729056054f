"""Alternatives to the decisions where the paper is silent: datasets made otherwise.

Each alternative differs from the default in one point. Those that the program has no option for
are made here, from tables as published or from what the program makes of them.
"""

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from affdyn_jax.corpora.corpus import Corpus, GoldStandard
from affdyn_jax.dataset.dataset import Dataset, build_dataset
from affdyn_jax.dataset.folds import LEAVE_ONE_GROUP_OUT, plan_folds
from affdyn_jax.dataset.gold_on_grid import GoldOnGrid, GoldTraces, put_on_grid
from affdyn_jax.dataset.standardisation import Standardisation, fit_standardisation
from affdyn_jax.method.grid import average_on_grid, frame_at

FRAME_RATE = 4.0  # Hz (§3.2)

Features = Mapping[str, np.ndarray]
# From times of S samples and their values (S, C) to values on the grid (T, C).
Resampling = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclasses.dataclass(frozen=True, eq=False)
class Published:
    """Recordings as published, before any decision.

    Attributes:
        corpus: With gold standards at their own rate.
        features: Of each recording, shape (S, F), at `rate`.
        feature_names: Names of the F features.
        rate: Hz.
    """

    corpus: Corpus
    features: Features
    feature_names: Sequence[str]
    rate: float


@dataclasses.dataclass(frozen=True, eq=False)
class Alternative:
    """One alternative to one decision.

    Attributes:
        decision: Its number in docs/fidelity.md; 0 for the defaults.
        name: In words.
        dataset: Makes the dataset that is trained on.
        training: Fields of `config.training` that differ.
    """

    decision: int
    name: str
    dataset: Callable[[Published], Dataset]
    training: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def label(self) -> str:
        """Its name in tables."""
        return f"{self.decision}: {self.name}" if self.decision else self.name

    @property
    def changes_gold_standards(self) -> bool:
        """Whether the traces to learn differ from the default's at the same frames."""
        return self.decision in (1, 2)


def window_means(times_s: np.ndarray, values_sc: np.ndarray) -> np.ndarray:
    """The default: the mean of the samples in each window."""
    return average_on_grid(times_s, values_sc, FRAME_RATE)[0]


def first_samples(times_s: np.ndarray, values_sc: np.ndarray) -> np.ndarray:
    """Decimation: the first sample of each window, at t or next after it."""
    _, first_t = np.unique(frame_at(times_s, FRAME_RATE), return_index=True)
    return values_sc[first_t]


def values_at_centres(times_s: np.ndarray, values_sc: np.ndarray) -> np.ndarray:
    """Linear interpolation at each window's centre; behind the last sample its value is kept."""
    frame_count = int(frame_at(times_s[-1], FRAME_RATE)) + 1
    centres_t = (np.arange(frame_count) + 0.5) / FRAME_RATE
    return np.stack([np.interp(centres_t, times_s, values_s) for values_s in values_sc.T], axis=1)


def resampled(published: Published, resampling: Resampling = window_means) -> Published:
    """Gold standards and features on the grid, so that averaging them changes nothing."""

    def on_grid(gold_standard: GoldStandard) -> GoldStandard:
        values_td = resampling(gold_standard.times_s, gold_standard.values_sd)
        times_t = np.arange(len(values_td)) / FRAME_RATE
        return dataclasses.replace(gold_standard, times_s=times_t, values_sd=values_td)

    recordings = tuple(
        dataclasses.replace(recording, gold_standard=on_grid(recording.gold_standard))
        for recording in published.corpus.recordings
    )
    features = {
        name: resampling(np.arange(len(features_sf)) / published.rate, features_sf)
        for name, features_sf in published.features.items()
    }
    corpus = dataclasses.replace(published.corpus, recordings=recordings)
    return dataclasses.replace(published, corpus=corpus, features=features, rate=FRAME_RATE)


def default_dataset(
    published: Published, resampling: Resampling = window_means, delay: float = 0.0
) -> Dataset:
    """The program's dataset of the recordings, apart from how they get onto the grid."""
    on_grid = resampled(published, resampling)
    return cross_validated(on_grid, put_on_grid(on_grid.corpus, FRAME_RATE, delay))


def cross_validated(on_grid: Published, gold: GoldOnGrid) -> Dataset:
    """The dataset whose folds test on one group of recordings each, e.g. a conversation.

    Args:
        on_grid: Features on the grid.
        gold: The gold standards to learn.
    """
    return build_dataset(
        on_grid.corpus,
        gold,
        {name: f_tf.astype(np.float32) for name, f_tf in on_grid.features.items()},
        on_grid.feature_names,
        features_may_outlast=True,
        folds=plan_folds(on_grid.corpus, gold, LEAVE_ONE_GROUP_OUT),
    )


def dynamics_before_averaging(gold_standard: GoldStandard) -> tuple[np.ndarray, np.ndarray]:
    """Eq. 1 between the samples as published, then its mean in each window.

    Returns:
        The dynamics, shape (T, D), and in which frames they are defined, shape (T,): all that
        hold a sample other than the first one; at rates above the grid's, the first frame, too.
    """
    times_s, values_sd = gold_standard.times_s, gold_standard.values_sd
    changes_sd = np.diff(values_sd, axis=0) / np.diff(times_s)[:, None]
    frame_count = int(frame_at(times_s[-1], FRAME_RATE)) + 1
    dynamics_td, counts_t = average_on_grid(times_s[1:], changes_sd, FRAME_RATE, frame_count)
    return dynamics_td, counts_t > 0


def dataset_with_dynamics_before_averaging(published: Published) -> Dataset:
    """The default's states, with the dynamics of `dynamics_before_averaging`."""
    gold_standards = {r.name: r.gold_standard for r in published.corpus.recordings}

    def changed(name: str, traces: GoldTraces) -> GoldTraces:
        dynamics_td, defined_t = dynamics_before_averaging(gold_standards[name])
        states_td, _ = np.split(traces.values_tk, 2, axis=1)
        state_valid_td, _ = np.split(traces.valid_tk, 2, axis=1)
        valid_td = np.broadcast_to(defined_t[:, None], dynamics_td.shape)
        return GoldTraces(
            np.concatenate([states_td, dynamics_td], axis=1),
            np.concatenate([state_valid_td, valid_td], axis=1),
        )

    return _dataset_with_traces(published, changed)


def dataset_with_first_dynamics_0(published: Published) -> Dataset:
    """The default's dataset, with dynamics of 0 in the first frame instead of none."""

    def changed(_: str, traces: GoldTraces) -> GoldTraces:
        valid_tk = traces.valid_tk.copy()
        valid_tk[0] = True  # its gold standard is 0 already
        return traces._replace(valid_tk=valid_tk)

    return _dataset_with_traces(published, changed)


def _dataset_with_traces(
    published: Published, changed: Callable[[str, GoldTraces], GoldTraces]
) -> Dataset:
    """The default's dataset, with each recording's gold standards changed."""
    on_grid = resampled(published)
    gold = put_on_grid(on_grid.corpus, FRAME_RATE, annotation_delay=0.0)
    traces = {name: changed(name, of_recording) for name, of_recording in gold.traces.items()}
    return cross_validated(on_grid, dataclasses.replace(gold, traces=traces))


def dataset_not_standardised(published: Published) -> Dataset:
    """The default's dataset, with features as they are."""
    dataset = default_dataset(published)
    return _standardised_by(dataset, _identity(dataset))


def dataset_standardised_by_all_frames(published: Published) -> Dataset:
    """The default's dataset, standardised in all folds by the frames of all recordings."""
    dataset = default_dataset(published)
    return _standardised_by(dataset, dataset.standardisation)


def dataset_standardised_by_own_frames(published: Published) -> Dataset:
    """The default's dataset, with each recording standardised by its own frames."""
    dataset = default_dataset(published)
    shared = dataset.examples["test"]  # all partitions have the same features
    for features_tf, frame_count in zip(shared.features_ntf, shared.frames_n, strict=True):
        own_tf = features_tf[:frame_count]
        own_tf[...] = fit_standardisation(own_tf)(own_tf)
    return _standardised_by(dataset, _identity(dataset))


def _identity(dataset: Dataset) -> Standardisation:
    """Leaves features as they are."""
    feature_count = len(dataset.feature_names)
    return Standardisation(np.zeros(feature_count), np.ones(feature_count))


def _standardised_by(dataset: Dataset, standardisation: Standardisation) -> Dataset:
    """The same standardisation in all folds."""
    splits = tuple(split._replace(standardisation=standardisation) for split in dataset.splits)
    return dataclasses.replace(dataset, splits=splits)


def _resampled_by(resampling: Resampling) -> Callable[[Published], Dataset]:
    return functools.partial(default_dataset, resampling=resampling)


def _delayed_by(delay: float) -> Callable[[Published], Dataset]:
    return functools.partial(default_dataset, delay=delay)


DEFAULT = Alternative(0, "the defaults", default_dataset)
ALTERNATIVES = (
    Alternative(1, "first sample of each window", _resampled_by(first_samples)),
    Alternative(1, "interpolated at each window's centre", _resampled_by(values_at_centres)),
    Alternative(2, "Eq. 1 at 10 Hz, then averaged", dataset_with_dynamics_before_averaging),
    Alternative(2, "first frame's dynamics are 0", dataset_with_first_dynamics_0),
    Alternative(5, "by dev loss of the states", default_dataset, {"monitor": "state"}),
    Alternative(5, "by dev loss of the dynamics", default_dataset, {"monitor": "dynamics"}),
    Alternative(6, "not standardised", dataset_not_standardised),
    Alternative(6, "by all frames, those of test too", dataset_standardised_by_all_frames),
    Alternative(6, "by each recording's own frames", dataset_standardised_by_own_frames),
    Alternative(7, "Adam's ε 1e-7, as in Keras", default_dataset, {"epsilon": 1e-7}),
    Alternative(8, "delay of 1 s", _delayed_by(1.0)),
    Alternative(8, "delay of 2 s", _delayed_by(2.0)),
)
