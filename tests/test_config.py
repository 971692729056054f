"""Whatever a config assigns to a field: settings, or an error that names the field."""

import copy
import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ml_collections import ConfigDict

from affdyn_jax.config import (
    Settings,
    default_config,
    described,
    feature_settings_of,
    read_settings,
    settings_of,
    with_defaults,
)
from affdyn_jax.configs import base
from affdyn_jax.corpora.settings import OneOfSeveral
from affdyn_jax.errors import ConfigError
from affdyn_jax.system.field_flags import set_fields
from affdyn_jax.system.typed_json import leaves
from tests.fuzzing import ANYTHING, assert_told_in_one_line, examples

FIELDS = sorted(name for name, _ in leaves(dataclasses.asdict(Settings())))
SECTIONS = ["corpus", "corpus.partitions", "corpus.standin", "features", "features.encoder"]
SECTIONS += ["dynamics", "sweep", "sweep.hidden_sizes", "training", "tracking"]


def config_with(*changes):
    """The base config with other values in some fields, whatever their kind."""
    config = base.get_config().unlock()
    for field, value in changes:
        section, _, name = field.rpartition(".")
        with config.ignore_type():
            (config[section] if section else config)[name] = value
    return config


def refusal(config):
    with pytest.raises(ConfigError) as caught:
        read_settings(config)
    assert_told_in_one_line(caught.value)
    return str(caught.value)


def test_the_base_config_is_the_settings_defaults_and_is_left_as_it_is():
    config = base.get_config()
    kept = copy.deepcopy(config.to_dict())
    assert read_settings(config) == Settings()
    assert config.to_dict() == kept
    assert default_config().is_locked and default_config().training.is_locked


def test_the_papers_values():
    """§3.2, §3.3, §4.2, by hand."""
    paper = Settings()
    assert paper.corpus.dimensions == ("arousal", "valence")
    assert paper.features.frame_rate == 4.0
    assert paper.sweep.hidden_sizes.mono == (16, 32)
    assert paper.sweep.hidden_sizes.multi == (16, 32, 64)
    assert paper.sweep.weights == (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    assert paper.training.learning_rate == 6e-4
    assert (paper.training.max_epochs, paper.training.patience) == (250, 30)


def test_what_a_run_keeps_of_its_config_is_read_again():
    changes = (("sweep.seeds", (5,)), ("corpus.partitions.train", ("P16,P17",)))
    kept = json.loads(json.dumps(config_with(*changes).to_dict()))
    assert settings_of(kept, "config.json") == read_settings(config_with(*changes))
    assert feature_settings_of(kept["features"], "settings.json") == Settings().features


def test_fields_that_an_earlier_version_did_not_have_take_their_defaults(caplog):
    kept = json.loads(json.dumps(config_with(("training.patience", 7)).to_dict()))
    del kept["dynamics"], kept["features"]["workers"]
    with caplog.at_level("INFO", "affdyn_jax.config"):
        settings = settings_of(kept, "runs/a/config.json")
    assert settings == read_settings(config_with(("training.patience", 7)))
    (line,) = caplog.messages
    assert line == (
        "runs/a/config.json: of an earlier version, which had no features.workers, "
        "dynamics.smoothing, dynamics.window; defaults are taken"
    )
    caplog.clear()
    with caplog.at_level("INFO", "affdyn_jax.config"):
        assert feature_settings_of(kept["features"], "settings.json") == Settings().features
    assert caplog.messages == [
        "settings.json: of an earlier version, which had no features.workers; defaults are taken"
    ]


def test_former_names_of_the_encoder(caplog):
    former, now = default_config(), default_config()
    former.features.name, former.features.w2v2.model = "w2v2", "some/model"
    now.features.name, now.features.encoder.model = "encoder", "some/model"
    with caplog.at_level("INFO", "affdyn_jax.config"):
        assert read_settings(former) == read_settings(now)
    (line,) = caplog.messages
    assert "features.name=w2v2" in line and "features.encoder now; write these" in line
    set_fields(former, ["--config.features.w2v2.window=10"])
    assert read_settings(former).features.encoder.window == 10.0


def test_an_earlier_runs_fields_by_their_former_names():
    now = json.loads(json.dumps(dataclasses.asdict(Settings())))
    now["features"] |= {"name": "encoder", "encoder": now["features"]["encoder"] | {"model": "m"}}
    former = copy.deepcopy(now)
    former["features"] |= {"name": "w2v2", "w2v2": former["features"].pop("encoder")}
    assert settings_of(former, "config.json") == settings_of(now, "config.json")
    assert with_defaults(former, "config.json") == with_defaults(now, "config.json")
    assert feature_settings_of(former["features"], "settings.json").encoder.model == "m"


def test_fields_of_a_later_version_are_refused_with_a_way_out():
    kept = json.loads(json.dumps(base.get_config().to_dict()))
    kept["training"]["patients"] = 3
    with pytest.raises(ConfigError) as caught:
        settings_of(kept, "config.json")
    assert str(caught.value) == (
        "no field 'training.patients'; did you mean 'training.patience'?; where a later version "
        "of affdyn_jax wrote it, install that one"
    )


def test_fields_of_any_version_with_defaults_where_there_are_none(caplog):
    kept = {"training": {"patience": 7, "later": [1]}, "corpus": {"dimensions": ["liking"]}}
    with caplog.at_level("INFO", "affdyn_jax.config"):
        fields = with_defaults(kept, "config.json")
    assert "config.json: of an earlier version, which had no corpus.name, " in caplog.text
    assert fields["training.patience"] == 7 and fields["training.later"] == [1]
    assert fields["corpus.dimensions"] == ["liking"]
    assert fields["sweep.seeds"] == list(Settings().sweep.seeds)
    assert set(FIELDS) <= set(fields) | {"features.encoder.models"}


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_looked_at(field):
    for value in (None, {"a": 1}, object(), [[1]], b"a"):
        assert field in refusal(config_with((field, value)))


@pytest.mark.parametrize("field", [*FIELDS, *SECTIONS])
def test_every_field_that_is_missing_is_named(field):
    config = base.get_config().unlock()
    del config.features.w2v2  # another name of features.encoder
    section, _, name = field.rpartition(".")
    del (config[section] if section else config)[name]
    assert f"no field '{field}" in refusal(config)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("training.patence", "no field 'training.patence'; did you mean 'training.patience'?"),
        (
            "notes",
            "no field 'notes'; choose corpus or corpora or features or dynamics or sweep or ",
        ),
        ("sweep.hidden_sizes.mnoo", "did you mean 'sweep.hidden_sizes.mono'?"),
    ],
)
def test_a_field_too_many_is_reported_with_the_nearest_one(field, said):
    assert said in refusal(config_with((field, 3)))


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("value", [None, 3, "a", (1,)])
def test_a_section_that_is_none_is_named(section, value):
    assert refusal(config_with((section, value))).startswith(f"{section}=")


def test_a_tracker_that_there_is_not():
    told = refusal(config_with(("tracking.backends", "tensorbord,wandb")))
    assert told == ("tracking.backends='tensorbord' is not known; did you mean 'tensorboard'?")


@pytest.mark.parametrize("value", [{1}, object(), "\ud800", {"a": {(1, 2): 3}}])
def test_what_config_json_cannot_keep(value):
    assert "config.json cannot keep" in refusal(config_with(("features.folders", value)))


def test_a_key_that_would_break_the_line_is_quoted():
    told = refusal(config_with(("sweep.folds", {"\r": "\ud800"})))
    assert "sweep.folds" in told and len(told.splitlines()) == 1


def test_a_config_that_contains_itself():
    config = base.get_config().unlock()
    config.x = config
    assert "nested too deep" in refusal(config)


@pytest.mark.parametrize("fields", [None, 3, [], "training"])
def test_what_is_no_config_is_reported(fields):
    with pytest.raises(ConfigError, match="it has to be a section of fields"):
        settings_of(fields, "config.json")


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("sweep.weights", (0, 1), (0.0, 1.0)),
        ("sweep.weights", 0.5, (0.5,)),
        ("sweep.seeds", [3, 1], (3, 1)),
        ("corpus.rating_range", (1, 9), (1.0, 9.0)),
        ("features.folders", ("a,b", "c"), ("a", "b", "c")),
        ("features.folders", "a, b", ("a", "b")),
        ("corpus.partitions.test", (), ()),
        ("corpus.dimensions", "valence", ("valence",)),
        ("features.encoder.window", 10, 10.0),
    ],
)
def test_values_come_as_the_program_needs_them(field, value, expected):
    found = dict(leaves(dataclasses.asdict(read_settings(config_with((field, value))))))[field]
    assert found == expected
    kinds = map(type, found) if isinstance(found, tuple) else [type(found)]
    wanted = map(type, expected) if isinstance(expected, tuple) else [type(expected)]
    assert list(kinds) == list(wanted)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("training.patience", 0, "=0; it has to be a whole number between 1 and 1000000"),
        ("training.patience", 10**6 + 1, "=1000001; it has to be a whole number between 1 and"),
        ("training.patience", 2.5, "=2.5; it has to be a whole number"),
        ("training.patience", True, "=True; it has to be a whole number"),
        pytest.param("training.patience", 10**5000, "=a number of 16610 bits", id="many digits"),
        ("training.learning_rate", float("nan"), "=nan; it has to be a number between 1e-12"),
        ("training.learning_rate", "6e-4", "='6e-4'; it has to be a number"),
        ("training.monitor", "los", "='los' is not known; did you mean 'loss'?"),
        ("training.monitor", "x", "='x' is not known; choose loss or state or dynamics"),
        ("features.name", "egemaps", "is not known; choose mfb or mfcc or encoder or precomputed"),
        ("features.are_predictions", 1, "=1; it has to be True or False"),
        ("features.frame_rate", 0.0, "=0.0; it has to be a number between 0.1 and 100"),
        ("features.layer", (1, "a"), " has 'a', which is not a whole number"),
        ("features.workers", -1, "=-1; it has to be a whole number between 0 and 1024"),
        ("features.folders", ("a,,b",), " has '', which is empty; give each a name"),
        ("features.folders", (1, 2), " has 1, which is not a name"),
        ("features.cache", "x" * 5000, " is no path (File name too long)"),
        ("corpus.name", "a\nb", r"='a\nb' is not a text of one line"),
        ("corpus.root", "\0", " is not a text of one line"),
        ("corpus.partitions.train", "x" * 300, ", which is too long for a name"),
        ("corpus.annotation_delay", -1, "=-1.0; it has to be a number between 0 and 86400"),
        ("corpus.rating_range", (9, 1), "=(9, 1) is no range; give two numbers, the lowest"),
        ("corpus.rating_range", (1, 5, 9), "=(1, 5, 9) is no range"),
        ("corpus.rating_range", (0, 1e9), " is no range"),
        ("corpus.rating_range", (0, float("inf")), " has inf, which is not a number"),
        ("corpus.dimensions", (), " is empty; give one or more names"),
        ("corpus.dimensions", ("arousal", "arousal"), " has a value twice; give each once"),
        ("corpus.dimensions", ("arousal", "multi"), " has 'multi', which names the model of all"),
        ("corpus.dimensions", ("arousal", "time"), " has 'time', which names another column"),
        ("corpus.dimensions", ("a;b",), " has 'a;b', which has ;, which divides"),
        ("corpus.dimensions", ('a"b',), 'which has "'),
        ("corpus.dimensions", ("a\nb",), r" has 'a\nb', which is not a text of one line"),
        (
            "corpus.dimensions",
            ("arousal", "arousal_dynamics"),
            " has 'arousal_dynamics', which names the dynamics of 'arousal'",
        ),
        ("corpus.standin.language", "H U", "='H U' is part of file names; use letters and digits"),
        ("corpus.standin.language", "", "='' is part of file names"),
        ("corpus.standin.language", "ÄÖ", "is part of file names"),
        ("corpus.standin.layout", "sewa", " is not known; choose avec2019 or avec2016 or recola"),
        ("corpus.standin.train", -1, "=-1; it has to be a whole number between 0 and 10000"),
        ("corpus.standin.train", 10**12, "=1000000000000; it has to be a whole number between 0"),
        ("corpus.standin.dev", -1, "=-1;"),
        ("corpus.standin.test", -1, "=-1;"),
        ("corpus.standin.seed", -1, "=-1;"),
        ("corpus.standin.seed", 10**400, "; it has to be a whole number between 0 and"),
        ("corpus.standin.shortest_s", 9.9, "=9.9; it has to be a number between 10 and 3600"),
        ("corpus.standin.longest_s", 11.0, "=11 is less than shortest_s=60"),
        ("corpus.standin.longest_s", 1e300, "=1e+300; it has to be a number between 10 and 3600"),
        ("corpus.standin.reaction_delay_s", -0.1, "=-0.1; it has to be a number between 0 and 5"),
        ("sweep.weights", (0.0, 1.1), " has 1.1, which is not a number between 0 and 1"),
        ("sweep.weights", (float("nan"),), " has nan, which is not a number between 0 and 1"),
        ("sweep.weights", (10**400,), ", which is not a number between 0 and 1"),
        ("sweep.weights", (), " is empty; give one or more numbers between 0 and 1"),
        ("sweep.weights", (0.3, 0.30000001), " has 0.30000001, which has more than the 6 decimals"),
        ("sweep.seeds", (1, 1), "=(1, 1) has a value twice; give each once"),
        ("sweep.seeds", (-1,), " has -1, which is not a whole number between 0 and 4294967295"),
        ("sweep.seeds", (1.5,), " has 1.5, which is not a whole number"),
        ("sweep.seeds", (True,), " has True, which is not a whole number"),
        ("sweep.seeds", 10**400, ", which is not a whole number"),
        (
            "sweep.hidden_sizes.mono",
            (0,),
            " has 0, which is not a whole number between 1 and 65536",
        ),
        ("sweep.hidden_sizes.multi", (3, 3), "=(3, 3) has a value twice"),
        ("dynamics.smoothing", "savgol", "='savgol' is not known; "),
        ("dynamics.smoothing", "moving average", "; did you mean 'moving_average'?"),
        ("dynamics.window", -1.0, "=-1.0; it has to be a number between 0 and 3600"),
        ("sweep.low_pass", ("none", "centered"), "='centered' is not known; did you mean 'centr"),
        ("sweep.low_pass", ("none", "none"), " has a value twice"),
        ("sweep.low_pass", ("causal", "centred"), " has both filters; train centred and causal"),
        ("features.encoder.window", 0.0, "=0.0; it has to be a number between 0.1 and 600"),
        ("features.encoder.window", 1e9, "; it has to be a number between 0.1 and 600"),
        ("features.encoder.overlap", 30.0, "=30 in windows of 30 s; it has to be shorter than"),
        ("features.encoder.overlap", 29.995, "=29.995 in windows of 30 s; it has to be shorter"),
        ("features.encoder.overlap", -1.0, "=-1.0; it has to be a number between 0 and 600"),
        ("features.encoder.dtype", "float16", "='float16' is not known; did you mean 'bfloat16'?"),
        ("features.encoder.models", {"base": 3}, ".base=3; it has to be a file or folder"),
        ("features.encoder.models", {"base": "a\nb"}, r".base='a\nb' is not a text of one line"),
        ("features.encoder.models", {"a/b": "c"}, " has 'a/b', which is part of flags"),
        ("features.encoder.models", 3, "=3; it has to be files or folders by their names"),
    ],
)
def test_a_value_that_makes_no_sense_is_reported_with_what_would(field, value, said):
    told = refusal(config_with((field, value)))
    assert told.startswith(field)
    assert said in told


@pytest.mark.parametrize(
    ("layers", "heard", "lanes"),
    [((0, 6, 12), "each", 115_500), ((0, 6, 12), "weighted", 0), ("all", "each", 0)],
)
def test_lanes_of_listed_layers_are_counted(layers, heard, lanes):
    config = config_with(
        *(("features.name", "encoder"), ("features.encoder.model", "facebook/wav2vec2-base")),
        *(("features.encoder.layers", layers), ("sweep.layers", heard)),
        ("sweep.seeds", tuple(range(500))),
    )
    if not lanes:
        assert read_settings(config).features.encoder.layers == layers
        return
    assert f"makes {lanes} lanes" in (told := refusal(config))
    assert "and of features.encoder.layers; 100000 are the most" in told


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([("features.name", "precomputed")], "features.folders is empty, but features.name=pre"),
        (
            [
                ("features.name", "precomputed"),
                ("features.folders", "a,b,c"),
                ("features.rates", (50.0, 25.0)),
            ],
            "features.rates has 2 values for 3 folders; give one of all, or one of each",
        ),
        ([("features.are_predictions", True)], "features.are_predictions=True, but features.name="),
        (
            [("features.encoder.emotion_head", True), ("features.layer", (3,))],
            "features.encoder.emotion_head reads the last hidden state",
        ),
        (
            [("features.name", "encoder")],
            "features.encoder.model is empty, but features",
        ),
        (
            [("features.encoder.layers", "all")],
            "features.encoder.layers=all, but features.name=mfb has no layers; set features.name=",
        ),
        (
            [("sweep.hidden_sizes.mono", ()), ("sweep.hidden_sizes.multi", ())],
            "sweep.hidden_sizes.mono and multi are both empty",
        ),
        (
            [("sweep.hidden_sizes.mono", ()), ("corpus.dimensions", ("valence",))],
            "sweep.hidden_sizes.mono is empty, but with 'valence' alone",
        ),
        ([("sweep.seeds", tuple(range(10_000)))], "sweep makes 770000 lanes"),
        (
            [("dynamics.smoothing", "moving_average"), ("dynamics.window", 0.25)],
            "dynamics.window=0.25 holds 1 frame(s) at 4 a second, but "
            "dynamics.smoothing=moving_average takes 3 or more; name 0.75 s or more",
        ),
        (
            [("dynamics.smoothing", "savitzky_golay"), ("features.frame_rate", 2.0)],
            "dynamics.window=1 holds 3 frame(s) at 2 a second, but "
            "dynamics.smoothing=savitzky_golay takes 5 or more; name 2.5 s or more",
        ),
        (
            [("corpus.standin.shortest_s", 300.0), ("corpus.standin.longest_s", 200.0)],
            "corpus.standin.longest_s=200 is less than shortest_s=300",
        ),
    ],
)
def test_values_that_do_not_go_together(changes, said):
    assert refusal(config_with(*changes)).startswith(said)


def test_values_that_do_go_together():
    for changes in (
        [("features.name", "precomputed"), ("features.folders", "a,b")],
        [
            ("features.name", "precomputed"),
            ("features.folders", "a,b"),
            ("features.rates", (50.0,)),
        ],
        [
            ("features.name", "precomputed"),
            ("features.folders", "a"),
            ("features.are_predictions", True),
        ],
        [("features.name", "encoder"), ("features.encoder.model", "some/model")],
        [("features.encoder.overlap", 30.0), ("features.encoder.cut", True)],
        [("features.encoder.models", {"base": "some/model"})],
        [("sweep.hidden_sizes.mono", ())],
        [("corpus.dimensions", ("liking",))],
    ):
        read_settings(config_with(*changes))


def several(*changes):
    """A config of two corpora."""
    config = base.get_config("de", "hu").unlock()
    for field, value in changes:
        section, _, name = field.rpartition(".")
        with config.ignore_type():
            config[section][name] = value
    return config


def test_several_corpora_have_a_section_each():
    config = base.get_config("de", "hu")
    set_fields(
        config,
        [
            *("--config.corpora.hu.root=/data/hu", "--config.corpora.hu.partitions.train=()"),
            *("--config.corpora.de.rating_range=1,9", "--config.corpora.de.partitions.dev=a,b"),
        ],
    )
    read = read_settings(config)
    assert list(read.corpora) == ["de", "hu"]
    german, hungarian = read.corpora["de"], read.corpora["hu"]
    assert (german.name, hungarian.name, hungarian.root) == ("de", "hu", "/data/hu")
    assert (german.partitions.dev, hungarian.partitions.train) == (("a", "b"), ())
    assert german.rating_range == (1.0, 9.0) != read.corpus.rating_range
    assert settings_of(json.loads(json.dumps(config.to_dict())), "config.json") == read
    alone = hungarian.as_if_alone(dataclasses.replace(read.corpus, annotation_delay=2.0))
    assert (alone.root, alone.name, alone.annotation_delay) == ("/data/hu", "hu", 2.0)


def test_every_field_of_several_corpora_is_described():
    text = described(read_settings(several(("corpora.hu.name", "SEWA HU"))))
    for name, _ in leaves(dataclasses.asdict(OneOfSeveral())):
        assert f"  corpora.de.{name} = " in text
    assert "* corpora.hu.name = 'SEWA HU'\n      instead of 'hu'" in text
    assert "corpora: Several corpora, a section for each" in described(Settings())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([("corpora.hu.roott", "a")], "no field 'corpora.hu.roott'; did you mean 'corpora.hu.root"),
        ([("corpora.hu.root", 3)], "corpora.hu.root=3; it has to be a file or folder"),
        ([("corpora.hu.dimensions", ("arousal",))], "no field 'corpora.hu.dimensions'"),
        ([("corpora.hu.prefix", "a/")], "corpora.hu.prefix='a/' begins names of recordings, but"),
        ([("corpora.hu", 3)], "corpora.hu=3; it has to be a section of fields"),
        ([("corpora.h-u", {})], "corpora has 'h-u', which is part of flags"),
        ([("corpora.hu.name", "de")], "corpora.hu.name='de' does not tell it apart"),
        ([("corpora.de.name", "")], "corpora.de.name='' does not tell it apart"),
        (
            [("corpus.root", "/data")],
            "corpus.root is set, but the config has several corpora; set corpora.de.root or corp",
        ),
        (
            [
                *(("features.name", "precomputed"), ("features.folders", "a")),
                *(("features.are_predictions", True), ("corpora.hu.rating_range", (1, 9))),
            ],
            "corpora.hu.rating_range=(1.0, 9.0) is not corpus.rating_range=(-1.0, 1.0), but feat",
        ),
    ],
)
def test_several_corpora_that_make_no_sense(changes, said):
    assert refusal(several(*changes)).startswith(said)


def test_a_section_of_several_corpora_has_all_fields():
    config = base.get_config("de", "hu").unlock()
    del config.corpora.hu.partitions.dev
    assert "no field 'corpora.hu.partitions.dev'" in refusal(config)
    with config.ignore_type():
        config.corpora = 3
    assert refusal(config).startswith("corpora=3; it has to be sections of fields by their names")


@examples(300, 20_000)
def test_anything_in_any_field_gives_settings_or_names_the_field(examples):
    @settings(deadline=None, max_examples=examples, database=None)
    @given(st.sampled_from(FIELDS), ANYTHING)
    def assign(field, value):
        try:
            config = config_with((field, value))
        except (TypeError, ValueError, AttributeError, OverflowError):
            return  # ConfigDict takes not even this, and the config file is told so
        try:
            read_settings(config)
        except ConfigError as error:
            assert_told_in_one_line(error)
            section, _, name = field.rpartition(".")
            assert name in str(error) or section in str(error)

    assign()


def test_the_description_has_every_field_and_fits_a_terminal():
    changed = read_settings(config_with(("training.patience", 7), ("corpus.name", "x" * 90)))
    lines = described(changed).splitlines()
    assert max(map(len, lines)) <= 80 + 20  # a long value is not broken
    for field in FIELDS:
        assert sum(line[2:].startswith(f"{field} = ") for line in lines) == 1, field
    (place,) = (number for number, line in enumerate(lines) if " training.patience " in line)
    assert lines[place] == "* training.patience = 7"
    assert lines[place + 1] == "      instead of 30"
    assert lines[place + 2].startswith("      Epochs without improvement on dev")
    assert "(§4.2)" in " ".join(lines[place : place + 5])
    marked = [line for line in lines if line.startswith("*")]
    assert len(marked) == 2


def test_every_field_says_what_it_is_for():
    for line, following in zip(
        described(Settings()).splitlines(), described(Settings()).splitlines()[1:], strict=False
    ):
        if line.startswith("  ") and " = " in line and not line.startswith("      "):
            assert following.startswith("      ") and following.strip()[0] != "["


def test_a_config_dict_of_ones_own():
    fields = base.get_config().to_dict()
    assert read_settings(ConfigDict(fields)) == Settings()


@pytest.mark.parametrize("folds", [0, 5, "leave_one_group_out"])
def test_folds_may_be_a_number_or_a_word_in_a_config(folds):
    config = default_config()
    config.sweep.folds = folds
    assert read_settings(config).sweep.folds == folds


@pytest.mark.parametrize("layers", ["all", (0, 6), (), 5])
@pytest.mark.parametrize("kind", ["encoder", "w2v2"])  # by its former name, too
def test_layers_may_be_numbers_or_a_word(layers, kind):
    encoder = ("features.name", kind), ("features.encoder.model", "checkpoint")
    config = config_with(*encoder, ("features.encoder.layers", layers))
    expected = (layers,) if isinstance(layers, int) else layers
    assert read_settings(config).features.encoder.layers == expected


@pytest.mark.parametrize("layers", ["every", (0, -1), (1, 1), "", (0.5,)])
def test_other_layers_are_refused(layers):
    told = refusal(config_with(("features.encoder.layers", layers)))
    assert told.startswith("features.encoder.layers") and len(told.splitlines()) == 1
