"""A run's folder: begun, gone on with, refused or cleared."""

import json

import pytest

from affdyn_jax.errors import RunError
from affdyn_jax.system.standin_mark import STANDIN_MARK
from affdyn_jax.workdir.files import mark_standin
from affdyn_jax.workdir.resuming import (
    begin,
    earlier_layers_at_once,
    keep_layers_at_once,
    reopen,
)

CONFIG = {"sweep": {"seeds": (0, 1)}, "training": {"max_epochs": 9, "patience": 3}}


@pytest.fixture
def finished(tmp_path):
    """What a run leaves, as far as it matters here."""
    begin(tmp_path, CONFIG, resume=True, defaults={})
    for name in ("run.json", "lanes.csv", "report.html", "figures/w.svg", "weights/hidden_4/d"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def test_a_new_run_clears_what_the_last_one_left(finished):
    (finished / "systems.csv").write_text("system\n")
    (finished / "notes.txt").write_text("the user's own")
    begin(finished, CONFIG, resume=False, defaults={})
    assert sorted(path.name for path in finished.iterdir()) == ["config.json", "notes.txt"]
    assert not (finished / "run.json").exists()


def test_another_tracker_is_no_other_run(finished):
    for backends in ((), ("tensorboard",)):
        begin(finished, CONFIG | {"tracking": {"backends": backends}}, resume=True, defaults={})
    assert (finished / "lanes.csv").exists()


def test_what_trackers_have_of_a_failed_run_binds_no_config(tmp_path):
    begin(tmp_path, CONFIG, resume=True, defaults={})
    (tmp_path / "epochs.jsonl").touch()
    (tmp_path / "tracking" / "tensorboard").mkdir(parents=True)
    (tmp_path / "tracking" / "tensorboard" / "events").touch()
    begin(tmp_path, {"sweep": {"seeds": (2,)}}, resume=True, defaults={})
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


def test_rounds_are_kept_until_a_run_begins_anew(finished):
    assert earlier_layers_at_once(finished) == 0
    keep_layers_at_once(finished, 13)
    begin(finished, CONFIG, resume=True, defaults={})
    assert earlier_layers_at_once(finished) == 13
    begin(finished, CONFIG, resume=False, defaults={})
    assert earlier_layers_at_once(finished) == 0


def test_rounds_of_a_run_that_trained_nothing_are_forgotten(tmp_path):
    begin(tmp_path, CONFIG, resume=True, defaults={})
    keep_layers_at_once(tmp_path, 13)
    begin(tmp_path, CONFIG, resume=True, defaults={})
    assert earlier_layers_at_once(tmp_path) == 0


@pytest.mark.parametrize("content", ["", "{}", '{"layers_at_once": 0}', '{"layers_at_once": "2"}'])
def test_rounds_that_cannot_be_read_are_refused(tmp_path, content):
    (tmp_path / "rounds.json").write_text(content)
    with pytest.raises(RunError, match=r"rounds\.json: cannot be read \(.*--resume=false, or name"):
        earlier_layers_at_once(tmp_path)


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match=r"file/config\.json: cannot be written"):
        begin(tmp_path / "file", {}, resume=True, defaults={})


def test_a_folder_that_is_no_runs_is_not_cleared(tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "mine.png").touch()
    begin(tmp_path, CONFIG, resume=False, defaults={})
    assert (tmp_path / "figures" / "mine.png").exists()


def test_the_same_config_resumes(finished):
    mark_standin(finished)
    before = {path: path.read_bytes() for path in finished.rglob("*") if path.is_file()}
    (finished / f".lanes-{'0' * 32}.csv").touch()  # of a process that was killed
    begin(finished, CONFIG, resume=True, defaults={})
    assert before == {path: path.read_bytes() for path in finished.rglob("*") if path.is_file()}
    assert (finished / "run.json").exists()
    reopen(finished, is_standin=True)
    assert not (finished / "run.json").exists()
    assert (finished / STANDIN_MARK).exists()


def test_results_of_a_real_corpus_are_not_marked_as_generated(finished):
    mark_standin(finished)
    reopen(finished, is_standin=False)
    assert not (finished / STANDIN_MARK).exists()


OTHER = CONFIG | {"corpus": {"root": "mended"}}


@pytest.fixture
def failed(tmp_path):
    """What is left of a run that met an error before it had trained anything."""
    begin(tmp_path, CONFIG, resume=True, defaults={})
    mark_standin(tmp_path)
    (tmp_path / "log.txt").write_text("said\n")
    (tmp_path / ".lock").touch()
    for folder in ("hidden_4", "hidden_8/25.being-written/d"):
        (tmp_path / "checkpoints" / folder).mkdir(parents=True)
    (tmp_path / "checkpoints" / "hidden_8" / "25.being-written" / "d" / "0").write_text("half")
    return tmp_path


@pytest.mark.parametrize("config", [CONFIG, OTHER])
def test_where_nothing_was_trained_any_config_is_taken(failed, config):
    begin(failed, config, resume=True, defaults={})
    assert json.loads((failed / "config.json").read_text()) == json.loads(json.dumps(config))
    assert (failed / "log.txt").read_text() == "said\n"
    assert not (failed / STANDIN_MARK).exists()


def test_where_nothing_was_trained_a_config_that_cannot_be_read_is_replaced(failed):
    (failed / "config.json").write_text("{")
    begin(failed, OTHER, resume=True, defaults={})
    begin(failed, OTHER, resume=True, defaults={})


@pytest.mark.parametrize(
    "left",
    [
        "checkpoints/hidden_4/25/d/0",
        "weights/hidden_4/d",
        "predictions/dev/a.csv",
        "lanes.csv",
        "run.json",
    ],
)
def test_a_checkpoint_or_a_result_is_not_given_up_for_another_config(failed, left):
    (failed / left).parent.mkdir(parents=True, exist_ok=True)
    (failed / left).touch()
    with pytest.raises(RunError, match="another config"):
        begin(failed, OTHER, resume=True, defaults={})
    assert (failed / left).exists() and (failed / STANDIN_MARK).exists()
    begin(failed, CONFIG, resume=True, defaults={})
    assert (failed / left).exists()


def test_checkpoints_on_another_disk_are_not_given_up(failed, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (failed / "checkpoints" / "hidden_9").symlink_to(elsewhere)
    with pytest.raises(RunError, match="another config"):
        begin(failed, OTHER, resume=True, defaults={})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"sweep": {"seeds": (0, 2)}, "training": CONFIG["training"]},
            r"sweep.seeds=[0, 2] instead of [0, 1]",
        ),
        (
            {"sweep": CONFIG["sweep"], "training": CONFIG["training"] | {"patience": 4}},
            r"training.patience=4 instead of 3",
        ),
        (
            CONFIG | {"corpus": {"root": "b", "name": "C", "layout": "x", "help": ""}},
            'corpus.help="" instead of null, corpus.layout="x" instead of null, '
            'corpus.name="C" instead of null and 1 more',
        ),
        ({"sweep": CONFIG["sweep"]}, "training.max_epochs=null instead of 9"),
    ],
)
def test_another_config_is_refused_with_the_fields_that_differ(finished, changed, said):
    with pytest.raises(RunError) as caught:
        begin(finished, changed, resume=True, defaults={})
    assert said in str(caught.value)
    assert "--resume=false" in str(caught.value)
    assert (finished / "run.json").exists()
    begin(finished, changed, resume=False, defaults={})
    begin(finished, changed, resume=True, defaults={})


@pytest.mark.parametrize("content", [b"{", b"\xff", b"3"])
def test_a_config_that_cannot_be_read_is_not_gone_on_with(finished, content):
    (finished / "config.json").write_bytes(content)
    with pytest.raises(RunError, match=r"--resume=false"):
        begin(finished, CONFIG, resume=True, defaults={})


def test_a_run_of_an_earlier_version_resumes_where_its_missing_fields_have_their_defaults(finished):
    newer = CONFIG | {"dynamics": {"smoothing": "none", "windows": (1.0, 2.0)}}
    before = (finished / "config.json").read_bytes()
    begin(finished, newer, resume=True, defaults={"dynamics": newer["dynamics"]})
    assert (finished / "config.json").read_bytes() == before
    other = {"dynamics": {"smoothing": "some", "windows": (1.0, 2.0)}}
    with pytest.raises(RunError, match=r'dynamics.smoothing="none" instead of "some"'):
        begin(finished, newer, resume=True, defaults=other)
