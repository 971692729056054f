"""RECOLA, the full release (§4.1): French, 46 recordings of 5 minutes, six raters.

    affdyn train recola --config.corpus.root=…/recola \
        --config.corpus.partitions.train=P16,P17,… --config.corpus.partitions.dev=P21,… \
        --config.corpus.partitions.test=P26,…

The paper takes the split of its reference 33 (Trigeorgis et al., 2016), whose lists are not
public: name yours in the three flags above.

With `--config.features.name=encoder`, LeBenchmark/wav2vec2-FR-3K-large; the paper's other French
model is `--config.features.encoder.model=LeBenchmark/wav2vec2-FR-3K-base`.
"""

from ml_collections import config_dict

from affdyn_jax.configs import base


def get_config(variant: str = "") -> config_dict.ConfigDict:
    """The release, without partitions; `:standin` for a generated likeness, 16, 15 and 15."""
    config = base.get_config()
    config.corpus.name = "RECOLA (FR)"
    config.corpus.layout = "recola"
    config.corpus.partitions.train = ()
    config.corpus.partitions.dev = ()
    config.corpus.partitions.test = ()
    # Footnote 3 of the paper; experiments.paper.table1 has a column for each.
    with config.unlocked():
        config.features.encoder.models.base = "LeBenchmark/wav2vec2-FR-3K-base"
        config.features.encoder.models.large = "LeBenchmark/wav2vec2-FR-3K-large"
    config.features.encoder.model = config.features.encoder.models.large
    config.corpus.help = (
        "RECOLA is requested at https://diuf.unifr.ch/main/diva/recola; the paper's split is that "
        "of its reference 33, which is not public, so corpus.partitions.train, dev and test take "
        "lists of recordings; to try the program on a generated likeness: "
        "--config=configs/recola.py:standin"
    )
    if variant == "standin":
        config.corpus.name = "RECOLA (FR) stand-in"
        config.corpus.layout = "standin"
        config.corpus.standin.layout = "recola"
        config.corpus.standin.train = 16
        config.corpus.standin.dev = 15
        config.corpus.standin.test = 15
        config.corpus.standin.shortest_s = 300.0
        config.corpus.standin.longest_s = 300.0
    elif variant:
        raise ValueError(f"'{variant}' is no variant of this config; the only one is 'standin'")
    return config
