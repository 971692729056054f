"""The concordance correlation coefficient (Eq. 2): the one definition, of loss and metric."""

from typing import Any

Array = Any  # of NumPy or JAX: both speak the array API standard


def concordance(
    prediction: Array, gold_standard: Array, valid: Array, axis: int | tuple[int, ...] = 0
) -> Array:
    """Concordance correlation coefficient over the valid entries of `axis` (Eq. 2).

    Variances and covariance are biased (divided by the count of valid entries) as Eq. 2 has
    them, so a perfect prediction scores exactly 1; the scripts of the AVEC challenges
    mix biased and unbiased ones, which differs by 1e-4 at 20 000 frames. Means are
    subtracted before squaring: E[xy] - E[x]E[y] would cancel in float32.

    Where Eq. 2 is 0/0 (both constant and equal, or nothing valid) the value is 0, with a
    gradient of 0; likewise where the denominator's square is too small to divide by. Invalid
    entries may hold anything, NaN included; a NaN among the valid ones makes the value NaN.

    Args:
        prediction: Any shape, NumPy or JAX, floating point.
        gold_standard: The same shape and dtype.
        valid: The same shape, boolean.
        axis: The axis or axes over which agreement is measured, e.g. frames.

    Returns:
        The coefficients in [-1, 1], of the input's shape without `axis`.
    """
    xp = prediction.__array_namespace__()
    count = xp.sum(xp.astype(valid, prediction.dtype), axis=axis, keepdims=True)
    count = xp.maximum(count, xp.ones_like(count))

    def mean(values: Array) -> Array:
        return xp.sum(xp.where(valid, values, 0.0), axis=axis, keepdims=True) / count

    # A NaN under the mask would survive a product with 0, in the value or in its gradient.
    prediction = xp.where(valid, prediction, 0.0)
    gold_standard = xp.where(valid, gold_standard, 0.0)
    bias = mean(prediction) - mean(gold_standard)
    prediction_deviation = prediction - mean(prediction)
    gold_deviation = gold_standard - mean(gold_standard)
    covariance = mean(prediction_deviation * gold_deviation)
    denominator = mean(prediction_deviation**2) + mean(gold_deviation**2) + bias**2
    undefined = denominator <= float(xp.finfo(denominator.dtype).tiny) ** 0.5
    safe_denominator = xp.where(undefined, 1.0, denominator)
    coefficient = xp.where(undefined, 0.0, 2 * covariance / safe_denominator)
    return xp.squeeze(coefficient, axis=axis)
