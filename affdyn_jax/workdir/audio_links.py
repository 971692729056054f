"""Where the audio of a run's recordings lies: links from its folder, for this machine alone."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

import pandas as pd

from affdyn_jax.system.typed_tables import Text, read_table
from affdyn_jax.system.whole_files import write_whole

AUDIO_LINKS = "audio_links.csv"


def write_audio_links(workdir: Path, audio: Mapping[str, Path]) -> None:
    """Write `audio_links.csv`, which only the user may read.

    Args:
        workdir: The run's folder.
        audio: The file of each recording, by name.

    Raises:
        RunError: It cannot be written.
    """
    links = {name: _link(path, workdir) for name, path in audio.items()}
    table = pd.DataFrame({"recording": list(links), "link": list(links.values())})
    content = table.to_csv(index=False, lineterminator="\n").encode()
    write_whole(workdir / AUDIO_LINKS, content, "name another --workdir", private=True)


def read_audio_links(workdir: Path) -> dict[str, str]:
    """The link to each recording's audio that is there; none of a run of an earlier version.

    Raises:
        RunError: `audio_links.csv` holds something else.
    """
    columns = {"recording": Text(), "link": Text()}
    try:
        table = read_table(workdir / AUDIO_LINKS, columns, "delete it")
    except FileNotFoundError:
        return {}
    paths = {
        name: workdir / os.fsdecode(unquote_to_bytes(link))
        for name, link in zip(table["recording"], table["link"], strict=True)
    }
    # Written anew, a link leads to this file and nowhere else, whoever made the table.
    return {name: _link(path, workdir) for name, path in paths.items() if path.is_file()}


def _link(path: Path, workdir: Path) -> str:
    """The way from a run's folder to a file, as a page there can have it in a link."""
    return quote(os.fsencode(os.path.relpath(path, workdir)))
