"""The command that compares runs."""

import json
import shutil
from pathlib import Path

import pytest

from affdyn_jax.compare import names_of
from affdyn_jax.errors import ConfigError
from tests.commands import call


@pytest.fixture(scope="module")
def runs(trained_run, tmp_path_factory):
    """A trained run and a copy of it with another patience."""
    folder = tmp_path_factory.mktemp("runs")
    for name in ("a", "b"):
        shutil.copytree(trained_run, folder / name)
    config = json.loads((folder / "b" / "config.json").read_text())
    config["training"]["patience"] = 31
    del config["dynamics"]  # as a run of an earlier version has none
    (folder / "b" / "config.json").write_text(json.dumps(config))
    return folder


def test_the_command_prints_a_table_and_writes_a_page(runs, tmp_path):
    command = call("affdyn_jax.compare", runs / "a", runs / "b", f"--out={tmp_path / 'out'}")
    assert command.status == 0, command.stderr
    lines = command.stdout.splitlines()
    assert max(map(len, lines[:-1])) <= 80
    assert lines[-1] == str(tmp_path / "out" / "comparison.html")
    (field,) = (line.split() for line in lines if "training." in line)
    assert field == ["training.patience", "30", "31"]
    assert "which had no dynamics.smoothing, dynamics.window; defaults are taken" in command.stderr
    written = {path.name: path for path in (tmp_path / "out").iterdir()}
    assert set(written) == {"comparison.html", "comparison.md", "STAND-IN DATA.txt"}
    assert "training.patience" in written["comparison.html"].read_text()
    assert "| training.patience | 30 | 31 |" in written["comparison.md"].read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a"], "name the folders of two finished runs or more"),
        ([], "name the folders of two finished runs or more"),
        (["a", "a"], "named twice; name each run once"),
        (["a", "nothing"], "nothing: no such folder"),
    ],
)
def test_mistakes_are_told_in_one_line(runs, tmp_path, words, said):
    paths = [runs / word for word in words]
    command = call("affdyn_jax.compare", *paths, f"--out={tmp_path / 'out'}")
    assert command.status == 1
    (line,) = command.stderr.splitlines()
    assert said in line
    assert not (tmp_path / "out").exists()


def test_names_are_as_long_as_they_have_to_be():
    assert names_of([Path("runs/a"), Path("/x/runs/b/")]) == ["a", "b"]
    assert names_of([Path("old/a"), Path("new/a"), Path("b")]) == [
        *("old/a", "new/a"),
        f"{Path.cwd().name}/b",
    ]
    with pytest.raises(ConfigError, match="named twice"):
        names_of([Path("a"), Path("b/../a")])
