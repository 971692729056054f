"""Files of features that a model takes: which ones a name stands for, and what is read of them."""

import numpy as np
import pandas as pd
import pytest

from affdyn_jax.errors import CorpusError, FeatureError
from affdyn_jax.features.precomputed import read_precomputed
from affdyn_jax.features.tables import FeatureTables
from tests.features.test_precomputed import write_table

FOLDERS = ("a/energy", "prosody")
NAMES = ("a/energy/loud", "prosody/f0", "prosody/jitter")
TABLES = FeatureTables.of(FOLDERS, NAMES, 4.0)


@pytest.fixture
def root(tmp_path):
    """Loudness at 10 Hz and pitch at 25 Hz of two recordings."""
    generator = np.random.default_rng(0)
    for recording, seconds in (("P01", 8), ("P02", 6)):
        for folder, columns, rate in (
            ("a/energy", ["loud"], 10),
            ("prosody", ["f0", "jitter"], 25),
        ):
            times = np.arange(seconds * rate) / rate
            columns = {column: generator.normal(size=len(times)).round(6) for column in columns}
            write_table(tmp_path / folder / f"{recording}.csv", times, columns)
    return tmp_path


def read(tables, path):
    (frames,) = tables.frames(path)
    np.testing.assert_array_equal(frames.times_s, np.arange(len(frames.values_sf)) / 4)
    assert frames.next_time == np.inf
    return frames.values_sf


@pytest.mark.parametrize("folder", FOLDERS)
def test_any_file_of_a_recording_leads_to_what_training_reads(root, folder):
    expected, names = read_precomputed(root, FOLDERS, ["P01", "P02"], 4.0)
    assert TABLES.names == names
    for recording, features_tf in expected.items():
        features = read(TABLES, root / folder / f"{recording}.csv")
        np.testing.assert_array_equal(features, features_tf)


def test_columns_are_found_by_their_names(root):
    path = root / "prosody" / "P01.csv"
    before = read(TABLES, path)
    table = pd.read_csv(path, sep=";")
    table = table[["jitter", "timestamp", "name", "f0"]]
    table.to_csv(path, sep=";", index=False)
    np.testing.assert_array_equal(read(TABLES, path), before)


def test_a_single_folder_may_have_any_name(root):
    tables = FeatureTables.of(["loudness"], ["loudness/loud"], 4.0)
    both = read(TABLES, root / "prosody" / "P02.csv")
    loudness = read(tables, root / "a" / "energy" / "P02.csv")
    np.testing.assert_array_equal(loudness[:, 0], both[: len(loudness), 0])


def test_a_folder_within_another_keeps_its_columns():
    names = ("a/x", "a/b/y", "a/b/z")
    tables = FeatureTables.of(("a", "a/b"), names, 4.0)
    assert tables.columns_of == (("a", ("x",)), ("a/b", ("y", "z")))
    assert tables.names == names


@pytest.mark.parametrize("place", ["", "prosody", "a/energy"])
def test_folders_stand_for_all_of_their_recordings(root, place):
    recordings = TABLES.recordings_in(root / place)
    assert list(recordings) == ["P01", "P02"]
    expected = read(TABLES, root / "prosody" / "P01.csv")
    np.testing.assert_array_equal(read(TABLES, recordings["P01"]), expected)


def test_a_file_stands_for_itself(root):
    assert TABLES.recordings_in(root / "x.csv") == {"x": root / "x.csv"}


def test_names_of_other_features():
    with pytest.raises(FeatureError, match=r"feature 'pitch/f0' is of none of the folders 'a/ene"):
        FeatureTables.of(FOLDERS, ["pitch/f0"], 4.0)


def test_a_folder_without_tables(root):
    with pytest.raises(CorpusError, match=r"a: holds no tables of features, nor .* 'a/energy'"):
        TABLES.recordings_in(root / "a")


def refusal(path, kind=FeatureError, tables=TABLES):
    with pytest.raises(kind) as caught:
        list(tables.frames(path))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_files_of_other_formats(root):
    tables = FeatureTables.of(["a", "b"], ["a/0", "a/1", "b/0"], 4.0, (8.0, 4.0))
    values_sf = np.random.default_rng(1).normal(size=(48, 3)).round(6)
    for folder, rows in (("a", values_sf[:, :2]), ("b", values_sf[::2, 2:])):
        (root / folder).mkdir(exist_ok=True)
        np.save(root / folder / "P03.npy", rows)
    features_tf = read(tables, root / "a" / "P03.npy")
    expected_tf = np.hstack([values_sf[:, :2].reshape(24, 2, 2).mean(axis=1), values_sf[::2, 2:]])
    np.testing.assert_allclose(features_tf, expected_tf, atol=1e-6)
    np.save(root / "a" / "P03.npy", values_sf)
    assert "the 3 columns are not the 2" in refusal(root / "a" / "P03.npy", tables=tables)


def test_a_file_elsewhere(root):
    (root / "a" / "energy").rename(root / "energy")
    said = refusal(root / "energy" / "P01.csv", FeatureError)
    assert "lies in none of the folders 'a/energy', 'prosody'" in said


def test_what_is_missing(root):
    (root / "a" / "energy" / "P01.csv").unlink()
    path = root / "prosody" / "P01.csv"
    missing = root / "a" / "energy" / "P01.csv"
    assert refusal(path, CorpusError).startswith(f"{missing}: no such file")
    write_table(root / "a" / "energy" / "P01.csv", np.arange(80) / 10, {"quiet": np.zeros(80)})
    assert "only one of both has 'loud', 'quiet'" in refusal(path, FeatureError)


def test_lengths_that_do_not_fit(root):
    write_table(root / "a" / "energy" / "P01.csv", np.arange(40) / 10, {"loud": np.zeros(40)})
    assert "they may differ by 1 s" in refusal(root / "prosody" / "P01.csv", FeatureError)
