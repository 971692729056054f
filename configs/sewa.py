"""What the two languages of SEWA have in common; `sewa_de.py` and `sewa_hu.py` are the runs."""

from ml_collections import config_dict

from affdyn_jax.configs import base

# Footnotes 4 and 5 of the paper.
_MODELS = {
    "DE": "facebook/wav2vec2-large-xlsr-53-german",
    "HU": "jonatasgrosman/wav2vec2-large-xlsr-53-hungarian",
}


def get_config(language: str, test_recordings: int, variant: str) -> config_dict.ConfigDict:
    """The challenge's corpus of one language, `DE` or `HU`, or a stand-in like it."""
    config = base.get_config()
    config.corpus.name = f"SEWA {language}"
    config.corpus.partitions.train = (f"Train_{language}_",)
    config.corpus.partitions.dev = (f"Devel_{language}_",)
    config.corpus.partitions.test = (f"Test_{language}_",)
    config.features.w2v2.model = _MODELS[language]
    config.corpus.help = (
        "SEWA is requested at https://db.sewaproject.eu; to try the program on a generated "
        f"likeness: --config=configs/sewa_{language.lower()}.py:standin"
    )
    if variant == "standin":
        config.corpus.name = f"SEWA {language} stand-in"
        config.corpus.layout = "standin"
        config.corpus.standin.language = language
        config.corpus.standin.test = test_recordings
    elif variant:
        raise ValueError(f"'{variant}' is no variant of this config; the only one is 'standin'")
    return config
