"""Runs of configs, as the commands make them."""

from affdyn_jax import pipeline
from affdyn_jax.config import read_settings


def run_config(config, folder, resume=True):
    """Train the sweep of a ConfigDict and leave its results in a folder."""
    pipeline.run(read_settings(config), folder, resume)
