from affdyn_jax.report.swept import (
    in_words,
    patience,
    rules,
    swept_settings,
    value_in_words,
)
from affdyn_jax.workdir.files import read_run


def test_what_was_swept(swept_run):
    assert swept_settings(swept_run) == {"learning_rate": [0.0006, 0.001]}
    assert rules(swept_run) == ["famo", "dwa"]
    assert patience(swept_run) == "10"


def test_nothing_but_w(run):
    assert swept_settings(run) == {}
    assert rules(run) == []


def test_patience_that_is_swept(write_run, tmp_path):
    run = read_run(write_run(tmp_path / "run", seeds=(0, 1), multi=(), patiences=(5, 15)))
    assert patience(run) == "5 or 15"
    assert swept_settings(run) == {"patience": [5, 15]}


def test_words():
    assert in_words("learning_rate") == "learning rate"
    assert [value_in_words(value) for value in (1e-7, 30, 0.2, "centred")] == [
        *("1e-07", "30", "0.2", "centred")
    ]
