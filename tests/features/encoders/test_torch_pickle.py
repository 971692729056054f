import contextlib
import io
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders import torch_pickle
from affdyn_jax.features.encoders.torch_pickle import Storage, Tensor, follow_pickle
from tests.memory import traced_memory

PATH = Path("weights.bin")


def follow(content):
    return follow_pickle(io.BytesIO(content), PATH)


def refusal(content):
    with pytest.raises(FeatureError) as caught:
        follow(content)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("weights.bin: ")
    assert len(message) < 1000
    return message


def described(count=6, offset=0, shape=(2, 3), strides=(3, 1), rebuild="_rebuild_tensor_v2"):
    """Protocol 2 by hand, for a tensor of these claims."""

    def plain(value):
        return pickle.dumps(value, protocol=2)[2:-1]

    storage = b"(" + plain("storage") + b"ctorch\nFloatStorage\n" + plain("0") + plain("cpu")
    storage += plain(count) + b"tQ"
    view = plain(offset) + plain(shape) + plain(strides)
    tensor = b"ctorch._utils\n" + rebuild.encode() + b"\n(" + storage + view
    return b"\x80\x02" + tensor + b"\x89ccollections\nOrderedDict\n)RtR."


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_plain_values_are_what_pickle_makes_of_them(protocol):
    value = {"a": [1, -70000, 2**70, None, True], "b": ((), ("x",), ("y", 2, False)), "c": [[]]}
    assert follow(pickle.dumps(value, protocol)) == value


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_value_seen_twice_is_one(protocol):
    shared = ["x"]
    first, second = follow(pickle.dumps([shared, shared], protocol))
    assert first is second


def test_pickles_one_after_the_other_are_followed_in_turn():
    stream = io.BytesIO(pickle.dumps([1], 2) + pickle.dumps([2], 2) + b"rest")
    assert [follow_pickle(stream, PATH), follow_pickle(stream, PATH)] == [[1], [2]]
    assert stream.read() == b"rest"


def test_a_tensor_is_described():
    storage = Storage("0", np.dtype(np.float32), 6)
    assert follow(described()) == Tensor(storage, 0, (2, 3), (3, 1))
    assert follow(described(offset=1, shape=(1, 2), strides=(1, 3))) == Tensor(
        storage, 1, (1, 2), (1, 3)
    )


@pytest.mark.parametrize(
    "claim",
    [
        {"offset": 1},
        {"shape": (3, 3)},
        {"strides": (4, 1)},
        {"count": 5},
        {"shape": (7,), "strides": (0,)},
        {"shape": (1 << 40, 1 << 40), "strides": (0, 0)},
    ],
)
def test_a_tensor_beyond_its_storage_is_refused(claim):
    assert "beyond a storage" in refusal(described(**claim))


@pytest.mark.parametrize(
    "claim",
    [
        {"offset": -1},
        {"shape": (-2, -3)},
        {"strides": (3, -1)},
        {"strides": (3,)},
        {"shape": (2.0, 3)},
        {"shape": [2, 3]},
        {"offset": None},
        {"count": -6},
        {"count": 2**61},
        {"shape": ("2", "3")},
        {"shape": (True, 3)},
        {"strides": (3, True)},
        {"offset": False},
    ],
)
def test_a_tensor_of_impossible_claims_is_refused(claim):
    refusal(described(**claim))


class Creates:
    """Creates a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return shutil.copyfile, (__file__, str(self.path))


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("hide", [lambda x: x, lambda x: [{"weight": x}], lambda x: (x,)])
def test_a_pickle_that_would_create_a_file_does_not(tmp_path, protocol, hide):
    path = tmp_path / "created"
    program = pickle.dumps(hide(Creates(path)), protocol)
    assert "not run" in refusal(program)
    assert not path.exists()
    pickle.loads(program)
    assert path.exists()  # so the pickle was one that would


@pytest.mark.parametrize(
    "name",
    [
        "posix\nsystem",
        "builtins\neval",
        "torch\nload",
        "torch._utils\n_rebuild_tensor",
        "collections\nOrderedDict.__init__",
        "affdyn_jax.errors\nFeatureError",
        "torch\nFloatStorage ",
        "torch\nFloatStorage\\?",
    ],
)
def test_other_names_are_quoted_and_refused(name):
    message = refusal(b"\x80\x02c" + name.encode() + b"\n.")
    assert repr(name.replace("\n", ".").replace(" ", ".")) in message
    assert "not run" in message


@pytest.mark.parametrize(
    "step", [b"i__main__\nX\n", b"(o.", b"\x81.", b"\x92.", b"\x82\x01.", b"P1\n.", b"2."]
)
def test_steps_that_weights_do_not_need_are_refused(step):
    assert "not run" in refusal(b"\x80\x02)" + step)


def test_only_what_rebuilds_is_called():
    assert "is called" in refusal(b"\x80\x02ctorch\nFloatStorage\n)R.")
    assert "is called" in refusal(b"\x80\x02K\x01)R.")


def test_state_goes_only_to_dictionaries_and_is_left_out():
    assert follow(b"\x80\x02}}b.") == {}
    refusal(b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n}b.")


@pytest.mark.parametrize(
    "program",
    [
        b"",
        b"\x80",
        b"\x80\x02",
        b".",
        b"\x80\x02NN.",
        b"t.",
        b"h\x07.",
        b"N\x85N\x85s.",
        b"\x80\x02}](e.",
        b"](u.",
        b"}(Nu.",
        b"}NNs.",
        b"\xff\xff",
        b"X\xff\xff\xff\xffabc",
        b"K\x01Q.",
        b"X\x02\x00\x00\x00\xff\xfe.",
    ],
)
def test_damage_is_reported(program):
    refusal(program)


def test_claimed_lengths_and_places_take_no_memory():
    programs = (
        b"X\xff\xff\xff\xff.",  # a text of 4 GiB
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\x0f.",  # one of 2⁶⁰ bytes
        b"\x8b\xff\xff\xff\x7f.",  # a number of 2 GiB
        b"\x95\xff\xff\xff\xff\xff\xff\xff\x0fN.",  # a frame of 2⁶⁰ bytes
        b"\x96\x00\x00\x00\x00\x01\x00\x00\x00.",  # 4 GiB of bytes
        # The memo's places 2³²-1 and 2²⁸; Python's C unpickler takes 16 bytes for each below.
        b"Nr\xff\xff\xff\xff.",
        b"Nr\x00\x00\x00\x10.",
        b"Np268435456\n.",
    )
    with traced_memory() as memory:
        for program in programs:
            with contextlib.suppress(FeatureError):
                follow(program)
    assert memory.peak < 1 << 20


def test_tuples_within_tuples_take_no_time():
    doubled = b"h\x00h\x00\x86q\x00" * 200
    program = b"\x80\x02)q\x00" + doubled
    refusal(program + b"Q.")
    refusal(b"\x80\x02}(" + program[2:] + b"Nu.")
    refusal(described()[:2] + b"ctorch._utils\n_rebuild_tensor_v2\n" + program[2:] + b"R.")


def test_endless_pickles_are_cut(monkeypatch):
    monkeypatch.setattr(torch_pickle, "_MOST_STEPS", 1000)
    assert "1000 steps" in refusal(b"\x80\x02" + b"N" * 2000 + b".")


FRAGMENTS = [
    *(bytes([code]) for code in b").(N}]tuesbRQ0\x85\x86\x87\x88\x89\x93\x94"),
    *(b"q\x00", b"h\x00", b"K\x01", b"K\x06", b"\x8a\x01\xff", b"X\x01\x00\x00\x000"),
    *(b"X\x07\x00\x00\x00storage", b"ctorch\nFloatStorage\n", b"cposix\nsystem\n"),
    *(b"ctorch._utils\n_rebuild_tensor_v2\n", b"ctorch._utils\n_rebuild_parameter\n"),
    *(b"ccollections\nOrderedDict\n", described()[2:-1]),
    *(described(**claim)[2:-1] for claim in ({"count": 2**61}, {"shape": (True, 3)})),
]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40), st.binary(max_size=20))
def test_any_program_is_followed_or_refused(fragments, tail):
    try:
        follow(b"".join(fragments) + tail + b".")
    except FeatureError as error:
        assert "\n" not in str(error)
