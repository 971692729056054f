"""What a whole run does to the world around it: nothing on the network, little to be read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from affdyn_jax import pipeline
from configs import base

PROJECT = Path(__file__).resolve().parents[1]

# The hook sees what libraries try, also where they would swallow an error of it.
WATCHED = """
import json, runpy, socket, sys
from absl import app, flags

asked = []

def watch(event, arguments):
    harmless = ("socket.gethostname", "socket.__new__")
    if event.startswith(("socket.", "urllib.", "http.", "ftplib.", "smtplib.")):
        if event not in harmless:
            asked.append((event, repr(arguments)))

sys.addaudithook(watch)
flags_of_absl = set(flags.FLAGS)
for module, arguments in json.loads(sys.argv[1]):
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        assert not ended.code, ended.code
    for name in set(flags.FLAGS) - flags_of_absl:  # the next command has such ones, too
        delattr(flags.FLAGS, name)
told = list(asked)
try:
    socket.create_connection(("127.0.0.1", 9), timeout=1)
except OSError:
    pass
print(json.dumps([told, [event for event, _ in asked[len(told):]]]))
"""

TINY = (
    "--config=configs/base.py",
    "--config.sweep.weights=0,1",
    "--config.sweep.seeds=0",
    "--config.sweep.hidden_sizes.mono=()",
    "--config.sweep.hidden_sizes.multi=2",
    "--config.training.max_epochs=2",
    "--config.compilation_cache=False",
    "--noconfig.cores_as_devices",
)


def tiny(root, cache):
    config = base.get_config()
    config.corpus.root = str(root)
    config.features.cache = str(cache)
    config.sweep.weights = (0.0, 1.0)
    config.sweep.seeds = (0,)
    config.sweep.hidden_sizes.mono = ()
    config.sweep.hidden_sizes.multi = (2,)
    config.training.max_epochs = 2
    config.compilation_cache = False
    return config


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def runs(standin_root, tmp_path_factory):
    """The same run under two umasks, each in the home folder of some user."""
    folder, before = tmp_path_factory.mktemp("home-of-someone"), os.umask(0o022)
    try:
        for umask in (0o022, 0o007):
            os.umask(umask)
            pipeline.run(tiny(standin_root, folder / f"cache_{umask:o}"), folder / f"run_{umask:o}")
    finally:
        os.umask(before)
    return folder


@pytest.mark.parametrize("umask", [0o022, 0o007])
def test_only_the_user_reads_what_is_known_of_single_recordings(runs, umask):
    run, cache = runs / f"run_{umask:o}", runs / f"cache_{umask:o}"
    private = {"predictions", "gold_standard", "figures", "report.html"}
    assert private <= {path.name for path in run.iterdir()}
    for path in [run, cache, *run.rglob("*"), *cache.rglob("*")]:
        is_private = path.is_relative_to(cache) or private & set(path.relative_to(run).parts)
        everyone = 0o777 if path.is_dir() else 0o666
        mode = (everyone & 0o700 if is_private else everyone) & ~umask
        assert path.stat().st_mode & 0o777 == mode, path
    assert files(cache)


def test_results_name_no_folder_of_this_machine(runs, standin_root):
    run = runs / "run_22"
    telling = [bytes(standin_root), bytes(runs), bytes(PROJECT), bytes(Path.home()) + b"/"]
    # To be resumed by, for the user to read, and orbax's own note of where it wrote.
    of_this_machine = ("config.json", "log.txt", "checkpoints")
    results = [p for p in files(run) if p.relative_to(run).parts[0] not in of_this_machine]
    assert {"lanes.csv", "run.json", "report.html", "report.md"} <= {p.name for p in results}
    for path in results:
        content = path.read_bytes()
        for place in telling:
            assert place not in content, (path, place)
    assert bytes(standin_root) in (run / "config.json").read_bytes()


def test_the_same_run_draws_the_same_files(runs):
    one, other = (files(runs / run / "figures") for run in ("run_22", "run_7"))
    assert [path.name for path in one] == [path.name for path in other]
    for ours, theirs in zip(one, other, strict=True):
        assert ours.read_bytes() == theirs.read_bytes()


def test_nothing_is_asked_of_the_network(standin_root, tiny_checkpoint, tmp_path):
    own = (*TINY, f"--config.corpus.root={standin_root}", f"--config.features.cache={tmp_path}")
    w2v2 = (
        "--config.features.name=w2v2",
        f"--config.features.w2v2.model={tiny_checkpoint}",
        f"--workdir={tmp_path / 'run'}",
    )
    commands = [
        ("affdyn_jax.extract", [*own, "--config.features.name=mfcc"]),
        ("affdyn_jax.main", [*own, *w2v2]),
        ("affdyn_jax.report", [f"--run={tmp_path / 'run'}"]),
    ]
    ended = subprocess.run(
        [sys.executable, "-c", WATCHED, json.dumps(commands)],
        cwd=PROJECT,
        env=os.environ | {"XLA_FLAGS": "--xla_backend_optimization_level=0"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    told, control = json.loads(ended.stdout.splitlines()[-1])
    assert told == []
    assert "socket.connect" in control  # so a connection would have been seen
