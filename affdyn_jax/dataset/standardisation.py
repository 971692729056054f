"""Features scaled by the mean and deviation of the training frames (§3.2)."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from affdyn_jax.errors import FeatureError

# Beyond this, squares of float32 numbers lose all meaning.
_FARTHEST_FEATURE = 1e6  # standard deviations


@dataclasses.dataclass(frozen=True, eq=False)
class Standardisation:
    """Mean and standard deviation of each feature over the training frames (§3.2).

    Attributes:
        mean_f: Shape (F,), float64.
        deviation_f: Shape (F,), float64; 1 where a feature never changes.
    """

    mean_f: np.ndarray
    deviation_f: np.ndarray

    def __repr__(self) -> str:
        return f"Standardisation({len(self.mean_f)} features)"

    def __getitem__(self, features: slice) -> "Standardisation":
        """That of some of the features."""
        return Standardisation(self.mean_f[features], self.deviation_f[features])

    @classmethod
    def side_by_side(cls, parts: Sequence["Standardisation"]) -> "Standardisation":
        """That of all features of several."""
        return cls(
            np.concatenate([part.mean_f for part in parts]),
            np.concatenate([part.deviation_f for part in parts]),
        )

    def __call__(self, features_tf: np.ndarray) -> np.ndarray:
        """Features of zero mean and unit variance, shape (T, F), float32."""
        return ((features_tf - self.mean_f) / self.deviation_f).astype(np.float32)


def check_finite(features: Mapping[str, np.ndarray], frame_rate: float) -> None:
    """Refuse features that are NaN or infinite.

    Args:
        features: Of each recording by name, shape (T, F), on the grid.
        frame_rate: Of the grid, in Hz.

    Raises:
        FeatureError: There are such.
    """
    for name, features_tf in features.items():
        if not np.isfinite(features_tf).all():
            frame, column = np.argwhere(~np.isfinite(features_tf))[0]
            raise FeatureError(
                f"recording '{name}': feature {column} is {features_tf[frame, column]} at "
                f"{frame / frame_rate:g} s; features must be finite"
            )


def fit_standardisation(features_tf: np.ndarray) -> Standardisation:
    """Mean and standard deviation (divided by T) of each feature, shape (T, F)."""
    changes_f = np.ptp(features_tf, axis=0) > 0  # rounding lets the deviation differ from 0
    deviation_f = features_tf.std(axis=0, dtype=np.float64)
    return Standardisation(
        mean_f=features_tf.mean(axis=0, dtype=np.float64),
        deviation_f=np.where(changes_f & (deviation_f > 0), deviation_f, 1.0),
    )


def is_far(standardised_tf: np.ndarray) -> np.ndarray:
    """Whether each standardised feature lies far outside of what was seen in training."""
    return np.abs(standardised_tf) > _FARTHEST_FEATURE


def standardised(
    standardisation: Standardisation,
    features_tf: np.ndarray,
    frame_rate: float,
    source: object,
    first: int = 0,
) -> np.ndarray:
    """Standardised features, none of them beyond all that training has seen.

    Args:
        standardisation: That of the training frames.
        features_tf: Shape (T, F), on the grid.
        frame_rate: Of the grid, in Hz.
        source: Names the recording in messages.
        first: Which frame of the recording they begin with.

    Raises:
        FeatureError: One lies far outside of what was seen in training.
    """
    with np.errstate(over="ignore"):
        standardised_tf = standardisation(features_tf)
    is_far_tf = is_far(standardised_tf)
    if is_far_tf.any():
        frame, column = np.argwhere(is_far_tf)[0]
        raise FeatureError(
            f"{source}: feature {column} is {features_tf[frame, column]} at "
            f"{(first + frame) / frame_rate:g} s, over {_FARTHEST_FEATURE:g} standard deviations "
            f"from the training partition's mean of {standardisation.mean_f[column]:g}; extract "
            "it again, or leave that feature out"
        )
    return standardised_tf
