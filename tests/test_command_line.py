"""The commands as a user calls them: exit status, one line of error, no traceback."""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from absl import flags
from hypothesis import given, settings
from hypothesis import strategies as st
from ml_collections import ConfigDict

from affdyn_jax import command_line
from affdyn_jax.config import Settings, by_new_names
from affdyn_jax.configs import base
from affdyn_jax.system.typed_json import leaves
from tests.commands import PROJECT, call
from tests.fuzzing import damaged, examples
from tests.runs import TINY

DEMO = "--config=configs/demo.py"


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
        (
            ["--config=configs/nothing.py"],
            "--config=configs/nothing.py: no such file; choose avec2019_fusion_de or base or demo",
        ),
        (["--config=configs/sewa_hu.py:standinn"], "'standinn' is no variant"),
        ([DEMO, "--wrokdir=x"], "Unknown command line flag 'wrokdir'"),
        (
            [DEMO, "--config.training.patience=many"],
            "training.patience='many'; it has to be a whole number between 1 and",
        ),
        ([], "name an experiment"),
        ([DEMO, "now"], "'now' is not a flag"),
        ([DEMO, "--process_count=2"], "give all three to each of several processes, or none"),
        ([DEMO, *one_of_two("localhost:99999", 0)], "the host of process 0 and a port, host:port"),
        ([DEMO, *one_of_two("localhost:9000", 2)], "indices go from 0 to process_count - 1"),
    ],
)
def test_wrong_flags_end_in_one_line(tmp_path, arguments, said):
    ended = call(
        "affdyn_jax.main", *arguments, f"--workdir={tmp_path / 'run'}", XDG_CACHE_HOME=tmp_path
    )
    assert ended.status == 2
    assert ended.stderr.startswith("error: ")
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_config_file_that_cannot_be_run(tmp_path):
    (tmp_path / "broken.py").write_text("def get_config(:\n")
    ended = call("affdyn_jax.main", f"--config={tmp_path / 'broken.py'}", XDG_CACHE_HOME=tmp_path)
    assert ended.status == 2
    assert ended.stderr.startswith(f"error: --config={tmp_path / 'broken.py'}:1: SyntaxError")
    assert ended.stderr.count("\n") == 1


@pytest.fixture
def parsed(monkeypatch, capsys):
    """What a command line comes to: the config, or the one line that refuses it."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(base, "get_config", base.get_config)  # which a config file may replace

    def parse(*arguments):
        arguments = ["command", *arguments]
        fresh = flags.FlagValues()
        holder = command_line.define_config(fresh)
        try:
            # Of what a file's own code warns of.
            with warnings.catch_warnings(action="ignore"):
                command_line.parse(arguments, fresh)
        except SystemExit as end:
            assert end.code == 2
            told = capsys.readouterr().err
            assert told.startswith("error: ")
            assert told.count("\n") == 1
            assert len(told) < 1000
            return told.removeprefix("error: ").removesuffix("\n")
        assert isinstance(command_line.value_of(holder), Settings)
        return holder.value.config

    return parse


AS_BASE = (
    "from affdyn_jax.configs import base\n\n\ndef get_config():\n    config = base.get_config()\n"
)


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        ("x = 1\nx / 0\n", 2, "ZeroDivisionError"),
        ("\nimport sys\nsys.exit(3)\n", 3, "ends the program"),
        ("def get_config():\n    raise ValueError('a\\nb')\n", 2, "ValueError: a b"),
        ("def get_config():\n    open('/not/there')\n", 2, "FileNotFoundError"),
        ("def f():\n    f()\n\n\nf()\n", 2, "RecursionError"),
        ("\nimport not_there\n", 2, "not_there"),
        ("b'\\xff'.decode()\n", 1, "UnicodeDecodeError"),
        ("x = 1\n\tx = 2\n", 2, "IndentationError"),
        (b"\xff\xfe\x00", None, "cannot be run"),
        ("\0", None, "cannot be run"),
        ("", None, "it has no get_config()"),
        ("get_config = 3\n", None, "not callable"),
        ("def get_config(size):\n    pass\n", None, "'size'"),
        ("def get_config():\n    pass\n", None, "returns a NoneType, not a ConfigDict"),
        ("def get_config():\n    return [1]\n", None, "returns a list, not a ConfigDict"),
        (f"{AS_BASE}    config.training.patence = 3\n", 6, '"patence" does not exist'),
        (f"{AS_BASE}    config.training.patience = 'a'\n", 6, "TypeError"),
        (
            f"{AS_BASE}    del config.unlock().training\n    return config\n",
            None,
            "no field 'training.",
        ),
        (
            f"{AS_BASE}    config.unlock().notes = {{1}}\n    return config\n",
            None,
            "config.json cannot keep",
        ),
        (
            f"{AS_BASE}    config.unlock().x = config\n    return config\n",
            None,
            "",
        ),
    ],
)
def test_a_config_file_is_refused_with_its_line(tmp_path, parsed, content, line, said):
    path = tmp_path / "config.py"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    told = parsed(f"--config={path}")
    assert told.startswith(f"--config={path}:{line or ''}")
    assert said in told


def test_fields_are_set_as_they_are_given(parsed):
    told = parsed(
        DEMO,
        "--config.sweep.seeds",
        "4,5",
        "-config.corpus.annotation_delay=2",
        "--noconfig.cores_as_devices",
        "--config.features.are_predictions",
        "--config.features.name=precomputed",
        "--config.features.folders=a,b",
        "--config.training.patience=3",
        "--config.training.patience=4",
        "--config.features.encoder.models={'base': 'some/model'}",
    )
    assert told.sweep.seeds == (4, 5)
    assert told.corpus.annotation_delay == 2.0
    assert not told.cores_as_devices
    assert told.features.are_predictions
    assert told.features.folders == ("a,b",)
    assert told.training.patience == 4
    assert told.features.encoder.models.to_dict() == {"base": "some/model"}
    assert parsed("--config.sweep.seeds=1", "--config", "configs/demo.py").sweep.seeds == (1,)
    recola = parsed("--config=configs/recola.py", "--config.features.encoder.models.base=other")
    assert recola.features.encoder.models.base == "other"


def test_fields_in_a_file_of_flags(tmp_path, parsed):
    (tmp_path / "flags").write_text("--config=configs/demo.py\n--config.sweep.seeds=7\n")
    assert parsed(
        f"--flagfile={tmp_path / 'flags'}", "--config.training.patience=2"
    ).sweep.seeds == (7,)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("--config.training.patience=2.5", "training.patience='2.5'; it has to be a whole number"),
        ("--config.cores_as_devices=perhaps", "cores_as_devices='perhaps'; it has to be True or"),
        (
            "--config.training.patience=0",
            "training.patience=0; it has to be a whole number between",
        ),
        ("--config.training.patience", "Missing value"),
        ("--config.features.encoder.models.x=3", "no such field in the config"),
        ("--config.sweep.seeds.x=3", "no such field in the config"),
        ("--config.sweep=3", "sweep='3'; it has to be a section of fields"),
        ("--config.sweep.weights=0,1.5", "sweep.weights has 1.5"),
        ("--config.features.name=mfbs", "did you mean 'mfb'?"),
        ("--noconfig.training.patience", "noconfig.training.patience"),
    ],
)
def test_a_wrong_field_is_reported(parsed, field, said):
    assert said in parsed(DEMO, field)


def test_a_misspelt_field_in_a_config_file_is_reported_with_the_nearest(tmp_path, parsed):
    path = tmp_path / "config.py"
    path.write_text(f"{AS_BASE}    config.training.patence = 3\n")
    assert 'Did you mean "patience"' in parsed(f"--config={path}")


def test_describe_prints_every_field_and_needs_no_corpus(tmp_path):
    ended = call(
        "affdyn_jax.main",
        "--config=configs/sewa_hu.py",
        "--config.training.patience=7",
        "--describe",
        f"--workdir={tmp_path / 'run'}",
        XDG_CACHE_HOME=tmp_path,
    )
    assert (ended.status, ended.stderr) == (0, "")
    for name, _ in leaves(by_new_names(base.get_config().to_dict())):
        assert f" {name} = " in ended.stdout
    assert "* training.patience = 7\n      instead of 30\n" in ended.stdout
    assert not (tmp_path / "run").exists()


def call_into(output, *words):
    return subprocess.run(
        [sys.executable, "-m", "affdyn_jax.main", *words],
        cwd=PROJECT,
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("words", [[DEMO, "--describe"], ["--help"]])
def test_output_that_nobody_reads_ends_it_quietly(words):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as output:
        ended = call_into(output, *words)
    assert (ended.returncode, ended.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_onto_a_full_disk_ends_in_one_line():
    with Path("/dev/full").open("w") as output:
        ended = call_into(output, DEMO, "--describe")
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: standard output cannot be written (No space left")
    assert ended.stderr.count("\n") == 1


def test_a_folder_and_a_missing_file_are_no_configs(tmp_path, parsed):
    for path in (tmp_path, tmp_path / "none.py"):
        assert parsed(f"--config={path}").startswith(f"--config={path}: no such file; ")
    assert "name an experiment" in parsed()


@examples(60, 5000)
def test_any_config_file_is_refused_in_one_line(tmp_path, parsed, examples):
    demo = (PROJECT / "configs" / "demo.py").read_bytes()

    @settings(deadline=None, max_examples=examples, database=None)
    @given(st.binary(max_size=200) | damaged(demo))
    def run(content):
        path = tmp_path / "config.py"
        path.write_bytes(content)
        told = parsed(f"--config={path}")
        assert isinstance(told, ConfigDict) or str(path) in told

    run()


@examples(100, 5000)
def test_any_override_gives_a_config_or_one_line(parsed, examples):
    fields = [name for name, _ in leaves(base.get_config().to_dict())]
    values = (
        st.text(max_size=20)
        | st.sampled_from(["()", "0", "-1", "1e999", "nan", "(1,2", "[[]]", "{'a': 1}", "None"])
        | st.from_regex(r"[0-9a-z,.()\[\]{}' -]{0,12}", fullmatch=True)
    )
    names = st.sampled_from([*fields, "sweep", "corpus.partitions", "a.b", "sweep.", "."])

    @settings(deadline=None, max_examples=examples, database=None)
    @given(st.lists(st.tuples(names, values), min_size=1, max_size=3))
    def run(overrides):
        told = parsed(DEMO, *(f"--config.{field}={value}" for field, value in overrides))
        assert isinstance(told, ConfigDict | str)

    run()


def test_what_the_user_has_to_mend_ends_in_one_line(tmp_path):
    ended = call(
        "affdyn_jax.main",
        "--config=configs/sewa_hu.py",
        f"--config.corpus.root={tmp_path / 'sewa'}",
        f"--workdir={tmp_path / 'run'}",
        XDG_CACHE_HOME=tmp_path,
    )
    assert ended.status == 1
    assert ended.stderr.startswith("error: ")
    assert "labels/<recording>.csv" in ended.stderr
    assert "configs/sewa_hu.py:standin" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_extract_fills_the_cache_that_runs_look_into(tmp_path, standin_root):
    config = ["--config=configs/base.py", f"--config.corpus.root={standin_root}"]
    first = call("affdyn_jax.extract", *config, XDG_CACHE_HOME=tmp_path)
    assert first.status == 0, first.stderr
    assert "features mfb: 7 recordings" in first.stderr
    assert len(list((tmp_path / "affdyn_jax" / "features").iterdir())) == 7
    run = call(
        "affdyn_jax.main",
        *config,
        *TINY,
        f"--workdir={tmp_path / 'run'}",
        XDG_CACHE_HOME=tmp_path,
    )
    assert run.status == 0, run.stderr
    assert len(list((tmp_path / "affdyn_jax" / "features").iterdir())) == 7
    assert "Traceback" not in run.stderr
    warnings = [line for line in run.stderr.splitlines() if "warning: " in line]
    # Three epochs predict ratings no better than others' ratings.
    assert all("check that each recording has its own ratings" in line for line in warnings)
    assert "CCC on test, mean over seeds\n" in run.stdout
    assert f"Predict: affdyn predict --run={tmp_path / 'run'} " in run.stdout
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["sweep"]["weights"] == [0, 0.5, 1]

    gone = call("affdyn_jax.report", f"--run={tmp_path / 'gone'}", XDG_CACHE_HOME=tmp_path)
    assert gone.status == 1
    assert (
        gone.stderr
        == f"error: {tmp_path / 'gone'}: no such folder; --run takes the workdir of a run\n"
    )


@pytest.mark.parity
@pytest.mark.parametrize("features", ["mfb", "encoder"])
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
        f"--config.features.encoder.model={tiny_checkpoint}",
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


def test_extract_refuses_a_cache_that_cannot_be_written(tmp_path, standin_root):
    (tmp_path / "taken").touch()
    ended = call(
        "affdyn_jax.extract",
        "--config=configs/base.py",
        f"--config.corpus.root={standin_root}",
        f"--config.features.cache={tmp_path / 'taken' / 'features'}",
        XDG_CACHE_HOME=tmp_path,
    )
    assert ended.status == 1
    assert ended.stderr.startswith(f"error: {tmp_path / 'taken' / 'features'}: features cannot be")
    assert ended.stderr.count("\n") == 1
