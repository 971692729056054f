"""Whatever a config file assigns to a field: a value, or an error that names the field."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ml_collections import ConfigDict

from affdyn_jax import extract, pipeline
from affdyn_jax.config_fields import check_fields
from affdyn_jax.errors import AffdynError, ConfigError
from configs import base
from tests.fuzzing import ANYTHING, assert_told_in_one_line, examples


def leaves(config, prefix=""):
    for name in config:
        if isinstance(config[name], ConfigDict):
            yield from leaves(config[name], f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


FIELDS = sorted(leaves(base.get_config()))
SECTIONS = ["corpus", "corpus.partitions", "corpus.standin", "features", "features.w2v2"]
SECTIONS += ["sweep", "sweep.hidden_sizes", "training"]


def config_with(field, value):
    """The base config with another value in one field, whatever its kind."""
    config = base.get_config().unlock()
    section, _, name = field.rpartition(".")
    with config.ignore_type():
        (config[section] if section else config)[name] = value
    return config


def read(config):
    """What a run does with a config before it looks at files."""
    check_fields(config)
    pipeline.read_lanes(config)
    extract.read_kind(config)


def refusal(config):
    with pytest.raises(ConfigError) as caught:
        read(config)
    assert_told_in_one_line(caught.value)
    return str(caught.value)


def test_the_base_config_is_accepted_and_left_as_it_is():
    config = base.get_config()
    kept = copy.deepcopy(config.to_dict())
    read(config)
    assert config.to_dict() == kept


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_looked_at(field):
    for value in (None, {"a": 1}, object(), [[1]], b"a"):
        assert field in refusal(config_with(field, value))


@pytest.mark.parametrize("field", [*FIELDS, *SECTIONS])
def test_every_field_that_is_missing_is_named(field):
    config = base.get_config().unlock()
    section, _, name = field.rpartition(".")
    del (config[section] if section else config)[name]
    assert f"no field '{field}" in refusal(config)


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("value", [None, 3, "a", (1,)])
def test_a_section_that_is_none_is_named(section, value):
    assert f"no field '{section}." in refusal(config_with(section, value))


def test_further_sections_are_left_alone_where_they_can_be_kept():
    read(config_with("notes", {"mine": [1, "a", None]}))
    for value in ({1}, object(), "\ud800", {"a": {(1, 2): 3}}):
        assert "config.json cannot keep" in refusal(config_with("notes", value))


@pytest.mark.parametrize("config", [None, 3, [], {}, "training"])
def test_what_is_no_config_is_told(config):
    assert "not a ConfigDict" in refusal(config)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("corpus.standin.train", 10**12),
        ("corpus.standin.seed", 10**400),
        ("sweep.seeds", 10**400),
        ("sweep.seeds", tuple(range(10_000))),
        ("sweep.hidden_sizes.mono", 10**6),
        ("sweep.weights", (10**400,)),
        ("corpus.dimensions", ()),
        ("corpus.root", "x" * 5000),
        ("corpus.root", "a\nb"),
        ("corpus.root", "\0"),
        ("corpus.partitions.train", "x" * 300),
        ("features.cache", "\ud800"),
        ("features.are_predictions", True),
        pytest.param("training.patience", 10**5000, id="more digits than Python writes"),
    ],
)
def test_values_beyond_reason_are_refused(field, value):
    assert field.partition(".")[0] in refusal(config_with(field, value))


def test_models_of_w2v2_are_paths_under_plain_names():
    config = base.get_config().unlock()
    config.features.w2v2.models.base = "some/model"
    read(config)
    for models, said in (
        ({"base": 3}, "features.w2v2.models.base=3"),
        ({"base": "a\nb"}, "features.w2v2.models.base="),
        ({"a/b": "c"}, "features.w2v2.models has 'a/b'"),
        (3, "features.w2v2.models is no section"),
        (None, "features.w2v2.models"),
    ):
        assert said in refusal(config_with("features.w2v2.models", models))


# What runs longer or further than a test may: a stand-in that is written, a model of the hub.
UNREAD = ("corpus.standin", "features.w2v2.model", "features.name")


@examples(300, 20_000)
def test_anything_in_any_field_gives_a_value_or_names_the_field(tmp_path, examples):
    @settings(deadline=None, max_examples=examples, database=None)
    @given(st.sampled_from(FIELDS), ANYTHING)
    def assign(field, value):
        try:
            config = config_with(field, value)
        except (TypeError, ValueError, AttributeError, OverflowError):
            return  # ConfigDict takes not even this, and the config file is told so
        try:
            read(config)
        except ConfigError as error:
            assert_told_in_one_line(error)
            section, _, name = field.rpartition(".")
            assert name in str(error) or section in str(error)
            return
        if field.startswith(UNREAD):
            return
        try:
            extract.read_corpus(config)
        except AffdynError as error:
            assert_told_in_one_line(error)

    assign()
