"""The exported folder against the run that it was exported from, and in others' hands."""

import json
import re
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pandas as pd
import pytest
import soundfile

from affdyn_jax import load_model, load_run
from affdyn_jax.features.extraction import extract_features
from affdyn_jax.features.mfb import MelFilterBanks
from affdyn_jax.prediction.exported.export import export
from affdyn_jax.workdir.files import read_run
from tests.commands import PROJECT, call_afresh


@pytest.fixture(scope="module")
def model_folder(trained_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported") / "model"
    export(trained_run, "best", folder)
    return folder


@pytest.fixture(scope="module")
def features_tf(standin_root, tmp_path_factory):
    audio = {"Test_XX_01": standin_root / "audio" / "Test_XX_01.wav"}
    folder = tmp_path_factory.mktemp("features")
    (features_tf,) = extract_features(audio, MelFilterBanks(), 4.0, folder).values()
    return features_tf.astype(np.float32)


def test_predicts_what_the_run_predicted(model_folder, trained_run, standin_root):
    model, run = load_model(model_folder), read_run(trained_run)
    for recording in run.facts.recordings["test"]:
        expected = run.predictions("test", recording)
        predicted = model.predict(*soundfile.read(standin_root / "audio" / f"{recording}.wav"))
        predicted = predicted.loc[expected.index, expected.columns]
        np.testing.assert_allclose(predicted, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("lane", ["mean", "multi-h4-w0.5", "multi-h4-w1-seed1"])
def test_any_choice_of_lanes_is_handed_on(lane, trained_run, standin_root, tmp_path):
    export(trained_run, lane, tmp_path)
    samples = soundfile.read(standin_root / "audio" / "Test_XX_02.wav")
    expected = load_run(trained_run, lane).predict(*samples)
    pd.testing.assert_frame_equal(load_model(tmp_path).predict(*samples), expected)


def test_the_function_needs_no_code_of_ours(model_folder, features_tf, standin_root):
    """In one piece and in two, in a process that has nothing but JAX."""
    np.save(model_folder.parent / "features.npy", features_tf)
    program = """
import sys, jax, numpy as np
function = jax.export.deserialize(bytearray(open(sys.argv[1], "rb").read()))
features_tf = np.load(sys.argv[2])
zeros = [np.zeros(aval.shape, aval.dtype) for aval in function.in_avals[1:]]
whole_tc, _ = function.call(features_tf, zeros)
first_tc, carried = function.call(features_tf[:17], zeros)
second_tc, _ = function.call(features_tf[17:], carried)
assert not any(name.startswith("affdyn_jax") for name in sys.modules)
np.savez(sys.argv[3], whole=whole_tc, pieces=np.concatenate([first_tc, second_tc]))
"""
    result = model_folder.parent / "result.npz"
    arguments = [model_folder / "model.jax_export", model_folder.parent / "features.npy", result]
    subprocess.run([sys.executable, "-c", program, *arguments], check=True, cwd=result.parent)
    samples = soundfile.read(standin_root / "audio" / "Test_XX_01.wav")
    expected = load_model(model_folder).predict(*samples).to_numpy()
    with np.load(result) as found:
        for name in ("whole", "pieces"):
            np.testing.assert_allclose(found[name], expected, rtol=0, atol=1e-5)


def test_the_function_is_for_gpus_too(model_folder):
    function = jax.export.deserialize(bytearray((model_folder / "model.jax_export").read_bytes()))
    assert {"cpu", "cuda", "tpu"} <= set(function.platforms)


def test_the_card_has_the_run_s_own_scores(model_folder, trained_run):
    card = (model_folder / "README.md").read_text()
    run = read_run(trained_run)
    assert "STAND-IN DATA" in card
    assert "consent" in card
    for column, lane in run.facts.predicting_lanes.items():
        dimension, _, target = column.partition("_")
        rows = run.lanes[(run.lanes["lane"] == lane) & (run.lanes["dimension"] == dimension)]
        (row,) = rows[rows["target"] == (target or "state")].itertuples()
        name = column.replace("_", " ")
        line = re.search(rf"^\| {name} \| {re.escape(lane)} \| (\S+) \| (\S+) \|$", card, re.M)
        assert float(line[1]) == pytest.approx(row.dev_ccc, abs=6e-4)
        assert float(line[2]) == pytest.approx(row.test_ccc, abs=6e-4)


def test_nothing_names_folders_of_this_machine(model_folder, trained_run):
    for path in model_folder.iterdir():
        content = path.read_bytes()
        for folder in (trained_run, PROJECT, Path.home()):
            assert str(folder).encode() not in content, path.name


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # librosa.load imports aifc
def test_librosa_alone_makes_the_same_features(model_folder, features_tf, standin_root):
    """The example of docs/predicting.md."""
    recording = standin_root / "audio" / "Test_XX_01.wav"
    example = (PROJECT / "docs" / "predicting.md").read_text()
    (example,) = re.findall(r"```python\n(import json\n.*?)```", example, re.S)
    names = {"folder": str(model_folder), "recording": str(recording)}
    exec(example, names)
    np.testing.assert_allclose(names["features_tf"], features_tf, atol=2e-4)
    function = jax.export.deserialize(bytearray((model_folder / "model.jax_export").read_bytes()))
    zeros = [np.zeros(aval.shape, aval.dtype) for aval in function.in_avals[1:]]
    predictions_tc, _ = function.call(names["features_tf"].astype(np.float32), zeros)
    expected = load_model(model_folder).predict(recording)
    np.testing.assert_allclose(predictions_tc, expected, atol=1e-4)


@pytest.mark.parity
def test_pytorch_predicts_the_same(model_folder, features_tf, standin_root):
    """The example of docs/predicting.md."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    example = (PROJECT / "docs" / "predicting.md").read_text()
    (example,) = re.findall(r"```python\n(import torch\n.*?)```", example, re.S)
    settings = json.loads((model_folder / "settings.json").read_text())
    expected = load_model(model_folder).predict(
        *soundfile.read(standin_root / "audio" / "Test_XX_01.wav")
    )
    outputs = ["arousal", "valence", "arousal_dynamics", "valence_dynamics"]
    for column, (lane,) in settings["lanes_of"].items():
        names = {"folder": str(model_folder), "lane": lane, "features_tf": features_tf}
        exec(example, names)
        theirs_t = names["predictions_tk"][:, outputs.index(column)].detach().numpy()
        np.testing.assert_allclose(theirs_t, expected[column], rtol=0, atol=1e-5)
    assert torch.__version__


def test_the_commands(trained_run, standin_root, tmp_path):
    out = tmp_path / "out"
    exported = call_afresh("affdyn_jax.export", f"--run={trained_run}", "--lane=mean", out)
    assert (exported.status, exported.stdout) == (0, f"{out}\n"), exported.stderr
    recording = standin_root / "audio" / "Test_XX_01.wav"
    predicted = call_afresh(
        "affdyn_jax.predict", f"--model={out}", f"--out={tmp_path / 'predicted'}", recording
    )
    assert predicted.status == 0, predicted.stderr
    written = pd.read_csv(tmp_path / "predicted" / "predictions" / "Test_XX_01.csv", sep=";")
    expected = load_run(trained_run, "mean").predict(*soundfile.read(recording))
    np.testing.assert_allclose(written[list(expected)], expected, rtol=0, atol=1e-5)
