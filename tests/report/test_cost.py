import dataclasses

import pytest

from affdyn_jax.report.cost import cost


@pytest.fixture
def measured(run):
    """36 lanes: 27 of hidden size 4 that trained 20 epochs each, 9 of 8 that trained 30."""
    lanes = run.lanes.assign(epochs=run.lanes["hidden_size"].map({4: 20, 8: 30}))
    facts = dataclasses.replace(
        run.facts,
        seconds={"training": 90.0},
        training_seconds={"4": 54.0, "8": 36.0},
        epoch_seconds_alone={"4": 0.5, "8": 2.0},
    )
    return dataclasses.replace(run, lanes=lanes, facts=facts)


def test_one_after_the_other_is_every_epoch_by_itself(measured):
    text, table = cost(measured)
    # 27 lanes by 20 epochs by 0.5 s are 270 s; 9 by 30 by 2 s are 540 s: 810 s against 90 s.
    assert text.text == (
        "Training took 1 min 30 s for 36 lanes, 2.5 s a lane. One after the other they would take "
        "13 min 30 s by estimate, 9.0 times as long."
    )
    assert table.rows == [
        (("4",), ["27", "540", "54.0 s", "2.0 s", "0.5 s", "4 min 30 s", "5.0 times"]),
        (("8",), ["9", "270", "36.0 s", "4.0 s", "2.0 s", "9 min 00 s", "15 times"]),
    ]
    assert "an estimate" in table.caption


@pytest.mark.parametrize("missing", ["training_seconds", "epoch_seconds_alone"])
def test_an_older_run_has_no_estimate(measured, missing):
    older = dataclasses.replace(
        measured, facts=dataclasses.replace(measured.facts, **{missing: {}})
    )
    (text,) = cost(older)
    assert text.text.startswith("Training took 1 min 30 s for 36 lanes, 2.5 s a lane.")
    assert "No lane was timed by itself" in text.text
