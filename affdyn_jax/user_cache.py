"""Where things are kept that can be made again: features, compiled programs, stand-ins."""

import os
from pathlib import Path


def user_cache(name: str) -> Path:
    """A folder of that name in the user's cache, by the XDG base directory convention."""
    home = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(home) / "affdyn_jax" / name
