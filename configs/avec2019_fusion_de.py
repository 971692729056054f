"""Fusion of nine systems' predictions on real SEWA German annotations.

    affdyn train avec2019_fusion_de --config.corpus.root=…

The root holds what was published with the AVEC 2019 challenge's scripts: `labels_devel/`, the
gold standards of the German development partition, and `baseline_predictions/`, the
predictions of nine systems for them. Eight recordings to learn from are few.

The 14 recordings are the two sides of seven conversations; both sides are equally long, and their
ratings resemble each other. Both are in one partition, so no model is tested on somebody whose
partner it was trained on. In the order of their lower numbers, the first four conversations train,
the next one is dev, and the last two are test. The conversations are the groups of intervals, tests
and folds: `--config.sweep.folds=leave_one_group_out` tests on each of them.

Takes 3 to 4 minutes on two CPU cores (231 lanes). Multi-dimensional models on test, mean over
three seeds at the best w: CCC .57 for arousal and .60 for valence; .20 and .25 for their
dynamics, which are -.04 and -.01 at w = 0. The best single system has .71 for arousal and .74
for valence there; on dev, a single conversation, others are the best ones.
"""

from collections.abc import Sequence

from ml_collections import config_dict

from affdyn_jax.configs import base

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

# The numbers of both sides of each.
_CONVERSATIONS = ((1, 12), (2, 5), (3, 8), (4, 6), (7, 13), (9, 14), (10, 11))


def get_config() -> config_dict.ConfigDict:
    """Four conversations train, one dev, two test; 27 features."""
    config = base.get_config()
    config.corpus.name = "SEWA DE fusion"
    config.corpus.labels_folder = "labels_devel"
    config.corpus.groups = tuple(_recordings([both]) for both in _CONVERSATIONS)
    config.corpus.partitions.train = _recordings(_CONVERSATIONS[:4])
    config.corpus.partitions.dev = _recordings(_CONVERSATIONS[4:5])
    config.corpus.partitions.test = _recordings(_CONVERSATIONS[5:])
    config.features.name = "precomputed"
    config.features.folders = tuple(
        f"baseline_predictions/predictions_{system}" for system in _SYSTEMS
    )
    config.features.are_predictions = True
    return config


def _recordings(conversations: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    return tuple(f"Devel_DE_{number:02d}" for both in conversations for number in both)
