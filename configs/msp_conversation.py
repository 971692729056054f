"""MSP-Conversation: English podcasts, over 70 h, with arousal, valence and dominance.

    python -m affdyn_jax.main --config=configs/msp_conversation.py \
        --config.corpus.root=…/MSP-Conversation

Partitions are the release's own (`partitions.txt`). Ratings lie between -100 and 100, and frames
where not every rater has rated are left out of losses and scores. Each conversation is one
recording of ten minutes or more, so a run takes longer than one of SEWA; features of all of it
are extracted first.
"""

from ml_collections import config_dict

from affdyn_jax.configs import base


def get_config() -> config_dict.ConfigDict:
    """The release, with its partitions and its three dimensions."""
    config = base.get_config()
    config.corpus.name = "MSP-Conversation"
    config.corpus.layout = "msp_conversation"
    config.corpus.dimensions = ("arousal", "valence", "dominance")
    config.corpus.rating_range = (-100.0, 100.0)
    config.corpus.gaps = "mask"
    config.corpus.partitions.train = ()
    config.corpus.partitions.dev = ()
    config.corpus.partitions.test = ()
    config.corpus.help = (
        "MSP-Conversation is requested at "
        "https://ecs.utdallas.edu/research/researchlabs/msp-lab/MSP-Conversation.html"
    )
    return config
