"""What the two languages of SEWA have in common; `sewa_de.py` and `sewa_hu.py` are the runs."""

from ml_collections import config_dict

from affdyn_jax.configs import base

_LANGUAGES = {"DE": "German", "HU": "Hungarian"}

_TEST_RECORDINGS = {"DE": 16, "HU": 18}

# Footnotes 4 and 5 of the paper.
_MODELS = {
    "DE": "facebook/wav2vec2-large-xlsr-53-german",
    "HU": "jonatasgrosman/wav2vec2-large-xlsr-53-hungarian",
}


def get_config(language: str, variant: str) -> config_dict.ConfigDict:
    """The challenge's corpus of one language, `DE` or `HU`, or a stand-in like it."""
    config = base.get_config()
    config.features.encoder.model = _MODELS[language]
    describe(config.corpus, language, variant, f"sewa_{language.lower()}")
    return config


def describe(corpus: config_dict.ConfigDict, language: str, variant: str, file: str) -> None:
    """Fill in a config's section of the challenge's corpus of one language.

    Args:
        corpus: The section.
        language: `DE` or `HU`.
        variant: Empty, or `standin`.
        file: The config's name, for those who have no corpus.
    """
    corpus.name = f"SEWA {language}"
    corpus.language = _LANGUAGES[language]
    corpus.partitions.train = (f"Train_{language}_",)
    corpus.partitions.dev = (f"Devel_{language}_",)
    corpus.partitions.test = (f"Test_{language}_",)
    corpus.help = (
        "SEWA is requested at https://db.sewaproject.eu; to try the program on a generated "
        f"likeness: --config=configs/{file}.py:standin"
    )
    if variant == "standin":
        corpus.name = f"SEWA {language} stand-in"
        corpus.layout = "standin"
        corpus.standin.language = language
        corpus.standin.test = _TEST_RECORDINGS[language]
    elif variant:
        raise ValueError(f"'{variant}' is no variant of this config; the only one is 'standin'")
