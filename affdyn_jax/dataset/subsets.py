"""The recordings of each corpus and of each language, which have scores of their own."""

from collections import defaultdict
from collections.abc import Iterable

from affdyn_jax.corpora.corpus import LANGUAGE, Recording

CORPUS = "corpus"
DIVISIONS = (CORPUS, LANGUAGE)


def subsets_of(recordings: Iterable[Recording]) -> dict[str, dict[str, tuple[str, ...]]]:
    """The names of the recordings of each subset, by what divides them and by the subset's name.

    Returns:
        `corpus` and `language`, each only where there are several; languages are left out where
        they divide the recordings as corpora do.
    """
    found = {CORPUS: defaultdict(tuple), LANGUAGE: defaultdict(tuple)}
    for recording in recordings:
        if recording.origin is not None:
            found[CORPUS][recording.origin.corpus.name] += (recording.name,)
        if recording.language:
            found[LANGUAGE][recording.language] += (recording.name,)
    if set(found[LANGUAGE].values()) == set(found[CORPUS].values()):
        del found[LANGUAGE]
    return {division: dict(subsets) for division, subsets in found.items() if len(subsets) > 1}
