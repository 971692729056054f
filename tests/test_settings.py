import pytest

from affdyn_jax.errors import ConfigError
from affdyn_jax.settings import choice, numbers, positive


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


def test_positive_numbers():
    assert positive("training.patience", 30) == 30
    for value in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ConfigError, match=f"training.patience={value}; it has to be above 0"):
            positive("training.patience", value)
