"""Pearson's r and the root mean square error, which other work reports beside CCC."""

import numpy as np

from affdyn_jax.dataset.constant_ratings import is_constant

PEARSON_R, RMSE = "pearson_r", "rmse"  # in the names of columns


def pearson_r(
    predictions: np.ndarray, gold: np.ndarray, valid: np.ndarray, axis: int | tuple[int, ...] = 0
) -> np.ndarray:
    """Pearson's correlation coefficient, in double precision.

    Args:
        predictions: Any shape.
        gold: The gold standard, the same shape.
        valid: Which entries count, the same shape, boolean.
        axis: The axis or axes over which the two are correlated.

    Returns:
        Of the input's shape without `axis`; NaN where the gold standard never changes, 0 where
        the predictions alone do not.
    """
    x, y = (_deviations(values, valid, axis) for values in (predictions, gold))
    scale = np.sqrt((x**2).sum(axis=axis) * (y**2).sum(axis=axis))
    r = np.divide((x * y).sum(axis=axis), scale, out=np.zeros(scale.shape), where=scale != 0)
    return np.where(is_constant(gold, valid, axis), np.nan, r)


def rmse(
    predictions: np.ndarray, gold: np.ndarray, valid: np.ndarray, axis: int | tuple[int, ...] = 0
) -> np.ndarray:
    """Root mean square error, in double precision.

    Args:
        predictions: All arguments as of `pearson_r`.
        gold: The same.
        valid: The same.
        axis: The same.

    Returns:
        Of the input's shape without `axis`; NaN where nothing is valid.
    """
    squares = (_of_valid(predictions, valid) - _of_valid(gold, valid)) ** 2
    count = valid.sum(axis=axis)
    mean = np.divide(
        squares.sum(axis=axis), count, out=np.full(count.shape, np.nan), where=count > 0
    )
    return np.sqrt(mean)


def _deviations(values: np.ndarray, valid: np.ndarray, axis: int | tuple[int, ...]) -> np.ndarray:
    """Valid entries less their mean, 0 elsewhere."""
    values = _of_valid(values, valid)
    count = np.maximum(valid.sum(axis=axis, keepdims=True), 1)
    return _of_valid(values - values.sum(axis=axis, keepdims=True) / count, valid)


def _of_valid(values: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Valid entries, 0 elsewhere, where there may be anything."""
    return np.where(valid, values, 0.0).astype(np.float64)
