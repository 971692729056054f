import logging

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from affdyn_jax.errors import CorpusError, FeatureError
from affdyn_jax.features.feature_files import read_feature_file
from affdyn_jax.features.precomputed import read_precomputed
from tests.fuzzing import assert_told_in_one_line, damaged, examples

ARFF = "@relation x\n@attribute frameTime numeric\n@attribute f0 numeric\n@data\n"


def test_frames_without_times_begin_at_their_number_by_the_rate(tmp_path):
    path = tmp_path / "P01.npy"
    np.save(path, np.arange(10.0)[:, None])
    read = read_feature_file(path, "P01", 4.0, source_rate=8.0)
    np.testing.assert_array_equal(read.features_tf[:, 0], [0.5, 2.5, 4.5, 6.5, 8.5])
    with pytest.raises(FeatureError, match=r"has no times; .* --config\.features\.rates=50"):
        read_feature_file(path, "P01", 4.0)


def test_a_rate_does_not_matter_where_a_file_has_times(tmp_path):
    path = tmp_path / "P01.arff"
    path.write_text(ARFF + "0,1\n0.25,3\n")
    read = read_feature_file(path, "P01", 4.0, source_rate=100.0)
    np.testing.assert_array_equal(read.features_tf[:, 0], [1, 3])
    assert not read.has_milliseconds


@pytest.mark.parametrize("step", [10, 250])
def test_times_too_far_apart_for_seconds_are_milliseconds(tmp_path, step):
    path = tmp_path / "P01.csv"
    rows = [f"{k * step};{k * step // 250}" for k in range(1000 // step)]
    path.write_text("\n".join(["timestamp;f0", *rows]))
    read = read_feature_file(path, "P01", 4.0)
    assert read.has_milliseconds
    np.testing.assert_array_equal(read.features_tf[:, 0], [0, 1, 2, 3])


def test_times_too_far_apart_for_milliseconds_are_refused(tmp_path):
    path = tmp_path / "P01.csv"
    path.write_text("timestamp;f0\n0;1\n300;1\n600;1\n")
    with pytest.raises(FeatureError, match=r"no frame of features falls between 0\.25 s and"):
        read_feature_file(path, "P01", 4.0)


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("time;f0\n0;1\n", FeatureError, "has one frame; functionals of whole recordings"),
        ("time;f0\n0;1\n0.2;1\n0.1;1\n", CorpusError, r"P01\.csv:4: time 0\.1 follows 0\.2"),
        ("time;f0\n-1;1\n0.2;1\n", CorpusError, r"P01\.csv:2: time -1 is not one"),
    ],
)
def test_faults_are_told(tmp_path, text, error, told):
    path = tmp_path / "P01.csv"
    path.write_text(text)
    with pytest.raises(error, match=told):
        read_feature_file(path, "P01", 4.0)


def test_an_unknown_suffix_is_told(tmp_path):
    with pytest.raises(CorpusError, match=r"P01\.mat: features are read from \.csv, \.arff"):
        read_feature_file(tmp_path / "P01.mat", "P01", 4.0)


@pytest.fixture
def root(tmp_path):
    """A folder of arrays at 8 Hz, one at 4 Hz, and one of tables in milliseconds."""
    for folder, rate in (("fast", 8), ("slow", 4)):
        (tmp_path / folder).mkdir()
        np.save(tmp_path / folder / "P01.npy", np.arange(2.0 * rate)[:, None] / rate)
    (tmp_path / "table").mkdir()
    rows = [f"{k * 250},{k / 4}" for k in range(8)]
    (tmp_path / "table" / "P01.csv").write_text("\n".join(["timestamp,f0", *rows]))
    return tmp_path


def test_folders_of_other_formats_side_by_side(root, caplog):
    with caplog.at_level(logging.INFO):
        features, names = read_precomputed(
            root, ["fast", "table", "slow"], ["P01"], 4.0, rates=[8, 1, 4]
        )
    assert names == ("fast/0", "table/f0", "slow/0")
    starts_t = np.arange(8) / 4
    expected_tf = np.stack([starts_t + 1 / 16, starts_t, starts_t], axis=1)
    np.testing.assert_allclose(features["P01"], expected_tf)
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        f"{root / 'table'}: times are milliseconds in 1 of 1 files, as they are too far apart for "
        "seconds"
    ]


def test_one_rate_is_that_of_all_folders(root):
    features, _ = read_precomputed(root, ["fast", "table"], ["P01"], 4.0, rates=[8])
    np.testing.assert_allclose(features["P01"][:, 0], np.arange(8) / 4 + 1 / 16)


def test_two_files_of_a_recording_are_refused(root):
    (root / "fast" / "P01.csv").touch()
    with pytest.raises(CorpusError, match=r"P01\.npy: recording 'P01' has another file of feat"):
        read_precomputed(root, ["fast"], ["P01"], 4.0, rates=[8])


def save(path):
    """Features of a second in the format of the suffix."""
    times_s, values_s = np.arange(8) / 8, np.arange(8.0)
    rows = [f"{time},{value}" for time, value in zip(times_s, values_s, strict=True)]
    match path.suffix:
        case ".csv":
            path.write_text("\n".join(["time,f0", *rows]))
        case ".arff":
            path.write_text(ARFF + "\n".join(rows))
        case ".npy":
            np.save(path, values_s[:, None])
        case ".parquet":
            pytest.importorskip("pyarrow")
            pd.DataFrame({"time": times_s, "f0": values_s}).to_parquet(path)
        case ".h5":
            with pytest.importorskip("h5py").File(path, "w") as file:
                file["features"], file["times"] = values_s[:, None], times_s


@pytest.mark.parametrize("suffix", [".csv", ".arff", ".npy", ".parquet", ".h5"])
@examples(20, 500)
def test_damaged_files_give_features_or_a_refusal_in_one_line(tmp_path, suffix, examples):
    path = tmp_path / f"P01{suffix}"
    save(path)
    content = path.read_bytes()

    @settings(deadline=None, max_examples=examples, database=None)
    @given(damaged(content))
    def read_any(content):
        path.write_bytes(content)
        try:
            features_tf = read_feature_file(path, "P01", 4.0, source_rate=8.0).features_tf
        except (CorpusError, FeatureError) as error:
            assert_told_in_one_line(error)
            assert str(error).startswith(str(path))
        else:
            assert np.isfinite(features_tf).all()

    read_any()
