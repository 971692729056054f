"""What a whole run does to the world around it: nothing on the network, little to be read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from affdyn_jax.report.files import write_report
from tests.runs import TINY, run_config, tiny_config

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


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The home folder of some user, whose name is nobody's business."""
    return tmp_path_factory.mktemp("home-of-someone")


@pytest.fixture(scope="module")
def watched(home, standin_root, tiny_checkpoint):
    """Commands with a hook on the network and a umask of 007: their run, and how they ended."""
    own = (
        "--config=configs/base.py",
        *TINY,
        f"--config.corpus.root={standin_root}",
        f"--config.features.cache={home / 'c_7'}",
    )
    w2v2 = ("--config.features.name=encoder", f"--config.features.encoder.model={tiny_checkpoint}")
    commands = [
        ("affdyn_jax.extract", [*own, "--config.features.name=mfcc"]),
        ("affdyn_jax.main", [*own, *w2v2, f"--workdir={home / 'run_7'}"]),
    ]
    return subprocess.run(
        [sys.executable, "-c", WATCHED, json.dumps(commands)],
        cwd=PROJECT,
        env=os.environ | {"HOME": str(home)},
        umask=0o007,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def plain(home, standin_root):
    """A run with mel filter banks under a umask of 022, of shapes that other tests compile."""
    config = tiny_config(standin_root, home / "c_22")
    before = os.umask(0o022)
    try:
        run_config(config, home / "run_22")
    finally:
        os.umask(before)


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_nothing_is_asked_of_the_network(watched):
    assert watched.returncode == 0, watched.stderr
    told, control = json.loads(watched.stdout.splitlines()[-1])
    assert told == []
    assert "socket.connect" in control  # so a connection would have been seen


@pytest.mark.parametrize("umask", [0o022, 0o007])
def test_only_the_user_reads_what_is_known_of_single_recordings(home, plain, watched, umask):
    run, cache = home / f"run_{umask:o}", home / f"c_{umask:o}"
    private = {"predictions", "gold_standard", "figures", "report.html", "audio_links.csv"}
    assert private <= {path.name for path in run.iterdir()}
    for path in [run, cache, *run.rglob("*"), *cache.rglob("*")]:
        is_private = path.is_relative_to(cache) or private & set(path.relative_to(run).parts)
        everyone = 0o777 if path.is_dir() else 0o666
        mode = (everyone & 0o700 if is_private else everyone) & ~umask
        assert path.stat().st_mode & 0o777 == mode, path
    assert files(cache)


def test_results_name_no_folder_of_this_machine(home, plain, watched, standin_root):
    telling = [bytes(standin_root), bytes(home), bytes(PROJECT), bytes(Path.home()) + b"/"]
    of_this_machine = ("config.json", "log.txt")  # to be resumed by, and for the user to read
    for run in (home / "run_22", home / "run_7"):
        results = [p for p in files(run) if p.relative_to(run).parts[0] not in of_this_machine]
        assert {"lanes.csv", "run.json", "report.html", "report.md"} <= {p.name for p in results}
        for path in results:
            content = path.read_bytes()
            for place in telling:
                assert place not in content, (path, place)
        assert bytes(standin_root) in (run / "config.json").read_bytes()


def test_a_report_made_again_is_the_same_byte_for_byte(home, plain):
    run = home / "run_22"
    reported = [*files(run / "figures"), run / "report.md", run / "report.html"]
    before = {path: path.read_bytes() for path in reported}
    assert len(before) > 6
    write_report(run)
    assert {path: path.read_bytes() for path in reported} == before
