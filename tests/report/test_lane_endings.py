import dataclasses

import pytest

from affdyn_jax.report.lane_endings import diverged_table, endings, endings_table


@pytest.fixture
def ended(run):
    """36 lanes of 20 epochs, but for valence's nine, of which eight ran to the limit."""
    lanes = run.lanes.assign(epochs=20, best_epoch=10, diverged=False)
    lanes.loc[lanes["setup"] == "valence", "epochs"] = 40
    lanes.loc[lanes["lane"] == "valence-h4-w0-seed0", ["diverged", "epochs"]] = [True, 3]
    return dataclasses.replace(run, lanes=lanes)


def test_every_lane_ends_in_one_way(ended):
    assert endings(ended).text == (
        "Of 36 lanes, 27 stopped after 10 epochs without improvement on dev, 8 ran to the limit "
        "of 40 epochs, 1 diverged."
    )


def test_endings_by_setup_and_hidden_size(ended):
    assert endings_table(ended).rows == [
        (("arousal", "4"), ["9", "0", "0", "10 (10 to 10)", "20 (20 to 20)"]),
        (("valence", "4"), ["0", "8", "1", "10 (10 to 10)", "40 (3 to 40)"]),
        (("multi", "4"), ["9", "0", "0", "10 (10 to 10)", "20 (20 to 20)"]),
        (("multi", "8"), ["9", "0", "0", "10 (10 to 10)", "20 (20 to 20)"]),
    ]


def test_diverged_lanes_are_listed_once(standin_run):
    table = diverged_table(standin_run.lanes)
    assert table.rows == [(("multi-h8-w0.5-seed1",), ["multi", "8", "0.5", "1", "3"])]
