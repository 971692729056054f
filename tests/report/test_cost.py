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
        epoch_seconds_together={"4": 1.5, "8": 0.5},
        epoch_seconds_alone={"4": 0.5, "8": 0.25},
        epoch_seconds_spread={"4": 1.4, "8": 1.02},
        epoch_core_share={"4": 0.98, "8": 1.1},
    )
    return dataclasses.replace(run, lanes=lanes, facts=facts)


def with_facts(run, **changed):
    return dataclasses.replace(run, facts=dataclasses.replace(run.facts, **changed))


def test_an_epoch_of_all_lanes_is_set_against_one_of_each(measured):
    text, table = cost(measured)
    # 27 lanes by 0.5 s are 13.5 s, 9 by 0.25 s are 2.25 s: 15.75 s against 2 s.
    assert text.text == (
        "Training took 1 min 30 s for 36 lanes, 2.5 s a lane. An epoch of all 36 lanes together "
        "took 2.0 s, of one lane alone 0.44 s on average, so the lanes' epochs one after the other "
        "would take about 7.9 times as long."
    )
    assert table.rows == [
        (("4",), ["27", "540", "54.0 s", "2.0 s", "1.5 s", "0.5 s", "9.0 times"]),
        (("8",), ["9", "270", "36.0 s", "4.0 s", "0.5 s", "0.25 s", "4.5 times"]),
    ]
    assert "in turns" in table.caption


def test_training_times_beside_other_work_are_not_compared(measured):
    busy = with_facts(measured, seconds={"training": 9000.0}, training_seconds={"4": 1, "8": 8999})
    said, compared = cost(busy)[0].text, cost(measured)[0].text
    assert said.startswith("Training took 2 h 30 min")
    assert said.split("An epoch")[1] == compared.split("An epoch")[1]


def test_rounds_that_disagree_are_left_out(measured):
    (text,) = cost(with_facts(measured, epoch_seconds_spread={"4": 1.02, "8": 2.31}))
    assert text.text.startswith("Training took 1 min 30 s for 36 lanes, 2.5 s a lane.")
    assert "one turn found 2.3 times the ratio of another: the machine was too busy" in text.text


def test_cores_that_did_other_work_are_left_out(measured):
    """However evenly others slow one core down: all lanes wait for it, a single one does not."""
    (text,) = cost(with_facts(measured, epoch_core_share={"4": 0.98, "8": 0.55}))
    assert "their cores computed for them in only 55% of the time" in text.text
    assert "times" not in text.text


def test_a_run_on_other_devices_is_compared(measured):
    assert len(cost(with_facts(measured, epoch_core_share={}))) == 2


@pytest.mark.parametrize(
    "missing",
    [
        "training_seconds",
        "epoch_seconds_together",
        "epoch_seconds_alone",
        "epoch_seconds_spread",
    ],
)
def test_an_older_run_has_no_comparison(measured, missing):
    (text,) = cost(with_facts(measured, **{missing: {}}))
    assert text.text.startswith("Training took 1 min 30 s for 36 lanes, 2.5 s a lane.")
    assert "was not timed against one of a single lane" in text.text
    assert "20 epochs" in text.text
