"""Refusals of the machine in one line: missing devices, too little memory.

JAX is not imported here, so commands that compute nothing start without it.
"""

import os
import sys

from affdyn_jax.errors import ConfigError, MachineError, reason

_TRUE = ("1", "true", "t", "yes", "y", "on")  # to JAX
_LONGEST_REASON = 200  # characters; XLA's messages about memory are long


def refuse_uncompiled() -> None:
    """Refuse to run without compilation, which would take for ever.

    Raises:
        ConfigError: JAX's compilation is disabled.
    """
    value = os.environ.get("JAX_DISABLE_JIT", "")
    if value.lower() in _TRUE:
        raise ConfigError(
            f"JAX_DISABLE_JIT={value}: without compilation a run would take for ever; unset it"
        )


def refusal(error: Exception) -> MachineError | None:
    """The error to show for an exception by which the machine refuses; None for others."""
    said = reason(error)
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in said:
        return MachineError(
            f"out of memory ({said[:_LONGEST_REASON] or 'no more is known'}); sweep fewer seeds or "
            "weights together, or use a machine with more"
        )
    is_assertion = isinstance(error, AssertionError)
    if said.startswith("Unable to initialize backend") or (is_assertion and _has_no_device()):
        platforms = os.environ.get("JAX_PLATFORMS", "")
        return MachineError(
            f"JAX_PLATFORMS={platforms}: JAX finds no such device"
            f"{f' ({said[:_LONGEST_REASON]})' if said else ''}; unset it to use what is there"
        )
    return None


def _has_no_device() -> bool:
    """Whether JAX finds none; it only asserts that there is one."""
    try:
        if "jax" in sys.modules:
            sys.modules["jax"].devices()
    except (AssertionError, RuntimeError):
        return True
    return False
