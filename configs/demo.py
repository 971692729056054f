"""The whole program on a small generated corpus: no data needed.

    affdyn train demo

Takes half a minute on two CPU cores from a cold start. Multi-dimensional models on test, mean
over seeds at the best w: CCC .78 for arousal, .68 for valence; .21 and .13 for their dynamics,
which are .00 and -.01 at w = 0.
"""

from ml_collections import config_dict

from affdyn_jax.configs import base


def get_config() -> config_dict.ConfigDict:
    """A stand-in of 26 minutes, two seeds, hidden size 16, the paper's 11 values of w."""
    config = base.get_config()
    config.corpus.name = "Demo"
    config.corpus.layout = "standin"
    config.corpus.standin.train = 12
    config.corpus.standin.dev = 6
    config.corpus.standin.test = 8
    config.corpus.standin.longest_s = 60.0
    config.sweep.seeds = (0, 1)
    config.sweep.hidden_sizes.mono = (16,)
    config.sweep.hidden_sizes.multi = (16,)
    config.training.max_epochs = 100
    return config
