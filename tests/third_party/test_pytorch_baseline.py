"""The PyTorch programs against ours, against each other and against numbers by hand."""

import os
import shutil

import numpy as np
import pytest

from affdyn_jax.config import read_settings
from affdyn_jax.configs import demo
from affdyn_jax.dataset.examples import pad
from affdyn_jax.training.lane_settings import fixed_lanes
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.loop import new_training, train_lanes
from affdyn_jax.training.parts import Parts
from affdyn_jax.training.repetitions import whole_partitions
from affdyn_jax.training.settings import HiddenSizes, SweepSettings, TrainingSettings
from experiments.pytorch.arrays import arrays_of
from experiments.pytorch.export import write
from experiments.reading import read_dataset

torch = pytest.importorskip("torch")

pytestmark = [
    pytest.mark.parity,
    # PyTorch's compiler comes with modules that use what PyTorch has deprecated.
    pytest.mark.filterwarnings("ignore:`torch.jit.script:DeprecationWarning"),
]

DIMENSIONS = ("arousal", "valence")
HIDDEN = 16


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(params=["eager", "compiled"])
def vectorised(request, monkeypatch):
    """The program for all lanes at once, as it reads and compiled, in short chunks to be quick."""
    yield from _vectorised(monkeypatch, compiled=request.param == "compiled")


@pytest.fixture
def uncompiled(monkeypatch):
    yield from _vectorised(monkeypatch, compiled=False)


def _vectorised(monkeypatch, compiled):
    if compiled and shutil.which(os.environ.get("CXX", "g++")) is None:
        pytest.skip("torch.compile needs a C++ compiler")
    from third_party.pytorch_baseline import recurrence, vectorised

    monkeypatch.setitem(recurrence.CHUNK, "cpu", 4)
    with torch.compiler.set_stance("default" if compiled else "force_eager"):
        yield vectorised


def trained_by_us(train, dev, lanes, settings):
    arrays = arrays_of(train, dev, lanes, DIMENSIONS, settings)
    weights_lk, seeds = arrays["task_weights_lk"], list(dict.fromkeys(arrays["seed_l"].tolist()))
    data, parts = whole_partitions(train, dev, seeds), Parts(settings)
    made = fixed_lanes(weights_lk, weights_lk, settings)
    start = new_training(made, data, lanes[0].hidden_size, parts)
    return arrays, train_lanes(start, data, parts)


@pytest.fixture(scope="module")
def demo_sweep(tmp_path_factory):
    """The demo's lanes, what they are trained on and what three epochs make of them."""
    folder = tmp_path_factory.mktemp("demo")
    config = demo.get_config()
    config.corpus.root = str(folder / "corpus")
    config.corpus.standin.test = 0
    config.features.cache = str(folder / "features")
    settings = read_settings(config)
    examples = read_dataset(settings).examples
    lanes = lanes_by_hidden_size(settings.corpus.dimensions, settings.sweep)[HIDDEN]
    training = TrainingSettings(max_epochs=3)
    arrays, trained = trained_by_us(examples["train"], examples["dev"], lanes, training)
    write(folder / "sweep.npz", arrays)
    return folder / "sweep.npz", trained


@pytest.fixture(scope="module")
def coarse_sweep(tmp_path_factory):
    """Lanes that soon stop: on little data, with steps so coarse that dev gets worse again."""
    rng = np.random.default_rng(3)
    mixing = rng.normal(size=(5, 2))

    def partition(lengths):
        features = [rng.normal(size=(length, 5)) for length in lengths]
        states = [np.tanh(np.cumsum(f, 0) @ mixing / 5) for f in features]
        gold = [np.hstack([s, np.gradient(s, 0.25, axis=0)]) for s in states]
        valid = [np.arange(length)[:, None] >= [0, 0, 1, 1] for length in lengths]
        return pad(features, gold, valid)

    sweep = SweepSettings((0.0, 0.5), (0, 7), HiddenSizes((4,), (4,)))
    lanes = lanes_by_hidden_size(DIMENSIONS, sweep)[4]
    train, dev = partition((22, 35, 28)), partition((30, 41))
    settings = TrainingSettings(learning_rate=0.06, max_epochs=12, patience=2)
    arrays, trained = trained_by_us(train, dev, lanes, settings)
    path = tmp_path_factory.mktemp("coarse") / "sweep.npz"
    write(path, arrays)
    return path, trained


def read(path, device="cpu"):
    from third_party.pytorch_baseline.data import read_sweep

    return read_sweep(path, device)


def assert_close(curve_l, ours, lanes, atol):
    for lane, curve in zip(lanes, curve_l, strict=True):
        trained = slice(0, len(curve.dev_loss_e))
        for theirs, array in (
            (curve.train_loss_e, ours.history.train_loss),
            (curve.dev_loss_e, ours.history.dev_loss),
            (curve.dev_ccc_ek, ours.history.dev_ccc_k),
        ):
            np.testing.assert_allclose(theirs, array[trained, lane], atol=atol)


def test_every_lane_agrees_with_ours(demo_sweep, uncompiled):
    path, ours = demo_sweep
    curve_l = uncompiled.train_lanes(read(path), 3, 30)
    assert_close(curve_l, ours, range(66), atol=1e-3)
    assert {len(curve.dev_loss_e) for curve in curve_l} == {3}


def test_the_ordinary_program_agrees_with_ours(demo_sweep):
    from third_party.pytorch_baseline.train import train_lane

    path, ours = demo_sweep
    sweep = read(path)
    lanes = [sweep.lane_l.index(f"multi-h16-w{w}-seed0") for w in ("0", "0.3", "0.7", "1")]
    lanes += [sweep.lane_l.index(f"{setup}-h16-w0.5-seed1") for setup in ("arousal", "valence")]
    curve_l = [train_lane(sweep, lane, 3, 30).curve for lane in lanes]
    assert_close(curve_l, ours, lanes, atol=1e-3)


def test_lanes_stop_as_ours_do(coarse_sweep, vectorised):
    from third_party.pytorch_baseline import train

    path, ours = coarse_sweep
    assert len(set(ours.lane_states.epochs.tolist())) > 3
    for program in (train, vectorised):
        curve_l = program.train_lanes(read(path), 12, 2)
        assert [curve.best_epoch for curve in curve_l] == ours.lane_states.best_epoch.tolist()
        assert [len(curve.dev_loss_e) for curve in curve_l] == ours.lane_states.epochs.tolist()
        assert_close(curve_l, ours, range(12), atol=1e-3)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu_lanes_stop_alike(coarse_sweep, vectorised):
    from third_party.pytorch_baseline import streams, train

    sweep = read(coarse_sweep[0], "cuda")
    expected_l = train.train_lanes(sweep, 12, 2)
    for program in (streams, vectorised):
        curve_l = program.train_lanes(sweep, 12, 2)
        assert [c.best_epoch for c in curve_l] == [c.best_epoch for c in expected_l]
        for curve, expected in zip(curve_l, expected_l, strict=True):
            np.testing.assert_allclose(curve.dev_loss_e, expected.dev_loss_e, atol=1e-3)


def test_the_best_epoch_is_kept(coarse_sweep, uncompiled):
    from third_party.pytorch_baseline.train import dev_pass, train_lane

    sweep = read(coarse_sweep[0])
    dev = sweep.dev.features_ntf, sweep.dev.gold_ntk, sweep.dev.valid_ntk
    lanes = (train_lane(sweep, index, 12, 2) for index in range(len(sweep.lane_l)))
    # One that got worse again before it ended.
    lane = next(lane for lane in lanes if min(lane.curve.dev_loss_e) < lane.curve.dev_loss_e[-1])
    last_loss, _ = dev_pass(lane.model, *dev, lane.task_weights_k)
    lane.model.load_state_dict(lane.best_weights)
    best_loss, _ = dev_pass(lane.model, *dev, lane.task_weights_k)
    assert best_loss.item() == pytest.approx(min(lane.curve.dev_loss_e), abs=1e-6)
    assert last_loss.item() > best_loss.item()

    weights, curve_l = uncompiled.train_together(sweep, 12, 2)
    best_loss_l, _ = uncompiled.dev_pass(weights, *dev, sweep.task_weights_lk)
    expected_l = [min(curve.dev_loss_e) for curve in curve_l]
    np.testing.assert_allclose(best_loss_l, expected_l, atol=1e-6)


@pytest.mark.parametrize("frames", [9, 12])  # with and without a chunk that has to be filled up
def test_one_step_of_all_lanes_is_a_step_of_each(coarse_sweep, vectorised, frames):
    from third_party.pytorch_baseline import train
    from third_party.pytorch_baseline.model import model_with

    sweep = read(coarse_sweep[0])
    weights = vectorised.stacked_weights(sweep)
    optimiser = torch.optim.SGD(weights.values(), lr=0.1)
    recordings = [
        array[[0, 2], :frames]
        for array in (sweep.train.features_ntf, sweep.train.gold_ntk, sweep.train.valid_ntk)
    ]
    losses_l = vectorised.train_step(weights, optimiser, *recordings, sweep.task_weights_lk)
    for lane, seed in enumerate(sweep.seed_l):
        model = model_with(sweep.weights[seed])
        of_lane = [array[lane // 6] for array in recordings]
        optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
        loss = train.train_step(model, optimiser, *of_lane, sweep.task_weights_lk[lane])
        assert losses_l[lane].item() == pytest.approx(loss.item(), abs=1e-6)
        for name, parameter in model.named_parameters():
            difference = (weights[name].grad[lane] - parameter.grad).abs().max()
            assert difference <= 1e-4 * parameter.grad.abs().max(), (name, lane)
            torch.testing.assert_close(weights[name][lane], parameter)


def test_ccc_by_hand():
    from third_party.pytorch_baseline.losses import concordance, task_losses, weighted_loss

    # Means 2 and 3, deviations (-1, 0, 1) and (-1, -1, 2): covariance 1, variances 2/3 and 2.
    prediction_tk = torch.tensor([[1.0, 4.0], [2.0, 4.0], [3.0, 4.0], [torch.nan, 4.0]])
    gold_tk = torch.tensor([[2.0, 4.0], [2.0, 4.0], [5.0, 4.0], [9.0, 4.0]])
    valid_tk = torch.tensor([[True, True]] * 3 + [[False, True]])
    prediction_tk.requires_grad_()
    ccc_k = concordance(prediction_tk, gold_tk, valid_tk)
    assert ccc_k.tolist() == pytest.approx([6 / 11, 0])
    losses_k = task_losses(prediction_tk, gold_tk, valid_tk)
    loss = weighted_loss(losses_k, torch.tensor([0.25, 0.75]))
    assert loss.item() == pytest.approx(0.25 * 5 / 11 + 0.75)
    loss.backward()
    assert prediction_tk.grad[:3, 0].abs().min() > 0
    assert prediction_tk.grad[3, 0] == 0
    assert (prediction_tk.grad[:, 1] == 0).all()
    nothing_tk = torch.zeros_like(valid_tk)
    assert concordance(gold_tk, gold_tk, nothing_tk).tolist() == [0, 0]
    assert concordance(gold_tk[:, :1], gold_tk[:, :1], valid_tk[:, :1]).item() == 1
