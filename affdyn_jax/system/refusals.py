"""What the machine refuses, in one line: devices that are not there, memory that it has not.

JAX is not imported for it, so that commands that compute nothing start without.
"""

import os
import sys

from affdyn_jax.errors import ConfigError, MachineError, reason

_TRUE = ("1", "true", "t", "yes", "y", "on")  # to JAX
_LONGEST_REASON = 200  # characters; of memory XLA tells much


def refuse_uncompiled() -> None:
    """Refuse what would take for ever.

    Raises:
        ConfigError: JAX is told to compile nothing.
    """
    value = os.environ.get("JAX_DISABLE_JIT", "")
    if value.lower() in _TRUE:
        raise ConfigError(
            f"JAX_DISABLE_JIT={value}: without compilation nothing would ever end; unset it"
        )


def refusal(error: Exception) -> MachineError | None:
    """What an exception says that the machine refuses; None where it tells of something else."""
    said = reason(error)
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in said:
        return MachineError(
            f"out of memory ({said[:_LONGEST_REASON] or 'no more is known'}); sweep fewer seeds or "
            "weights at once, or use a machine with more"
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
