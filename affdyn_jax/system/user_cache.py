"""Where things are kept that can be made again: features, compiled programs, stand-ins."""

import logging
import os
import tempfile
from pathlib import Path

import jax

from affdyn_jax.errors import reason

log = logging.getLogger(__name__)


def user_cache(name: str) -> Path:
    """A folder of that name in the user's cache, by the XDG base directory convention."""
    home = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(home) / "affdyn_jax" / name


def keep_compiled_programs() -> None:
    """Let JAX find programs again that an earlier run compiled; a warning where it cannot."""
    folder = user_cache("compiled")
    if why := why_not_writable(folder):
        log.warning("%s: compiled programs are not kept (%s); every run compiles anew", folder, why)
    else:
        jax.config.update("jax_compilation_cache_dir", str(folder))


def why_not_writable(folder: Path) -> str:
    """What the system says to files in a folder, or in the one that it is to be made in.

    Empty where there may be some. Nothing is made.
    """
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return reason(error)
