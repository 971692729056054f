"""Training of all lanes of one hidden size together (§4.2).

`epoch.py` is written for one lane; here it is mapped over all of them. Each lane is exactly
the run that a loop over w would have made: what it sees and when it stops is its own.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh

from affdyn_jax.dataset.examples import Examples
from affdyn_jax.method.low_pass import LowPass
from affdyn_jax.method.model import Weights, initial_weights
from affdyn_jax.method.recurrence.states import Recurrence
from affdyn_jax.training.devices import BY_LANE, EVERYWHERE, lane_mesh, over_lanes, put
from affdyn_jax.training.epoch import predict_recordings, train_epoch
from affdyn_jax.training.lane_state import EpochScores, LaneSettings, LaneState, new_lane
from affdyn_jax.training.packing import table_of_places
from affdyn_jax.training.parts import Parts
from affdyn_jax.training.placed_lanes import PlacedLanes, by_lane
from affdyn_jax.training.recurrence_choice import recurrence_on
from affdyn_jax.training.repetitions import OfRepetitions, TrainingData, all_of, shared_inputs


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


def new_training(
    settings_l: LaneSettings, data: TrainingData, hidden_size: int, parts: Parts
) -> TrainingState:
    """All lanes of one hidden size before their first epoch.

    Args:
        settings_l: What makes each of the L lanes, leading axis L: repetition by repetition, every
            one with the same lanes in the same order. Lanes of one seed have the same initial
            weights.
        data: What they are trained on.
        hidden_size: H.
        parts: Of the program.
    """
    lane_count, task_count = settings_l.task_weights.shape
    feature_count = data.train.features_ntf.shape[-1]
    seeds_s = jnp.asarray([seed for seed, _ in data.repetitions], jnp.uint32)
    weights_s = _initial_weights(
        *(seeds_s, feature_count, hidden_size, task_count, parts.low_pass, parts.layer_count)
    )
    weights = jax.tree.map(
        lambda leaf_s: np.repeat(np.asarray(leaf_s), lane_count // len(seeds_s), axis=0), weights_s
    )
    new_lanes = jax.vmap(functools.partial(new_lane, parts=parts))
    return TrainingState(
        lane_states=jax.tree.map(np.array, new_lanes(settings_l, weights)),
        history=empty_history(0, lane_count, task_count),
    )


@functools.partial(jax.jit, static_argnums=(1, 2, 3, 4, 5))
def _initial_weights(
    seeds_s: jax.Array,
    feature_count: int,
    hidden_size: int,
    task_count: int,
    low_pass: LowPass | None,
    layer_count: int,
) -> Weights:
    """New weights of S seeds, every leaf with a leading axis S."""

    def of_seed(seed: jax.Array) -> Weights:
        return initial_weights(
            *(jax.random.key(seed), feature_count, hidden_size, task_count, low_pass, layer_count)
        )

    return jax.vmap(of_seed)(seeds_s)


def empty_history(epochs: int, lane_count: int, task_count: int) -> EpochScores:
    """Scores of E epochs of L lanes that are still to be filled in, leading axes (E, L)."""
    each_el = np.zeros((epochs, lane_count), np.float32)
    ccc_elk = np.zeros((epochs, lane_count, task_count), np.float32)
    return EpochScores(each_el, each_el.copy(), ccc_elk, each_el.copy())


def train_lanes(
    start: TrainingState,
    data: TrainingData,
    parts: Parts,
    on_epoch: Callable[[Epoch], None] = lambda _: None,
) -> TrainingState:
    """Train all lanes of one hidden size until the last one has stopped (§4.2).

    Args:
        start: From `new_training`, or from an earlier call that was interrupted: the result is
            then the same, bit by bit on the same devices.
        data: What they are trained on.
        parts: Of the program.
        on_epoch: Called after each epoch; what it raises ends the training.
    """
    lanes = PlacedLanes(start.lane_states, len(data.repetitions), start.epoch)
    train_for_an_epoch = _epoch_of(lanes, data, parts)
    history = [EpochScores(*scores) for scores in zip(*start.history, strict=True)]

    def state() -> TrainingState:
        return TrainingState(lanes.state(), jax.tree.map(lambda *e: np.stack(e), *history))

    for number in range(start.epoch + 1, parts.settings.max_epochs + 1):
        if lanes.stopped_l.all():
            break
        lanes.move()
        diverged_before_l = lanes.diverged_l.copy()
        history.append(train_for_an_epoch(number))
        diverging_l = lanes.diverged_l & ~diverged_before_l
        on_epoch(Epoch(number, lanes.stopped_l, diverging_l, history[-1], state))
    return state()


def epoch_program(lane_states: LaneState, data: TrainingData, parts: Parts) -> Callable[[], None]:
    """An epoch of all lanes, as `train_lanes` begins with it, to be timed.

    Args:
        lane_states: Leading axis L, NumPy arrays. Lanes that have stopped take as long as the
            others.
        data: As in `train_lanes`, where the same program is then compiled.
        parts: The same.

    Returns:
        A function that trains them for an epoch, and returns when it is over; compiled when it
        is first called. Nothing is kept.
    """
    lanes = PlacedLanes(lane_states, len(data.repetitions))
    train_for_an_epoch = _epoch_of(lanes, data, parts)

    def epoch() -> None:
        train_for_an_epoch(1)
        jax.block_until_ready(lanes.on_devices)

    return epoch


def _epoch_of(lanes: PlacedLanes, data: TrainingData, parts: Parts) -> Callable[[int], EpochScores]:
    """A function that trains placed lanes for the epoch of a number, and returns their scores.

    It is compiled anew whenever the lanes have moved.
    """
    hidden_size = lanes.on_devices.weights["head_kernel_hk"].shape[-2]
    recurrence = recurrence_on(lanes.mesh, parts.settings.recurrence, hidden_size)
    counts = {len(split.train_n) for _, split in data.repetitions}
    parts = dataclasses.replace(parts, has_idle_steps=len(counts) > 1)
    epoch_of_all = _epoch_of_all(parts, lanes.mesh, recurrence)
    partitions = _on_all_devices(data.train, data.dev, lanes.mesh)

    def train_for_an_epoch(number: int) -> EpochScores:
        repetitions = [data.repetitions[index] for index in lanes.repetition_index_s]
        shared = put(shared_inputs(repetitions, number), lanes.mesh, EVERYWHERE)
        return lanes.update(*epoch_of_all(lanes.on_devices, shared, partitions))

    return train_for_an_epoch


def _epoch_of_all(parts: Parts, mesh: Mesh, recurrence: Recurrence) -> Callable:
    """`epoch.train_epoch` as a program for a table of lanes."""

    def epoch_of_lane(lane, shared, partitions):
        return train_epoch(lane, shared, *partitions, parts)

    return over_lanes(epoch_of_lane, mesh, recurrence, donated=(0,))


def _on_all_devices(train: Examples, dev: Examples, mesh: Mesh) -> tuple[Examples, Examples]:
    """Both on the devices; features that both have are there once."""
    of_train = put(train, mesh, EVERYWHERE)
    if dev.features_ntf is not train.features_ntf:
        return of_train, put(dev, mesh, EVERYWHERE)
    others = put(dev._replace(features_ntf=()), mesh, EVERYWHERE)
    return of_train, others._replace(features_ntf=of_train.features_ntf)


def _predictions_of_all(mesh: Mesh, recurrence: Recurrence, low_pass: LowPass | None) -> Callable:
    """`epoch.predict_recordings` as a program for a table of lanes."""

    def predict_lane(weights, of_repetition, examples):
        return predict_recordings(weights, of_repetition, examples, low_pass)

    return over_lanes(predict_lane, mesh, recurrence)


def predict_lanes(
    weights: Weights,
    examples: Examples,
    recurrence: str = "auto",
    of_repetitions: OfRepetitions | None = None,
    low_pass: LowPass | None = None,
) -> np.ndarray:
    """Predictions of all lanes for recordings, shape (L, N, T, K); see `model.predict`.

    Args:
        weights: Every leaf with a leading axis L, repetition by repetition.
        examples: With or without gold standards.
        recurrence: As `TrainingSettings.recurrence`.
        of_repetitions: Which recordings the lanes of each repetition predict; by default all
            predict all, whose features are standardised already.
        low_pass: The layer after the head, where the weights have its cut-offs.
    """
    if of_repetitions is None:
        of_repetitions = all_of(examples)
    lane_count = len(jax.tree.leaves(weights)[0])
    repetition_count = len(of_repetitions.rows_n)
    mesh = lane_mesh(lane_count // repetition_count)
    index_l = np.repeat(np.arange(repetition_count), lane_count // repetition_count)
    table_sm = table_of_places(np.ones(lane_count, bool), index_l, mesh.size)
    in_places = put(jax.tree.map(lambda leaf: leaf[table_sm], weights), mesh, BY_LANE)
    chosen = recurrence_on(mesh, recurrence, weights["head_kernel_hk"].shape[-2])
    shared, everywhere = put((of_repetitions, examples), mesh, EVERYWHERE)
    predictions = _predictions_of_all(mesh, chosen, low_pass)(in_places, shared, everywhere)
    return by_lane(predictions, table_sm, lane_count)
