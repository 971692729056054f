"""The demo as a cross-validation: no data needed.

    affdyn train demo_folds

Each of its 26 recordings is tested once, by the models of the fold that has not seen it. Takes a
minute and a half on two CPU cores with other work, from a cold start. At the best w, CCC over all
recordings is .76 for arousal and .49 for valence; .30 and .19 for their dynamics.
"""

from ml_collections import config_dict

from affdyn_jax.configs import demo


def get_config() -> config_dict.ConfigDict:
    """The demo in five folds, with multi-dimensional models, one seed and five values of w."""
    config = demo.get_config()
    config.corpus.name = "Demo, five folds"
    config.sweep.folds = 5
    config.sweep.seeds = (0,)
    config.sweep.weights = (0.0, 0.2, 0.4, 0.6, 0.8)
    config.sweep.hidden_sizes.mono = ()
    return config
