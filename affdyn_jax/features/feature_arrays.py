"""Arrays of features, as others extracted them: NumPy's `.npy`, and HDF5.

A row is a frame, a column a feature; features have their numbers as names. A `.npy` file has no
times. In HDF5 the features are the only dataset with rows and columns, or the one called
`features`; a dataset `times`, `timestamps` or `frameTime`, if there is one, has the time of each
row.
"""

from pathlib import Path

import numpy as np

from affdyn_jax.corpora.avec_tables import listed
from affdyn_jax.errors import CorpusError, FeatureError, reason
from affdyn_jax.features.feature_trace import FeatureTrace

_TIMES = ("times", "timestamps", "timestamp", "frametime")
_FEATURES = "features"


def read_feature_npy(path: Path) -> FeatureTrace:
    """Read an array that NumPy saved.

    Raises:
        CorpusError: It is missing, or no array of numbers with rows and columns.
    """
    try:
        # A header that promises more than the file has is refused before memory is taken.
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as error:
        raise CorpusError(f"{path}: no such file") from error
    except Exception as error:  # of any type, since the header is parsed as Python
        raise CorpusError(f"{path}: is no array that NumPy saved: {reason(error)}") from error
    if not isinstance(values, np.ndarray):
        values.close()
        raise CorpusError(f"{path}: holds several arrays; save one of them with numpy.save")
    return _trace(path, np.empty(0), values)


def read_feature_hdf5(path: Path) -> FeatureTrace:
    """Read the features in a file of HDF5.

    Raises:
        CorpusError: There are none, or several datasets may be them.
        FeatureError: The library that reads HDF5 is not installed.
    """
    try:
        import h5py
    except ImportError as error:
        raise FeatureError(
            f"{path}: HDF5 is read with h5py, which is not installed; "
            "pip install 'affdyn_jax[formats]'"
        ) from error
    datasets = {}

    def keep(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            datasets[name] = item

    try:
        with h5py.File(path, "r") as file:
            file.visititems(keep)
            tables = [name for name, dataset in datasets.items() if dataset.ndim == 2]
            wanted = [name for name in tables if name.rpartition("/")[2] == _FEATURES] or tables
            times = [name for name in datasets if name.rpartition("/")[2].casefold() in _TIMES]
            if len(wanted) != 1 or len(times) > 1:
                raise CorpusError(
                    f"{path}: it is open which dataset holds the features or their times, among "
                    f"{listed(datasets)}; call one with rows and columns '{_FEATURES}', and at "
                    "most one 'times'"
                )
            values = datasets[wanted[0]][()]
            times_s = datasets[times[0]][()] if times else np.empty(0)
    except FileNotFoundError as error:
        raise CorpusError(f"{path}: no such file") from error
    except CorpusError:
        raise
    except Exception as error:  # of any type where the file is damaged
        raise CorpusError(f"{path}: cannot be read as HDF5: {reason(error)}") from error
    return _trace(path, times_s, values)


def _trace(path: Path, times: np.ndarray, values: np.ndarray) -> FeatureTrace:
    if values.ndim != 2 or values.dtype.kind not in "fiu" or not values.size:
        raise CorpusError(
            f"{path}: is an array of {values.dtype} and shape {values.shape}; features are numbers "
            "with a row for each frame and a column for each feature"
        )
    times_s = np.asarray(times).reshape(-1)
    if times_s.dtype.kind not in "fiu" or len(times_s) not in (0, len(values)):
        raise CorpusError(
            f"{path}: has {len(times_s)} times of {times_s.dtype} for {len(values)} frames; each "
            "frame needs one"
        )
    names = tuple(str(number) for number in range(values.shape[1]))
    return FeatureTrace(
        times_s.astype(np.float64), values.astype(np.float64), names, range(len(values))
    )
