"""What the programs that `benchmarks.sweep` compares are given: sizes, generated data, lanes."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from affdyn_jax.dataset.examples import Examples, pad
from affdyn_jax.training.lanes import Lane
from affdyn_jax.training.settings import TrainingSettings

DIMENSIONS = ("arousal", "valence")
SETTINGS = TrainingSettings(max_epochs=1, patience=1)


class Geometry(NamedTuple):
    """The sizes of a corpus and a feature set.

    Attributes:
        frames: T, of each recording.
        features: F.
        train: Training recordings of an epoch.
        dev: Dev recordings of an epoch.
    """

    frames: int
    features: int
    train: int
    dev: int


GEOMETRIES = {
    "sewa_hu_mfb": Geometry(707, 40, 34, 14),
    "sewa_hu_w2v2": Geometry(707, 1024, 34, 14),
    "recola_w2v2": Geometry(1200, 1024, 9, 9),
}


class Workload(NamedTuple):
    """The data and lanes that all programs are given.

    Attributes:
        train: The recordings of the steps that are timed.
        dev: The recordings of the dev pass that is timed.
        lanes: The L lanes, all of one seed and one hidden size.
    """

    train: Examples
    dev: Examples
    lanes: tuple[Lane, ...]


class Program(NamedTuple):
    """A program ready to run.

    Attributes:
        train: Makes a step for each training recording, and waits until it is done.
        dev_pass: Scores all lanes on dev: the CCC of each task, shape (L, K).
        peak_mib: The most memory of a GPU that it has taken so far, data and weights included,
            if no other program has run since it was made; None without a GPU.
    """

    train: Callable[[], None]
    dev_pass: Callable[[], np.ndarray]
    peak_mib: Callable[[], float | None] = lambda: None


def generated_workload(
    geometry: Geometry, hidden_size: int, lane_count: int, steps: int
) -> Workload:
    """Random features and gold standards of a geometry, w going evenly from 0 to 1.

    Args:
        geometry: All of its dev recordings are generated, so a dev pass may batch them.
        hidden_size: H.
        lane_count: L.
        steps: Training recordings: the number of steps timed together.
    """
    rng = np.random.default_rng(0)

    def partition(count: int) -> Examples:
        shapes = [(geometry.frames, size) for size in (geometry.features, 2 * len(DIMENSIONS))]
        features, gold = ([rng.normal(size=s) for _ in range(count)] for s in shapes)
        return pad(features, np.tanh(gold), [np.ones(shapes[1], bool)] * count)

    weights = np.linspace(0, 1, lane_count)
    lanes = tuple(Lane("multi", DIMENSIONS, hidden_size, w, seed=0) for w in weights)
    return Workload(partition(steps), partition(geometry.dev), lanes)
