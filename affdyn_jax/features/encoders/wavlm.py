"""WavLM: wav2vec 2.0's network with attention that knows how far apart frames are.

Shape letters: B batch, N heads, T frames, C channels of a head, H hidden units.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.attention import Attention, heads_first
from affdyn_jax.features.encoders.config_json import Size
from affdyn_jax.features.encoders.convolutional_encoder import ConvolutionalEncoder
from affdyn_jax.features.encoders.convolutional_settings import ConvolutionalSettings
from affdyn_jax.features.encoders.convolutions import PositionalConvolution
from affdyn_jax.features.encoders.family import Family
from affdyn_jax.features.encoders.layers import Linear
from affdyn_jax.features.encoders.transformer import Transformer, TransformerLayer
from affdyn_jax.features.encoders.wav2vec2 import HEADS
from affdyn_jax.features.encoders.waveform import waveform

_GATES, _OF_A_GATE = 2, 4  # eight numbers a head and frame, whose fours are added


@dataclass(frozen=True, config=ConfigDict(strict=True))
class WavLMSettings(ConvolutionalSettings):
    """Named as in transformers' `WavLMConfig`, with its defaults.

    Attributes:
        num_buckets: Into how many classes distances between frames fall, half of them for frames
            that come later.
        max_bucket_distance: From how many frames on all distances are of one class.
    """

    num_buckets: Size = 320
    max_bucket_distance: Size = 800

    def refuse_contradictions(self, source: str) -> None:
        """As of `ConvolutionalSettings`; of classes, too, that make no sense."""
        super().refuse_contradictions(source)
        if not 0 < self.num_buckets // 4 < self.max_bucket_distance:
            raise FeatureError(
                f"{source}: num_buckets {self.num_buckets} and max_bucket_distance "
                f"{self.max_bucket_distance} leave no classes of distances; mend the configuration"
            )


def distance_classes(distances: np.ndarray, settings: WavLMSettings) -> np.ndarray:
    """The class of each distance, a whole number of the same shape.

    The nearest have one each; farther ones share one with those of about the same logarithm.

    Args:
        distances: Of a key's frame from the query's, in frames; positive where it comes later.
        settings: Of the network.
    """
    of_a_side = settings.num_buckets // 2
    exact = of_a_side // 2
    absolute = np.abs(distances)
    # In float32 as PyTorch computes it, since whole numbers are cut from it.
    logarithms = np.log(np.maximum(absolute, 1).astype(np.float32) / np.float32(exact))
    logarithms /= np.float32(math.log(settings.max_bucket_distance / exact))
    shared = exact + (logarithms * np.float32(of_a_side - exact)).astype(np.int64)
    classes = np.where(absolute < exact, absolute, np.minimum(shared, of_a_side - 1))
    return classes + np.where(distances > 0, of_a_side, 0)


class DistanceTable(nnx.Module):
    """What each head adds to scores for a class of distances: `torch.nn.Embedding`.

    Attributes:
        weight: Shape (N, classes).
    """

    def __init__(self, settings: WavLMSettings, *, rngs: nnx.Rngs):
        shape = (settings.num_attention_heads, settings.num_buckets)
        self.weight = nnx.Param(jax.nn.initializers.normal(1.0)(rngs.params(), shape))


class GatedAttention(Attention):
    """Attention that adds a bias by distance to its scores, more or less of it in each frame.

    Attributes:
        gru_rel_pos_linear: From the channels of a head to the numbers that make its gates.
        gru_rel_pos_const: Shape (1, 1, N, 1).
        rel_attn_embed: The table, which the first layer has for all.
    """

    def __init__(self, settings: WavLMSettings, has_table: bool, *, rngs: nnx.Rngs):
        size, heads = settings.hidden_size, settings.num_attention_heads
        super().__init__(size, heads, rngs=rngs)
        self.gru_rel_pos_linear = Linear(size // heads, _GATES * _OF_A_GATE, rngs=rngs)
        self.gru_rel_pos_const = nnx.Param(jnp.ones((1, 1, heads, 1)))
        self.rel_attn_embed = DistanceTable(settings, rngs=rngs) if has_table else None

    def __call__(self, hidden_bth: jax.Array, bias_1ntt: jax.Array) -> jax.Array:
        """Of the input's shape.

        Args:
            hidden_bth: What the layer attends to.
            bias_1ntt: Of each head, query and key.
        """
        gate_bnt1 = self._gate(heads_first(hidden_bth, self.head_count))
        return self.attended(hidden_bth, gate_bnt1, bias_1ntt, added=jnp.multiply)

    def _gate(self, heads_bntc: jax.Array) -> jax.Array:
        """How much of the bias each query of each head takes, shape (B, N, T, 1)."""
        numbers = self.gru_rel_pos_linear(heads_bntc)
        sums = numbers.reshape(*numbers.shape[:-1], _GATES, _OF_A_GATE).sum(-1)
        update_bnt1, reset_bnt1 = jnp.split(jax.nn.sigmoid(sums), _GATES, axis=-1)
        constant_1n11 = self.gru_rel_pos_const[...].transpose(0, 2, 1, 3)
        one = jnp.asarray(1, sums.dtype)
        return update_bnt1 * (reset_bnt1 * constant_1n11 - one) + 2 * one


class GatedTransformer(Transformer):
    """A transformer of which all layers share one bias by distance."""

    def __init__(self, settings: WavLMSettings, *, rngs: nnx.Rngs):
        self._settings = settings
        layers = [
            TransformerLayer(
                settings, GatedAttention(settings, has_table=number == 0, rngs=rngs), rngs=rngs
            )
            for number in range(settings.num_hidden_layers)
        ]
        super().__init__(settings, PositionalConvolution(settings, rngs=rngs), layers)

    def shared(self, frame_count: int) -> tuple[jax.Array, ...]:
        """The bias of each head, query and key, shape (1, N, T, T)."""
        places = np.arange(frame_count)
        classes_tt = distance_classes(places[None] - places[:, None], self._settings)
        table_nc = self.layers[0].attention.rel_attn_embed.weight[...]
        return (table_nc[None, :, classes_tt],)


def network(settings: WavLMSettings, *, rngs: nnx.Rngs) -> ConvolutionalEncoder:
    """The network of transformers' `WavLMModel`."""
    return ConvolutionalEncoder(settings, GatedTransformer(settings, rngs=rngs), rngs=rngs)


WAVLM = Family(
    title="WavLM",
    settings=WavLMSettings,
    network=network,
    front_end=waveform,
    prefixes=("wavlm.",),
    outside=HEADS,
)
