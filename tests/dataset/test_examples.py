import jax
import numpy as np

from affdyn_jax.dataset.examples import pad


def test_recordings_keep_their_values_and_padding_is_invalid():
    lengths = (3, 5, 1)
    features = [np.full((t, 2), t + 0.5) for t in lengths]
    gold = [np.full((t, 4), -t) for t in lengths]
    valid = [np.ones((t, 4), bool) for t in lengths]
    examples = pad(features, gold, valid)
    assert examples.features_ntf.shape == (3, 5, 2)
    assert examples.gold_ntk.shape == examples.valid_ntk.shape == (3, 5, 4)
    assert [array.dtype for array in examples] == [np.float32, np.float32, np.bool_, np.int32]
    np.testing.assert_array_equal(examples.frames_n, lengths)
    for n, length in enumerate(lengths):
        assert (examples.features_ntf[n, :length] == length + 0.5).all()
        assert (examples.gold_ntk[n, :length] == -length).all()
        assert not examples.features_ntf[n, length:].any()
        assert examples.valid_ntk[n, :length].all()
        assert not examples.valid_ntk[n, length:].any()


def test_devices_share_the_memory_of_the_arrays():
    features = np.random.default_rng(0).normal(size=(3, 70, 5))
    examples = pad(features, features, np.ones_like(features))
    for array in examples[:3]:
        on_device = jax.device_put(array, jax.devices("cpu")[0])
        assert on_device.unsafe_buffer_pointer() == array.ctypes.data
