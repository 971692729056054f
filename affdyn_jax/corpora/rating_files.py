"""A file of ratings to its trace, by the format that its name or its first lines tell."""

from pathlib import Path

from affdyn_jax.corpora.plain_tables import read_plain_table
from affdyn_jax.corpora.rating_trace import RatingTrace
from affdyn_jax.corpora.text_lines import read_head

# Formats that the suffix tells, and those that the first lines tell, in the order in which they
# are asked; what none of them claims is a table.
_BY_SUFFIX = {}
_BY_HEAD = ()


def read_rating_file(path: Path) -> RatingTrace:
    """Read a file of ratings in any of the formats that can be read.

    Raises:
        CorpusError: It is missing, or not as its format has it; the message says where.
    """
    if read := _BY_SUFFIX.get(path.suffix.lower()):
        return read(path)
    head = read_head(path)
    for is_of_format, read in _BY_HEAD:
        if is_of_format(head):
            return read(path)
    return read_plain_table(path)
