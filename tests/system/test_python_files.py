"""Somebody's Python: its result, or a message with its line."""

import pytest

from affdyn_jax.system.python_files import call


def test_what_a_function_returns(tmp_path):
    (tmp_path / "a").write_text("K = 3\n\n\ndef f(x):\n    return K * x\n")
    assert call(str(tmp_path / "a"), "f", 2) == 6


@pytest.mark.parametrize(
    ("content", "place", "said"),
    [
        ("x = 1\nx / 0\n", ":2", "ZeroDivisionError: division by zero"),
        ("def f():\n    raise SystemExit(3)\n", ":2", "ends the program"),
        ("def f(:\n", ":1", "SyntaxError"),
        (
            "def f():\n    try:\n        1 / 0\n    except Exception:\n        raise KeyError\n",
            ":5",
            "KeyError",
        ),
        ("", "", "it has no f()"),
        ("f = 3\n", "", "not callable"),
    ],
)
def test_what_is_wrong_is_reported_with_its_line(tmp_path, content, place, said):
    path = tmp_path / "a.py"
    path.write_text(content)
    with pytest.raises(ValueError, match=said.replace("(", r"\(").replace(")", r"\)")) as caught:
        call(str(path), "f")
    assert str(caught.value).startswith(f"{path}{place}: ")


def test_a_file_is_run_as_it_stands_now(tmp_path):
    """Compiled files of the same second and size would stand for another one."""
    path = tmp_path / "a.py"
    for value in range(5):
        path.write_text(f"def f():\n    return {value}\n")
        assert call(str(path), "f") == value
