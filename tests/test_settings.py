import pytest

from affdyn_jax.errors import ConfigError
from affdyn_jax.settings import choice, names, numbers, within


def test_a_known_choice_is_returned():
    assert choice("features.name", "mfb", ("mfb", "mfcc")) == "mfb"


@pytest.mark.parametrize(
    ("value", "said"),
    [("mfbs", "did you mean 'mfb'"), ("egemaps", "choose mfb or precomputed")],
)
def test_an_unknown_choice_names_the_nearest_or_all(value, said):
    with pytest.raises(ConfigError, match=f"features.name='{value}' is not known; {said}"):
        choice("features.name", value, ("mfb", "precomputed"))


def test_numbers_take_their_kind():
    assert numbers("sweep.weights", (0, 0.5, 1), float) == (0.0, 0.5, 1.0)
    assert all(type(w) is float for w in numbers("sweep.weights", (0, 1), float))
    assert numbers("sweep.seeds", (0, 2.0), int) == (0, 2)


@pytest.mark.parametrize(
    ("values", "kind", "said"),
    [
        (("a",), int, "sweep.seeds has 'a', which is not a whole number"),
        ((1.5,), int, "1.5"),
        ((True,), int, "True"),
        (("",), float, "'', which is not a number"),
        ((None,), float, "None"),
        ((float("inf"),), int, "inf"),
        ((float("nan"),), int, "nan"),
    ],
)
def test_other_things_are_refused(values, kind, said):
    with pytest.raises(ConfigError, match=said):
        numbers("sweep.seeds", values, kind)


def test_names_are_split_at_commas():
    assert names("features.folders", ("a,b", "c")) == ("a", "b", "c")
    assert names("features.folders", "a, b") == ("a", "b")
    assert names("corpus.partitions.test", ()) == ()


@pytest.mark.parametrize("values", [(1, 2), ("a,,b",), ("",), (None,)])
def test_what_is_no_name_is_refused(values):
    with pytest.raises(ConfigError, match=r"features\.folders"):
        names("features.folders", values)


def test_ranges():
    assert within("training.patience", 30, 1, 250) == 30
    for value in (0, 251, float("nan"), float("inf")):
        with pytest.raises(ConfigError, match=rf"training.patience={value}; .* 1 and 250"):
            within("training.patience", value, 1, 250)
