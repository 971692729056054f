"""A model as a program that runs without this package: StableHLO, by `jax.export`."""

import contextlib
from collections.abc import Iterator

import jax
import jax.numpy as jnp

from affdyn_jax.prediction.trained_model import TrainedModel

_PLATFORMS = ("cpu", "cuda", "tpu")

# How many places in source files each operation names.
_PLACES = "jax_traceback_in_locations_limit"


def serialised(model: TrainedModel) -> bytes:
    """The function from features to predictions, for `jax.export.deserialize`.

    It takes features as the extractor makes them, not standardised, shape (T, F) for any T,
    float32, and the states that the frames before have left, a list of arrays of shape
    (L, 2, H), one for each hidden size: zeros before the first frame. It returns predictions,
    shape (T, C), columns as `TrainedModel.columns`, float32, and the states for the next frames.
    T is symbolic, so one function serves recordings of any length, whole or in pieces.

    A causal low-pass layer adds two arrays to each of the states, zeros, too. With a centred one
    the function takes whole recordings, and the list is empty.
    """
    lanes = model.predicting_lanes
    leaves, structure = jax.tree.flatten([] if lanes.wait else lanes.begin())
    mean_f, deviation_f = (
        jnp.asarray(value_f, jnp.float32)
        for value_f in (model.standardisation.mean_f, model.standardisation.deviation_f)
    )

    factor_c, offset_c = (
        jnp.asarray(value_c, jnp.float32)
        for value_c in model.rating_scale.factors_and_offsets(model.lanes_of)
    )

    def predict(features_tf, carried):
        standardised_tf = (features_tf - mean_f[None]) / deviation_f[None]
        if lanes.wait:
            predictions_tc = lanes.traced_whole(standardised_tf)
        else:
            carried = jax.tree.unflatten(structure, carried)
            predictions_tc, carried = lanes.traced(standardised_tf, carried)
        return predictions_tc * factor_c[None] + offset_c[None], jax.tree.leaves(carried)

    (frames,) = jax.export.symbolic_shape("T")
    features_tf = jax.ShapeDtypeStruct((frames, len(mean_f)), jnp.float32)
    carried = [jax.ShapeDtypeStruct(array.shape, array.dtype) for array in leaves]
    with _without_places():
        exported = jax.export.export(jax.jit(predict), platforms=_PLATFORMS)(features_tf, carried)
        return bytes(exported.serialize())


@contextlib.contextmanager
def _without_places() -> Iterator[None]:
    """Keep the paths of source files, and with them this machine's folders, out of the program."""
    before = getattr(jax.config, _PLACES)
    jax.config.update(_PLACES, 0)
    try:
        yield
    finally:
        jax.config.update(_PLACES, before)
