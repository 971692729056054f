"""Several processes over loopback: the same results as one, and errors that end all of them."""

import shutil
import signal
import socket
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from affdyn_jax.system import processes
from tests.commands import call, start
from tests.runs import TINY

PROJECT = Path(__file__).resolve().parents[2]

# Three lanes a seed, so that two devices have a place to fill; some stop long before others.
STOPPING = (
    "--config=configs/base.py",
    "--config.corpus.layout=standin",
    "--config.corpus.standin.train=3",
    "--config.corpus.standin.dev=2",
    "--config.corpus.standin.test=2",
    "--config.corpus.standin.shortest_s=11",
    "--config.corpus.standin.longest_s=13",
    "--config.sweep.weights=0,0.5,1",
    "--config.sweep.seeds=0,1",
    "--config.sweep.hidden_sizes.mono=()",
    "--config.sweep.hidden_sizes.multi=3",
    "--config.training.learning_rate=0.05",
    "--config.training.max_epochs=6",
    "--config.training.patience=2",
    "--config.compilation_cache=False",
)


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def ends(*started):
    """How each has ended."""
    return [command.ended() for command in started]


def extract_by_slurm(index, port, *arguments, cache):
    return start(
        "affdyn_jax.extract",
        "--config=configs/base.py",
        *arguments,
        XDG_CACHE_HOME=cache,
        # The port is the number of the job in the uppermost 4096.
        SLURM_JOB_ID=str(port % 4096),
        SLURM_STEP_NODELIST="localhost",
        SLURM_STEP_NUM_NODES="1",
        SLURM_STEP_NUM_TASKS="2",
        SLURM_NTASKS="2",
        SLURM_PROCID=str(index),
        SLURM_LOCALID=str(index),
    )


def test_two_processes_agree_with_one(tmp_path, port, trained_run, standin_root):
    def of_two(index):
        return start(
            "affdyn_jax.main",
            "--config=configs/base.py",
            f"--config.corpus.root={standin_root}",
            f"--config.features.cache={tmp_path / 'features'}",
            *TINY,
            f"--coordinator=127.0.0.1:{port}",
            "--process_count=2",
            f"--process_index={index}",
            f"--workdir={tmp_path / 'run'}",
            XDG_CACHE_HOME=tmp_path,
        )

    first, second = ends(of_two(0), of_two(1))
    assert first[0] == 0, first
    assert second == (0, "", "")
    ours, of_one = (pd.read_csv(run / "lanes.csv") for run in (tmp_path / "run", trained_run))
    pd.testing.assert_frame_equal(ours, of_one, rtol=0, atol=1e-4)
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        path.name for path in trained_run.iterdir()
    }
    assert '"2 cpu device(s) (cpu) in 2 processes' in (tmp_path / "run" / "run.json").read_text()


@pytest.mark.slow
def test_one_device_two_devices_and_two_processes_agree(tmp_path, port):
    def run(name, *arguments, xla=""):
        own = (f"--config.features.cache={tmp_path / 'features' / name}",)
        return start(
            "affdyn_jax.main",
            *(*STOPPING, *own, f"--workdir={tmp_path / name}", *arguments),
            XDG_CACHE_HOME=tmp_path / "cache",
            XLA_FLAGS=f"--xla_backend_optimization_level=0 {xla}",  # programs compile sooner
        )

    def one_of_two(index):
        return (
            *(f"--coordinator=127.0.0.1:{port}", "--process_count=2", f"--process_index={index}"),
            "--noconfig.cores_as_devices",
        )

    ended = ends(
        run("one", "--noconfig.cores_as_devices"),
        run("devices", xla="--xla_force_host_platform_device_count=2"),
        run("processes", *one_of_two(0)),
        # Folders of its own, as on another machine.
        run(
            "processes",
            *one_of_two(1),
            f"--config.corpus.root={tmp_path / 'standin_1'}",
            f"--config.features.cache={tmp_path / 'features_1'}",
        ),
    )
    assert [status for status, _, _ in ended] == [0, 0, 0, 0], ended
    assert ended[3] == (0, "", "")
    assert (tmp_path / "standin_1" / "audio").is_dir()

    of_orbax = ("checkpoints", "weights")  # which names files by chance

    def files(name):
        paths = (path.relative_to(tmp_path / name) for path in (tmp_path / name).rglob("*"))
        return sorted(path for path in paths if path.parts[0] not in of_orbax)

    one = pd.read_csv(tmp_path / "one" / "lanes.csv")
    last_epoch = one.groupby("lane")["epochs"].max()
    assert (last_epoch == last_epoch.max()).sum() <= len(last_epoch) / 2  # so lanes have moved
    for name in ("devices", "processes"):
        other = pd.read_csv(tmp_path / name / "lanes.csv")
        pd.testing.assert_frame_equal(other, one, rtol=0, atol=1e-4)
        assert files(name) == files("one")
    run_json = (tmp_path / "processes" / "run.json").read_text()
    assert '"2 cpu device(s) (cpu) in 2 processes' in run_json


@pytest.mark.slow
def test_two_processes_go_on_after_one_was_stopped_and_one_killed(tmp_path, port):
    ended_by = {}

    def start_both(name):
        return [
            start(
                "affdyn_jax.main",
                *STOPPING,
                "--config.training.max_epochs=40",
                "--config.training.patience=40",
                "--config.training.checkpoint_every=2",
                "--config.compilation_cache",
                f"--workdir={tmp_path / name}",
                *(f"--coordinator=127.0.0.1:{port}", "--process_count=2"),
                f"--process_index={index}",
                "--noconfig.cores_as_devices",
                XDG_CACHE_HOME=tmp_path / "cache",
                JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS="0",
            )
            for index in (0, 1)
        ]

    def epochs_kept():
        folder = tmp_path / "disturbed" / "checkpoints" / "hidden_3"
        return [int(path.name) for path in folder.glob("*") if path.name.isdecimal()]

    def disturb(index, number):
        """A signal to one of both when a checkpoint is new; how both ended, and how soon."""
        before = max(epochs_kept(), default=0)
        both = start_both("disturbed")
        while max(epochs_kept(), default=0) == before:
            assert both[index].is_running()
            time.sleep(0.01)
        both[index].send_signal(number)
        sent = time.monotonic()
        ended_by[number, index] = ends(*both)
        return time.monotonic() - sent

    disturb(1, signal.SIGTERM)
    for status, _, said in ended_by[signal.SIGTERM, 1]:
        assert status == 128 + signal.SIGTERM
        assert said.splitlines()[-1].startswith("error: stopped by SIGTERM")
    for victim in (1, 0):
        assert disturb(victim, signal.SIGKILL) < 60
        status, _, said = ended_by[signal.SIGKILL, victim][1 - victim]
        assert status not in (0, -signal.SIGKILL)
        assert "another one of the run was or cannot be reached" in said.splitlines()[-1]
    kept = max(epochs_kept())
    (status, _, said), (other_status, _, _) = ends(*start_both("disturbed"))
    assert (status, other_status) == (0, 0), said
    assert f"continuing after epoch {kept}" in said
    assert [status for status, _, _ in ends(*start_both("undisturbed"))] == [0, 0]
    for table in ("lanes.csv", "history.csv"):
        disturbed, undisturbed = (
            (tmp_path / name / table).read_bytes() for name in ("disturbed", "undisturbed")
        )
        assert disturbed == undisturbed


def test_slurm_names_the_processes_and_each_extracts_its_share(tmp_path, port, standin_root):
    arguments = (
        f"--config.corpus.root={standin_root}",
        f"--config.features.cache={tmp_path / 'f'}",
    )
    first, second = ends(
        *(extract_by_slurm(index, port, *arguments, cache=tmp_path) for index in (0, 1))
    )
    assert (first[0], second[0]) == (0, 0), (first, second)
    assert "features mfb, a share of them: 4 recordings" in first[2]
    assert "features mfb: 7 recordings" in first[2]
    assert second == (0, "", "")
    assert len(list((tmp_path / "f").iterdir())) == 7


def test_an_error_in_one_process_ends_the_others(tmp_path, port, standin_root):
    corpus = shutil.copytree(standin_root, tmp_path / "corpus")
    # Of the second's share; what its header says makes sense, as both see.
    audio = corpus / "audio" / "Train_XX_02.wav"
    soundfile.write(audio, np.full(16000 * 12, np.nan), 16000, subtype="FLOAT")
    arguments = (f"--config.corpus.root={corpus}", f"--config.features.cache={tmp_path / 'f'}")
    first, second = ends(
        *(extract_by_slurm(index, port, *arguments, cache=tmp_path) for index in (0, 1))
    )
    assert (first[0], second[0]) == (1, 1), (first, second)
    assert first[2].splitlines()[-1] == "error: process 1 of 2 has failed; see what it said"
    assert second[2].startswith("error: ")
    assert "Train_XX_02.wav" in second[2]
    assert second[2].count("\n") == 1


def test_processes_that_do_not_meet_say_so_in_time(port):
    program = (
        "from affdyn_jax.system import processes\n"
        "processes._SECONDS_TO_MEET = 1\n"
        f"with processes.join_processes('127.0.0.1:{port}', 2, 1):\n"
        "    print('met')\n"
    )
    ended = call("-c", program)
    assert (ended.status, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"error: the processes did not all meet at 127.0.0.1:{port}")
    assert ended.stderr.count("\n") == 1


def test_processes_with_different_recipes_are_refused(tmp_path, port):
    def run(index, *arguments):
        return start(
            "affdyn_jax.main",
            *(*STOPPING, f"--coordinator=127.0.0.1:{port}", "--process_count=2"),
            *(f"--process_index={index}", "--noconfig.cores_as_devices", *arguments),
            XDG_CACHE_HOME=tmp_path / str(index),
        )

    both = ends(
        run(0, f"--workdir={tmp_path / 'a'}"),
        run(1, f"--workdir={tmp_path / 'b'}", "--config.training.learning_rate=0.001"),
    )
    for status, _, said in both:
        assert status == 1
        assert said == (
            f'error: process 1 has config.training.learning_rate=0.001, workdir="{tmp_path}/b", '
            f'process 0 config.training.learning_rate=0.05, workdir="{tmp_path}/a"; start all of '
            "them by the same command, with the same versions\n"
        )
    assert not any((tmp_path / name).exists() for name in "ab")


AGREE = """
import sys, numpy as np
from types import SimpleNamespace
from affdyn_jax.system import machine
from affdyn_jax.workdir import recipe
from affdyn_jax.command_line import _stop
from affdyn_jax.errors import AffdynError
from affdyn_jax.system.processes import join_processes
from affdyn_jax.configs import base
index, port, count, line = sys.argv[1:]
config = base.get_config()
dataset = SimpleNamespace(
    examples={'train': [np.ones(3)], 'dev': [np.ones(2)]}, splits=[[np.arange(2)] * 4]
)
try:
    with join_processes(f'127.0.0.1:{port}', int(count), int(index)):
        exec(line)
        recipe.must_have_same_recipe(config.to_dict(), workdir='w')
        recipe.must_have_same_data(dataset)
        print('agreed', file=sys.stderr)
except AffdynError as error:
    _stop(1, str(error))
"""


def agree(port, *programs):
    """What processes say that each run a line within `join_processes`, and have read other data."""
    return ends(
        *(
            start("-c", AGREE, index, port, len(programs), line)
            for index, line in enumerate(programs)
        )
    )


def test_what_belongs_to_a_machine_may_differ(port):
    both = agree(
        port,
        "pass",
        "config.corpus.root = '/there'; config.features.cache = '/mine'; config.features.workers=3",
    )
    assert [(status, said) for status, _, said in both] == [(0, "agreed\n")] * 2


@pytest.mark.parametrize(
    ("line", "differing"),
    [
        ("dataset.examples['dev'][0][1] = 2", "checksum of dev="),
        ("dataset.splits[0][1] = np.arange(1)", "checksum of folds="),
        (
            "recipe.source_checksum = lambda: 'other'",
            'checksum of affdyn_jax="other"',
        ),
        (
            "recipe.versions = lambda: machine.versions() | {'numpy': '0.0'}",
            'numpy="0.0", process 0 numpy="',
        ),
    ],
)
def test_other_data_or_code_in_one_process_ends_all(port, line, differing):
    for status, _, said in agree(port, "pass", "pass", line):
        assert status == 1
        assert said.startswith(f"error: process 2 has {differing}")
        assert said.count("\n") == 1


@pytest.mark.parametrize("indices", [(0, 1, 1), (0, 0)])
def test_an_index_that_is_given_twice_ends_all_at_once(tmp_path, port, indices):
    began = time.monotonic()
    said = ends(
        *(
            start(
                "affdyn_jax.main",
                *(*STOPPING, f"--workdir={tmp_path / 'run'}", f"--coordinator=127.0.0.1:{port}"),
                *("--process_count=3", f"--process_index={index}"),
                XDG_CACHE_HOME=tmp_path,
            )
            for index in indices
        )
    )
    assert time.monotonic() - began < 200  # they wait 300 s for processes that do not come
    for status, _, line in said:
        assert status == 1
        assert line.startswith(f"error: --process_index={indices[-1]} was given twice, to process ")
        assert line.count("\n") == 1


@pytest.mark.parametrize("tasks", [None, "1"])
def test_a_single_process_waits_for_nothing(monkeypatch, tasks):
    monkeypatch.delenv("SLURM_STEP_NUM_TASKS", raising=False)
    if tasks is not None:
        monkeypatch.setenv("SLURM_STEP_NUM_TASKS", tasks)
    with processes.join_processes(None, None, None):
        assert processes.is_first()
        assert not processes.are_several()
        assert processes.share_of({"a": 1, "b": 2}) == {"a": 1, "b": 2}
        processes.wait_for_all()
        with processes.first_before_others():
            pass


def test_processes_of_this_machine_are_told_from_others_by_its_name(monkeypatch):
    assert processes.count_on_this_machine() == 1
    monkeypatch.setattr(processes, "are_several", lambda: True)
    monkeypatch.setattr(processes, "_gather", lambda own: np.int32([own, own ^ 1, own, own ^ 2]))
    assert processes.count_on_this_machine() == 2
