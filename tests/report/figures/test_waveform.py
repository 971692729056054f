import numpy as np
import pytest

from affdyn_jax.report.figures.waveform import outline


@pytest.mark.parametrize("block", [1, 7, 160, 1000])
def test_lowest_and_highest_of_each_stretch(block):
    samples = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    blocks = [samples[start : start + block] for start in range(0, 1000, block)]
    times_s, lowest_s, highest_s = outline(blocks, 16000, stretch=160)
    stretches = np.split(samples, range(160, 1000, 160))
    np.testing.assert_allclose(times_s, [0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06], atol=1e-12)
    np.testing.assert_array_equal(lowest_s, [stretch.min() for stretch in stretches])
    np.testing.assert_array_equal(highest_s, [stretch.max() for stretch in stretches])
