"""The experiments that come with the package, e.g. `affdyn_jax.configs.demo`.

In the repository their files are in its folder `configs/`; a wheel has them beside this file.
"""

from pathlib import Path

_HERE = Path(__file__).parent
_FOLDER = _HERE if (_HERE / "base.py").exists() else _HERE.parents[1] / "configs"

__path__ = [str(_FOLDER)]


def file_of(path: str) -> Path:
    """The file that a user means: one of theirs, or one that comes with the package.

    Args:
        path: A file, e.g. `configs/demo.py`, which is looked for in the current folder first; or
            that one's name alone, `demo`.

    Raises:
        FileNotFoundError: There is none.
    """
    file = Path(path if path.endswith(".py") else f"configs/{path}.py")
    of_package = _FOLDER / file.name if file.parent == Path("configs") else file
    for candidate in (Path(path), file, of_package):
        if candidate.is_file():
            return candidate
    raise FileNotFoundError(path)


def names() -> list[str]:
    """Names of those that come with the package."""
    return sorted(file.stem for file in _FOLDER.glob("[!_]*.py"))
