from pathlib import Path

import pytest

from affdyn_jax.corpora.partitions import partition_of_each
from affdyn_jax.errors import CorpusError

ROOT = Path("somewhere")
NAMES = ("P1", "P10", "P11", "P2")


def test_names_and_beginnings_of_names():
    partitions = {"train": ["P1"], "dev": ["P11", "P10"], "test": []}
    assert partition_of_each(ROOT, partitions, NAMES) == {"P1": "train", "P11": "dev", "P10": "dev"}
    assert partition_of_each(ROOT, {"train": ["P1"]}, NAMES[1:]) == {"P10": "train", "P11": "train"}


@pytest.mark.parametrize(
    ("partitions", "said"),
    [
        ({"train": ["P"], "dev": ["P2"]}, "'P2' is in partitions 'train' and 'dev'"),
        ({"train": ["P3"]}, "no recording is called 'P3' .* from 'P1' to 'P2'"),
    ],
)
def test_mistakes(partitions, said):
    with pytest.raises(CorpusError, match=said):
        partition_of_each(ROOT, partitions, NAMES)
