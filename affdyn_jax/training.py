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

from affdyn_jax.devices import BY_LANE, EVERYWHERE, fetch, lane_mesh, over_lanes, put
from affdyn_jax.epoch import EpochScores, LaneState, new_lane, predict_recordings, train_epoch
from affdyn_jax.examples import Examples
from affdyn_jax.model import Weights, initial_weights
from affdyn_jax.places import EMPTY, is_worthwhile, table_of_places


class Trained(NamedTuple):
    """All lanes after training, in the order in which they were given.

    Attributes:
        weights: Each lane's weights at its best epoch; every leaf has a leading axis L.
        best_epoch_l: Shape (L,).
        epochs_l: Epochs that each lane trained, shape (L,).
        diverged_l: Shape (L,), boolean.
        history: `EpochScores` with leading axes (E, L) of all E epochs; of a lane only the
            first `epochs_l` mean anything.
    """

    weights: Weights
    best_epoch_l: np.ndarray
    epochs_l: np.ndarray
    diverged_l: np.ndarray
    history: EpochScores


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


def train_lanes(
    task_weights_lk: np.ndarray,
    monitor_weights_lk: np.ndarray,
    seeds: Sequence[int],
    hidden_size: int,
    train: Examples,
    dev: Examples,
    optimiser: optax.GradientTransformation,
    max_epochs: int,
    patience: int,
    on_epoch: Callable[[int, np.ndarray, np.ndarray, EpochScores], None] = lambda *_: None,
) -> Trained:
    """Train all lanes of one hidden size until the last one has stopped (§4.2).

    Args:
        task_weights_lk: Task weights of the L lanes, seed by seed, every seed with the same
            lanes in the same order; shape (L, K).
        monitor_weights_lk: Task weights of the dev loss that early stopping goes by, (L, K).
        seeds: The seeds.
        hidden_size: H.
        train: The training partition.
        dev: The dev partition.
        optimiser: From `adam`.
        max_epochs: After which every lane is over.
        patience: Epochs without improvement after which one lane is.
        on_epoch: Called after each epoch with its number, which lanes have stopped (L,), which
            have diverged in this very epoch (L,), and the scores of all lanes, NaN for those
            that are no longer computed.
    """
    lanes_of_a_seed = len(task_weights_lk) // len(seeds)
    seed_index_l = np.repeat(np.arange(len(seeds)), lanes_of_a_seed)
    mesh = lane_mesh(lanes_of_a_seed)

    def epoch_of_lane(lane, order_n, partitions):
        return train_epoch(lane, order_n, *partitions, optimiser, patience)

    epoch_of_all = over_lanes(epoch_of_lane, mesh, donated=(0,))
    partitions = put((train, dev), mesh, EVERYWHERE)

    every_lane = _start(task_weights_lk, monitor_weights_lk, seeds, hidden_size, train, optimiser)
    table_sm = table_of_places(~every_lane.stopped, seed_index_l, mesh.size)
    lanes, history = _take_places(every_lane, table_sm, mesh), []
    for epoch in range(1, max_epochs + 1):
        seeds_s = [seeds[index] for index in seed_index_l[table_sm[:, 0]]]
        orders_sn = np.stack([recording_order(s, epoch, len(train.frames_n)) for s in seeds_s])
        lanes, scores = epoch_of_all(lanes, put(orders_sn, mesh, EVERYWHERE), partitions)
        history.append(_by_lane(scores, table_sm, len(seed_index_l)))
        _note(every_lane.stopped, lanes.stopped, table_sm)
        diverged_before_l = every_lane.diverged.copy()
        _note(every_lane.diverged, lanes.diverged, table_sm)
        on_epoch(epoch, every_lane.stopped, every_lane.diverged & ~diverged_before_l, history[-1])
        if every_lane.stopped.all():
            break
        smaller_sm = table_of_places(~every_lane.stopped, seed_index_l, mesh.size)
        if is_worthwhile(smaller_sm, table_sm):
            _leave_places(every_lane, lanes, table_sm)
            lanes, table_sm = _take_places(every_lane, smaller_sm, mesh), smaller_sm
    _leave_places(every_lane, lanes, table_sm)

    return Trained(
        weights=every_lane.best_weights,
        best_epoch_l=every_lane.best_epoch,
        epochs_l=every_lane.epochs,
        diverged_l=every_lane.diverged,
        history=jax.tree.map(lambda *epochs: np.stack(epochs), *history),
    )


def _start(
    task_weights_lk: np.ndarray,
    monitor_weights_lk: np.ndarray,
    seeds: Sequence[int],
    hidden_size: int,
    train: Examples,
    optimiser: optax.GradientTransformation,
) -> LaneState:
    """All lanes before their first epoch, NumPy arrays with a leading axis L.

    Lanes of one seed have the same initial weights.
    """
    feature_count, task_count = train.features_ntf.shape[-1], train.gold_ntk.shape[-1]

    def weights_of_seed(seed: jax.Array) -> Weights:
        return initial_weights(jax.random.key(seed), feature_count, hidden_size, task_count)

    lanes_of_a_seed = len(task_weights_lk) // len(seeds)
    weights = jax.tree.map(
        lambda leaf: np.repeat(np.asarray(leaf), lanes_of_a_seed, axis=0),
        jax.jit(jax.vmap(weights_of_seed))(jnp.asarray(seeds, jnp.uint32)),
    )
    new_lanes = jax.vmap(functools.partial(new_lane, optimiser=optimiser))
    return jax.tree.map(np.array, new_lanes(task_weights_lk, monitor_weights_lk, weights))


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
        weights: As in `Trained`, every leaf with a leading axis L.
        examples: A partition, with or without gold standards.
    """
    lane_count = len(jax.tree.leaves(weights)[0])
    mesh = lane_mesh(lane_count)
    table_sm = table_of_places(np.ones(lane_count, bool), np.zeros(lane_count, int), mesh.size)

    def predict_lane(weights, _, features_and_frames):
        return predict_recordings(weights, *features_and_frames)

    in_places = put(jax.tree.map(lambda leaf: leaf[table_sm], weights), mesh, BY_LANE)
    inputs = put((examples.features_ntf, examples.frames_n), mesh, EVERYWHERE)
    predictions = over_lanes(predict_lane, mesh)(in_places, (), inputs)
    return _by_lane(predictions, table_sm, lane_count)
