"""Training of all lanes of one hidden size together (§4.2).

`epoch.py` is written for one lane; here it is mapped over all of them. Each lane is exactly
the run that a loop over w would have made: what it sees and when it stops is its own.
"""

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import Mesh

from affdyn_jax.dataset.examples import Examples
from affdyn_jax.method.model import Weights, initial_weights
from affdyn_jax.method.recurrence.states import Recurrence
from affdyn_jax.training.devices import BY_LANE, EVERYWHERE, lane_mesh, over_lanes, put
from affdyn_jax.training.epoch import (
    EpochScores,
    LaneState,
    new_lane,
    predict_recordings,
    train_epoch,
)
from affdyn_jax.training.packing import table_of_places
from affdyn_jax.training.placed_lanes import PlacedLanes, by_lane
from affdyn_jax.training.recurrence_choice import recurrence_on
from affdyn_jax.training.settings import TrainingSettings


class TrainingState(NamedTuple):
    """All lanes after some epochs: what they are evaluated by, and what training resumes from.

    Attributes:
        lane_states: Where the lanes stand, in the order in which they were given; NumPy arrays
            with a leading axis L.
        history: `EpochScores` with leading axes (E, L) of all E epochs so far; of a lane only
            its own first epochs, `lane_states.epochs` of them, mean anything.
    """

    lane_states: LaneState
    history: EpochScores

    @property
    def epoch(self) -> int:
        """E, the epochs so far."""
        return len(self.history.train_loss)


class Epoch(NamedTuple):
    """What an epoch has come to.

    Attributes:
        number: From 1.
        stopped_l: Which lanes have stopped, shape (L,).
        diverging_l: Which have diverged in this very epoch, shape (L,).
        scores: Of all lanes, leading axis L; NaN for those that are no longer computed.
        state: Fetches the training state from the devices; of several processes all have to
            call it or none.
    """

    number: int
    stopped_l: np.ndarray
    diverging_l: np.ndarray
    scores: EpochScores
    state: Callable[[], TrainingState]


def adam(settings: TrainingSettings) -> optax.GradientTransformation:
    """The optimiser of §4.2; epsilon stands outside the root, as in PyTorch."""
    optimiser = optax.adam(
        settings.learning_rate, b1=settings.beta1, b2=settings.beta2, eps=settings.epsilon
    )

    def update(gradients, state, weights=None):
        # It raises a float to an integer power, which strict promotion would refuse.
        with jax.numpy_dtype_promotion("standard"):
            return optimiser.update(gradients, state, weights)

    return optax.GradientTransformation(optimiser.init, update)


def recording_order(seed: int, epoch: int, recording_count: int) -> np.ndarray:
    """The order in which an epoch sees the N training recordings, shape (N,), int32.

    A function of seed and epoch alone: lanes that share a seed share it, and a run that is
    resumed, or repeated in PyTorch, finds the same one.
    """
    order = np.random.default_rng([seed, epoch]).permutation(recording_count)
    return order.astype(np.int32)


def new_training(
    task_weights_lk: np.ndarray,
    monitor_weights_lk: np.ndarray,
    seeds: Sequence[int],
    hidden_size: int,
    train: Examples,
    settings: TrainingSettings,
) -> TrainingState:
    """All lanes of one hidden size before their first epoch.

    Args:
        task_weights_lk: Task weights of the L lanes, seed by seed, every seed with the same
            lanes in the same order; shape (L, K).
        monitor_weights_lk: Task weights of the dev loss that early stopping goes by, (L, K).
        seeds: The seeds; lanes of one seed have the same initial weights.
        hidden_size: H.
        train: The training partition.
        settings: Of these the optimiser's.
    """
    lane_count, task_count = task_weights_lk.shape
    feature_count = train.features_ntf.shape[-1]

    weights_s = _initial_weights(
        jnp.asarray(seeds, jnp.uint32), feature_count, hidden_size, task_count
    )
    weights = jax.tree.map(
        lambda leaf_s: np.repeat(np.asarray(leaf_s), lane_count // len(seeds), axis=0), weights_s
    )
    new_lanes = jax.vmap(functools.partial(new_lane, optimiser=adam(settings)))
    return TrainingState(
        lane_states=jax.tree.map(np.array, new_lanes(task_weights_lk, monitor_weights_lk, weights)),
        history=empty_history(0, lane_count, task_count),
    )


@functools.partial(jax.jit, static_argnums=(1, 2, 3))
def _initial_weights(
    seeds_s: jax.Array, feature_count: int, hidden_size: int, task_count: int
) -> Weights:
    """New weights of S seeds, every leaf with a leading axis S."""

    def of_seed(seed: jax.Array) -> Weights:
        return initial_weights(jax.random.key(seed), feature_count, hidden_size, task_count)

    return jax.vmap(of_seed)(seeds_s)


def empty_history(epochs: int, lane_count: int, task_count: int) -> EpochScores:
    """Scores of E epochs of L lanes that are still to be filled in, leading axes (E, L)."""
    losses_el = np.zeros((epochs, lane_count), np.float32)
    return EpochScores(
        losses_el, losses_el.copy(), np.zeros((epochs, lane_count, task_count), np.float32)
    )


def train_lanes(
    start: TrainingState,
    seeds: Sequence[int],
    train: Examples,
    dev: Examples,
    settings: TrainingSettings,
    on_epoch: Callable[[Epoch], None] = lambda _: None,
) -> TrainingState:
    """Train all lanes of one hidden size until the last one has stopped (§4.2).

    Args:
        start: From `new_training`, or from an earlier call that was interrupted: the result is
            then the same, bit by bit on the same devices.
        seeds: The seeds.
        train: The training partition.
        dev: The dev partition.
        settings: How lanes are trained, and when they stop.
        on_epoch: Called after each epoch; what it raises ends the training.
    """
    lanes = PlacedLanes(start.lane_states, len(seeds), start.epoch)
    train_for_an_epoch = _epoch_of(lanes, seeds, train, dev, settings)
    history = [EpochScores(*scores) for scores in zip(*start.history, strict=True)]

    def state() -> TrainingState:
        return TrainingState(lanes.state(), jax.tree.map(lambda *e: np.stack(e), *history))

    for number in range(start.epoch + 1, settings.max_epochs + 1):
        if lanes.stopped_l.all():
            break
        lanes.move()
        diverged_before_l = lanes.diverged_l.copy()
        history.append(train_for_an_epoch(number))
        diverging_l = lanes.diverged_l & ~diverged_before_l
        on_epoch(Epoch(number, lanes.stopped_l, diverging_l, history[-1], state))
    return state()


def epoch_program(
    lane_states: LaneState,
    seeds: Sequence[int],
    train: Examples,
    dev: Examples,
    settings: TrainingSettings,
) -> Callable[[], None]:
    """An epoch of all lanes, as `train_lanes` begins with it, to be timed.

    Args:
        lane_states: Leading axis L, NumPy arrays. Lanes that have stopped take as long as the
            others.
        seeds: The seeds.
        train: The training partition.
        dev: The dev partition.
        settings: As in `train_lanes`, where the same program is then compiled.

    Returns:
        A function that trains them for an epoch, and returns when it is over; compiled when it
        is first called. Nothing is kept.
    """
    lanes = PlacedLanes(lane_states, len(seeds))
    train_for_an_epoch = _epoch_of(lanes, seeds, train, dev, settings)

    def epoch() -> None:
        train_for_an_epoch(1)
        jax.block_until_ready(lanes.on_devices)

    return epoch


def _epoch_of(
    lanes: PlacedLanes,
    seeds: Sequence[int],
    train: Examples,
    dev: Examples,
    settings: TrainingSettings,
) -> Callable[[int], EpochScores]:
    """A function that trains placed lanes for the epoch of a number, and returns their scores.

    It is compiled anew whenever the lanes have moved.
    """
    hidden_size = lanes.on_devices.weights["head_kernel_hk"].shape[-2]
    recurrence = recurrence_on(lanes.mesh, settings.recurrence, hidden_size)
    epoch_of_all = _epoch_of_all(settings, lanes.mesh, recurrence)
    partitions = put((train, dev), lanes.mesh, EVERYWHERE)

    def train_for_an_epoch(number: int) -> EpochScores:
        seeds_s = [seeds[index] for index in lanes.seed_index_s]
        orders_sn = np.stack([recording_order(s, number, len(train.frames_n)) for s in seeds_s])
        orders = put(orders_sn, lanes.mesh, EVERYWHERE)
        return lanes.update(*epoch_of_all(lanes.on_devices, orders, partitions))

    return train_for_an_epoch


def _epoch_of_all(settings: TrainingSettings, mesh: Mesh, recurrence: Recurrence) -> Callable:
    """`epoch.train_epoch` as a program for a table of lanes."""
    optimiser = adam(settings)

    def epoch_of_lane(lane, order_n, partitions):
        return train_epoch(lane, order_n, *partitions, optimiser, settings.patience)

    return over_lanes(epoch_of_lane, mesh, recurrence, donated=(0,))


def _predictions_of_all(mesh: Mesh, recurrence: Recurrence) -> Callable:
    """`epoch.predict_recordings` as a program for a table of lanes."""

    def predict_lane(weights, _, features_and_frames):
        return predict_recordings(weights, *features_and_frames)

    return over_lanes(predict_lane, mesh, recurrence)


def predict_lanes(weights: Weights, examples: Examples, recurrence: str = "auto") -> np.ndarray:
    """Predictions of all lanes for all recordings, shape (L, N, T, K); see `model.predict`.

    Args:
        weights: Every leaf with a leading axis L.
        examples: A partition, with or without gold standards.
        recurrence: As `TrainingSettings.recurrence`.
    """
    lane_count = len(jax.tree.leaves(weights)[0])
    mesh = lane_mesh(lane_count)
    table_sm = table_of_places(np.ones(lane_count, bool), np.zeros(lane_count, int), mesh.size)
    in_places = put(jax.tree.map(lambda leaf: leaf[table_sm], weights), mesh, BY_LANE)
    inputs = put((examples.features_ntf, examples.frames_n), mesh, EVERYWHERE)
    chosen = recurrence_on(mesh, recurrence, weights["head_kernel_hk"].shape[-2])
    predictions = _predictions_of_all(mesh, chosen)(in_places, (), inputs)
    return by_lane(predictions, table_sm, lane_count)
