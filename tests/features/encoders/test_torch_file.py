import contextlib
import io
import pickle
import shutil
import sys
import time
import zipfile
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.torch_file import read_torch_file
from tests.fuzzing import assert_told_in_one_line, examples
from tests.memory import traced_memory

RECORDED = Path(__file__).parents[2] / "references" / "torch_files"
ZIP, STREAM = RECORDED / "zip.bin", RECORDED / "stream.bin"
EXPECTED = dict(np.load(RECORDED / "expected.npz"))
BOTH = pytest.mark.parametrize("recorded", [ZIP, STREAM], ids=["zip", "stream"])


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("torch_file") / "weights.bin"


def read(path, content):
    path.write_bytes(content)
    return read_torch_file(path)


def refusal(path, content):
    with pytest.raises(FeatureError) as caught:
        read(path, content)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{path}: ")
    return message


def archive(pickled, storages, **others):
    """A zip file as `torch.save` lays it out."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression=others.pop("compression", 0)) as file:
        file.writestr("archive/data.pkl", pickled)
        for name, text in others.items():
            file.writestr(f"archive/{name}", text)
        for key, numbers in storages.items():
            file.writestr(f"archive/data/{key}", numbers)
    return content.getvalue()


def stream(pickled, told_count, numbers):
    """A file in the older format, with one storage of float32 at the end."""
    content = STREAM.read_bytes()[:21] + pickle.dumps({"little_endian": True}, 2) + pickled
    return content + pickle.dumps(["0"], 2) + told_count.to_bytes(8, "little") + numbers


def pickled_tensors(count, *views):
    """Protocol 2 by hand: a dictionary of views (offset, shape, strides) of one storage."""

    def plain(value):
        return pickle.dumps(value, protocol=2)[2:-1]

    storage = b"(" + plain("storage") + b"ctorch\nFloatStorage\n" + plain("0") + plain("cpu")
    storage += plain(count) + b"tQ"
    entries = b""
    for number, (offset, shape, strides) in enumerate(views):
        entries += plain(f"tensor{number}") + b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage
        entries += plain(offset) + plain(shape) + plain(strides)
        entries += b"\x89ccollections\nOrderedDict\n)RtR"
    return b"\x80\x02}(" + entries + b"u."


@BOTH
def test_tensors_are_those_that_pytorch_saved(recorded):
    tensors = read_torch_file(recorded)
    assert list(tensors) == list(EXPECTED)
    for name, tensor in tensors.items():
        expected = EXPECTED[name]
        assert tensor.shape == expected.shape
        assert tensor.dtype == (ml_dtypes.bfloat16 if name == "bfloat16" else expected.dtype)
        np.testing.assert_array_equal(tensor.astype(expected.dtype), expected)


@BOTH
def test_shared_memory_stays_shared(recorded):
    tensors = read_torch_file(recorded)
    assert np.shares_memory(tensors["float32"], tensors["transposed"])
    assert np.shares_memory(tensors["float32"], tensors["sliced"])


@BOTH
def test_it_needs_no_pytorch(recorded, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert read_torch_file(recorded)


@BOTH
def test_cut_short_anywhere_it_is_refused(recorded, scratch):
    content = recorded.read_bytes()
    for length in range(len(content)):
        refusal(scratch, content[:length])


@settings(deadline=None, max_examples=400)
@given(st.data())
def test_a_flipped_bit_in_an_archive_changes_no_number(scratch, data):
    content = bytearray(ZIP.read_bytes())
    place = data.draw(st.integers(0, 8 * len(content) - 1))
    content[place // 8] ^= 1 << place % 8
    try:
        tensors = read(scratch, content)
    except FeatureError as error:
        assert "\n" not in str(error)
        return
    for name, expected in EXPECTED.items():
        np.testing.assert_array_equal(tensors[name].astype(expected.dtype), expected)


@settings(deadline=None, max_examples=400)
@given(st.data())
def test_flipped_bits_end_in_tensors_or_a_refusal(scratch, data):
    content = bytearray(data.draw(st.sampled_from([ZIP, STREAM])).read_bytes())
    for place in data.draw(st.lists(st.integers(0, 8 * len(content) - 1), max_size=8)):
        content[place // 8] ^= 1 << place % 8
    with contextlib.suppress(FeatureError):
        read(scratch, content)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from([b"", b"PK\x03\x04", STREAM.read_bytes()[:21]]), st.binary())
def test_any_bytes_are_refused_in_one_line(scratch, start, rest):
    refusal(scratch, start + rest)


class Creates:
    """Creates a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return shutil.copyfile, (__file__, str(self.path))


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_file_that_would_create_another_does_not(tmp_path, protocol):
    created = tmp_path / "created"
    malicious = pickle.dumps({"weight": Creates(created)}, protocol)
    stream = STREAM.read_bytes()
    magic = stream[:21]
    system = pickle.dumps({"little_endian": True}, 2)
    path = tmp_path / "weights.bin"
    refusal(path, malicious)
    for content in (
        archive(malicious, {}),
        magic + malicious,
        magic + system + malicious,
        magic + system + pickled_tensors(1, (0, (1,), (1,))) + malicious,
    ):
        assert "not run" in refusal(path, content)
    assert not created.exists()
    pickle.loads(malicious)
    assert created.exists()  # so the pickle was one that would


def test_claims_beyond_the_file_take_no_memory(tmp_path):
    whole = (0, (1 << 40,), (1,))
    few = stream(pickled_tensors(1 << 40, whole), 1 << 40, b"few")
    large = b"\0" * (4 << 20)
    compressed = archive(
        pickled_tensors(1 << 20, (0, (1 << 20,), (1,))),
        {"0": large},
        compression=zipfile.ZIP_DEFLATED,
    )
    with traced_memory() as memory:
        assert "bytes, not" in refusal(tmp_path / "stream.bin", few)
        assert "bytes, not" in refusal(
            tmp_path / "zip.bin", archive(pickled_tensors(1 << 40, whole), {"0": b"few"})
        )
        assert "compressed" in refusal(tmp_path / "compressed.bin", compressed)
    assert memory.peak < 1 << 20


@pytest.mark.parametrize("count", [2**60, 2**61, 2**63, 2**64 - 1, 2**64, 2**99, True])
def test_counts_that_no_file_holds_are_refused(tmp_path, count):
    pickled = pickled_tensors(count, (0, (1,), (1,)))
    for content in (stream(pickled, count % 2**64, b"1234"), archive(pickled, {"0": b"1234"})):
        assert "no storage is described" in refusal(tmp_path / "weights.bin", content)


@pytest.mark.parametrize("view", [(0, (True,), (1,)), (0, (1,), (True,)), (False, (1,), (1,))])
def test_truths_in_place_of_numbers_are_refused(tmp_path, view):
    pickled = pickled_tensors(1, view)
    for content in (stream(pickled, 1, b"1234"), archive(pickled, {"0": b"1234"})):
        assert "no tensor has" in refusal(tmp_path / "weights.bin", content)


NUMBERS = st.sampled_from([0, 1, 2, 3, -1, 2**31, 2**48, 2**61, 2**63 - 1, 2**64, 2**2000])
NUMBERS |= st.booleans() | st.none() | st.floats() | st.integers(0, 6)
SIZES = st.lists(NUMBERS, max_size=4).map(tuple)


@examples(200, 5000)
def test_any_claims_of_any_tensor_end_in_it_or_a_refusal(scratch, examples):
    @settings(deadline=None, max_examples=examples, database=None)
    @given(
        NUMBERS,
        st.lists(st.tuples(NUMBERS, SIZES, SIZES), min_size=1, max_size=3),
        st.integers(0, 2**64 - 1) | st.integers(0, 6),
    )
    def claim(count, views, told_count):
        pickled = pickled_tensors(count, *views)
        numbers = np.arange(6, dtype="<f4").tobytes()
        told_count = count if type(count) is int and 0 <= count < 2**64 else told_count
        for content in (stream(pickled, told_count, numbers), archive(pickled, {"0": numbers})):
            try:
                read(scratch, content)
            except FeatureError as error:
                assert_told_in_one_line(error)

    claim()


def test_many_views_of_one_storage_are_refused(tmp_path):
    view = (0, (4,), (1,))
    numbers = {"0": np.arange(4, dtype="<f4").tobytes()}
    path = tmp_path / "weights.bin"
    tied = read(path, archive(pickled_tensors(4, view, view), numbers))
    np.testing.assert_array_equal(tied["tensor1"], [0, 1, 2, 3])
    assert "claim 12 numbers of 4" in refusal(
        path, archive(pickled_tensors(4, view, view, view), numbers)
    )


def nested(item):
    """Protocol 2 by hand: a tuple of itself twice, 60 times over; written out, 2^60 items."""
    doubled = b"q\x00h\x00\x86" * 60
    return pickle.dumps(item, protocol=2)[:-1] + doubled


def test_keys_that_are_tuples_within_tuples_are_refused_at_once(tmp_path):
    view = (0, (1,), (1,))
    start = STREAM.read_bytes()[:21] + pickle.dumps({"little_endian": True}, 2)
    start += pickled_tensors(1, view)
    keys = b"\x80\x02](" + nested("0")[2:] + b"e."
    assert "not those of its tensors" in refusal(tmp_path / "stream.bin", start + keys)


def test_axes_of_huge_lengths_are_refused_at_once(tmp_path):
    long = pickle.dumps(1 << 2000, protocol=2)[2:-1]
    shape = b"(" + long + b"q\x00" + b"h\x00" * 300_000 + b"t"
    whole = pickled_tensors(1, (0, (1,), (1,)))
    crafted = whole.replace(pickle.dumps((1,), protocol=2)[2:-1], shape, 1)
    assert crafted != whole
    start = time.process_time()
    assert "damaged" in refusal(tmp_path / "weights.bin", archive(crafted, {"0": b"1234"}))
    assert time.process_time() - start < 10


def test_many_files_in_an_archive_that_claim_the_same_bytes_are_refused(tmp_path):
    content = bytearray(archive(pickled_tensors(1, (0, (1,), (1,))), {"0": b"1234"}))
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 20 : directory + 28] = (1 << 30).to_bytes(4, "little") * 2
    assert "claims" in refusal(tmp_path / "weights.bin", bytes(content))


def test_more_axes_than_an_array_can_have_are_refused(tmp_path):
    pickled = pickled_tensors(1, (0, (1,) * 70, (1,) * 70))
    assert "tensor0" in refusal(tmp_path / "weights.bin", archive(pickled, {"0": b"1234"}))


def test_a_storage_that_is_missing_is_reported(tmp_path):
    pickled = pickled_tensors(1, (0, (1,), (1,)))
    assert "archive/data/0" in refusal(tmp_path / "weights.bin", archive(pickled, {}))


def test_big_endian_numbers_are_refused(tmp_path):
    pickled = pickled_tensors(1, (0, (1,), (1,)))
    path = tmp_path / "weights.bin"
    assert "big-endian" in refusal(path, archive(pickled, {"0": b"1234"}, byteorder="big"))
    system = pickle.dumps({"little_endian": False}, 2)
    assert "big-endian" in refusal(path, STREAM.read_bytes()[:21] + system + pickled)


@pytest.mark.parametrize("value", [[], {}, None, 3, {"model": {}}, {"epoch": 3}])
def test_what_is_not_weights_by_name_is_reported(tmp_path, value):
    content = archive(pickle.dumps(value, 2), {})
    assert "transformers has written" in refusal(tmp_path / "weights.bin", content)


def test_a_pointer_in_place_of_the_file_is_quoted(tmp_path):
    pointer = b"version https://example.org/spec/v1\noid sha256:0\nsize 1\n"
    assert "b'version http'" in refusal(tmp_path / "weights.bin", pointer)


def test_a_file_that_is_not_there_is_reported(tmp_path):
    with pytest.raises(FeatureError, match="No such file"):
        read_torch_file(tmp_path / "none.bin")
    with pytest.raises(FeatureError, match="directory"):
        read_torch_file(tmp_path)


@pytest.mark.parity
@pytest.mark.parametrize("zipped", [True, False])
def test_pytorch_saves_what_is_read(tmp_path, zipped):
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    layers = torch.nn.Sequential(torch.nn.Conv1d(6, 4, 3, groups=2), torch.nn.BatchNorm1d(4))
    path = tmp_path / "weights.bin"
    for dtype in (torch.float32, torch.float16, torch.bfloat16, torch.float64):
        state = layers.to(dtype).state_dict()
        torch.save(state, path, _use_new_zipfile_serialization=zipped)
        tensors = read_torch_file(path)
        assert list(tensors) == list(state)
        for name, tensor in state.items():
            assert tensors[name].dtype.name == str(tensor.dtype).removeprefix("torch.")
            np.testing.assert_array_equal(tensors[name].astype(np.float64), tensor.double())


@pytest.mark.parity
def test_a_whole_module_is_refused(tmp_path):
    torch = pytest.importorskip("torch")
    path = tmp_path / "weights.bin"
    torch.save(torch.nn.Linear(2, 2), path)
    with pytest.raises(FeatureError, match=r"torch\.nn\.modules\.linear\.Linear"):
        read_torch_file(path)
