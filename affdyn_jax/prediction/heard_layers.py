"""Lanes that hear different layers as one model, whose features are these layers side by side."""

from collections.abc import Collection, Mapping
from typing import NamedTuple, Self

import jax
import numpy as np
from flax import nnx

from affdyn_jax.dataset.standardisation import Standardisation
from affdyn_jax.method.layer_sum import spread
from affdyn_jax.method.model import Weights, weights_of
from affdyn_jax.workdir.files import FinishedRun


class HeardLayers(NamedTuple):
    """What lanes of a run over layers hear.

    Attributes:
        all_numbers: Numbers of the run's layers, in the order of `standardisation.csv`.
        of_lane: The number of each lane's layer.
    """

    all_numbers: tuple[int, ...]
    of_lane: Mapping[str, int]

    @classmethod
    def by(cls, run: FinishedRun, lanes: Collection[str]) -> Self:
        """What some lanes of a run hear."""
        rows = run.lanes[run.lanes["lane"].isin(lanes)]
        of_lane = {
            name: int(layer) for name, layer in zip(rows["lane"], rows["layer"], strict=True)
        }
        return cls(tuple(run.facts.layers), of_lane)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The layers that any of them hears."""
        heard = set(self.of_lane.values())
        return tuple(number for number in self.all_numbers if number in heard)

    def standardisation(self, of_all: Standardisation) -> Standardisation:
        """That of the features of `numbers` side by side, from that of all layers."""
        places = [self.all_numbers.index(number) for number in self.numbers]

        def part(values_yf: np.ndarray) -> np.ndarray:
            return values_yf.reshape(len(self.all_numbers), -1)[places].reshape(-1)

        return Standardisation(part(of_all.mean_f), part(of_all.deviation_f))

    def weights(self, of_lanes: Mapping[str, Weights]) -> dict[str, Weights]:
        """Weights on the features of `numbers` side by side, from those on a lane's own layer.

        The sums are the same, with zeros added.
        """
        found = {}
        for name, weights in of_lanes.items():
            place = self.numbers.index(self.of_lane[name])
            arrays = jax.tree.map(np.asarray, nnx.to_pure_dict(weights))
            shares_y = np.eye(len(self.numbers), dtype=np.float32)[place]
            first = arrays["layers"][0]
            first["input_kernel_ghf"] = spread(first["input_kernel_ghf"], shares_y)
            found[name] = weights_of(arrays)
        return found
