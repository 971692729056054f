"""The reliability of intervals and p-values on real traces, over recordings and over frames.

    python -m experiments.decisions.interval_widths --root=avec2019_ces_de

Takes the gold standards and the nine systems' predictions of `configs/avec2019_fusion_de.py`,
all recordings together, and prints for each frame rate

- the width of the 95 % bootstrap interval of each system's CCC, with recordings or frames as
  units;
- how many pairs of systems differ significantly;
- how many still do after a coin has decided for each recording which prediction goes to which
  side. That leaves a difference by chance alone: in 5 % of the pairs p should be below .05, and
  the interval of the difference should leave out 0.

Took eleven minutes on two CPU cores that others used as well; one with --deals=0.
"""

import itertools
import json

import numpy as np
from absl import app, flags

from affdyn_jax.config import read_settings
from affdyn_jax.configs import avec2019_fusion_de
from affdyn_jax.corpora.gold_standards import gold_standard_on_grid
from affdyn_jax.corpora.reading import read_corpus
from affdyn_jax.dataset.examples import Examples, pad
from affdyn_jax.evaluation.significance import (
    bootstrap_counts,
    mean_ccc,
    percentile_interval,
    permutation_p_value,
    sums_by_frame,
    sums_by_recording,
)
from affdyn_jax.features.reading import read_features

_UNITS = {"recordings": sums_by_recording, "frames": sums_by_frame}
_SIGNIFICANT = 0.05


def main(_):
    for frame_rate in map(float, _FRAME_RATES.value):
        predictions, gold = read(_ROOT.value, frame_rate)
        rng = np.random.default_rng(0)
        row = {
            "frame_rate": frame_rate,
            "recordings": len(gold.frames_n),
            "frames": int(gold.frames_n.sum()),
            **widths(predictions, gold, rng),
            **rejections(predictions, gold, _DEALS.value, rng),
            **intervals_without_0(predictions, gold, _DEALS.value, np.random.default_rng(0)),
        }
        print(json.dumps(row), flush=True)


def read(root: str, frame_rate: float) -> tuple[np.ndarray, Examples]:
    """Predictions of the M systems, shape (M, N, T, D), and the gold standards as examples."""
    config = avec2019_fusion_de.get_config()
    config.corpus.root = root
    config.features.frame_rate = frame_rate
    settings = read_settings(config)
    corpus = read_corpus(settings.corpus, settings.features.tables)
    features, names = read_features(settings.features, corpus)
    traces = []
    for recording in sorted(corpus.recordings, key=lambda r: r.name):
        gold_td, valid_td = gold_standard_on_grid(
            recording.gold_standard, recording.name, frame_rate=frame_rate, delay=0.0
        )
        traces.append((features[recording.name][: len(gold_td)], gold_td, valid_td))
    examples = pad(*zip(*traces, strict=True))
    columns_md = [
        [names.index(f"{system}/{dimension}") for dimension in corpus.dimensions]
        for system in settings.features.folders
    ]
    return np.moveaxis(examples.features_ntf[..., columns_md], 2, 0), examples


def widths(predictions: np.ndarray, gold: Examples, rng: np.random.Generator) -> dict:
    """Widths of the intervals: the median over systems and dimensions, and of their ratio."""
    of_units = {units: [] for units in _UNITS}
    for model_ntd in predictions:
        for units, sums in _UNITS.items():
            for d in range(model_ntd.shape[-1]):
                sums_us6 = sums(model_ntd[None, ..., d], gold.gold_ntk[..., d], valid(gold, d))
                counts_bu = bootstrap_counts(len(sums_us6), rng)
                values_b = mean_ccc(np.tensordot(counts_bu, sums_us6, axes=1))
                low, high = percentile_interval(values_b)
                of_units[units].append(high - low)
    ratios = np.divide(of_units["recordings"], of_units["frames"])
    medians = {f"width_over_{units}": rounded(np.median(w)) for units, w in of_units.items()}
    return medians | {
        "times_too_narrow": rounded(np.median(ratios)),
        "from_to": [rounded(ratios.min()), rounded(ratios.max())],
    }


def rejections(
    predictions: np.ndarray, gold: Examples, deals: int, rng: np.random.Generator
) -> dict:
    """Shares of pairs with p < .05: of the systems as they are, and of pairs by chance alone."""
    shares = {}
    for units, sums in _UNITS.items():
        real, chance = [], []
        for one_ntd, other_ntd in itertools.combinations(predictions, 2):
            for d in range(one_ntd.shape[-1]):
                pair = one_ntd[None, ..., d], other_ntd[None, ..., d]
                traces = gold.gold_ntk[..., d], valid(gold, d)

                def is_significant(pair, traces=traces, sums=sums):
                    sums_of_both = (sums(model_snt, *traces) for model_snt in pair)
                    return permutation_p_value(*sums_of_both, rng) < _SIGNIFICANT

                real.append(is_significant(pair))
                for _ in range(deals):
                    chance.append(is_significant(dealt_out(pair, rng)))
        shares[f"pairs_over_{units}"] = f"{sum(real)} of {len(real)}"
        shares[f"chance_pairs_over_{units}"] = f"{sum(chance)} of {len(chance)}"
    return shares


def intervals_without_0(
    predictions: np.ndarray, gold: Examples, deals: int, rng: np.random.Generator
) -> dict:
    """How many pairs by chance alone have an interval over recordings that leaves out 0."""
    without_0 = []
    for one_ntd, other_ntd in itertools.combinations(predictions, 2):
        for d in range(one_ntd.shape[-1]):
            pair = one_ntd[None, ..., d], other_ntd[None, ..., d]
            traces = gold.gold_ntk[..., d], valid(gold, d)
            for _ in range(deals):
                counts_bn = bootstrap_counts(len(gold.frames_n), rng)
                both = [sums_by_recording(dealt, *traces) for dealt in dealt_out(pair, rng)]
                one_b, other_b = (mean_ccc(np.tensordot(counts_bn, sums, axes=1)) for sums in both)
                low, high = percentile_interval(one_b - other_b)
                without_0.append(not low <= 0 <= high)
    return {"chance_intervals_without_0": f"{sum(without_0)} of {len(without_0)}"}


def dealt_out(
    pair: tuple[np.ndarray, np.ndarray], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Two models, shape (S, N, T) each, whose predictions a coin swaps for each recording."""
    one_snt, other_snt = pair
    swapped_n1 = rng.integers(2, size=(one_snt.shape[1], 1), dtype=bool)
    return np.where(swapped_n1, other_snt, one_snt), np.where(swapped_n1, one_snt, other_snt)


def valid(gold: Examples, d: int) -> np.ndarray:
    """Which frames count, shape (N, T)."""
    return gold.valid_ntk[..., d]


def rounded(value: float) -> float:
    return round(float(value), 3)


if __name__ == "__main__":
    _ROOT = flags.DEFINE_string("root", None, "The folder of the config's corpus.", required=True)
    _FRAME_RATES = flags.DEFINE_list("frame_rates", ["4", "10"], "Hz; the ratings have 10.")
    _DEALS = flags.DEFINE_integer(
        "deals", 14, "How often each pair's predictions are dealt out anew."
    )
    app.run(main)
