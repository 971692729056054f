"""A tracker that fails ends no training, and disturbs no other tracker."""

import signal

import pytest

from affdyn_jax.system.stop_requests import Stopped
from affdyn_jax.tracking.tracker import Tracker, Trackers
from tests.tracking.epochs import scored


class Told(Tracker):
    """Keeps what it is told, and raises an error at a point."""

    def __init__(self, name, fails_at=None, error=None):
        self.name, self.fails_at, self.told = name, fails_at, []
        self.error = error or ConnectionError("no\nroute")

    def on_epoch(self, epoch):
        self.hear(epoch.number)

    def on_end(self, run_folder):
        self.hear(run_folder)

    def hear(self, what):
        self.told.append(what)
        if what == self.fails_at:
            raise self.error


@pytest.mark.parametrize("fails_at", [2, "run"])
def test_one_that_fails_is_left_out_in_one_line(caplog, fails_at):
    before, failing, after = Told("a"), Told("b", fails_at), Told("c")
    trackers = Trackers([before, failing, after])
    for number in (1, 2, 3):
        trackers.on_epoch(scored(number))
    trackers.on_end("run")
    trackers.on_end("run")
    assert before.told == after.told == [1, 2, 3, "run", "run"]
    assert failing.told == [1, 2, 3, "run"][: 2 if fails_at == 2 else 4]
    (line,) = caplog.messages
    assert line == "b: failed (ConnectionError: no route); the run continues without it"


def test_a_request_to_stop_is_no_failure():
    with pytest.raises(Stopped):
        Trackers([Told("a", 1, Stopped(signal.SIGTERM))]).on_epoch(scored(1))


def test_a_tracker_may_care_for_nothing(tmp_path):
    Tracker().on_epoch(scored(1))
    Tracker().on_end(tmp_path)
