"""Folders from somebody else: a value or one line, whatever was done to them, and nothing outside.

Every field of every file is altered in every way of `fuzzing.altered`: a few of these in every run
of the tests, all of them with `-m slow`.
"""

import itertools
import json
import shutil
import struct

import numpy as np
import pandas as pd
import pytest
import safetensors.numpy
import soundfile

from affdyn_jax import load_model, load_run
from affdyn_jax.errors import AffdynError
from affdyn_jax.prediction.exported.export import export
from affdyn_jax.prediction.exported.files import SETTINGS, WEIGHTS, write_model
from affdyn_jax.report.contents import contents
from affdyn_jax.report.document.markdown import markdown
from affdyn_jax.report.document.page import page
from affdyn_jax.report.figures.trajectories import trajectories
from affdyn_jax.report.files import write_report
from affdyn_jax.system.array_folders import read_arrays, write_arrays
from affdyn_jax.workdir.files import read_run
from tests.fuzzing import altered, altered_tables, assert_told_in_one_line, examples
from tests.report.conftest import _write_run

TABLES = ("lanes.csv", "history.csv", "selection.csv", "systems.csv")
SWEPT_TABLES = ("lanes.csv", "history.csv", "pooled.csv", "selection.csv", "weightings.csv")
SYSTEMS = pd.DataFrame(
    {
        "system": ["one", "one", "two"],
        "dimension": ["arousal", "valence", "arousal"],
        "dev_ccc": [0.9, 0.1, 0.2],
        "test_ccc": [0.8, 0.1, np.nan],
    }
)


@pytest.fixture
def made_up(tmp_path):
    """A finished run of made-up numbers, deep in an otherwise empty folder."""
    folder = tmp_path / "deep" / "down" / "run"
    return _write_run(
        folder, test_recordings=2, frames=8, seeds=(0, 1), mono=(4,), multi=(4,), systems=SYSTEMS
    )


@pytest.fixture
def swept(tmp_path):
    """The same of a cross-validation, with rules that move w and another setting."""
    return _write_run(
        tmp_path / "deep" / "down" / "run",
        frames=8,
        seeds=(0, 1),
        mono=(),
        multi=(4,),
        fold_count=3,
        weightings=("fixed", "famo"),
        dropouts=(0.0, 0.2),
    )


@pytest.fixture
def copy(trained_run, tmp_path):
    return shutil.copytree(trained_run, tmp_path / "deep" / "down" / "run")


@pytest.fixture(scope="module")
def samples(standin_root):
    samples, rate = soundfile.read(standin_root / "audio" / "Test_XX_01.wav")
    return samples[: 2 * rate], rate


def chosen(alterations, count):
    """So many of the alterations, evenly, or all."""
    alterations = list(alterations)
    return alterations[:: max(len(alterations) // count, 1)]


def value_or_one_line(what, read):
    """What `read` returns, or None where it tells of an error as it should."""
    try:
        return read()
    except AffdynError as error:
        assert_told_in_one_line(error)
    except Exception as error:
        raise AssertionError(f"{what}: {type(error).__name__}: {error}") from error


def report(folder):
    """A whole report but for its files, whose names are those that they would have."""
    document = contents(read_run(folder))
    for drawing in (*document.pictures, *document.charts):
        assert "/" not in drawing.name
        assert "\0" not in drawing.name
    page(document).encode()
    markdown(document).encode()
    return document


def report_altered_tables(folder, name, count):
    """Alter a table in so many ways; some are reported, some refused."""
    outcomes = set()
    for what, content in chosen(altered_tables((folder / name).read_text()), count):
        (folder / name).write_text(content)
        outcomes.add(value_or_one_line(f"{name}: {what}", lambda: report(folder)) is None)
    assert outcomes == {True, False}


def everything_but(folder, root):
    return {path for path in root.rglob("*") if folder not in (path, *path.parents)}


@pytest.mark.parametrize("name", ["run.json", "config.json"])
@examples(20, 10**6)
def test_facts_and_config(made_up, tmp_path, quick_figures, name, examples):
    intact = json.loads((made_up / name).read_text())
    before, outcomes = everything_but(made_up, tmp_path), set()
    for place, value in chosen(altered(intact), examples):
        (made_up / name).write_text(json.dumps(value))
        told = value_or_one_line(f"{name}{place}", lambda: report(made_up))
        outcomes.add(told is None)
    assert outcomes == {True, False}
    assert everything_but(made_up, tmp_path) == before


@pytest.mark.parametrize("name", TABLES)
@examples(20, 10**6)
def test_tables(made_up, quick_figures, name, examples):
    report_altered_tables(made_up, name, examples)


@pytest.mark.parametrize("name", SWEPT_TABLES)
@examples(5, 10**6)
def test_tables_of_folds_rules_and_settings(swept, quick_figures, name, examples):
    report_altered_tables(swept, name, examples)


@pytest.mark.parametrize("kind", ["predictions", "gold_standard"])
@examples(12, 10**6)
def test_traces(made_up, kind, examples):
    run, path = read_run(made_up), made_up / kind / "test" / "Test_01.csv"
    intact = path.read_text()
    for what, content in chosen(altered_tables(intact.replace(";", ",")), examples):
        path.write_text(content.replace(",", ";"))
        value_or_one_line(f"{kind}: {what}", lambda: trajectories(run, "test", ""))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recordings", {"dev": ["a"], "test": ["b/../../../../x"]}),
        ("recordings", {"dev": ["a"], "test": ["/x"]}),
        ("recordings", {"dev": ["a"], "../x": ["b"]}),
        ("recordings", {"dev": ["a\0"]}),
        ("frame_rate", 1e9),
        ("frame_rate", 0),
        ("annotation_delay", -1),
        ("dimensions", []),
        ("dimensions", ["arousal", "arousal"]),
        ("dimensions", ["arousal", "../valence"]),
    ],
)
def test_what_is_wrong_in_the_facts_is_reported_with_its_field(made_up, tmp_path, field, value):
    before = everything_but(made_up, tmp_path)
    facts = json.loads((made_up / "run.json").read_text())
    (made_up / "run.json").write_text(json.dumps(facts | {field: value}))
    with pytest.raises(AffdynError, match=rf"run\.json: .*{field}") as caught:
        write_report(made_up)
    assert_told_in_one_line(caught.value)
    assert everything_but(made_up, tmp_path) == before


@pytest.mark.parametrize("name", ["run.json", "config.json"])
def test_a_key_that_is_there_twice(made_up, name):
    content = (made_up / name).read_text().strip()
    (made_up / name).write_text(content[:-1] + ', "training": {}, "training": {}}')
    with pytest.raises(AffdynError, match="the key 'training' is there twice"):
        read_run(made_up)


@examples(25, 10**6)
def test_models_of_altered_runs(copy, tmp_path, samples, examples):
    facts = json.loads((copy / "run.json").read_text())
    config = json.loads((copy / "config.json").read_text())
    # What a report alone tells is altered above.
    of_model = ("dimensions", "frame_rate", "annotation_delay", "feature_count")
    of_model += ("predicting_lanes", "is_standin")
    facts_only = {field: facts[field] for field in of_model}
    runs = [
        (f"run.json{place}", facts | value, config)
        for place, value in altered(facts_only)
        if isinstance(value, dict)
    ]
    runs += [
        (f"config.json.features{place}", facts, config | {"features": value})
        for place, value in altered(config["features"])
    ]
    for what, altered_facts, altered_config in chosen(runs, examples):
        (copy / "run.json").write_text(json.dumps(altered_facts))
        (copy / "config.json").write_text(json.dumps(altered_config))
        value_or_one_line(what, lambda: load_run(copy).predict(*samples))
        value_or_one_line(what, lambda: export(copy, "best", copy / "exported"))
    assert everything_but(copy, tmp_path) == {copy.parent, copy.parent.parent}


def altered_arrays(named):
    """Arrays by their names, one of them missing or altered."""
    for name, array in named.items():
        yield f"{name} missing", {other: named[other] for other in named if other != name}
        for what, changed in {
            "float16": array.astype(np.float16),
            "float64": array.astype(np.float64),
            "int32": array.astype(np.int32),
            "bool": array.astype(bool),
            "NaN": array * np.asarray(np.nan, array.dtype),
            "infinite": array + np.asarray(np.inf, array.dtype),
            "huge": np.full_like(array, 3e38),
            "a scalar": array.ravel()[0],
            "empty": array[:0],
            "longer": np.concatenate([array, array]),
            "one axis more": array[None],
            "flat": array.ravel(),
            "transposed": array.T,
        }.items():
            yield f"{name}: {what}", named | {name: np.ascontiguousarray(changed)}
    for axis in (0, -1):
        doubled = {name: np.concatenate([a, a], min(axis, a.ndim - 1)) for name, a in named.items()}
        yield f"all doubled along {axis}", doubled
        emptied = {name: np.take(array, [], axis) for name, array in named.items()}
        yield f"all empty along {axis}", emptied


@examples(12, 10**6)
def test_weights_of_altered_runs(copy, samples, examples):
    folder = copy / "weights" / "hidden_4"
    intact = {"/".join(path): array for path, array in _leaves(read_arrays(folder))}
    for what, arrays in chosen(altered_arrays(intact), examples):
        write_arrays(folder, _tree(arrays), {})
        value_or_one_line(what, lambda: load_run(copy).predict(*samples))


def _leaves(tree, path=()):
    if not isinstance(tree, dict):
        return [(path, np.asarray(tree))]
    parts = (_leaves(branch, (*path, key)) for key, branch in tree.items())
    return list(itertools.chain.from_iterable(parts))


def _tree(named):
    tree = {}
    for name, array in named.items():
        *branches, leaf = name.split("/")
        place = tree
        for branch in branches:
            place = place.setdefault(branch, {})
        place[leaf] = array
    return tree


@pytest.fixture
def exported(trained_run, tmp_path):
    folder = tmp_path / "model"
    write_model(folder, load_run(trained_run), read_run(trained_run).config["features"])
    return folder


@examples(60, 10**6)
def test_settings_of_exported_models(exported, tmp_path, samples, examples):
    intact = json.loads((exported / SETTINGS).read_text())
    for place, value in chosen(altered(intact), examples):
        (exported / SETTINGS).write_text(json.dumps(value))
        value_or_one_line(f"{SETTINGS}{place}", lambda: load_model(exported).predict(*samples))
    assert everything_but(exported, tmp_path) == set()


@examples(25, 10**6)
def test_weights_of_exported_models(exported, samples, examples):
    intact = safetensors.numpy.load_file(exported / WEIGHTS)
    for what, arrays in chosen(altered_arrays(intact), examples):
        safetensors.numpy.save_file(
            {name: np.ascontiguousarray(array) for name, array in arrays.items()},
            exported / WEIGHTS,
        )
        value_or_one_line(what, lambda: load_model(exported).predict(*samples))


@pytest.mark.parametrize(
    ("kind", "bits"), [("F8_E4M3", 8), ("F8_E5M2", 8), ("BF16", 16), ("F16", 16), ("C64", 64)]
)
def test_weights_of_other_kinds_of_numbers(exported, kind, bits):
    """As their header has it; NumPy knows only some of them."""
    content = (exported / WEIGHTS).read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    tensors = json.loads(content[8 : 8 + length])
    data, header = b"", {}
    for name, tensor in tensors.items():
        if name == "__metadata__":
            continue
        size = int(np.prod(tensor["shape"])) * bits // 8
        place = [len(data), len(data) + size]
        header[name] = {"dtype": kind, "shape": tensor["shape"], "data_offsets": place}
        data += bytes(size)
    written = json.dumps(header).encode()
    (exported / WEIGHTS).write_bytes(struct.pack("<Q", len(written)) + written + data)
    with pytest.raises(AffdynError, match=WEIGHTS) as caught:
        load_model(exported)
    assert_told_in_one_line(caught.value)
