"""The demo with w fixed and moved by rules, with and without a low-pass layer: no data needed.

    affdyn train demo_weightings

Takes two minutes on two CPU cores with other work, from a cold start. On test, mean over seeds and
without the layer, CCC is .78 for arousal and .67 for valence at the best w, .22 and .15 for their
dynamics; with rules .74 to .78, .64 to .66, .20 to .23 and .14 to .15.
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
