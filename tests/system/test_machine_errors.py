"""What the machine refuses, told from errors of ours."""

import jax.numpy as jnp
import numpy as np
import pytest

from affdyn_jax.errors import ConfigError
from affdyn_jax.system.machine_errors import refusal, refuse_uncompiled
from tests.commands import call


def error_of(function):
    with pytest.raises(Exception) as caught:
        function()
    return caught.value


@pytest.mark.parametrize(
    "allocate", [lambda: np.ones(2**58), lambda: jnp.ones(2**44).block_until_ready()]
)
def test_too_little_memory(allocate):
    said = str(refusal(error_of(allocate)))
    assert said.startswith("out of memory (")
    assert "sweep fewer seeds" in said
    assert "\n" not in said


def test_memory_that_python_itself_lacks():
    assert "out of memory" in str(refusal(MemoryError()))


def test_bugs_are_none_of_it():
    def fails():
        raise AssertionError

    for error in (error_of(fails), RuntimeError("Event loop is closed"), ValueError("")):
        assert refusal(error) is None


@pytest.mark.parametrize("value", ["1", "true", "True", "on", "0", "", None])
def test_a_run_that_would_never_end(monkeypatch, value):
    monkeypatch.delenv("JAX_DISABLE_JIT", raising=False)
    if value is not None:
        monkeypatch.setenv("JAX_DISABLE_JIT", value)
    if value in ("0", "", None):
        refuse_uncompiled()
    else:
        with pytest.raises(ConfigError, match=f"JAX_DISABLE_JIT={value}: .* unset it"):
            refuse_uncompiled()


@pytest.mark.parametrize("first_use", ["jax.devices()", "jax.numpy.ones(3)"])
@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("JAX_PLATFORMS", "foo", "JAX finds no such device (Unable to initialize backend 'foo'"),
        ("JAX_PLATFORMS", "cuda", "JAX finds no such device"),
        ("JAX_DISABLE_JIT", "1", "without compilation a run would take for ever"),
    ],
)
def test_commands_end_in_one_line(variable, value, said, first_use):
    program = (
        "import os, jax\n"
        "from affdyn_jax import command_line\n"
        # Which JAX reads when it is loaded.
        "jax.config.update('jax_platforms', os.environ['JAX_PLATFORMS'])\n"
        f"command_line.start(lambda: {first_use})\n"
    )
    ended = call("-c", program, **{variable: value})
    if value == "cuda" and ended.status == 0:
        pytest.skip("there is such a device")
    assert ended.status == 1
    assert ended.stderr.startswith(f"error: {variable}={value}: {said}")
    assert ended.stderr.count("\n") == 1
