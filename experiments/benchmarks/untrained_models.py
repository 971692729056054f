"""Models with random weights: time and memory do not depend on what was learnt."""

import json
from pathlib import Path

import jax
import numpy as np

from affdyn_jax.dataset.standardisation import Standardisation
from affdyn_jax.features.encoders.checkpoint import Checkpoint
from affdyn_jax.features.encoders.extraction import EncoderFeatures, EncoderIdentity
from affdyn_jax.features.mfb import MelFilterBanks
from affdyn_jax.features.mfcc import CepstralFunctionals
from affdyn_jax.method.model import initial_weights
from affdyn_jax.method.tasks import tasks_of
from affdyn_jax.prediction.trained_model import TrainedModel

_DIMENSIONS = ("arousal", "valence")
_TINY = Path(__file__).resolve().parents[2] / "tests" / "references" / "wav2vec2_tiny_large.npz"


def untrained_model(kind: str, hidden_size: int = 64, lane_count: int = 4) -> TrainedModel:
    """A model of the paper's largest size, with a lane for each task by default.

    Args:
        kind: `mfb`, `mfcc` or `encoder`; the last has the tiny weights of the tests.
        hidden_size: H.
        lane_count: Of 4 lanes each predicts one task, of any other number all predict each task.
    """
    extractor = _extractor(kind)
    count, tasks = extractor.feature_count, tasks_of(_DIMENSIONS)
    keys = [jax.random.key(number) for number in range(lane_count)]
    weights = {
        str(number): initial_weights(key, count, hidden_size, len(tasks))
        for number, key in enumerate(keys)
    }
    lanes = tuple(weights)
    if lane_count == len(tasks):
        lanes_of = {task: (lane,) for task, lane in zip(tasks, lanes, strict=True)}
    else:
        lanes_of = dict.fromkeys(tasks, lanes)
    standardisation = Standardisation(np.full(count, -8.0), np.full(count, 3.0))
    return TrainedModel(
        _DIMENSIONS, 4.0, 0.0, extractor, standardisation, weights, lanes_of, is_standin=True
    )


def _extractor(kind: str):
    if kind == "mfb":
        return MelFilterBanks()
    if kind == "mfcc":
        return CepstralFunctionals()
    arrays = np.load(_TINY)
    tensors = {
        name.removeprefix("weight/"): arrays[name] for name in arrays if name.startswith("weight/")
    }
    config = json.loads(str(arrays["config"])) | {"model_type": "wav2vec2"}
    checkpoint = Checkpoint(config, {"do_normalize": True}, tensors, "tiny")
    settings = EncoderIdentity("tiny", None, window=30.0, overlap=2.0, dtype="float32")
    return EncoderFeatures(checkpoint, settings, "tiny")
