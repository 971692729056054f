"""TensorBoard: a lane is a run, so that its charts show all lanes of a task, while they train."""

import struct
import time
from pathlib import Path
from typing import ClassVar

from affdyn_jax.system.standin_mark import STANDIN_WORDS
from affdyn_jax.tracking.lane_runs import Group
from affdyn_jax.tracking.tracker import Tracker
from affdyn_jax.training.scored_epochs import ScoredEpoch

# TensorBoard knows its files by the middle of their names.
_FILE = "events.out.tfevents.affdyn_jax"


class TensorBoard(Tracker):
    """A file of events for each lane, in a folder of its name.

    Files are open only while something is appended: tensorboardX's own writer keeps two threads
    and three open files for each run, of which a sweep has hundreds.
    """

    name: ClassVar[str] = "tensorboard"

    def __init__(self, folder: Path, group: Group):
        self._folder = folder / self.name / (STANDIN_WORDS if group.is_standin else "")
        self._begun: set[str] = set()

    def on_epoch(self, epoch: ScoredEpoch) -> None:
        """Append the scores of each lane."""
        from tensorboardX.proto.event_pb2 import Event
        from tensorboardX.proto.summary_pb2 import Summary

        now = time.time()
        for index, lane in enumerate(epoch.lanes):
            values = [
                Summary.Value(tag=name, simple_value=float(values_l[index]))
                for name, values_l in epoch.columns.items()
            ]
            event = Event(step=epoch.number, wall_time=now, summary=Summary(value=values))
            records = [event.SerializeToString()]
            path = self._folder / lane.name / _FILE
            if lane.name not in self._begun:
                path.parent.mkdir(parents=True, exist_ok=True)
                first = Event(wall_time=now, file_version="brain.Event:2")
                records = [first.SerializeToString(), *records]
            with path.open("ab" if lane.name in self._begun else "wb") as file:
                file.write(b"".join(map(_framed, records)))
            self._begun.add(lane.name)


def _framed(record: bytes) -> bytes:
    """A record as TensorFlow's files have it: its length and itself, each with a checksum."""
    from tensorboardX.record_writer import masked_crc32c

    length = struct.pack("<Q", len(record))
    checksums = [struct.pack("<I", masked_crc32c(part)) for part in (length, record)]
    return length + checksums[0] + record + checksums[1]
