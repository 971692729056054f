"""Configurations by anybody: an architecture, or a refusal in one line, and soon."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.architecture import Architecture
from affdyn_jax.features.encoders.families import FAMILIES
from tests.fuzzing import assert_told_in_one_line, examples

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=5,
)


@pytest.mark.parametrize("model_type", FAMILIES)
@examples(30, 2000)
def test_any_configuration_is_read_or_refused_in_one_line(model_type, examples):
    names = [field.name for field in dataclasses.fields(FAMILIES[model_type].settings)]
    names += ["hidden_act", "add_adapter", "ssl_type"]

    @settings(deadline=None, max_examples=examples, database=None)
    @given(st.dictionaries(st.sampled_from(names), JSON))
    def read(config):
        try:
            assert hash(Architecture.of(config | {"model_type": model_type}, "m"))
        except FeatureError as error:
            assert_told_in_one_line(error)

    read()


@pytest.mark.parametrize("model_type", FAMILIES)
def test_networks_that_would_take_forever_to_lay_out_are_refused_immediately(model_type):
    for field in dataclasses.fields(FAMILIES[model_type].settings):
        for value in (10**9, 10**4000, [1] * 10**6, "x" * 10**6):
            config = {"model_type": model_type, "ssl_type": "x", field.name: value}
            if model_type != "ser":
                del config["ssl_type"]
            # A mean of samples may be any number; strings are none of anything.
            if field.name in ("mean", "std") or not field.init:
                continue
            with pytest.raises(FeatureError) as error:
                Architecture.of(config, "m")
            assert_told_in_one_line(error.value)
