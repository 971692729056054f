import numpy as np
import pandas as pd
import pytest

from affdyn_jax.errors import CorpusError, FeatureError
from affdyn_jax.features.precomputed import read_precomputed


def write_table(path, times, columns):
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame({"name": f"'{path.stem}'", "timestamp": times, **columns})
    table.to_csv(path, sep=";", index=False, float_format="%.6f")


@pytest.fixture
def root(tmp_path):
    """Two recordings; loudness at 10 Hz and pitch at 25 Hz, both equal to the time."""
    for recording, seconds in (("P01", 8), ("P02", 6)):
        for folder, columns, rate in (("energy", ["loud"], 10), ("prosody", ["f0", "jitter"], 25)):
            times = np.arange(seconds * rate) / rate
            columns = {column: times * (place + 1) for place, column in enumerate(columns)}
            write_table(tmp_path / folder / f"{recording}.csv", times, columns)
    return tmp_path


def test_folders_of_other_rates_are_joined_by_time(root):
    features, names = read_precomputed(root, ["energy", "prosody"], ["P01", "P02"], 4.0)
    assert names == ("energy/loud", "prosody/f0", "prosody/jitter")
    assert list(features) == ["P01", "P02"]
    assert features["P01"].shape == (32, 3)
    assert features["P02"].shape == (24, 3)
    assert features["P01"].dtype == np.float32
    for features_tf in features.values():
        for frame, (loud, pitch, _) in enumerate(features_tf):
            # Sample k at rate r lies in the frame that k / r * 4 is in.
            assert loud == pytest.approx(
                np.mean([k / 10 for k in range(100) if k * 4 // 10 == frame])
            )
            assert pitch == pytest.approx(
                np.mean([k / 25 for k in range(250) if k * 4 // 25 == frame])
            )
        np.testing.assert_allclose(features_tf[:, 2], 2 * features_tf[:, 1], rtol=1e-6)


def test_a_folder_that_starts_late_is_not_moved_to_the_front(root):
    times = 0.2 + np.arange(78) / 10
    write_table(root / "energy" / "P01.csv", times, {"loud": times})
    features, _ = read_precomputed(root, ["energy", "prosody"], ["P01"], 4.0)
    difference_t = features["P01"][:, 0] - features["P01"][:, 1]
    assert np.abs(difference_t[1:]).max() < 0.06


def test_the_order_of_columns_is_that_of_the_folders(root):
    features, names = read_precomputed(root, ("prosody", "energy"), ["P02"], 4.0)
    assert names == ("prosody/f0", "prosody/jitter", "energy/loud")
    assert list(features) == ["P02"]
    other_way, _ = read_precomputed(root, ("energy", "prosody"), ["P02"], 4.0)
    np.testing.assert_array_equal(features["P02"], other_way["P02"][:, [1, 2, 0]])


def test_up_to_a_second_is_cut_to_the_shortest(root):
    times = np.arange(70) / 10
    write_table(root / "energy" / "P01.csv", times, {"loud": times})
    features, _ = read_precomputed(root, ["energy", "prosody"], ["P01"], 4.0)
    assert features["P01"].shape == (28, 3)
    assert np.abs(features["P01"][:, 0] - features["P01"][:, 1]).max() < 0.05


def test_nine_systems_of_the_challenge(avec2019_ces_de):
    root = avec2019_ces_de / "baseline_predictions"
    folders = sorted(path.name for path in root.iterdir())
    recordings = [f"Devel_DE_{number:02d}" for number in range(1, 15)]
    features, names = read_precomputed(root, folders, recordings, 4.0)
    assert len(folders) == 9
    assert len(names) == 27
    assert names[:3] == tuple(f"{folders[0]}/{d}" for d in ("arousal", "valence", "liking"))
    for recording, features_tf in features.items():
        assert features_tf.shape[1] == 27
        for place, folder in enumerate(folders):
            table = pd.read_csv(root / folder / f"{recording}.csv", sep=";").iloc[:, 1:]
            tenths = (table.pop("timestamp") * 10).round().astype(int)
            expected_tf = table.groupby(tenths * 4 // 10).mean().to_numpy()
            assert abs(len(expected_tf) - len(features_tf)) <= 4
            np.testing.assert_allclose(
                features_tf[:, 3 * place : 3 * place + 3],
                expected_tf[: len(features_tf)],
                atol=1e-6,
            )


@pytest.fixture
def refused(root):
    def reads(folders=("energy", "prosody"), recordings=("P01", "P02"), error=FeatureError):
        with pytest.raises(error) as caught:
            read_precomputed(root, folders, recordings, 4.0)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return reads


def test_no_folder_named(root, refused):
    assert refused(folders=()).startswith(f"{root}: no folder")


def test_a_missing_folder(root, refused):
    assert refused(folders=("energy", "pitch")).startswith(f"{root / 'pitch'}: no such folder")


def test_a_folder_named_twice(refused):
    assert "'energy' is named twice" in refused(folders=("energy", "prosody", "energy"))


def test_a_missing_recording(root, refused):
    message = refused(recordings=("P01", "P03"), error=CorpusError)
    assert str(root / "energy" / "P03.csv") in message


def test_lengths_that_do_not_fit(root, refused):
    times = np.arange(65) / 10
    write_table(root / "energy" / "P01.csv", times, {"loud": times})
    message = refused()
    assert f"{root / 'prosody' / 'P01'}.csv lasts 8 s" in message
    assert f"{root / 'energy' / 'P01'}.csv 6.5 s" in message


@pytest.mark.parametrize(
    "columns", [["f0"], ["f0", "shimmer"], ["jitter", "f0"], ["f0", "jitter", "x"]]
)
def test_other_columns_than_the_first_recording(root, refused, columns):
    times = np.arange(150) / 25
    write_table(root / "prosody" / "P02.csv", times, dict.fromkeys(columns, times))
    message = refused()
    assert message.startswith(f"{root / 'prosody' / 'P02'}.csv: the {len(columns)} columns")
    assert "'P01.csv'" in message


def test_a_rate_below_the_grid(root, refused):
    times = np.arange(8.0)
    write_table(root / "energy" / "P01.csv", times, {"loud": times})
    message = refused()
    assert message.startswith(f"{root / 'energy' / 'P01'}.csv: no frame of features falls between")
    assert "0.25 s and 0.5 s" in message


def test_not_a_number(root, refused):
    times = np.arange(80) / 10
    write_table(root / "energy" / "P01.csv", times, {"loud": ["nan"] * 80})
    assert f"{root / 'energy' / 'P01'}.csv:2" in refused(error=CorpusError)


def test_a_number_beyond_single_precision(root, refused):
    times = np.arange(80) / 10
    write_table(root / "energy" / "P01.csv", times, {"loud": ["1e300"] * 80})
    assert refused().startswith(f"{root / 'energy' / 'P01'}.csv: feature 0 is 1e+300 at 0 s")


def test_an_absolute_path_would_stand_in_the_results(root, refused):
    message = refused(folders=[str(root / "energy")])
    assert message.startswith(f"{root / 'energy'}: a folder of features is named from the corpus's")
