"""Which recurrence is taken, by kernels that take their time on a clock of ours."""

import importlib.machinery
import logging
import re
import sys
from types import ModuleType, SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from affdyn_jax.dataset.examples import pad
from affdyn_jax.errors import RunError
from affdyn_jax.method.recurrence.states import LOOP, SCAN, Recurrence
from affdyn_jax.training import recurrence_choice
from affdyn_jax.training.devices import lane_mesh
from affdyn_jax.training.lane_settings import fixed_lanes
from affdyn_jax.training.loop import new_training, train_lanes
from affdyn_jax.training.parts import Parts
from affdyn_jax.training.recurrence_choice import recurrence_on
from affdyn_jax.training.repetitions import whole_partitions
from affdyn_jax.training.settings import TrainingSettings


def devices_of(platform):
    return SimpleNamespace(devices=np.array([SimpleNamespace(platform=platform)]))


GPU = devices_of("gpu")


@pytest.fixture(autouse=True)
def nothing_told(caplog):
    """As in a new process, with all that is told in the log."""
    recurrence_choice._recurrence_on.cache_clear()
    yield caplog.set_level(logging.INFO)
    recurrence_choice._recurrence_on.cache_clear()


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(recurrence_choice, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    return clock


@pytest.fixture
def recurrence(clock):
    """Makes one of so many seconds for each loop, all of whose states are a number."""

    def make(seconds, state=1.0):
        def tick(_):
            clock.now += seconds
            return np.float32(state)

        def constant(over_frames, *_):
            result, first = jax.ShapeDtypeStruct((), jnp.float32), over_frames.ravel()[0]
            state_of_all = jax.pure_callback(tick, result, first, vmap_method="sequential")
            return jnp.full((over_frames.shape[0], over_frames.shape[-1]), state_of_all)

        return Recurrence(constant, constant, is_parallel=False)

    return make


@pytest.fixture
def installed(monkeypatch, recurrence):
    """Puts kernels where jax-triton's and ours would be, and 2 s in the place of XLA's loop."""

    def install(fused):
        module = ModuleType("jax_triton")
        module.__spec__ = importlib.machinery.ModuleSpec("jax_triton", None)
        monkeypatch.setitem(sys.modules, "jax_triton", module)
        ours = ModuleType("fused")
        ours.FUSED, ours.LARGEST_HIDDEN_SIZE = fused, 7
        monkeypatch.setitem(sys.modules, "affdyn_jax.method.recurrence.fused", ours)
        monkeypatch.setattr(recurrence_choice, "SCAN", recurrence(2))
        return fused

    return install


def failing(*_):
    raise OSError("ptxas ended with status 255\nand with a long explanation")


@pytest.fixture
def refused_kernels(installed, recurrence):
    """Installs kernels that are refused, by what is wrong with them; gives H and the reason."""

    def install(fault):
        fused, hidden_size, reason = {
            "broken": (
                Recurrence(failing, failing, False),
                3,
                r"the kernel failed \(OSError: ptxas ended with status 255\)",
            ),
            "wrong": (recurrence(1, 1.001), 3, r"the kernel's results differ by 0\.00\d"),
            "not a number": (recurrence(1, np.nan), 3, "the kernel's results differ by nan"),
            "too small": (recurrence(1), 8, "the kernel goes up to H = 7"),
        }[fault]
        installed(fused)
        return hidden_size, reason

    return install


FAULTS = ["broken", "wrong", "not a number", "too small"]


def test_where_kernels_are_for_other_devices_xlas_loop_is_taken_without_a_word(caplog):
    for wanted in ("auto", "loop"):
        assert recurrence_on(lane_mesh(1), wanted, 8) is LOOP
        assert recurrence_on(devices_of("tpu"), wanted, 8) is SCAN
    assert not caplog.messages


def test_a_kernel_wanted_on_a_cpu_is_refused_before_training():
    settings = TrainingSettings(max_epochs=1, recurrence="fused")
    examples = pad([np.zeros((5, 3))], [np.zeros((5, 2))], [np.ones((5, 2), bool)])
    weights = np.ones((1, 2), np.float32)
    data, parts = whole_partitions(examples, examples, (0,)), Parts(settings)
    start = new_training(fixed_lanes(weights, weights, settings), data, 4, parts)
    with pytest.raises(
        RunError, match=r"^training\.recurrence=fused, but .* not for cpu; leave it"
    ):
        train_lanes(start, data, parts)


def test_a_faster_kernel_is_taken_and_told_once(installed, recurrence, caplog):
    fused = installed(recurrence(1))
    assert recurrence_on(GPU, "auto", 3) is recurrence_on(GPU, "auto", 3) is fused
    (told,) = caplog.messages
    assert told.startswith("recurrence, H = 3: fused kernel, ")
    kernel_us, loop_us = (float(word.strip("()")) for word in told.split() if "." in word)
    assert loop_us == pytest.approx(2 * kernel_us, rel=1e-3)


def test_a_slower_kernel_is_taken_only_where_it_is_wanted(installed, recurrence, caplog):
    fused = installed(recurrence(3))
    assert recurrence_on(GPU, "auto", 3) is recurrence_choice.SCAN
    (told,) = caplog.messages
    assert "H = 3: XLA's loop, because the kernel takes" in told
    assert recurrence_on(GPU, "fused", 3) is fused


def test_where_the_loop_is_wanted_no_kernel_is_tried(installed, caplog):
    installed(Recurrence(failing, failing, False))
    assert recurrence_on(GPU, "loop", 3) is recurrence_choice.SCAN
    assert not caplog.messages


def test_jax_triton_is_not_installed(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "jax_triton", None)
    assert recurrence_on(GPU, "auto", 3) is SCAN
    (told,) = caplog.messages
    assert "XLA's loop, because jax-triton is not installed (pip install 'affdyn" in told


@pytest.mark.parametrize("fault", FAULTS)
def test_a_kernel_that_does_not_work_is_replaced_in_one_line(refused_kernels, fault, caplog):
    hidden_size, reason = refused_kernels(fault)
    assert recurrence_on(GPU, "auto", hidden_size) is recurrence_choice.SCAN
    (told,) = caplog.messages
    assert "\n" not in told
    assert re.search(f"^recurrence, H = {hidden_size}: XLA's loop, because {reason}$", told)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_kernel_that_is_wanted_has_to_work(refused_kernels, fault):
    hidden_size, reason = refused_kernels(fault)
    with pytest.raises(RunError, match=f"^training.recurrence=fused, but {reason}; leave it at"):
        recurrence_on(GPU, "fused", hidden_size)


def test_all_processes_take_the_same(installed, recurrence, monkeypatch, caplog):
    installed(recurrence(1))
    monkeypatch.setattr(recurrence_choice, "fetch", lambda here: np.array([here, False]))
    assert recurrence_on(GPU, "auto", 3) is recurrence_choice.SCAN
    (told,) = caplog.messages
    assert told.endswith("XLA's loop, because another process has no kernel")
