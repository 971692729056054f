"""Attention of each frame to all others, in several heads.

Shape letters: B batch, N heads, T frames, C channels of a head, H hidden units.
"""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
from flax import nnx

from affdyn_jax.features.encoders.layers import Linear

# Scores to add to those of one head, shape (T, T), from arrays of this head.
AddedScores = Callable[..., jax.Array]


def attend(
    queries_bntc: jax.Array,
    keys_bntc: jax.Array,
    values_bntc: jax.Array,
    *of_heads: jax.Array,
    added: AddedScores | None = None,
) -> jax.Array:
    """Each query's mean of the values, weighted by how its key matches the query.

    Args:
        queries_bntc: Of each head, shape (B, N, T, C); they are scaled here.
        keys_bntc: Of the same shape.
        values_bntc: Of the same shape.
        of_heads: What `added` needs, shape (B or 1, N, …).
        added: What knows of the frames' positions, from the parts (…) of `of_heads`.

    Returns:
        Shape (B, N, T, C).
    """
    return jax.lax.platform_dependent(
        *(queries_bntc, keys_bntc, values_bntc, *of_heads),
        cpu=functools.partial(_attend_head_by_head, added=added),
        default=functools.partial(_attend, added=added),
    )


def _attend(
    queries_td: jax.Array,
    keys_td: jax.Array,
    values_td: jax.Array,
    *of_heads: jax.Array,
    added: AddedScores | None = None,
) -> jax.Array:
    """`attend` for arrays whose last two axes are frames and channels, behind any others."""
    scale = jnp.asarray(queries_td.shape[-1] ** -0.5, queries_td.dtype)
    scores_tt = (queries_td * scale) @ keys_td.swapaxes(-2, -1)
    if added is not None:
        scores_tt += added(*of_heads)
    shares_tt = jax.nn.softmax(scores_tt.astype(jnp.float32)).astype(scores_tt.dtype)
    return shares_tt @ values_td


def _attend_head_by_head(*heads: jax.Array, added: AddedScores | None = None) -> jax.Array:
    """`attend` with the scores of one head at a time, which stay in a CPU's caches.

    On windows of 30 s it takes half the time.
    """
    batch, count = heads[0].shape[:2]

    def flat(of_heads: jax.Array) -> jax.Array:
        inner = of_heads.shape[2:]
        return jnp.broadcast_to(of_heads, (batch, count, *inner)).reshape(-1, *inner)

    attended = jax.lax.map(lambda of_head: _attend(*of_head, added=added), tuple(map(flat, heads)))
    return attended.reshape(heads[0].shape)


class Attention(nnx.Module):
    """Attention without positions, in heads that have H / N channels each."""

    def __init__(self, size: int, head_count: int, *, key_bias: bool = True, rngs: nnx.Rngs):
        self.head_count = head_count
        self.q_proj = Linear(size, size, rngs=rngs)
        self.k_proj = Linear(size, size, bias=key_bias, rngs=rngs)
        self.v_proj = Linear(size, size, rngs=rngs)
        self.out_proj = Linear(size, size, rngs=rngs)

    def __call__(self, hidden_bth: jax.Array) -> jax.Array:
        """Of the input's shape."""
        return self.attended(hidden_bth)

    def attended(
        self, hidden_bth: jax.Array, *of_heads: jax.Array, added: AddedScores | None = None
    ) -> jax.Array:
        """The same with what `attend` adds to the scores."""
        heads = (
            heads_first(projection(hidden_bth), self.head_count)
            for projection in (self.q_proj, self.k_proj, self.v_proj)
        )
        attended_bntc = attend(*heads, *of_heads, added=added)
        return self.out_proj(attended_bntc.transpose(0, 2, 1, 3).reshape(hidden_bth.shape))


def heads_first(hidden_bth: jax.Array, head_count: int) -> jax.Array:
    """Hidden units shared out to heads, shape (B, N, T, C)."""
    batch, frames, _ = hidden_bth.shape
    return hidden_bth.reshape(batch, frames, head_count, -1).transpose(0, 2, 1, 3)
