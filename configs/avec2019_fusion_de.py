"""Fusion of nine systems' predictions on real SEWA German annotations.

    python -m affdyn_jax.main --config=configs/avec2019_fusion_de.py --config.corpus.root=…

The root holds what was published with the AVEC 2019 challenge's scripts: `labels_devel/`, the
gold standards of the German development partition, and `baseline_predictions/`, the
predictions of nine systems for them. Eight recordings to learn from are few.

Takes 3 to 4 minutes on two CPU cores (231 lanes). Multi-dimensional models on test, mean over
three seeds at the best w: CCC .54 for arousal and valence; .22 and .19 for their dynamics, which
are .00 at w = 0. The best single system has .56 for arousal and .57 for valence there.
"""

from ml_collections import config_dict

from configs import base

_SYSTEMS = (
    "deepspectrum",
    "egemaps-func_STD",
    "egemaps-xbow",
    "mfcc-func_STD",
    "mfcc-xbow",
    "visual-func",
    "visual-resnet",
    "visual-vgg",
    "visual-xbow",
)


def get_config() -> config_dict.ConfigDict:
    """Recordings 01–08 train, 09–11 dev, 12–14 test; 27 features."""
    config = base.get_config()
    config.corpus.name = "SEWA DE fusion"
    config.corpus.labels_folder = "labels_devel"
    config.corpus.partitions.train = tuple(f"Devel_DE_{n:02d}" for n in range(1, 9))
    config.corpus.partitions.dev = tuple(f"Devel_DE_{n:02d}" for n in range(9, 12))
    config.corpus.partitions.test = tuple(f"Devel_DE_{n:02d}" for n in range(12, 15))
    config.features.name = "precomputed"
    config.features.folders = tuple(
        f"baseline_predictions/predictions_{system}" for system in _SYSTEMS
    )
    config.features.are_predictions = True
    return config
