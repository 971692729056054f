"""What the PyTorch programs read, write and refuse, and when a lane of theirs is over."""

import csv
import sys

import numpy as np
import pytest

from affdyn_jax.dataset.examples import pad
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.settings import HiddenSizes, SweepSettings, TrainingSettings
from experiments.pytorch.arrays import arrays_of
from experiments.pytorch.export import write

torch = pytest.importorskip("torch")

pytestmark = [
    pytest.mark.parity,
    # PyTorch's compiler comes with modules that use what PyTorch has deprecated.
    pytest.mark.filterwarnings("ignore:`torch.jit.script:DeprecationWarning"),
]

DIMENSIONS = ("arousal", "valence")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    rng = np.random.default_rng(0)
    lengths = (9, 12)
    examples = pad(
        [rng.normal(size=(length, 3)) for length in lengths],
        [rng.normal(size=(length, 4)) for length in lengths],
        [np.ones((length, 4), bool) for length in lengths],
    )
    sweep = SweepSettings((0.0, 1.0), (0, 7), HiddenSizes((2,), (2,)))
    lanes = lanes_by_hidden_size(DIMENSIONS, sweep)[2]
    path = tmp_path_factory.mktemp("data") / "sweep.npz"
    settings = TrainingSettings(learning_rate=1e-3, max_epochs=5, patience=4)
    write(path, arrays_of(examples, examples, lanes, DIMENSIONS, settings))
    return path


@pytest.fixture
def command(monkeypatch):
    from third_party.pytorch_baseline import command_line

    def run(program, *arguments):
        monkeypatch.setattr(sys, "argv", ["program", *map(str, arguments)])
        command_line.run(program.train_lanes, "Train.")

    return run


def test_the_file_is_read_as_it_was_written(data):
    from third_party.pytorch_baseline.data import read_sweep

    sweep = read_sweep(data, "cpu")
    arrays = np.load(data)
    assert sweep.seed_l == [0] * 6 + [7] * 6
    assert sweep.lane_l[5] == "multi-h2-w1-seed0"
    assert sweep.adam == {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8}
    assert sweep.patience == 4
    np.testing.assert_array_equal(sweep.order_en[7], arrays["seed7/order_en"])
    np.testing.assert_array_equal(
        sweep.weights[7]["gru.weight_hh_l1"], arrays["seed7/weights/gru.weight_hh_l1"]
    )
    features_tf, gold_tk, valid_tk = sweep.train.recordings()[0]
    assert (len(features_tf), len(gold_tk), len(valid_tk)) == (9, 9, 9)
    np.testing.assert_array_equal(features_tf, arrays["train/features_ntf"][0, :9])


def test_the_command_writes_curves(data, command, tmp_path):
    from third_party.pytorch_baseline import train
    from third_party.pytorch_baseline.data import read_sweep

    out = tmp_path / "curves.csv"
    command(train, f"--data={data}", f"--out={out}", "--max_epochs=2", "--device=cpu")
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    tasks = ("arousal", "valence", "arousal_dynamics", "valence_dynamics")
    columns = ["lane", "epoch", "train_loss", "dev_loss", *(f"dev_ccc_{task}" for task in tasks)]
    assert list(rows[0]) == columns
    assert [row["epoch"] for row in rows] == 12 * ["1", "2"]
    sweep = read_sweep(data, "cpu")
    assert [row["lane"] for row in rows[::2]] == sweep.lane_l
    curve = train.train_lane(sweep, 3, 2, 4).curve
    assert [float(row["dev_loss"]) for row in rows[6:8]] == pytest.approx(curve.dev_loss_e)
    found = [float(rows[7][column]) for column in columns[4:]]
    assert found == pytest.approx(curve.dev_ccc_ek[1])


def test_mistakes_are_reported_in_one_line(data, command, tmp_path):
    from third_party.pytorch_baseline import streams, train

    def refused(*arguments, program=train):
        out = f"--out={tmp_path / 'curves.csv'}"
        with pytest.raises(SystemExit) as ended:
            command(program, out, "--device=cpu", *arguments)
        assert ended.value.code.startswith("error: ")
        assert "\n" not in ended.value.code
        return ended.value.code

    other = tmp_path / "other.npz"
    np.savez(other, features=np.zeros(3))
    assert "no such file" in refused(f"--data={tmp_path / 'missing.npz'}")
    assert "not written by" in refused(f"--data={other}")
    assert "--max_epochs=6" in refused(f"--data={data}", "--max_epochs=6")
    assert "streams need a GPU" in refused(f"--data={data}", program=streams)
    nowhere = tmp_path / "nowhere" / "curves.csv"
    assert "No such file" in refused(f"--data={data}", f"--out={nowhere}")
    if not torch.cuda.is_available():
        assert "PyTorch finds no GPU" in refused(f"--data={data}", "--device=cuda")


def test_a_lane_is_over_when_it_diverges_or_runs_out_of_patience():
    from third_party.pytorch_baseline.curves import Curve

    curve = Curve()
    assert curve.add(0.9, 0.8, [0.2], weights_are_finite=True)
    assert not curve.add(0.8, 0.8, [0.3], weights_are_finite=True)
    assert not curve.is_over(patience=2)
    assert curve.is_over(patience=1)
    assert not curve.add(0.8, 0.7, [0.3], weights_are_finite=False)
    assert curve.is_over(patience=9)
    assert curve.best_epoch == 1
    interruptible = Curve()
    assert not interruptible.add(np.nan, 0.8, [0.2], weights_are_finite=True)
    assert (interruptible.best_epoch, interruptible.is_over(9)) == (0, True)
