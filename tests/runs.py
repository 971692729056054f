"""Runs of configs, as the commands make them, and the geometry that most of them share."""

from affdyn_jax import pipeline
from affdyn_jax.config import read_settings
from affdyn_jax.configs import base

# The sweep of `tiny_config`, on the command line: tests that train it share its programs.
TINY = (
    "--config.sweep.weights=0,0.5,1",
    "--config.sweep.seeds=0,1",
    "--config.sweep.hidden_sizes.mono=()",
    "--config.sweep.hidden_sizes.multi=4",
    "--config.training.max_epochs=3",
    "--config.compilation_cache=False",
    "--noconfig.cores_as_devices",
)


def tiny_config(root, cache):
    """A config of six lanes for three epochs, on the corpus in a folder."""
    config = base.get_config()
    config.corpus.root = str(root)
    config.features.cache = str(cache)
    config.sweep.update(weights=(0.0, 0.5, 1.0), seeds=(0, 1))
    config.sweep.hidden_sizes.update(mono=(), multi=(4,))
    config.training.max_epochs = 3
    config.compilation_cache = False
    return config


def run_config(config, folder, resume=True):
    """Train the sweep of a ConfigDict and leave its results in a folder."""
    pipeline.run(read_settings(config), folder, resume)
