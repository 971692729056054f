"""SEWA across languages: trained on German, tested on German and Hungarian (§4.1).

    affdyn train sewa_cross \
        --config.corpora.de.root=…/sewa --config.corpora.hu.root=…/sewa

The task of AVEC's first Cross-cultural Emotion Sub-challenge (2018), on the corpus as AVEC 2019
handed it out; both languages may lie in one folder. `subsets.csv` and the report have the scores of
each. The challenges withheld the labels of test: without them there are scores of dev alone, which
is German, unless what is labelled in Hungarian is tested on:
`--config.corpora.de.partitions.test=() --config.corpora.hu.partitions.test=Train_HU_,Devel_HU_`.

Both languages train together with
`--config.corpora.hu.partitions.train=Train_HU_ --config.corpora.hu.partitions.dev=Devel_HU_`, of
the stand-in with `--config.corpora.hu.standin.train=34 --config.corpora.hu.standin.dev=14`.

With `--config.features.name=encoder` name one model for both languages, e.g.
`--config.features.encoder.model=facebook/wav2vec2-large-xlsr-53`.
"""

from ml_collections import config_dict

from affdyn_jax.configs import base, sewa


def get_config(variant: str = "") -> config_dict.ConfigDict:
    """34 training, 14 dev, 16 and 18 test recordings; `:standin` for a generated likeness."""
    config = base.get_config("de", "hu")
    config.corpus.name = "SEWA across languages"
    german, hungarian = config.corpora.de, config.corpora.hu
    sewa.describe(german, "DE", variant, "sewa_cross")
    sewa.describe(hungarian, "HU", variant, "sewa_cross")
    hungarian.partitions.train = ()
    hungarian.partitions.dev = ()
    if variant:
        config.corpus.name += " stand-in"
        hungarian.standin.train = 0
        hungarian.standin.dev = 0
    return config
