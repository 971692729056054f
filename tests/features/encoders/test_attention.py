"""What is computed head by head against what is computed at once."""

import jax
import numpy as np

from affdyn_jax.features.encoders.attention import _attend, _attend_head_by_head


def heads_of(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def test_attention_is_the_same_on_cpus_as_elsewhere():
    heads = heads_of(3, 2, 4, 9, 6)
    on_cpus = jax.jit(_attend_head_by_head)(*heads)
    np.testing.assert_allclose(jax.jit(_attend)(*heads), on_cpus, atol=1e-6)


def test_added_scores_are_those_of_each_head():
    queries, keys, values = heads_of(3, 2, 4, 9, 6)
    bias_1ntt, gate_bnt1 = heads_of(1, 4, 9, 9), heads_of(2, 4, 9, 1)
    scores = np.einsum("bnqc,bnkc->bnqk", queries, keys) / np.sqrt(6) + bias_1ntt * gate_bnt1
    shares = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    for attend in (_attend, _attend_head_by_head):
        attended = attend(
            queries, keys, values, bias_1ntt, gate_bnt1, added=lambda bias, gate: bias * gate
        )
        np.testing.assert_allclose(attended, shares @ values, atol=1e-5)
