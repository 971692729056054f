"""Trained lanes on one recording that arrives piece by piece, each with its state."""

from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from affdyn_jax.method.model import Weights, continue_from, nothing_carried
from affdyn_jax.method.tasks import Task

# Frames that go through the lanes at once: one compiled program serves pieces of any length.
_FRAMES = 32


class PredictingLanes:
    """The lanes that predict, those of one hidden size side by side in one program.

    Args:
        weights: Of each lane by its name.
        lanes_of: The lanes whose mean predicts each task.
        tasks: The K tasks in the order of the model's outputs.
    """

    def __init__(
        self,
        weights: Mapping[str, Weights],
        lanes_of: Mapping[Task, Sequence[str]],
        tasks: Sequence[Task],
    ):
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

    def begin(self) -> list[np.ndarray]:
        """What is carried before the first frame, for `continue_from`."""
        return [nothing_carried(weights) for weights, _ in self._groups]

    def continue_from(
        self, features_tf: np.ndarray, carried: Sequence[np.ndarray]
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """Predictions for the next frames.

        Args:
            features_tf: Standardised features, shape (T, F), of any T.
            carried: What the frames before have left, from `begin` on.

        Returns:
            Predictions of each task that has lanes, shape (T, C), float64, and what is carried.
        """
        pieces = [np.empty((0, len(self._outputs)))]
        for start in range(0, len(features_tf), _FRAMES):
            piece_tf = features_tf[start : start + _FRAMES]
            frames = len(piece_tf)
            padded_tf = np.zeros((_FRAMES, features_tf.shape[1]), np.float32)
            padded_tf[:frames] = piece_tf
            of_groups, carried = self._of_groups(padded_tf, np.int32(frames), carried)
            predictions_ltk = np.concatenate([np.asarray(of_group) for of_group in of_groups])
            columns = self._means_over_lanes(predictions_ltk[:, :frames], np.float64)
            pieces.append(np.stack(columns, axis=1))
        return np.concatenate(pieces), list(carried)

    def traced(
        self, features_tf: jax.Array, carried: Sequence[jax.Array]
    ) -> tuple[jax.Array, list[jax.Array]]:
        """`continue_from` as a part of a program in JAX: of all T frames at once, float32."""
        frames = jnp.asarray(features_tf.shape[0], jnp.int32)
        of_groups, carried = self._of_groups(features_tf, frames, carried)
        columns = self._means_over_lanes(jnp.concatenate(of_groups), np.float32)
        return jnp.stack(columns, axis=1), carried

    def _of_groups(self, features_tf, frames, carried) -> tuple[list, list]:
        """Predictions (L, T, K) of the lanes of each hidden size, and what is carried."""
        results = [
            _all_lanes(weights, features_tf, frames, of_group)
            for (weights, _), of_group in zip(self._groups, carried, strict=True)
        ]
        return [of_group for of_group, _ in results], [carried for _, carried in results]

    def _means_over_lanes(self, predictions_ltk, dtype: type) -> list:
        """What is predicted of each task, shape (T,): the mean over the lanes that predict it."""
        return [
            predictions_ltk[lanes, :, k].mean(axis=0, dtype=dtype) for lanes, k in self._outputs
        ]


@jax.jit
def _all_lanes(weights, features_tf, frames, carried):
    # On GPUs the default is less than float32.
    with jax.default_matmul_precision("float32"):
        return jax.vmap(continue_from, in_axes=(0, None, None, 0))(
            weights, features_tf, frames, carried
        )
