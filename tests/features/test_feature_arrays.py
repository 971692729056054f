import numpy as np
import pytest

from affdyn_jax.errors import CorpusError
from affdyn_jax.features.feature_arrays import read_feature_hdf5, read_feature_npy

VALUES = np.array([[1, 2, 3], [4, 5, 6]], np.float32)


def test_an_array_of_numpy(tmp_path):
    path = tmp_path / "P01.npy"
    np.save(path, VALUES)
    trace = read_feature_npy(path)
    np.testing.assert_array_equal(trace.values_sf, VALUES)
    assert (len(trace.times_s), trace.names) == (0, ("0", "1", "2"))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (VALUES[0], r"array of float32 and shape \(3,\)"),
        (VALUES[None], r"shape \(1, 2, 3\)"),
        (VALUES.astype(str), "array of <U"),
        (np.array([{}]), "is no array that NumPy saved"),
    ],
)
def test_other_arrays_are_refused(tmp_path, values, told):
    path = tmp_path / "P01.npy"
    np.save(path, values)
    with pytest.raises(CorpusError, match=told) as caught:
        read_feature_npy(path)
    assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value)


def test_a_damaged_or_missing_array_is_told(tmp_path):
    path = tmp_path / "P01.npy"
    with pytest.raises(CorpusError, match="no such file"):
        read_feature_npy(path)
    np.save(path, VALUES)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(CorpusError, match="is no array that NumPy saved"):
        read_feature_npy(path)
    with path.open("wb") as file:
        np.savez(file, VALUES)
    with pytest.raises(CorpusError, match="holds several arrays"):
        read_feature_npy(path)


class TestHdf5:
    @pytest.fixture
    def saved(self, tmp_path):
        h5py = pytest.importorskip("h5py")

        def saves(**datasets):
            path = tmp_path / "P01.h5"
            with h5py.File(path, "w") as file:
                for name, values in datasets.items():
                    file[name.replace("__", "/")] = values
            return path

        return saves

    def test_the_only_dataset_with_rows_and_columns(self, saved):
        trace = read_feature_hdf5(saved(w2v2__hidden=VALUES, length=np.array([2])))
        np.testing.assert_array_equal(trace.values_sf, VALUES)
        assert (len(trace.times_s), trace.names) == (0, ("0", "1", "2"))

    def test_datasets_by_their_names(self, saved):
        trace = read_feature_hdf5(saved(features=VALUES, other=VALUES * 2, times=[0, 0.02]))
        np.testing.assert_array_equal(trace.values_sf, VALUES)
        np.testing.assert_array_equal(trace.times_s, [0, 0.02])

    @pytest.mark.parametrize(
        ("datasets", "told"),
        [
            ({"a": VALUES, "b": VALUES}, "it is open which dataset .* among 'a', 'b'"),
            ({"a": VALUES[0]}, "it is open which dataset"),
            ({"features": VALUES, "times": [0.0]}, "has 1 times of float64 for 2 frames"),
        ],
    )
    def test_faults_are_told(self, saved, datasets, told):
        path = saved(**datasets)
        with pytest.raises(CorpusError, match=told) as caught:
            read_feature_hdf5(path)
        assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value)

    def test_another_file_is_told(self, tmp_path):
        pytest.importorskip("h5py")
        (tmp_path / "P01.h5").write_text("nonsense")
        with pytest.raises(CorpusError, match="cannot be read as HDF5"):
            read_feature_hdf5(tmp_path / "P01.h5")
        with pytest.raises(CorpusError, match="no such file"):
            read_feature_hdf5(tmp_path / "P02.h5")
