"""What all processes of one run must have alike: lanes of one run are made by one recipe."""

import re
from collections.abc import Mapping
from typing import Any

from affdyn_jax.dataset.dataset import Dataset
from affdyn_jax.dataset.examples import checksum
from affdyn_jax.system.machine import versions
from affdyn_jax.system.processes import are_several, must_agree
from affdyn_jax.system.source_code import source_checksum
from affdyn_jax.system.typed_json import leaves

# Where things lie on a machine, and how it is used; what is read is compared by its content.
_OF_A_MACHINE = re.compile(
    r"(corpus|corpora\.\w+)\.(root|help)|features\.(cache|workers|encoder\.(model|revision))"
    "|cores_as_devices|compilation_cache"
)


def must_have_same_recipe(config: Mapping[str, Any], **others: Any) -> None:
    """Compare the config and the code of all processes.

    Args:
        config: The fields of the config.
        others: What else is to be the same, by name.

    Raises:
        RunError: They differ.
        Stopped: One process is asked to stop.
    """
    if not are_several():
        return
    chosen = {
        f"config.{name}": value
        for name, value in leaves(config)
        if not _OF_A_MACHINE.fullmatch(name)
    }
    code = versions() | {"checksum of affdyn_jax": source_checksum()}
    must_agree(
        others | chosen | code, "start all of them by the same command, with the same versions"
    )


def must_have_same_data(dataset: Dataset) -> None:
    """Compare what all processes have read.

    Raises:
        RunError: They differ.
        Stopped: One process is asked to stop.
    """
    if not are_several():
        return
    rows = [rows_n for split in dataset.splits for rows_n in split[:3]]
    must_agree(
        {f"checksum of {p}": checksum(examples) for p, examples in dataset.examples.items()}
        | {"checksum of folds": checksum(rows)},
        "give all of them the same corpus; where their machines compute other features of it, "
        "let them share one features.cache",
    )
