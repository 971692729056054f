import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.method.model import initial_weights, predict
from affdyn_jax.prediction.exported.torch_weights import from_torch, to_torch


def weights_of(seed, features=2, hidden=1, tasks=4):
    return initial_weights(jax.random.key(jnp.uint32(seed)), features, hidden, tasks)


def test_any_size_is_stacked_alike():
    ours = weights_of(2**32 - 1)
    theirs = to_torch(ours)
    kernel_ghf = ours["layers"][0]["input_kernel_ghf"]
    expected = [[float(kernel_ghf[gate, 0, f]) for f in (0, 1)] for gate in range(3)]
    np.testing.assert_array_equal(theirs["gru.weight_ih_l0"], np.array(expected, np.float32))


@settings(deadline=None, max_examples=10)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 6))
def test_what_was_handed_on_comes_back(features, hidden, tasks):
    ours = weights_of(0, features, hidden, tasks)
    back = from_torch(to_torch(ours))
    jax.tree.map(np.testing.assert_array_equal, back, ours)
    assert jax.tree.structure(back) == jax.tree.structure(ours)


def test_shapes_that_do_not_fit_are_refused():
    named = to_torch(weights_of(0, hidden=2))
    named["gru.bias_hh_l1"] = np.zeros(9, np.float32)
    with pytest.raises(ValueError, match="do not fit"):
        from_torch(named)
    del named["gru.bias_hh_l1"]
    with pytest.raises(KeyError):
        from_torch(named)


@pytest.mark.parity
def test_pytorch_takes_them_as_they_are():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    features_tf = np.random.default_rng(0).standard_normal((50, 7)).astype(np.float32)
    ours = weights_of(3, 7, 5)
    named = {name: torch.tensor(np.array(a)) for name, a in to_torch(ours).items()}
    gru = torch.nn.GRU(7, 5, num_layers=2, batch_first=True)
    gru.load_state_dict({n.removeprefix("gru."): a for n, a in named.items() if "gru." in n})
    head = torch.nn.Linear(5, 4)
    head.load_state_dict({n.removeprefix("head."): a for n, a in named.items() if "head." in n})
    with torch.no_grad():
        theirs_tk = torch.tanh(head(gru(torch.from_numpy(features_tf)[None])[0][0]))
    ours_tk = predict(ours, jnp.asarray(features_tf), jnp.int32(50))
    np.testing.assert_allclose(theirs_tk.numpy(), ours_tk, rtol=0, atol=1e-5)
