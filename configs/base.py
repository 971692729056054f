"""The paper's settings and the decisions where it is silent; every other config starts from these.

    affdyn describe base

prints every field: what it is for, with its section of the paper, what it may be and its value.
Not a run by itself: it names no corpus.
"""

from ml_collections import config_dict

from affdyn_jax.config import default_config


def get_config(*corpora: str) -> config_dict.ConfigDict:
    """The values of §3 and §4, and the decisions where the paper is silent (docs/fidelity.md).

    Args:
        corpora: Of several corpora a short name each, e.g. `hu` for a section `corpora.hu`.
    """
    return default_config(*corpora)
