import unicodedata
from pathlib import Path

import pytest

from affdyn_jax.system.file_names import fault_of, in_one_line, one_file

LONGEST = "x" * 238  # 255 bytes as trajectories_….svg


@pytest.mark.parametrize(
    "name",
    ["Train_DE_01", "NA", "true", "1", "a b", "$x^2$", "a.b..c", "日本", "é", "-", LONGEST],
)
def test_names_that_can_be_written(name, tmp_path):
    assert fault_of(name) == ""
    (tmp_path / f"trajectories_{name}.svg").touch()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("a;b", "has ;"),
        ("a'b", "has '"),
        ('a"b', 'has "'),
        ("a/../../b", "has /"),
        ("/etc/passwd", "has /"),
        ("a\\b", r"has \\"),
        ("a\0b", "printable"),
        ("a\nb", "printable"),
        ("a\x1b[2J", "printable"),
        (b"Train_\xe9".decode(errors="surrogateescape"), "UTF-8"),
        (" a", "blank"),
        ("a ", "blank"),
        ("..", "dot"),
        (".a", "dot"),
        (f"{LONGEST}x", "longer than the 238 bytes"),
        ("é" * 120, "longer than the 238 bytes"),
    ],
)
def test_names_that_cannot(name, said):
    assert said.replace("\\\\", "\\") in fault_of(name)


def test_names_that_some_file_systems_take_for_one():
    decomposed = unicodedata.normalize("NFD", "é")
    assert one_file(["a", "b", "c"]) is None
    assert one_file(["a", "b", "a"]) is None  # the same name, which others look for
    assert one_file(["a", "B", "b"]) == ("B", "b")
    assert one_file([decomposed, "é"]) == (decomposed, "é")


def test_any_path_fits_into_a_line():
    assert in_one_line(Path("a b/é.wav")) == "a b/é.wav"
    for path in (b"a\nb", b"\xe9"):
        shown = in_one_line(Path(path.decode(errors="surrogateescape")))
        assert shown.isprintable()
