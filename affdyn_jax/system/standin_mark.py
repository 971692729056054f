"""The mark of generated data: a file in each folder of such data, or of files made from it."""

from pathlib import Path

from affdyn_jax.system.whole_files import write_whole

STANDIN_WORDS = "STAND-IN DATA"
STANDIN_MARK = f"{STANDIN_WORDS}.txt"


def has_standin_mark(folder: Path) -> bool:
    """Whether a folder is marked as generated."""
    return (folder / STANDIN_MARK).is_file()


def write_standin_mark(folder: Path, told: str, way_out: str, *, private: bool = False) -> None:
    """Mark a folder whose files were made from generated data.

    Args:
        folder: The folder; made if missing.
        told: What it contains, in a sentence or two.
        way_out: See `write_whole`.
        private: See `write_whole`.

    Raises:
        RunError: It cannot be written.
    """
    content = f"{STANDIN_WORDS}: {told}\n".encode()
    write_whole(folder / STANDIN_MARK, content, way_out, private=private)
