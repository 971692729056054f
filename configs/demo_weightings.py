"""The demo with w fixed and moved by rules, with and without a low-pass layer: no data needed.

affdyn train demo_weightings
"""

from ml_collections import config_dict

from affdyn_jax.configs import demo


def get_config() -> config_dict.ConfigDict:
    """The demo's multi-dimensional models, with all rules that move w in training."""
    config = demo.get_config()
    config.corpus.name = "Demo, weightings"
    config.sweep.weightings = ("fixed", "uncertainty", "dwa", "famo", "linear")
    config.sweep.low_pass = ("none", "centred")
    config.sweep.hidden_sizes.mono = ()
    return config
