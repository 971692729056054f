"""Recordings that belong together, e.g. both sides of a conversation, as the config lists them."""

import dataclasses
from collections.abc import Sequence

from affdyn_jax.corpora.corpus import Corpus
from affdyn_jax.corpora.partitions import matching
from affdyn_jax.errors import CorpusError


def grouped(corpus: Corpus, groups: Sequence[Sequence[str]]) -> Corpus:
    """The corpus with each recording in the group that lists it.

    Args:
        corpus: Without groups of its own, unless none are listed.
        groups: Of each group, recordings by their names and by how their names begin (see
            `partitions.matching`). Its name is made of these, e.g. `P16+P17`.

    Raises:
        CorpusError: An entry matches nothing, a recording is in two groups, or the corpus has
            groups of its own.
    """
    names = [recording.name for recording in corpus.recordings]
    group_of = {}
    for entries in groups:
        group = "+".join(entries)
        for entry in entries:
            matches = matching(entry, names)
            if not matches:
                raise CorpusError(
                    f"{corpus.root}: no recording is called '{entry}' or begins so, as "
                    f"corpus.groups has it; there are from '{min(names)}' to '{max(names)}'"
                )
            for name in matches:
                other = group_of.setdefault(name, group)
                if other != group:
                    raise CorpusError(
                        f"{corpus.root}: recording '{name}' is in groups '{other}' and '{group}' "
                        "of corpus.groups; keep it in one"
                    )
    for recording in corpus.recordings:
        if groups and recording.group != recording.name:
            raise CorpusError(
                f"{corpus.root}: recording '{recording.name}' is in group '{recording.group}' of "
                "the manifest, and corpus.groups is not empty; keep one of the two"
            )
    recordings = tuple(
        dataclasses.replace(recording, group=group_of.get(recording.name, recording.group))
        for recording in corpus.recordings
    )
    return dataclasses.replace(corpus, recordings=recordings)
