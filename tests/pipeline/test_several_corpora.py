"""Runs on several corpora: what they leave, their models at work, and one corpus read as two."""

import numpy as np
import pytest
import soundfile

from affdyn_jax import load_model, load_run
from affdyn_jax.config import read_settings
from affdyn_jax.corpora.avec_tables import read_trace
from affdyn_jax.prediction.exported.export import export
from affdyn_jax.workdir.files import read_run
from configs import avec2019_fusion_de, base
from experiments.reading import read_dataset
from tests.runs import run_config, tiny_config


def config_of_two(root, cache):
    """The tiny sweep, on the stand-in as two corpora of which one gives a test recording alone."""
    config, one = base.get_config("first", "second"), tiny_config(root, cache)
    for section in ("features", "sweep", "training"):
        config[section] = one[section]
    config.compilation_cache = False
    config.corpus.update(name="Both", rating_range=(0.0, 100.0))
    for corpus, language in ((config.corpora.first, "German"), (config.corpora.second, "")):
        corpus.update(root=str(root), language=language)
    config.corpora.first.partitions.test = ("Test_XX_01",)
    config.corpora.second.update(prefix="hu_", rating_range=(-1.0, 3.0))
    config.corpora.second.partitions.update(train=(), dev=(), test=("Test_XX_02",))
    return config


@pytest.fixture(scope="module")
def across(made_once, standin_root):
    def train(folder):
        run_config(config_of_two(standin_root, folder / "features"), folder / "run")

    return made_once("several_corpora", train) / "run"


def ccc(x, y):
    covariance = np.cov(x, y, ddof=0)
    return 2 * covariance[0, 1] / (np.trace(covariance) + (x.mean() - y.mean()) ** 2)


def spoken(root, recording):
    return soundfile.read(root / "audio" / f"{recording}.wav")


def test_tables_and_facts_tell_the_corpora_apart(across):
    run = read_run(across)
    assert run.facts.recordings["test"] == ["Test_XX_01", "hu_Test_XX_02"]
    assert run.facts.corpora["second"].recordings == ["hu_Test_XX_02"]
    assert run.facts.corpora["second"].rating_range == (-1.0, 3.0)
    assert run.facts.corpora["first"].languages == ["German"]
    assert set(run.facts.subsets) == {"corpus"}
    text = (across / "report.md").read_text()
    assert "Scores on each corpus" in text and "Nothing of second was trained on." in text


def test_results_are_on_the_scale_of_all(across, standin_root):
    """The second corpus says that it was rated from -1 to 3, all together from 0 to 100."""
    labels = standin_root / "labels" / "Test_XX_02.csv"
    _, rated_sc, _ = read_trace(labels, "Test_XX_02", ("arousal",))
    gold = read_run(across).gold_standard("test", "hu_Test_XX_02")["arousal"].to_numpy()
    for frame in (0, 10, 30):
        samples = [k for k in range(len(rated_sc)) if k * 4 // 10 == frame]
        expected = 25 * (np.mean(rated_sc[samples, 0]) + 1)
        assert gold[frame] == pytest.approx(expected, abs=1e-3)
    predicted = read_run(across).predictions("test", "hu_Test_XX_02")["arousal"]
    assert predicted.between(0, 100).all()


def test_a_corpus_has_the_scores_of_what_its_models_predict(across, standin_root):
    run = read_run(across)
    subsets = run.subsets[run.subsets["chosen"]].set_index(["subset", "dimension", "target"])
    row = subsets.loc["second", "arousal", "state"]
    gold = run.gold_standard("test", "hu_Test_XX_02")["arousal"].to_numpy()
    of_seeds = []
    for seed in (0, 1):
        model = load_run(across, f"multi-h4-w{row['w']:g}-seed{seed}")
        rows = model.predict(*spoken(standin_root, "Test_XX_02"))
        of_seeds.append(ccc(rows["arousal"].to_numpy()[: len(gold)], gold))
    assert row["test_ccc"] == pytest.approx(np.mean(of_seeds), abs=1e-4)
    assert np.isnan(row["dev_ccc"]) and np.isnan(row["test_ccc_low"])


def test_its_models_predict_follow_sound_and_are_exported(across, standin_root, tmp_path):
    recording = "Test_XX_01"
    path = across / "predictions" / "test" / f"{recording}.csv"
    _, expected_tc, columns = read_trace(path, recording)
    export(across, "best", tmp_path)
    samples, rate = spoken(standin_root, recording)
    for model in (load_run(across), load_model(tmp_path)):
        found = model.predict(samples, rate)
        frames = len(expected_tc)
        np.testing.assert_allclose(found[list(columns)][:frames], expected_tc, atol=0.01)
    stream = load_run(across).stream(rate)
    arrived = stream.add(samples[: 2 * rate])
    np.testing.assert_allclose(arrived[list(columns)], expected_tc[: len(arrived)], atol=0.01)
    card = (tmp_path / "README.md").read_text()
    assert "of first 3 (train), 2 (dev) and 1 (test), of second 1 (test)" in card


def same_dataset(found, expected):
    """Whether all that lanes are trained on and scored by is the same, to the bit."""
    assert (found.names, found.feature_names) == (expected.names, expected.feature_names)
    assert found.labelled == expected.labelled
    for partition, examples in expected.examples.items():
        for own, other in zip(found.examples[partition], examples, strict=True):
            np.testing.assert_array_equal(own, other)
    for own, other in zip(found.splits, expected.splits, strict=True):
        for rows_n, other_n in zip(own[:3], other[:3], strict=True):
            np.testing.assert_array_equal(rows_n, other_n)
    np.testing.assert_array_equal(found.standardisation.mean_f, expected.standardisation.mean_f)


def test_a_corpus_that_is_read_as_two_trains_the_same(standin_root, tmp_path):
    alone = tiny_config(standin_root, tmp_path)
    two = config_of_two(standin_root, tmp_path)
    two.corpora.second.update(prefix="", rating_range=(-1.0, 1.0))
    same_dataset(read_dataset(read_settings(two)), read_dataset(read_settings(alone)))


def fusion_of_two(root):
    """German fusion → German: the test conversations as a corpus of their own."""
    alone, two = avec2019_fusion_de.get_config(), base.get_config("learned", "tested")
    alone.corpus.root = str(root)
    two.features = alone.features
    for corpus in (two.corpora.learned, two.corpora.tested):
        corpus.update(root=str(root), labels_folder=alone.corpus.labels_folder)
    learned, tested = two.corpora.learned.partitions, two.corpora.tested.partitions
    learned.update(train=alone.corpus.partitions.train, dev=alone.corpus.partitions.dev, test=())
    tested.update(train=(), dev=(), test=alone.corpus.partitions.test)
    groups = alone.corpus.groups
    two.corpora.learned.groups, two.corpora.tested.groups = groups[:5], groups[5:]
    return alone, two


def conversations(dataset):
    grouped = {}
    for name, group in zip(dataset.names["test"], dataset.groups["test"], strict=True):
        grouped.setdefault(group, []).append(name)
    return sorted(grouped.values())


@pytest.mark.parametrize("folds", [0, "leave_one_group_out"])
def test_german_fusion_to_german_on_real_annotations_trains_as_before(avec2019_ces_de, folds):
    datasets = []
    for config in fusion_of_two(avec2019_ces_de):
        config.features.folders = config.features.folders[:2]
        config.sweep.folds = folds
        datasets.append(read_dataset(read_settings(config)))
    alone, two = datasets
    if folds == 0:
        same_dataset(two, alone)
    # Their names differ, but not who is in them.
    assert conversations(two) == conversations(alone)
    assert {frozenset(split.test_n.tolist()) for split in two.splits} == {
        frozenset(split.test_n.tolist()) for split in alone.splits
    }


@pytest.mark.slow
def test_german_fusion_to_german_scores_as_before(avec2019_ces_de, tmp_path):
    alone, two = fusion_of_two(avec2019_ces_de)
    for name, config in (("alone", alone), ("two", two)):
        config.compilation_cache = False
        config.sweep.weights = (0.0, 0.8)
        config.sweep.seeds = (0, 1)
        config.sweep.hidden_sizes.update(mono=(), multi=(4,))
        config.training.max_epochs = 5
        run_config(config, tmp_path / name)
    for table in (
        "lanes.csv",
        "history.csv",
        "selection.csv",
        "systems.csv",
        "standardisation.csv",
    ):
        assert (tmp_path / "two" / table).read_bytes() == (tmp_path / "alone" / table).read_bytes()


@pytest.mark.slow
def test_folds_over_several_corpora_part_no_group(standin_root, tmp_path):
    config = config_of_two(standin_root, tmp_path / "features")
    config.corpora.first.groups = (("Train_XX_01", "Devel_XX_01"),)
    config.sweep.folds = 3
    run_config(config, tmp_path / "run")
    run = read_run(tmp_path / "run")
    pair = {"Train_XX_01", "Devel_XX_01"}
    assert any(pair <= set(tested) for tested in run.facts.folds)
    assert sorted(name for tested in run.facts.folds for name in tested) == sorted(
        name for corpus in run.facts.corpora.values() for name in corpus.recordings
    )
    assert run.facts.group_count("test") == 6
    assert run.subsets["test_ccc"].notna().all() and run.subsets["dev_ccc"].isna().all()
    first = run.subsets[run.subsets["subset"] == "first"]
    assert first["test_ccc_low"].notna().all()
