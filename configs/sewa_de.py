"""SEWA German as in the AVEC 2019 Cross-cultural Emotion Sub-challenge (§4.1).

python -m affdyn_jax.main --config=configs/sewa_de.py --config.corpus.root=…/sewa
"""

from ml_collections import config_dict

from configs import sewa


def get_config(variant: str = "") -> config_dict.ConfigDict:
    """34 training, 14 dev and 16 test recordings; `:standin` for a generated likeness."""
    return sewa.get_config("DE", variant)
