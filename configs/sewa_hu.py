"""SEWA Hungarian as in the AVEC 2019 Cross-cultural Emotion Sub-challenge (§4.1).

affdyn train sewa_hu --config.corpus.root=…/sewa
"""

from ml_collections import config_dict

from affdyn_jax.configs import sewa


def get_config(variant: str = "") -> config_dict.ConfigDict:
    """34 training, 14 dev and 18 test recordings; `:standin` for a generated likeness."""
    return sewa.get_config("HU", variant)
