"""Names of a stand-in's recordings, as the owners of each layout's corpus name theirs."""

from collections.abc import Mapping


def recording_names(
    layout: str, language: str, counts: Mapping[str, int]
) -> dict[str, tuple[str, ...]]:
    """The recordings of each partition, as the layout's owners name theirs.

    Args:
        layout: `avec2019`, `avec2016` or `recola`.
        language: Part of AVEC 2019's names; the others have none.
        counts: Of recordings in each partition.
    """
    if layout == "avec2019":
        prefixes = {"train": "Train", "dev": "Devel", "test": "Test"}
        return {
            partition: tuple(
                f"{prefixes[partition]}_{language}_{n:02d}" for n in range(1, count + 1)
            )
            for partition, count in counts.items()
        }
    if layout == "avec2016":
        return {
            partition: tuple(f"{partition}_{n}" for n in range(1, count + 1))
            for partition, count in counts.items()
        }
    # RECOLA's names do not tell the partition.
    names, first = {}, 1
    for partition, count in counts.items():
        names[partition] = tuple(f"P{n:02d}" for n in range(first, first + count))
        first += count
    return names
