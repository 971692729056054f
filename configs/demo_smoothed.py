"""The demo with dynamics of smoothed states: no data needed.

    affdyn train demo_smoothed

Takes as long as the demo. Multi-dimensional models on test, mean over seeds at the best w: CCC .30
for arousal's dynamics and .20 for valence's; by the unsmoothed dynamics, which compare with the
demo's .21 and .13, the same predictions have .21 and .15.
"""

from ml_collections import config_dict

from affdyn_jax.configs import demo


def get_config() -> config_dict.ConfigDict:
    """The demo, whose states a Savitzky-Golay filter smooths over 2 s before Eq. 1."""
    config = demo.get_config()
    config.corpus.name = "Demo, smoothed"
    config.dynamics.smoothing = "savitzky_golay"
    config.dynamics.window = 2.0
    return config
