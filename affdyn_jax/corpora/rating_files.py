"""A file of ratings to its trace, by the format that its name or its first lines tell."""

from pathlib import Path

from affdyn_jax.corpora.annemo import is_annemo, read_annemo
from affdyn_jax.corpora.carma import is_carma, read_carma
from affdyn_jax.corpora.elan import read_elan
from affdyn_jax.corpora.muse import is_muse, read_muse
from affdyn_jax.corpora.nova import read_nova
from affdyn_jax.corpora.plain_tables import read_plain_table
from affdyn_jax.corpora.rating_trace import RatingTrace
from affdyn_jax.corpora.text_lines import read_head


def read_rating_file(path: Path, recording: str) -> RatingTrace:
    """Read a file of ratings in any of the formats that can be read.

    Args:
        path: The file.
        recording: Whose ratings are wanted, where the file may hold those of several.

    Raises:
        CorpusError: It is missing, or not as its format has it; the message says where.
    """
    match path.suffix.lower():
        case ".annotation":
            return read_nova(path)
        case ".eaf":
            return read_elan(path)
    head = read_head(path)
    if is_carma(head):
        return read_carma(path)
    if is_muse(head):
        return read_muse(path)
    if is_annemo(head):
        return read_annemo(path, recording)
    return read_plain_table(path)
