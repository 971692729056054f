"""The console command `affdyn`: every command by a word, from any folder."""

import os
import re
import subprocess
import sys

import pytest

import affdyn_jax
from affdyn_jax import __main__ as affdyn
from tests.commands import PROJECT, call, call_afresh


@pytest.mark.parametrize(
    ("word", "said"),
    [("--help", "affdyn compare"), ("--version", f"affdyn_jax {affdyn_jax.__version__}\n")],
)
def test_help_and_version_load_no_library(word, said):
    program = (
        "import runpy, sys\n"
        "runpy.run_module('affdyn_jax', run_name='__main__')\n"
        "print({'jax', 'numpy', 'absl', 'pydantic', 'rich'} & set(sys.modules), file=sys.stderr)\n"
    )
    ended = call_afresh("-c", program, word)
    assert (ended.status, ended.stderr) == (0, "set()\n")
    assert said in ended.stdout


def test_help_names_every_command_within_80_columns(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["affdyn"])
    affdyn.main()
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines())) <= 80
    assert re.findall(r"^  affdyn (\w+)  +[A-Z]", told, re.MULTILINE) == [*affdyn._COMMANDS]


@pytest.mark.parametrize(
    ("words", "started", "given"),
    [
        (["train", "demo", "--resume=false"], "main", ["--config=demo", "--resume=false"]),
        (["train", "--config=a.py"], "main", ["--config=a.py"]),
        (["extract", "demo"], "extract", ["--config=demo"]),
        (["describe", "demo"], "main", ["--describe", "--config=demo"]),
        (["describe"], "main", ["--describe"]),
        (["predict", "a.wav", "--run=b"], "predict", ["a.wav", "--run=b"]),
        (["live", "--run=b"], "predict", ["--live", "--run=b"]),
        (["report", "runs/b"], "report", ["--run=runs/b"]),
        (["compare", "a", "b"], "compare", ["a", "b"]),
        (["export", "--run=a", "b"], "export", ["--run=a", "b"]),
    ],
)
def test_each_word_starts_a_module(monkeypatch, words, started, given):
    told = []
    monkeypatch.setattr(sys, "argv", ["affdyn", *words])
    monkeypatch.setattr(
        affdyn.runpy, "run_module", lambda name, **_: told.append((name, sys.argv[1:]))
    )
    affdyn.main()
    assert told == [(f"affdyn_jax.{started}", given)]


def test_an_unknown_word_ends_in_one_line():
    ended = call("affdyn_jax", "trian", "demo")
    assert (ended.status, ended.stdout) == (2, "")
    assert ended.stderr == "error: 'trian' is no command; did you mean 'train'?\n"


def test_the_configs_of_the_package_are_there_in_any_folder(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-m", "affdyn_jax", "describe", "demo_folds"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "* sweep.folds = 5\n" in ended.stdout


def test_a_wrong_flag_of_a_command_ends_in_one_line():
    ended = call("affdyn_jax", "train", "demoo")
    assert (ended.status, ended.stdout) == (2, "")
    assert ended.stderr == "error: --config=demoo: no such file; did you mean 'demo'?\n"
