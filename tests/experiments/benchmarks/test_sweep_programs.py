"""All programs that are compared do the same work: their scores after some steps agree."""

import numpy as np
import pytest

from experiments.benchmarks import sweep_programs
from experiments.benchmarks.sweep_programs import GEOMETRIES, Geometry, generated_workload

WORKLOAD = generated_workload(
    Geometry(frames=40, features=6, train=3, dev=2), 8, lane_count=3, steps=3
)


@pytest.fixture(scope="module")
def expected_lk():
    return scores("ours")


def scores(name):
    program = getattr(sweep_programs, name)(WORKLOAD)
    before_lk = program.dev_pass()
    program.train()
    program.train()
    after_lk = program.dev_pass()
    assert np.abs(after_lk - before_lk).max() > 1e-4
    return after_lk


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ours_plain_scan", "ours_one_by_one"])
def test_ours(name, expected_lk):
    np.testing.assert_allclose(scores(name), expected_lk, atol=1e-4)


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore:`torch.jit.script:DeprecationWarning")
@pytest.mark.parametrize("name", ["pytorch_sequential", "pytorch_vectorised", "pytorch_streams"])
def test_pytorch(name, expected_lk):
    torch = pytest.importorskip("torch")
    if name == "pytorch_streams" and not torch.cuda.is_available():
        pytest.skip("needs a GPU")
    with torch.compiler.set_stance("force_eager"):
        np.testing.assert_allclose(scores(name), expected_lk, atol=1e-4)


def test_a_workload_has_the_sizes_of_its_geometry():
    geometry = GEOMETRIES["sewa_hu_mfb"]
    workload = generated_workload(geometry, hidden_size=16, lane_count=11, steps=2)
    assert workload.train.features_ntf.shape == (2, 707, 40)
    assert workload.dev.features_ntf.shape == (14, 707, 40)
    np.testing.assert_allclose([lane.w for lane in workload.lanes], np.arange(11) / 10)
