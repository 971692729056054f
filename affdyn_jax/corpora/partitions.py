"""The partitions, and which recordings each has where the config lists names."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from affdyn_jax.errors import CorpusError

PARTITIONS = ("train", "dev", "test")


def matching(entry: str, names: Sequence[str]) -> list[str]:
    """The recordings that an entry stands for: the one of this name, else all that begin so."""
    return [entry] if entry in names else [name for name in names if name.startswith(entry)]


def partition_of_each(
    root: Path, partitions: Mapping[str, Sequence[str]], names: Iterable[str]
) -> dict[str, str]:
    """The partition of each recording that is in one.

    Args:
        root: The corpus's folder, for messages.
        partitions: For each partition, recordings by their names and by how their names
            begin (see `matching`).
        names: Of the corpus's recordings.

    Raises:
        CorpusError: An entry matches nothing, or a recording is in two partitions.
    """
    names = sorted(names)
    partition_of = {}
    for partition, entries in partitions.items():
        for entry in entries:
            matches = matching(entry, names)
            if not matches:
                there_are = f"from '{names[0]}' to '{names[-1]}'" if names else "none"
                raise CorpusError(
                    f"{root}: no recording is called '{entry}' or begins so, as partition "
                    f"'{partition}' has it; there are {there_are}; "
                    f"corpus.partitions.{partition}=() leaves it empty"
                )
            for recording in matches:
                other = partition_of.setdefault(recording, partition)
                if other != partition:
                    raise CorpusError(
                        f"{root}: recording '{recording}' is in partitions '{other}' and "
                        f"'{partition}' ('{entry}'); keep it in one"
                    )
    return partition_of
