"""What is told of the package in several places."""

import re
import tomllib

import affdyn_jax
from tests.commands import PROJECT


def test_there_is_one_version():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    version = project["version"]
    assert affdyn_jax.__version__ == version
    citation, changes = ((PROJECT / name).read_text() for name in ("CITATION.cff", "CHANGELOG.md"))
    assert f"\nversion: {version}\n" in citation
    assert re.search(r"^## (\S+?),? ", changes, re.MULTILINE)[1].rstrip(",") == version
