"""The commands as a user calls them: exit status, one line of error, no traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
DEMO = "--config=configs/demo.py"


def call(module, *arguments, cache):
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=PROJECT,
        env=os.environ | {"XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def one_of_two(coordinator, index):
    return f"--coordinator={coordinator}", "--process_count=2", f"--process_index={index}"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            [DEMO, "--config.sweep.sedes=0"],
            "--config.sweep.sedes: no such field in the config; did you mean 'seeds'?",
        ),
        (
            [DEMO, "--config.swep.seeds=0"],
            "--config.swep.seeds: no such field in the config; did you mean 'sweep'?",
        ),
        (["--config=configs/nothing.py"], "--config=configs/nothing.py: no such file"),
        (["--config=configs/sewa_hu.py:standinn"], "'standinn' is no variant"),
        ([DEMO, "--wrokdir=x"], "Unknown command line flag 'wrokdir'"),
        ([DEMO, "--config.training.patience=many"], "many"),
        ([], "name an experiment"),
        ([DEMO, "now"], "'now' is not a flag"),
        ([DEMO, "--process_count=2"], "give all three to each of several processes, or none"),
        ([DEMO, *one_of_two("localhost:99999", 0)], "the host of process 0 and a port, host:port"),
        ([DEMO, *one_of_two("localhost:9000", 2)], "indices go from 0 to process_count - 1"),
    ],
)
def test_wrong_flags_end_in_one_line(tmp_path, arguments, said):
    ended = call("affdyn_jax.main", *arguments, f"--workdir={tmp_path / 'run'}", cache=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: ")
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_config_file_that_cannot_be_run(tmp_path):
    (tmp_path / "broken.py").write_text("def get_config(:\n")
    ended = call("affdyn_jax.main", f"--config={tmp_path / 'broken.py'}", cache=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: --config: the file cannot be run")
    assert ended.stderr.count("\n") == 1


def test_what_the_user_has_to_mend_ends_in_one_line(tmp_path):
    ended = call(
        "affdyn_jax.main",
        "--config=configs/sewa_hu.py",
        f"--config.corpus.root={tmp_path / 'sewa'}",
        f"--workdir={tmp_path / 'run'}",
        cache=tmp_path,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: ")
    assert "labels/<recording>.csv" in ended.stderr
    assert "configs/sewa_hu.py:standin" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_extract_fills_the_cache_that_runs_look_into(tmp_path, standin_root):
    config = ["--config=configs/base.py", f"--config.corpus.root={standin_root}"]
    first = call("affdyn_jax.extract", *config, cache=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "features mfb: 7 recordings" in first.stderr
    assert len(list((tmp_path / "affdyn_jax" / "features").iterdir())) == 7
    tiny = [
        "--config.sweep.weights=0,0.5",
        "--config.sweep.seeds=0",
        "--config.sweep.hidden_sizes.mono=()",
        "--config.sweep.hidden_sizes.multi=3",
        "--config.training.max_epochs=2",
    ]
    run = call("affdyn_jax.main", *config, *tiny, f"--workdir={tmp_path / 'run'}", cache=tmp_path)
    assert run.returncode == 0, run.stderr
    assert len(list((tmp_path / "affdyn_jax" / "features").iterdir())) == 7
    assert "Traceback" not in run.stderr
    assert all(line.split()[2] == "INFO" for line in run.stderr.splitlines()), run.stderr
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["sweep"]["weights"] == [0, 0.5]

    again = call("affdyn_jax.report", f"--run={tmp_path / 'run'}", cache=tmp_path)
    assert again.returncode == 0, again.stderr
    gone = call("affdyn_jax.report", f"--run={tmp_path / 'gone'}", cache=tmp_path)
    assert gone.returncode == 1
    assert (
        gone.stderr
        == f"error: {tmp_path / 'gone'}: no such folder; --run takes the workdir of a run\n"
    )


@pytest.mark.parity
@pytest.mark.parametrize("features", ["mfb", "w2v2"])
def test_a_whole_run_leaves_an_installed_pytorch_alone(
    tmp_path, standin_root, tiny_checkpoint, features
):
    pytest.importorskip("torch")
    arguments = [
        "affdyn_jax.main",
        "--config=configs/demo.py",
        "--config.corpus.layout=avec2019",
        f"--config.corpus.root={standin_root}",
        "--config.training.max_epochs=2",
        f"--config.features.name={features}",
        f"--config.features.w2v2.model={tiny_checkpoint}",
        f"--workdir={tmp_path / 'run'}",
    ]
    program = (
        "import importlib.util, runpy, sys\n"
        "assert importlib.util.find_spec('torch')\n"
        f"sys.argv = {arguments!r}\n"
        "try:\n"
        "    runpy.run_module('affdyn_jax.main', run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "assert 'torch' not in sys.modules\n"
        "print('left alone')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env=os.environ | {"XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout.endswith("left alone\n"), ended.stderr
    assert (tmp_path / "run" / "report.html").exists()
