"""Mistaken ratings that train like any others: the run warns, or its scores hardly suffer."""

import logging

import numpy as np
import pandas as pd
import pytest

from affdyn_jax.config import read_settings
from affdyn_jax.corpora.avec_tables import read_trace
from affdyn_jax.corpora.reading import read_corpus
from affdyn_jax.corpora.standin.generation import write_standin
from affdyn_jax.corpora.standin.settings import StandIn
from affdyn_jax.dataset.dataset import build_dataset
from affdyn_jax.dataset.gold_on_grid import put_on_grid
from affdyn_jax.errors import CorpusError
from affdyn_jax.features.reading import read_features
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.sweep import train_together
from affdyn_jax.workdir.results import write_results
from configs import base

pytestmark = pytest.mark.slow

# All of one length, so that ratings of one recording fit the audio of any other.
STANDIN = StandIn("XX", train=12, dev=6, test=1, shortest_s=40.0, longest_s=40.0)


def every(change):
    return lambda ratings: [change(values_sd) for values_sd in ratings]


def half(change):
    return lambda ratings: [
        values_sd if n % 2 else change(values_sd) for n, values_sd in enumerate(ratings)
    ]


def moved(seconds):
    return lambda values_sd: np.roll(values_sd, 10 * seconds, axis=0)


MISTAKES = {
    "a tenth of the scale": every(lambda v: v / 10),
    "a hundredth of the scale": every(lambda v: v / 100),
    "half of them on a tenth of the scale": half(lambda v: v / 10),
    "half of them on half of the scale": half(lambda v: v / 2),
    "mirrored": every(np.negative),
    "half of them mirrored": half(np.negative),
    "another level": every(lambda v: v / 2 + 0.4),
    "half of them at another level": half(lambda v: v / 2 + 0.4),
    "half of them from 0 to 1": half(lambda v: v / 2 + 0.5),
    "five seconds late": every(moved(5)),
    "five seconds early": every(moved(-5)),
    "half of them five seconds early": half(moved(-5)),
    "backwards": every(np.flipud),
    "of the next recording": lambda r: [*r[1:], r[0]],
    "half of them swapped": lambda r: [r[n + (n % 4 == 0) - (n % 4 == 1)] for n in range(len(r))],
    "dimensions swapped": every(np.fliplr),
    "half of them with dimensions swapped": half(np.fliplr),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mistaken") / "corpus"
    write_standin(STANDIN, folder)
    return folder


@pytest.fixture(scope="module")
def clean(root, tmp_path_factory):
    """What `trained` returns without a mistake."""
    return trained(root, tmp_path_factory.mktemp("clean"), list)


def trained(root, folder, mistake):
    """Train on the ratings after a mistake.

    Returns:
        CCC on dev of each dimension, and the doubts at the end.
    """
    labels = root / "labels"
    tables = [*sorted(labels.glob("Train*")), *sorted(labels.glob("Devel*"))]
    ratings = [read_trace(path, path.stem)[1][:, :2] for path in tables]
    rows = ["recording,partition,audio,ratings"]
    for n, (path, values_sd) in enumerate(zip(tables, mistake(ratings), strict=True)):
        lines = [f"{s / 10},{a:.6f},{v:.6f}" for s, (a, v) in enumerate(values_sd)]
        (folder / f"ratings{n}.csv").write_text("\n".join(["time,arousal,valence", *lines]))
        partition = "train" if path.stem.startswith("Train") else "dev"
        audio = root / "audio" / f"{path.stem}.wav"
        rows.append(f"{path.stem},{partition},{audio},ratings{n}.csv")
    (folder / "corpus.csv").write_text("\n".join(rows))
    config = base.get_config()
    config.corpus.update(layout="manifest", root=str(folder / "corpus.csv"))
    config.features.cache = str(root / "features")
    config.sweep.update(weights=(0.0,), seeds=(0,))
    config.sweep.hidden_sizes.update(mono=(), multi=(16,))
    config.training.max_epochs = 50
    settings = read_settings(config)
    corpus = read_corpus(settings.corpus)
    gold = put_on_grid(corpus, settings.features.frame_rate, 0.0)
    features, names = read_features(settings.features, corpus)
    dataset = build_dataset(corpus, gold, features, names)
    (lanes,) = lanes_by_hidden_size(settings.corpus.dimensions, settings.sweep, 0).values()
    sweep = [train_together(lanes, dataset, settings.training, folder / "checkpoints")]
    doubts = write_results(folder, dataset, sweep).doubts
    scores = pd.read_csv(folder / "lanes.csv")
    return scores[scores["target"] == "state"].set_index("dimension")["dev_ccc"], doubts


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_no_score_falls_to_half_without_a_warning(root, clean, tmp_path, caplog, mistake):
    without_mistake, _ = clean
    caplog.clear()
    try:
        found, doubts = trained(root, tmp_path, mistake)
    except CorpusError:
        return
    warned = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] + doubts
    assert warned or (found >= without_mistake / 2).all(), (found, without_mistake)


def test_without_a_mistake_nothing_is_doubted(clean):
    scores, doubts = clean
    assert scores.min() > 0.4
    assert doubts == []
