"""Training of all lanes of one hidden size at once (§4.2).

`epoch.py` is written for one lane; here it is mapped over all of them. Each lane is exactly
the run that a loop over w would have made: what it sees and when it stops is its own.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import Mesh

from affdyn_jax.dataset.examples import Examples
from affdyn_jax.method.model import Weights, initial_weights
from affdyn_jax.training.devices import BY_LANE, EVERYWHERE, fetch, lane_mesh, over_lanes, put
from affdyn_jax.training.epoch import (
    EpochScores,
    LaneState,
    new_lane,
    predict_recordings,
    train_epoch,
)
from affdyn_jax.training.packing import EMPTY, is_worthwhile, table_in_epoch, table_of_places


class TrainingState(NamedTuple):
    """All lanes after some epochs: what they are evaluated by, and what training goes on from.

    Attributes:
        lanes: Where the lanes stand, in the order in which they were given; NumPy arrays with a
            leading axis L.
        history: `EpochScores` with leading axes (E, L) of all E epochs so far; of a lane only
            the first `lanes.epochs` mean anything.
    """

    lanes: LaneState
    history: EpochScores

    @property
    def epoch(self) -> int:
        """E, the epochs so far."""
        return len(self.history.train_loss)


class Epoch(NamedTuple):
    """What can be told after an epoch.

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


def adam(
    learning_rate: float, beta1: float, beta2: float, epsilon: float
) -> optax.GradientTransformation:
    """The optimiser of §4.2; `epsilon` stands outside the root, as in PyTorch."""
    optimiser = optax.adam(learning_rate, b1=beta1, b2=beta2, eps=epsilon)

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
    optimiser: optax.GradientTransformation,
) -> TrainingState:
    """All lanes of one hidden size before their first epoch.

    Args:
        task_weights_lk: Task weights of the L lanes, seed by seed, every seed with the same
            lanes in the same order; shape (L, K).
        monitor_weights_lk: Task weights of the dev loss that early stopping goes by, (L, K).
        seeds: The seeds; lanes of one seed have the same initial weights.
        hidden_size: H.
        train: The training partition.
        optimiser: From `adam`.
    """
    lane_count, task_count = task_weights_lk.shape
    feature_count = train.features_ntf.shape[-1]

    def weights_of_seed(seed: jax.Array) -> Weights:
        return initial_weights(jax.random.key(seed), feature_count, hidden_size, task_count)

    weights = jax.tree.map(
        lambda leaf: np.repeat(np.asarray(leaf), lane_count // len(seeds), axis=0),
        jax.jit(jax.vmap(weights_of_seed))(jnp.asarray(seeds, jnp.uint32)),
    )
    new_lanes = jax.vmap(functools.partial(new_lane, optimiser=optimiser))
    return TrainingState(
        lanes=jax.tree.map(np.array, new_lanes(task_weights_lk, monitor_weights_lk, weights)),
        history=empty_history(0, lane_count, task_count),
    )


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
    optimiser: optax.GradientTransformation,
    max_epochs: int,
    patience: int,
    on_epoch: Callable[[Epoch], None] = lambda _: None,
) -> TrainingState:
    """Train all lanes of one hidden size until the last one has stopped (§4.2).

    Args:
        start: From `new_training`, or from an earlier call that was interrupted: the result is
            then the same, bit by bit on the same devices.
        seeds: The seeds.
        train: The training partition.
        dev: The dev partition.
        optimiser: From `adam`.
        max_epochs: After which every lane is over.
        patience: Epochs without improvement after which one lane is.
        on_epoch: Called after each epoch; what it raises ends the training.
    """
    every_lane = jax.tree.map(np.array, start.lanes)
    lanes_of_a_seed = len(every_lane.stopped) // len(seeds)
    seed_index_l = np.repeat(np.arange(len(seeds)), lanes_of_a_seed)
    mesh = lane_mesh(lanes_of_a_seed)
    epoch_of_all = _epoch_of_all(optimiser, patience, mesh)
    partitions = put((train, dev), mesh, EVERYWHERE)

    table_sm = table_in_epoch(
        start.epoch, every_lane.stopped, every_lane.epochs, seed_index_l, mesh.size
    )
    lanes = _take_places(every_lane, table_sm, mesh)
    history = [EpochScores(*scores) for scores in zip(*start.history, strict=True)]

    def state() -> TrainingState:
        _leave_places(every_lane, lanes, table_sm)
        return TrainingState(
            jax.tree.map(np.array, every_lane), jax.tree.map(lambda *e: np.stack(e), *history)
        )

    for epoch in range(start.epoch + 1, max_epochs + 1):
        if every_lane.stopped.all():
            break
        smaller_sm = table_of_places(~every_lane.stopped, seed_index_l, mesh.size)
        if is_worthwhile(smaller_sm, table_sm):
            _leave_places(every_lane, lanes, table_sm)
            lanes, table_sm = _take_places(every_lane, smaller_sm, mesh), smaller_sm
        seeds_s = [seeds[index] for index in seed_index_l[table_sm[:, 0]]]
        orders_sn = np.stack([recording_order(s, epoch, len(train.frames_n)) for s in seeds_s])
        lanes, scores = epoch_of_all(lanes, put(orders_sn, mesh, EVERYWHERE), partitions)
        history.append(_by_lane(scores, table_sm, len(seed_index_l)))
        _note(every_lane.stopped, lanes.stopped, table_sm)
        diverged_before_l = every_lane.diverged.copy()
        _note(every_lane.diverged, lanes.diverged, table_sm)
        diverging_l = every_lane.diverged & ~diverged_before_l
        on_epoch(Epoch(epoch, every_lane.stopped, diverging_l, history[-1], state))
    return state()


def epoch_program(
    lanes: LaneState,
    seeds: Sequence[int],
    train: Examples,
    dev: Examples,
    optimiser: optax.GradientTransformation,
    patience: int,
) -> Callable[[], None]:
    """An epoch of all lanes, as `train_lanes` begins with it, to be timed.

    Args:
        lanes: Leading axis L, NumPy arrays. Those that have stopped take as long as the others.
        seeds: The seeds.
        train: The training partition.
        dev: The dev partition.
        optimiser: From `adam`.
        patience: As in `train_lanes`, where the same program is then compiled.

    Returns:
        A function that trains them for an epoch, and returns when it is over; compiled when it
        is first called. Nothing is kept.
    """
    lanes_of_a_seed = len(lanes.stopped) // len(seeds)
    seed_index_l = np.repeat(np.arange(len(seeds)), lanes_of_a_seed)
    mesh = lane_mesh(lanes_of_a_seed)
    epoch_of_all = _epoch_of_all(optimiser, patience, mesh)
    table_sm = table_of_places(np.ones_like(lanes.stopped), seed_index_l, mesh.size)
    in_places = _take_places(lanes, table_sm, mesh)
    orders_sn = np.stack([recording_order(seed, 1, len(train.frames_n)) for seed in seeds])
    orders = put(orders_sn, mesh, EVERYWHERE)
    partitions = put((train, dev), mesh, EVERYWHERE)

    def epoch() -> None:
        nonlocal in_places
        in_places, scores = epoch_of_all(in_places, orders, partitions)
        jax.block_until_ready((in_places, scores))

    return epoch


def _epoch_of_all(optimiser: optax.GradientTransformation, patience: int, mesh: Mesh) -> Callable:
    """`epoch.train_epoch` as a program for a table of lanes."""

    def epoch_of_lane(lane, order_n, partitions):
        return train_epoch(lane, order_n, *partitions, optimiser, patience)

    return over_lanes(epoch_of_lane, mesh, donated=(0,))


def _predictions_of_all(mesh: Mesh) -> Callable:
    """`epoch.predict_recordings` as a program for a table of lanes."""

    def predict_lane(weights, _, features_and_frames):
        return predict_recordings(weights, *features_and_frames)

    return over_lanes(predict_lane, mesh)


def _take_places(every_lane: LaneState, table_sm: np.ndarray, mesh: Mesh) -> LaneState:
    """Lanes into their places on the devices: from a leading axis L to axes (S, M)."""
    lanes = jax.tree.map(lambda leaf: leaf[table_sm], every_lane)
    # An empty place holds a copy of some lane, which is never trained nor read.
    lanes = lanes._replace(stopped=lanes.stopped | (table_sm == EMPTY))
    return put(lanes, mesh, BY_LANE)


def _leave_places(every_lane: LaneState, lanes: LaneState, table_sm: np.ndarray) -> None:
    """Write down where the lanes on the devices stand, before they move or when all is over."""
    jax.tree.map(lambda leaf_l, leaf_sm: _note(leaf_l, leaf_sm, table_sm), every_lane, lanes)


def _by_lane(tree: Any, table_sm: np.ndarray, lane_count: int) -> Any:
    """From axes (S, M) to a leading axis L, NaN for lanes that have no place."""

    def by_lane(leaf_sm):
        leaf_l = np.full((lane_count, *leaf_sm.shape[2:]), np.nan, leaf_sm.dtype)
        _note(leaf_l, leaf_sm, table_sm)
        return leaf_l

    return jax.tree.map(by_lane, tree)


def _note(leaf_l: np.ndarray, leaf_sm: jax.Array, table_sm: np.ndarray) -> None:
    """Write what the places (S, M) hold of one array to the lanes (L,) that they belong to."""
    leaf_l[table_sm[table_sm != EMPTY]] = fetch(leaf_sm)[table_sm != EMPTY]


def predict_lanes(weights: Weights, examples: Examples) -> np.ndarray:
    """Predictions of all lanes for all recordings, shape (L, N, T, K); see `model.predict`.

    Args:
        weights: Every leaf with a leading axis L.
        examples: A partition, with or without gold standards.
    """
    lane_count = len(jax.tree.leaves(weights)[0])
    mesh = lane_mesh(lane_count)
    table_sm = table_of_places(np.ones(lane_count, bool), np.zeros(lane_count, int), mesh.size)
    in_places = put(jax.tree.map(lambda leaf: leaf[table_sm], weights), mesh, BY_LANE)
    inputs = put((examples.features_ntf, examples.frames_n), mesh, EVERYWHERE)
    predictions = _predictions_of_all(mesh)(in_places, (), inputs)
    return _by_lane(predictions, table_sm, lane_count)
