"""Configurations by anybody: an architecture, or a refusal in one line, and soon."""

import dataclasses
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from affdyn_jax.errors import FeatureError
from affdyn_jax.features.encoders.architecture import Architecture
from affdyn_jax.features.encoders.config_json import MOST_LAYERS
from affdyn_jax.features.encoders.families import FAMILIES
from tests.fuzzing import assert_told_in_one_line, examples

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=5,
)
# What is left alone, so that the other values are read.
LEAST = {model_type: {"model_type": model_type} for model_type in FAMILIES}
LAYERS = ("num_hidden_layers", "encoder_layers")
LEAST["ser"] |= {"ssl_type": "microsoft/wavlm-large", "mean": 0.0, "std": 1.0}


@pytest.mark.parametrize("model_type", FAMILIES)
@examples(30, 2000)
def test_any_configuration_is_read_or_refused_in_one_line(model_type, examples):
    names = [field.name for field in dataclasses.fields(FAMILIES[model_type].settings)]
    names += ["hidden_act", "add_adapter", "ssl_type"]

    @settings(deadline=None, max_examples=examples, database=None)
    @given(st.dictionaries(st.sampled_from(names), JSON))
    def read(config):
        try:
            assert hash(Architecture.of(LEAST[model_type] | config, "m"))
        except FeatureError as error:
            assert_told_in_one_line(error)

    read()


@pytest.mark.parametrize("model_type", FAMILIES)
def test_values_that_no_network_has_are_refused_immediately_or_not_read(model_type):
    least = Architecture.of(LEAST[model_type], "m")
    for field in dataclasses.fields(least.settings):
        for value in (10**9, 10**4000, 1e300, [1] * 10**6, "x" * 10**6):
            try:
                read = Architecture.of(LEAST[model_type] | {field.name: value}, "m")
            except FeatureError as error:
                assert_told_in_one_line(error)
            else:
                # Some are the same in all checkpoints of a family, whatever their files say.
                assert read == least, field.name


def largest(schema):
    """The largest value that a field's JSON schema lets through; None of one without a size."""
    if "anyOf" in schema:
        return next(filter(None, map(largest, schema["anyOf"])), None)
    if "items" in schema:
        return [largest(schema["items"])] * schema["maxItems"]
    return schema.get("maximum")


def lay_out(config, but=None):
    """Lay out the network of a configuration that is not refused, and none that equals `but`."""
    try:
        architecture = Architecture.of(config, "m")
    except FeatureError as error:
        assert_told_in_one_line(error)
    else:
        if architecture != but:
            architecture.without_weights()


@pytest.mark.parametrize("model_type", FAMILIES)
def test_the_largest_values_that_pass_are_laid_out_soon(model_type):
    schema = TypeAdapter(FAMILIES[model_type].settings).json_schema()
    sizes = {name: largest(field) for name, field in schema["properties"].items()}
    # Of one layer, so that this is quick.
    least = LEAST[model_type] | {name: 1 for name in LAYERS if sizes.pop(name, None)}
    lists = {name: size for name, size in sizes.items() if isinstance(size, list)}
    numbers = {name: size for name, size in sizes.items() if isinstance(size, int | float)}
    assert len(numbers) >= 5
    # Heads and groups share channels, and lists are of one length: some pass together only.
    for changed in (lists, numbers, *({name: size} for name, size in numbers.items())):
        lay_out(least | changed, but=Architecture.of(least, "m"))


@pytest.mark.slow
@pytest.mark.parametrize("model_type", FAMILIES)
def test_as_many_layers_as_pass_are_laid_out_soon(model_type):
    begin = time.process_time()
    lay_out(LEAST[model_type] | dict.fromkeys(LAYERS, MOST_LAYERS))
    assert time.process_time() - begin < 40
