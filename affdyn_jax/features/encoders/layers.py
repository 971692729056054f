"""The smallest parts of all encoders: an affine map, a norm, an activation.

Modules and weights have the names that transformers gives them; a weight's shape is that of
PyTorch's, reversed. Shape letters: B batch, T time, C channels.
"""

import jax
import jax.numpy as jnp
from flax import nnx


def gelu(inputs: jax.Array) -> jax.Array:
    """The exact Gaussian error linear unit, `torch.nn.functional.gelu`'s default.

    `jax.nn.gelu` takes it from erfc, which XLA's CPU computes more slowly than erf.
    """
    half = jnp.asarray(0.5, inputs.dtype)
    return half * inputs * (1 + jax.lax.erf(inputs * jnp.sqrt(half)))


class Linear(nnx.Module):
    """An affine map of the last axis, `torch.nn.Linear`.

    Attributes:
        weight: Shape (channels in, channels out).
        bias: Shape (channels out,), or None.
    """

    def __init__(self, channels_in: int, channels_out: int, *, bias: bool = True, rngs: nnx.Rngs):
        shape = (channels_in, channels_out)
        self.weight = nnx.Param(jax.nn.initializers.normal(0.02)(rngs.params(), shape))
        self.bias = nnx.Param(jnp.zeros(channels_out)) if bias else None

    def __call__(self, inputs: jax.Array) -> jax.Array:
        """Of the input's shape, but for its last axis, which has the channels out."""
        outputs = inputs @ self.weight[...]
        if self.bias is None:
            return outputs
        return outputs + jnp.expand_dims(self.bias[...], range(outputs.ndim - 1))


class Norm(nnx.Module):
    """Standardises over one axis, then scales and shifts the channels.

    Over channels it is PyTorch's `LayerNorm`; over time, its `GroupNorm` with as many groups as
    channels. Computes in float32 for any dtype of its input.

    Attributes:
        weight: Scales, shape (C,).
        bias: Shifts, shape (C,).
    """

    def __init__(self, channels: int, *, axis: int = -1, epsilon: float):
        self.weight = nnx.Param(jnp.ones(channels))
        self.bias = nnx.Param(jnp.zeros(channels))
        self.axis = axis
        self.epsilon = epsilon

    def __call__(self, inputs_btc: jax.Array) -> jax.Array:
        """The standardised input, of its shape and dtype."""
        standard_btc = standardised(inputs_btc.astype(jnp.float32), self.axis, self.epsilon)
        scale_c, shift_c = (p[...].astype(jnp.float32) for p in (self.weight, self.bias))
        scaled_btc = standard_btc * scale_c[None, None] + shift_c[None, None]
        return scaled_btc.astype(inputs_btc.dtype)


def standardised(inputs: jax.Array, axis: int, epsilon: float) -> jax.Array:
    """Inputs less their mean over one axis, divided by the root of their variance plus epsilon.

    The variance is biased: the mean of the squares, as in PyTorch's norms.
    """
    centred = inputs - inputs.mean(axis, keepdims=True)
    variance = jnp.square(centred).mean(axis, keepdims=True)
    return centred * jax.lax.rsqrt(variance + epsilon)
