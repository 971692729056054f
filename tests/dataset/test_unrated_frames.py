"""Frames without a rating: how many, and where."""

import logging

import numpy as np

from affdyn_jax.dataset.examples import pad
from affdyn_jax.dataset.unrated_frames import tell, unrated_shares


def examples(*frames):
    """Recordings of so many frames, of which a tenth has no valence."""
    traces = [np.zeros((count, 4)) for count in frames]
    valid = [np.ones((count, 4), bool) for count in frames]
    for of_recording in valid:
        of_recording[: len(of_recording) // 10, 1] = False
        of_recording[: len(of_recording) // 2, 3] = False  # dynamics are not counted
    return pad(traces, traces, valid)


def test_the_share_is_of_recordings_without_their_padding():
    shares = unrated_shares({"dev": examples(40, 20)}, ("arousal", "valence"))
    assert shares == {"dev": {"valence": 0.1}}


def test_a_line_for_each_partition_and_recordings_that_are_hardly_rated(caplog):
    train, dev = examples(40, 40, 20), examples(40)
    train.valid_ntk[1, :17, :2] = False
    by_partition = {"train": train, "dev": dev}
    names = {"train": ("a", "b", "c"), "dev": ("d",)}
    with caplog.at_level(logging.INFO, "affdyn_jax"):
        tell(unrated_shares(by_partition, ("arousal", "valence")), by_partition, names)
    told = [(record.levelname, record.getMessage()) for record in caplog.records]
    words = "frames without a rating, which count in no loss and no score"
    assert told == [
        ("INFO", f"train: {words}: 17.0% of arousal, 23.0% of valence"),
        (
            "WARNING",
            "train: most frames of 1 recording(s) have no rating, so check the times of their "
            "ratings: b",
        ),
        ("INFO", f"dev: {words}: 10.0% of valence"),
    ]
