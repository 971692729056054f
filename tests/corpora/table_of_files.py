"""What happens to each file of ratings, as a page of the documentation lists it.

python -m tests.corpora.table_of_files > docs/rating_files.md
"""

import tempfile
from pathlib import Path

from affdyn_jax.errors import CorpusError
from tests.corpora import files_of_tools, files_of_users
from tests.corpora.rated_by_files import corpus_of, states_of
from tests.fuzzing import reported_faults

LOADS = files_of_users.LOADS | files_of_tools.LOADS
MASKED = files_of_users.MASKED | files_of_tools.MASKED
REFUSED = files_of_users.REFUSED | files_of_tools.REFUSED

PAGE = """\
# Files of ratings that were tried

Tables as people have them, and files of annotation tools by the formats that the tools document.
Each was made for the tests, with one second of ratings of the recording `anna`; scales and raters
were named in the config as [your own corpus](own_corpus.md) says. A test
compares this page with what happens.

## Loads, as it is

{loads}

## Loads with `--config.corpus.gaps=mask`

{masked}

## Refused, in one line

| file | what is said |
| --- | --- |
{refused}
"""


def table_of_files():
    """The page's text."""
    refused = "\n".join(
        f"| {name} | {_refusal(_files(each)).replace('|', chr(92) + '|')} |"
        for name, each in REFUSED.items()
    )
    return PAGE.format(loads=_listed(LOADS), masked=_listed(MASKED), refused=refused)


def _listed(names):
    return "\n".join(f"- {name}" for name in names)


def _files(each):
    """The files of an entry, which may be a parameter of pytest with a mark."""
    values = getattr(each, "values", each)
    return values[0] if isinstance(values, tuple) else values


def _refusal(files):
    """The first line of what is said, without the folder."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            states_of(corpus_of(Path(folder), files))
        except CorpusError as error:
            first, *_ = reported_faults(error)
            return str(first).replace(f"{folder}/", "")
    raise AssertionError(f"{files} is not refused")


if __name__ == "__main__":
    print(table_of_files(), end="")
