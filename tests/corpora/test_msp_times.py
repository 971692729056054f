import pytest

from affdyn_jax.corpora.msp_times import Part, read_partitions, read_parts
from affdyn_jax.errors import CorpusError


@pytest.fixture
def root(tmp_path):
    times = tmp_path / "Time_Labels"
    times.mkdir()
    (times / "conversations.txt").write_text(
        "MSP-Conversation_0002;10;200\nMSP-Conversation_0003;0;9\n"
    )
    (times / "conversation_parts.txt").write_text(
        "MSP-Conversation_0002_2;100;200\nMSP-Conversation_0002_1;10;100.5\n\n"
    )
    (tmp_path / "partitions.txt").write_text(
        "MSP-Conversation_0002;Train\nMSP-Conversation_0003;Validation\nMSP-Conversation_0004;Test2\n"
    )
    return tmp_path


def test_parts_begin_where_their_conversation_does(root):
    assert read_parts(root) == {
        "MSP-Conversation_0002": [
            Part("MSP-Conversation_0002_1", 0, 90, True),
            Part("MSP-Conversation_0002_2", 90, 190, False),
        ]
    }
    (root / "Time_Labels/test2_conversation_parts.txt").write_text("MSP-Conversation_0003_1;0;9\n")
    part = Part("MSP-Conversation_0003_1", 0, 9, True)
    assert read_parts(root)["MSP-Conversation_0003"] == [part]


def test_partitions_as_the_release_has_them(root):
    assert read_partitions(root) == {
        "train": ["MSP-Conversation_0002"],
        "dev": ["MSP-Conversation_0003"],
        "test": ["MSP-Conversation_0004"],
    }


@pytest.mark.parametrize(
    ("file", "text", "line", "told"),
    [
        ("conversation_parts.txt", "MSP-Conversation_0009_1;0;1\n", 1, "'MSP-Conversation_0009'"),
        (
            "conversation_parts.txt",
            "\nMSP-Conversation_0002_1;9;20\n",
            2,
            "before its conversation",
        ),
        ("conversation_parts.txt", "MSP-Conversation_0002_1;20;20\n", 1, "lasts from 20 s to 20 s"),
        (
            "conversation_parts.txt",
            "MSP-Conversation_0002_1,10,20\n",
            1,
            "has 1 fields, expected 3",
        ),
        ("conversations.txt", "MSP-Conversation_0002;start;200\n", 1, "'start' in column 'time'"),
    ],
)
def test_malformed_lists_are_reported_with_their_line(root, file, text, line, told):
    path = root / "Time_Labels" / file
    path.write_text(text)
    with pytest.raises(CorpusError) as caught:
        read_parts(root)
    assert str(caught.value).startswith(f"{path}:{line}: ") and told in str(caught.value)


def test_partitions_that_nobody_knows_or_has_are_told(root):
    path = root / "partitions.txt"
    path.write_text("MSP-Conversation_0002;Trial\n")
    with pytest.raises(CorpusError, match=r"partitions\.txt:1: partition 'Trial' of "):
        read_partitions(root)
    path.unlink()
    with pytest.raises(CorpusError, match=r"no such file; copy it .*corpus\.partitions\.train=MSP"):
        read_partitions(root)
