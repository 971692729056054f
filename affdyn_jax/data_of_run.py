"""What the lanes of a run train on: its features, joined with the ratings.

Features of several layers lie on disk and are joined in rounds, as many layers as memory takes.
"""

import dataclasses
from collections.abc import Sequence

from affdyn_jax.config import Settings
from affdyn_jax.corpora.corpus import Corpus
from affdyn_jax.dataset.dataset import Dataset, build_dataset
from affdyn_jax.dataset.folds import Fold
from affdyn_jax.dataset.gold_on_grid import GoldOnGrid
from affdyn_jax.dataset.layers import join_layers, side_by_side
from affdyn_jax.errors import FeatureError
from affdyn_jax.features.reading import keep_layers, read_features
from affdyn_jax.training.lanes import lanes_by_hidden_size
from affdyn_jax.training.layers_at_once import LayerSize, rounds_of_layers, tell_sum_of_layers


class DataOfRun:
    """The features of a corpus as a run needs them, made or found in the cache.

    Args:
        settings: Of the run.
        corpus: The corpus.

    Attributes:
        features: Of each recording by its name, shape (T, F); empty where they have layers.

    Raises:
        AffdynError: As of `read_features` and `keep_layers`.
    """

    def __init__(self, settings: Settings, corpus: Corpus):
        self._settings, self._corpus = settings, corpus
        self._layers = None
        if settings.features.has_layers:
            self._layers = layers = keep_layers(settings.features, corpus)
            recordings = len(corpus.recordings)
            self._size = LayerSize(recordings, layers.longest(), layers.feature_count)
            self.features, self._names = {}, ()
        else:
            self.features, self._names = read_features(settings.features, corpus)

    def rounds(self, fold_count: int, earlier: int = 0) -> list[tuple[int, ...]]:
        """The layers of each round; without layers one round of none.

        Several processes have to call it together, and get the same rounds.

        Args:
            fold_count: Of a cross-validation.
            earlier: How many layers trained at once before an interruption; 0 without one.
        """
        if self._layers is None:
            return [()]
        numbers, sweep = self._layers.numbers, self._settings.sweep
        of_one = lanes_by_hidden_size(self._corpus.dimensions, sweep, fold_count, numbers[:1])
        if self._is_summed:
            tell_sum_of_layers(len(numbers), self._size, of_one)
            return [numbers]
        return rounds_of_layers(numbers, self._size, of_one, earlier)

    def dataset(
        self, gold: GoldOnGrid, folds: Sequence[Fold], layers: Sequence[int] = ()
    ) -> Dataset:
        """What the lanes of one of the `rounds` train on.

        Args:
            gold: The gold standards of the corpus.
            folds: Of a cross-validation.
            layers: The layers of the round.

        Raises:
            AffdynError: As of `build_dataset`.
        """
        if self._layers is None:
            may_outlast = self._settings.features.are_precomputed
            return build_dataset(
                *(self._corpus, gold, self.features, self._names), may_outlast, folds
            )
        join = side_by_side if self._is_summed else join_layers
        return join((self._of_layer(gold, folds, layer) for layer in layers), len(layers))

    @property
    def _is_summed(self) -> bool:
        return self._settings.sweep.layers == "weighted"

    def _of_layer(self, gold: GoldOnGrid, folds: Sequence[Fold], layer: int) -> Dataset:
        names = self._layers.names(layer)
        features = self._layers.read(layer)
        try:
            dataset = build_dataset(self._corpus, gold, features, names, folds=folds)
        except FeatureError as error:
            raise FeatureError(f"layer {layer}: {error}") from error
        return dataclasses.replace(dataset, layers=(layer,))
