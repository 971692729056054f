"""The user's cache: what can be made again, e.g. features, compiled programs, stand-ins."""

import logging
import os
import tempfile
from pathlib import Path

import jax
import platformdirs

from affdyn_jax.errors import reason

log = logging.getLogger(__name__)


def user_cache(name: str) -> Path:
    """A folder of that name in XDG_CACHE_HOME, or else where the platform keeps caches."""
    if home := os.environ.get("XDG_CACHE_HOME"):
        return Path(home) / "affdyn_jax" / name
    return platformdirs.user_cache_path("affdyn_jax", appauthor=False) / name


def keep_compiled_programs() -> None:
    """Let JAX find the programs that an earlier run compiled; warn where it cannot."""
    folder = user_cache("compiled")
    if why := why_not_writable(folder):
        log.warning("%s: compiled programs are not kept (%s); every run compiles anew", folder, why)
    else:
        jax.config.update("jax_compilation_cache_dir", str(folder))


def why_not_writable(folder: Path) -> str:
    """The system's reason why no file can be written in a folder, or "" where one can.

    A folder that does not exist yet is judged by the one that it would be made in; none is made.
    """
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return reason(error)
