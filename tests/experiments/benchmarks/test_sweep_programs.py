"""All programs that are compared do the same work: their scores after some steps agree."""

import numpy as np
import pytest

from experiments.benchmarks import sweep_ours, sweep_programs
from experiments.benchmarks.sweep_workload import GEOMETRIES, Geometry, generated_workload
from tests.graph_stand_in import replace_graphs_and_streams

NEED_A_GPU = ("streams", "graphs_on_streams", "vectorised_graph")
WORKLOAD = generated_workload(
    Geometry(frames=40, features=6, train=3, dev=2), 8, lane_count=3, steps=3
)


@pytest.fixture(scope="module")
def expected_lk():
    return scores(sweep_ours.ours)


def scores(make):
    program = make(WORKLOAD)
    before_lk = program.dev_pass()
    program.train()
    program.train()
    after_lk = program.dev_pass()
    assert np.abs(after_lk - before_lk).max() > 1e-4
    return after_lk


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ours_plain_scan", "ours_one_by_one"])
def test_ours(name, expected_lk):
    np.testing.assert_allclose(scores(getattr(sweep_ours, name)), expected_lk, atol=1e-4)


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore:`torch.jit.script:DeprecationWarning")
@pytest.mark.parametrize("name", ["sequential", "vectorised", *NEED_A_GPU])
def test_pytorch(name, expected_lk, monkeypatch):
    torch = pytest.importorskip("torch")
    from experiments.benchmarks import sweep_pytorch

    if name in NEED_A_GPU and not torch.cuda.is_available():
        replace_graphs_and_streams(monkeypatch)
    with torch.compiler.set_stance("force_eager"):
        found_lk = scores(getattr(sweep_pytorch, f"pytorch_{name}"))
    np.testing.assert_allclose(found_lk, expected_lk, atol=1e-4)


@pytest.mark.parity
def test_both_have_to_compute_on_the_same_kind_of_device(monkeypatch):
    pytest.importorskip("torch")
    from experiments.benchmarks import sweep_pytorch

    assert next(iter(sweep_programs.programs())) == "pytorch_sequential"
    monkeypatch.setattr(sweep_pytorch, "has_gpu", lambda: True)
    with pytest.raises(RuntimeError, match=r"JAX computes on a cpu, PyTorch does not"):
        sweep_programs.programs()


def test_a_workload_has_the_sizes_of_its_geometry():
    geometry = GEOMETRIES["sewa_hu_mfb"]
    workload = generated_workload(geometry, hidden_size=16, lane_count=11, steps=2)
    assert workload.train.features_ntf.shape == (2, 707, 40)
    assert workload.dev.features_ntf.shape == (14, 707, 40)
    np.testing.assert_allclose([lane.w for lane in workload.lanes], np.arange(11) / 10)
