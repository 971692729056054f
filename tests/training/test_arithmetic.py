"""What is known of the arithmetic: all that changes bytes, nothing that does not."""

import os

import jax
import pytest

from affdyn_jax.training import arithmetic as module
from affdyn_jax.training.arithmetic import arithmetic, differences


def test_the_same_twice_does_not_differ():
    assert differences(arithmetic(2), arithmetic(2)) == []


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("--xla_cpu_enable_fast_math=true", "--xla_cpu_enable_fast_math=true"),
        ("--b=1   --a=2", "--a=2 --b=1"),
        ("--xla_force_host_platform_device_count=2 --xla_dump_to=/x", ""),
        ("--xla_cpu_collective_timeout_seconds=7", ""),
    ],
)
def test_flags_of_xla(monkeypatch, flags, told):
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    before = arithmetic(1)
    monkeypatch.setenv("XLA_FLAGS", flags)
    expected = [f"XLA_FLAGS {told} instead of none"] if told else []
    assert differences(before, arithmetic(1)) == expected


def test_devices_cores_and_versions(monkeypatch):
    before = arithmetic(2)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(48), raising=False)
    monkeypatch.setattr(module.metadata, "version", lambda name: f"{name} 0")
    now = arithmetic(1)
    told = differences(before, now)
    assert told[0] == "devices 1 cpu instead of 2 cpu"
    assert f"jaxlib jaxlib 0 instead of {before['jaxlib']}" in told
    assert told[-1] == f"cores 48 instead of {before['cores']}"


def test_the_processor_is_named(monkeypatch, tmp_path):
    told = (
        "processor\t: 0\nmodel name\t: A 1\nflags\t\t: fpu sse4_2 avx2 fma\n\n"
        "processor\t: 1\nmodel name\t: B 2\n"
    )
    (tmp_path / "cpuinfo").write_text(told)
    monkeypatch.setattr(module, "Path", lambda _: tmp_path / "cpuinfo")
    facts = arithmetic(1)
    assert facts["processor"] == "A 1"
    assert facts["vector instructions"] == "avx2 fma sse4_2"
    (tmp_path / "cpuinfo").unlink()
    assert arithmetic(1)["processor"]


def test_other_devices_than_processors(monkeypatch):
    class Client:
        platform_version = "cuda 12090"

    class Gpu:
        platform, device_kind, client = "gpu", "H100", Client()

    monkeypatch.setattr(jax, "devices", lambda: [Gpu()])
    facts = arithmetic(4)
    assert facts["devices"] == "4 gpu"
    assert (facts["kind"], facts["platform"]) == ("H100", "cuda 12090")
    assert "cores" not in facts


def test_a_gpu_names_what_compiles_its_kernels(monkeypatch):
    class Gpu:
        platform, device_kind = "gpu", "H100"

        class client:  # noqa: N801
            platform_version = "cuda 12090"

    installed = {"jax-triton": "0.3.1"}

    def version(package):
        if package == "triton":
            raise module.metadata.PackageNotFoundError(package)
        return installed.get(package, "1")

    monkeypatch.setattr(jax, "devices", lambda: [Gpu()])
    monkeypatch.setattr(module.metadata, "version", version)
    before = arithmetic(1)
    assert (before["jax-triton"], before["triton"]) == ("0.3.1", "")
    installed["jax-triton"] = "0.4.1"
    assert differences(before, arithmetic(1)) == ["jax-triton 0.4.1 instead of 0.3.1"]
