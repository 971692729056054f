"""The benchmark of all families on tiny networks: differences, ratios, a table."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from experiments.benchmarks import features
from experiments.benchmarks.feature_networks import NETWORKS, SIZES, Network
from experiments.benchmarks.feature_pairs import FeaturePair

TINY = {
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 12,
    "conv_dim": (6,) * 7,
    "num_conv_pos_embeddings": 6,
    "num_conv_pos_embedding_groups": 4,
}


@pytest.mark.parity
def test_a_row_and_its_line(monkeypatch):
    monkeypatch.setitem(NETWORKS, "wavlm", {"base": Network("WavLM", TINY)})
    samples = np.random.default_rng(0).normal(size=1600).astype(np.float32)
    (row,) = features.rows_of(["wavlm"], ["base", "large"], samples, rounds=3)
    assert 0 < row["last"] < 1e-4 and 0 < row["inner"] < 1e-4
    assert row["inner_layer"] == 1
    assert row["ratio"] == pytest.approx(row["pytorch_ms"] / row["ours_ms"], rel=0.1)
    line = features.table([row]).splitlines()[-1]
    assert line.startswith("| wavlm | base | ") and line.count("|") == 9


def test_each_network_is_of_one_size():
    names = [name for size in SIZES.values() for name in size]
    for networks in NETWORKS.values():
        assert networks.keys() <= set(names)
    assert len(names) == len(set(names))


@pytest.mark.slow
@pytest.mark.parity
@pytest.mark.parametrize(
    ("family", "size"), [(family, size) for family in NETWORKS for size in NETWORKS[family]]
)
def test_hidden_states_at_full_size_are_those_of_installed_pytorch(real_speech, family, size):
    samples = features.speech(str(real_speech / "debate_sample.wav"))
    differences = FeaturePair.of(NETWORKS[family][size], samples).differences()
    print(f"{family} {size}: {differences}")
    assert differences["last"] <= 1e-4 and differences["inner"] <= 1e-4
