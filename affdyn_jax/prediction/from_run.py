"""From a run's folder to a model that predicts."""

import reprlib
from pathlib import Path

import jax

from affdyn_jax.config import settings_of
from affdyn_jax.errors import ConfigError, RunError
from affdyn_jax.features.reading import read_extractor
from affdyn_jax.method.low_pass import LowPass, low_pass_of
from affdyn_jax.method.model import Weights, check_weights, over_all_layers, without_low_pass
from affdyn_jax.method.rating_scale import RatingScale
from affdyn_jax.method.tasks import tasks_of
from affdyn_jax.prediction.heard_layers import HeardLayers
from affdyn_jax.prediction.summed_folds import of_one_standardisation
from affdyn_jax.prediction.trained_model import TrainedModel
from affdyn_jax.workdir.files import (
    FinishedRun,
    read_run,
    weights_folder,
)
from affdyn_jax.workdir.lane_choice import choose_lanes
from affdyn_jax.workdir.lane_keywords import BEST
from affdyn_jax.workdir.standardisation_table import read_standardisation
from affdyn_jax.workdir.weights import restore_weights


def load_run(path: str | Path, lane: str = BEST) -> TrainedModel:
    """The model that a finished run has trained, ready to predict.

    Features are made with the settings of the run, or read from tables where it was trained on
    such, and standardised by its training frames.

    Args:
        path: The run's workdir.
        lane: Which lanes predict: `mean`, for each dimension and target the mean over seeds of
            the network and w with the highest mean CCC on dev; `best`, of these seeds the one
            that is best on dev, as in the run's own predictions; a lane's name as in
            `lanes.csv`, e.g. `multi-h32-w0.4-seed0`; or this name without its seed, for the
            mean over its seeds. Of a cross-validation each of these is the mean over its folds,
            unless a lane's name ends in one.

    Raises:
        RunError: The folder holds no finished run, or a file of it is damaged.
        ConfigError: There is no such lane, or it diverged.
        FeatureError: The checkpoint of the encoder cannot be used.
    """
    path = Path(path)
    run = read_run(path)
    try:
        settings = settings_of(run.config, path / "config.json")
        lanes_of = choose_lanes(
            *(lane, run.lanes, run.pooled), run.facts.dimensions, run.facts.predicting_lanes
        )
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    standardisation, names = read_standardisation(path, run.facts.feature_count)
    wanted = {name for names in lanes_of.values() for name in names}
    low_pass = low_pass_of(settings.sweep.low_pass, run.facts.frame_rate)
    weights = _weights(path, run, wanted, low_pass)
    features = settings.features
    if run.layer_weights is not None:
        if run.facts.folds:
            weights = of_one_standardisation(weights, run, standardisation)
        features = features.of_layers(tuple(run.facts.layers))
    elif run.facts.layers:
        heard = HeardLayers.by(run, wanted)
        features = features.of_layers(heard.numbers)
        standardisation = heard.standardisation(standardisation)
        weights = heard.weights(weights)
    if low_pass and not any(low_pass.changes(lane["cutoff_k"][...]) for lane in weights.values()):
        # Of lanes without the layer: their rows need not wait for it.
        weights = {name: without_low_pass(lane) for name, lane in weights.items()}
        low_pass = None
    return TrainedModel(
        dimensions=run.facts.dimensions,
        frame_rate=run.facts.frame_rate,
        annotation_delay=run.facts.annotation_delay,
        extractor=read_extractor(features, names),
        standardisation=standardisation,
        weights=weights,
        lanes_of=lanes_of,
        is_standin=run.facts.is_standin,
        rating_scale=RatingScale.of(run.facts.rating_range),
        low_pass=low_pass,
    )


def _weights(
    path: Path, run: FinishedRun, wanted: set[str], low_pass: LowPass | None
) -> dict[str, Weights]:
    """The weights of the wanted lanes, by their names."""
    weights, task_count = {}, len(tasks_of(run.facts.dimensions))
    feature_count = run.facts.feature_count
    if "layer" in run.lanes:
        feature_count //= len(run.facts.layers)
    for hidden_size, of_size in run.lanes.groupby("hidden_size"):
        names = list(of_size["lane"].unique())
        if wanted.isdisjoint(names):
            continue
        folder = weights_folder(path, hidden_size)
        stacked = restore_weights(folder)
        if ("cutoff_k" in stacked) != (low_pass is not None):
            theirs, ours = ("without", "one") if low_pass else ("with", "none")
            raise RunError(
                f"{folder}: weights {theirs} a low-pass layer, but config.json has {ours}; run the "
                "same affdyn_jax.main command again"
            )
        lane_count, size, _ = stacked["head_kernel_hk"].shape
        if (lane_count, size) != (len(names), hidden_size):
            raise RunError(
                f"{folder}: weights of {lane_count} lanes of hidden size {size}, but lanes.csv has "
                f"{len(names)} of {hidden_size}; run the same affdyn_jax.main command again"
            )
        for number, name in enumerate(names):
            if name in wanted:
                weights[name] = jax.tree.map(lambda leaf, n=number: leaf[n], stacked)
                if "layer_scores_y" in weights[name]:
                    weights[name] = over_all_layers(weights[name])
                try:
                    check_weights(weights[name], feature_count, task_count)
                except ValueError as error:
                    raise RunError(
                        f"{folder}: lane {reprlib.repr(name)} has {error}; run the same "
                        "affdyn_jax.main command again"
                    ) from error
    return weights
