"""Files of events, read back by their format, and by TensorBoard where it is installed."""

import math
import struct

import pytest

from affdyn_jax.tracking.lane_runs import Group
from affdyn_jax.tracking.tensorboard import TensorBoard
from tests.tracking.epochs import LANES, scored

event_pb2 = pytest.importorskip(
    "tensorboardX.proto.event_pb2", reason="tensorboardX is not installed"
)

FIRST, SECOND = "multi-h4-w0-seed0", "multi-h4-w0.5-seed0"


def crc32c(data):
    """RFC 3720's checksum, bit by bit."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def read(folder):
    """The events of the only file in a folder."""
    (path,) = folder.glob("*tfevents*")
    content, events = path.read_bytes(), []
    while content:
        length, of_length = struct.unpack("<QI", content[:12])
        assert of_length == masked(content[:8])
        record, (of_record,) = (
            content[12 : 12 + length],
            struct.unpack_from("<I", content, 12 + length),
        )
        assert of_record == masked(record)
        events.append(event_pb2.Event.FromString(record))
        content = content[16 + length :]
    return events


def scalars(folder, tag):
    first, *events = read(folder)
    assert first.file_version == "brain.Event:2"
    return [
        (event.step, value.simple_value)
        for event in events
        for value in event.summary.value
        if value.tag == tag
    ]


def test_the_checksum_is_the_one_of_the_rfc():
    assert crc32c(bytes(32)) == 0x8A9136AA


def test_a_lane_is_a_run(tmp_path):
    board = TensorBoard(tmp_path, Group("demo", "affdyn_jax", False))
    board.on_epoch(scored(1))
    board.on_epoch(scored(2))
    board.on_epoch(scored(4, LANES[1:]))
    folder = tmp_path / "tensorboard"
    assert sorted(path.name for path in folder.iterdir()) == [FIRST, SECOND]
    assert scalars(folder / FIRST, "train_loss") == [(1, 1.0), (2, 0.5)]
    assert scalars(folder / SECOND, "train_loss") == [(1, 2.0), (2, 1.5), (4, 0.25)]
    assert scalars(folder / SECOND, "dev_ccc_arousal")[:2] == [(1, 0.5), (2, 0.5)]
    assert all(math.isnan(ccc) for _, ccc in scalars(folder / FIRST, "dev_ccc_arousal"))


def test_a_run_that_starts_again_tells_nothing_twice(tmp_path):
    for last in (3, 2, 5):
        board = TensorBoard(tmp_path, Group("demo", "affdyn_jax", False))
        for number in range(1, last + 1):
            board.on_epoch(scored(number))
    steps = [step for step, _ in scalars(tmp_path / "tensorboard" / FIRST, "train_loss")]
    assert steps == [1, 2, 3, 4, 5]


def test_generated_data_are_marked(tmp_path):
    TensorBoard(tmp_path, Group("demo", "affdyn_jax", True)).on_epoch(scored(1))
    assert read(tmp_path / "tensorboard" / "STAND-IN DATA" / FIRST)


def test_tensorboard_reads_them(tmp_path):
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator",
        reason="TensorBoard is not installed",
    )
    board = TensorBoard(tmp_path, Group("demo", "affdyn_jax", False))
    for number in (1, 2, 3):
        board.on_epoch(scored(number))
    events = accumulator.EventAccumulator(str(tmp_path / "tensorboard" / SECOND)).Reload()
    assert set(events.Tags()["scalars"]) == {"train_loss", "dev_ccc_arousal"}
    points = [(point.step, point.value) for point in events.Scalars("train_loss")]
    assert points == [(1, 2.0), (2, 1.5), (3, pytest.approx(4 / 3))]
