import numpy as np

from affdyn_jax.examples import pad


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
