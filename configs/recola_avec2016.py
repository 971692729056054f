"""RECOLA as in the AVEC 2016 challenge: French, 27 recordings of 5 minutes.

    affdyn train recola_avec2016 --config.corpus.root=…/avec2016

The challenge withheld the gold standards of its test partition, so scores are those of dev. The
paper's models of RECOLA are trained on all 46 recordings (`configs/recola.py`); some of the
published systems in its Table 2 on these 27.

With `--config.features.name=encoder`, LeBenchmark/wav2vec2-FR-3K-large; the paper's other French
model is `--config.features.encoder.model=LeBenchmark/wav2vec2-FR-3K-base`.
"""

from ml_collections import config_dict

from affdyn_jax.configs import recola


def get_config(variant: str = "") -> config_dict.ConfigDict:
    """9 training, 9 dev and 9 test recordings; `:standin` for a generated likeness."""
    config = recola.get_config(variant)
    config.corpus.name = config.corpus.name.replace("(FR)", "AVEC 2016")
    config.corpus.partitions.train = ("train_",)
    config.corpus.partitions.dev = ("dev_",)
    config.corpus.partitions.test = ("test_",)
    config.corpus.help = (
        "RECOLA is requested at https://diuf.unifr.ch/main/diva/recola; to try the program on a "
        "generated likeness: --config=configs/recola_avec2016.py:standin"
    )
    if variant == "standin":
        config.corpus.standin.layout = "avec2016"
        config.corpus.standin.update(train=9, dev=9, test=9)
    else:
        config.corpus.layout = "avec2016"
    return config
