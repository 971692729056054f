"""Trained lanes on one recording that arrives piece by piece, each with its state."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from affdyn_jax.method.low_pass import LowPass
from affdyn_jax.method.model import (
    Carried,
    Weights,
    continue_from,
    held_back,
    nothing_carried,
)
from affdyn_jax.method.tasks import Task

# Frames that go through the lanes at once: one compiled program serves pieces of any length.
_FRAMES = 32


class PredictingLanes:
    """The lanes that predict, those of one hidden size side by side in one program.

    Args:
        weights: Of each lane by its name.
        lanes_of: The lanes whose mean predicts each task.
        tasks: The K tasks in the order of the model's outputs.
        low_pass: The layer after the head, where weights have its cut-offs.
    """

    def __init__(
        self,
        weights: Mapping[str, Weights],
        lanes_of: Mapping[Task, Sequence[str]],
        tasks: Sequence[Task],
        low_pass: LowPass | None = None,
    ):
        self._low_pass = low_pass
        sizes = {lane: of_lane["head_kernel_hk"].shape[0] for lane, of_lane in weights.items()}
        self._groups = []
        for size in sorted(set(sizes.values())):
            names = [lane for lane in weights if sizes[lane] == size]
            stacked = jax.tree.map(
                lambda *leaves: np.stack([np.asarray(leaf) for leaf in leaves]),
                *(weights[lane] for lane in names),
            )
            self._groups.append((stacked, names))
        names = [lane for _, of_group in self._groups for lane in of_group]
        self._outputs = [
            (np.array([names.index(lane) for lane in of_task]), tasks.index(task))
            for task, of_task in lanes_of.items()
        ]

    @property
    def wait(self) -> int:
        """Frames that have to come before one is predicted, those of a centred low-pass layer."""
        return self._low_pass.wait if self._low_pass else 0

    def begin(self) -> list[Carried]:
        """What is carried before the first frame, for `continue_from`."""
        return [nothing_carried(weights, self._low_pass) for weights, _ in self._groups]

    def continue_from(
        self, features_tf: np.ndarray, carried: Sequence[Carried]
    ) -> tuple[np.ndarray, list[Carried]]:
        """Predictions for the next frames.

        Args:
            features_tf: Standardised features, shape (T, F), of any T.
            carried: What the frames before have left, from `begin` on.

        Returns:
            Predictions of each task that has lanes, shape (T, C), float64, and what is carried.
            They are `wait` frames late: as many at the beginning mean nothing, and `held_back`
            has as many at the end.
        """
        pieces = [np.empty((0, len(self._outputs)))]
        for start in range(0, len(features_tf), _FRAMES):
            piece_tf = features_tf[start : start + _FRAMES]
            frames = len(piece_tf)
            padded_tf = np.zeros((_FRAMES, features_tf.shape[1]), np.float32)
            padded_tf[:frames] = piece_tf
            of_groups, carried = self._of_groups(padded_tf, np.int32(frames), carried)
            of_groups_ltk = [np.asarray(of_group)[:, :frames] for of_group in of_groups]
            pieces.append(self._columns(np, of_groups_ltk, np.float64))
        return np.concatenate(pieces), list(carried)

    def held_back(self, carried: Sequence[Carried]) -> np.ndarray:
        """Predictions for the last `wait` frames of a recording that has ended, as before."""
        if not self.wait:
            return np.empty((0, len(self._outputs)))
        return self._columns(np, self._held_back(carried), np.float64)

    def traced(
        self, features_tf: jax.Array, carried: Sequence[Carried]
    ) -> tuple[jax.Array, list[Carried]]:
        """`continue_from` as a part of a program in JAX: of all T frames at once, float32."""
        frames = jnp.asarray(features_tf.shape[0], jnp.int32)
        of_groups, carried = self._of_groups(features_tf, frames, carried)
        return self._columns(jnp, of_groups, np.float32), carried

    def traced_whole(self, features_tf: jax.Array) -> jax.Array:
        """The same of a whole recording, nothing late: shape (T, C)."""
        late_tc, carried = self.traced(features_tf, self.begin())
        if not self.wait:
            return late_tc
        rest_tc = self._columns(jnp, self._held_back(carried), np.float32)
        return jnp.concatenate([late_tc, rest_tc])[self.wait :]

    def _of_groups(self, features_tf, frames, carried) -> tuple[list, list]:
        """Predictions (L, T, K) of the lanes of each hidden size, and what is carried."""
        results = [
            _all_lanes(weights, features_tf, frames, of_group, self._low_pass)
            for (weights, _), of_group in zip(self._groups, carried, strict=True)
        ]
        return [of_group for of_group, _ in results], [carried for _, carried in results]

    def _held_back(self, carried) -> list:
        """Predictions (L, `wait`, K) of the lanes of each hidden size."""
        return [
            _all_held_back(weights, of_group, self._low_pass)
            for (weights, _), of_group in zip(self._groups, carried, strict=True)
        ]

    def _columns(self, xp: Any, of_groups: Sequence, dtype: type):
        """The mean over the lanes that predict each task, shape (T, C), by NumPy or JAX."""
        predictions_ltk = xp.concatenate(of_groups)
        means = [
            predictions_ltk[lanes, :, k].mean(axis=0, dtype=dtype) for lanes, k in self._outputs
        ]
        return xp.stack(means, axis=1)


@functools.partial(jax.jit, static_argnums=4)
def _all_lanes(weights, features_tf, frames, carried, low_pass):
    def of_lane(weights, carried):
        return continue_from(weights, features_tf, frames, carried, low_pass)

    # On GPUs the default is less than float32.
    with jax.default_matmul_precision("float32"):
        return jax.vmap(of_lane)(weights, carried)


@functools.partial(jax.jit, static_argnums=2)
def _all_held_back(weights, carried, low_pass):
    return jax.vmap(functools.partial(held_back, low_pass=low_pass))(weights, carried)
