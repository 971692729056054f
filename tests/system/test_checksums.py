"""Seals: a folder that is whole is told from one that anything was done to."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from affdyn_jax.errors import DamageError
from affdyn_jax.system.checksums import read_seal, write_seal

FACTS = {"made_from": "0a1b", "seconds": 1.5}


@pytest.fixture
def sealed(tmp_path):
    folder = tmp_path / "25"
    (folder / "d").mkdir(parents=True)
    (folder / "manifest").write_bytes(b"\x00\x01\x02")
    (folder / "d" / "array").write_bytes(bytes(range(200)))
    (folder / "empty").touch()
    write_seal(folder, FACTS)
    return folder


def test_a_sealed_folder_has_its_facts(sealed):
    assert read_seal(sealed) == FACTS


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "d" / "array").unlink(), "d/array: the file is missing"),
        (lambda folder: (folder / "new").touch(), "new: the file does not belong there"),
        (lambda folder: (folder / "empty").write_text("x"), "empty: the file is not as it was"),
        (lambda folder: (folder / "seal.json").unlink(), "seal.json: missing"),
        (lambda folder: (folder / "seal.json").write_text("[1]"), "seal.json: the seal is damaged"),
        (
            lambda folder: (folder / "seal.json").write_text("[" * 100_000),
            "seal.json: the seal is damaged",
        ),
    ],
)
def test_damage_is_named(sealed, spoil, said):
    spoil(sealed)
    with pytest.raises(DamageError, match=said):
        read_seal(sealed)


def test_facts_cannot_be_changed_unseen(sealed):
    path = sealed / "seal.json"
    content = json.loads(path.read_text())
    content["facts"]["seconds"] = 2.5
    path.write_text(json.dumps(content))
    with pytest.raises(DamageError, match=r"seal\.json: the seal is damaged"):
        read_seal(sealed)


@given(st.data())
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_changed_byte_goes_unseen(sealed, data):
    files = sorted(p for p in sealed.rglob("*") if p.is_file() and p.stat().st_size)
    path = data.draw(st.sampled_from(files))
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytearray(whole)
    flipped[at] ^= data.draw(st.integers(1, 255))
    for damaged in (bytes(flipped), whole[:at]):
        path.write_bytes(damaged)
        try:
            facts = read_seal(sealed)
        except DamageError:
            continue
        finally:
            path.write_bytes(whole)
        # JSON may say the same in other bytes, blanks say.
        assert path.name == "seal.json"
        assert facts == FACTS
