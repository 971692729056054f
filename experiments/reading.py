"""What a sweep trains on, for experiments that train it in other ways than a run."""

from affdyn_jax.config import Settings
from affdyn_jax.corpora.reading import read_corpora
from affdyn_jax.dataset.dataset import Dataset, build_dataset
from affdyn_jax.dataset.folds import plan_folds
from affdyn_jax.dataset.gold_on_grid import put_on_grid
from affdyn_jax.errors import ConfigError
from affdyn_jax.features.reading import read_features


def read_dataset(settings: Settings) -> Dataset:
    """The corpus and its features, read as a run reads them.

    Raises:
        ConfigError: The features are layers for lanes of their own, which a run alone trains.
        AffdynError: Whatever else the user has to mend.
    """
    if settings.features.has_layers:
        raise ConfigError(
            f"features.encoder.layers={settings.features.encoder.layers}, but this experiment "
            "trains no layers; leave it empty, and choose one by features.layer"
        )
    corpus = read_corpora(settings.corpus, settings.corpora, settings.features.tables)
    gold = put_on_grid(
        *(corpus, settings.features.frame_rate),
        *(settings.corpus.annotation_delay, settings.dynamics),
    )
    folds = plan_folds(corpus, gold, settings.sweep.folds)
    features, feature_names = read_features(settings.features, corpus)
    may_outlast = settings.features.are_precomputed
    return build_dataset(corpus, gold, features, feature_names, may_outlast, folds)
