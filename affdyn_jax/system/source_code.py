"""The package's source files: their checksum, and the commit that they are of."""

import dataclasses
import hashlib
import os
import subprocess
from pathlib import Path

PACKAGE = Path(__file__).parents[1]

_PATIENCE = 10  # seconds; git takes milliseconds, where the file system answers at all


@dataclasses.dataclass(frozen=True)
class Checkout:
    """Where files of a git checkout stand.

    Attributes:
        commit: The commit's full name.
        has_uncommitted_changes: Whether the files differ from those of the commit, or there are
            others beside them that git does not ignore.
    """

    commit: str
    has_uncommitted_changes: bool


def source_checksum() -> str:
    """Checksum of the package's source files, which may change while its version does not."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(f"{path.relative_to(PACKAGE).as_posix()} {path.stat().st_size} ".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def checkout_of(folder: Path) -> Checkout | None:
    """Where a folder's files stand, if git keeps them and is there to tell.

    A package that was installed into an environment within somebody's repository is not of that
    repository, so the files have to be tracked.
    """
    try:
        if not _git(folder, "ls-files", "--", "."):
            return None
        commit = _git(folder, "rev-parse", "--verify", "HEAD")
        changes = _git(folder, "status", "--porcelain", "--untracked-files=normal", "--", ".")
    except (OSError, subprocess.SubprocessError):
        return None
    return Checkout(commit, bool(changes))


def _git(folder: Path, *arguments: str) -> str:
    # In a hook of git, its variables name another repository than the folder's.
    environment = {name: v for name, v in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "--no-optional-locks", "-C", str(folder), *arguments]
    ended = subprocess.run(
        command, capture_output=True, check=True, env=environment, text=True, timeout=_PATIENCE
    )
    return ended.stdout.strip()
