"""The experiments in `configs/`: what they are, without their data, and what they show."""

import json

import numpy as np
import pytest

from affdyn_jax.config import read_settings
from affdyn_jax.configs import (
    avec2019_fusion_de,
    base,
    demo,
    demo_smoothed,
    msp_conversation,
    recola,
    recola_avec2016,
    sewa_cross,
    sewa_de,
    sewa_hu,
)
from affdyn_jax.corpora.avec_tables import read_trace
from affdyn_jax.corpora.standin.generation import write_standin
from affdyn_jax.corpora.standin.settings import StandIn
from affdyn_jax.errors import (
    ConfigError,
    CorpusError,
    MissingCorpusError,
)
from affdyn_jax.method.concordance import concordance
from affdyn_jax.workdir.files import read_run
from tests.runs import run_config


def test_the_configs_are_the_papers():
    config = base.get_config()
    assert config.sweep.weights == (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    assert (config.sweep.hidden_sizes.mono, config.sweep.hidden_sizes.multi) == (
        (16, 32),
        (16, 32, 64),
    )
    assert (config.training.max_epochs, config.training.patience) == (250, 30)
    assert config.training.learning_rate == 6e-4
    assert json.loads(demo.get_config().to_json())["corpus"]["layout"] == "standin"


def test_the_smoothed_demo_is_the_demo_apart_from_its_dynamics():
    config, smoothed = demo.get_config(), demo_smoothed.get_config()
    assert not read_settings(config).dynamics.is_smoothed
    assert read_settings(smoothed).dynamics.is_smoothed
    with smoothed.unlocked():
        smoothed.dynamics = config.dynamics
        smoothed.corpus.name = config.corpus.name
    assert smoothed.to_dict() == config.to_dict()


@pytest.mark.parametrize(("sewa", "language"), [(sewa_de, "de"), (sewa_hu, "hu")])
@pytest.mark.parametrize("missing", ["root not set", "root", "labels", "audio"])
def test_sewa_without_its_data_says_how_to_get_it(tmp_path, sewa, language, missing):
    config = sewa.get_config()
    config.corpus.root = "" if missing == "root not set" else str(tmp_path / "root")
    for folder in {"labels": ["audio"], "audio": ["labels"]}.get(missing, []):
        (tmp_path / "root" / folder).mkdir(parents=True)
    with pytest.raises(MissingCorpusError) as caught:
        run_config(config, tmp_path / "run")
    for needed in (
        "corpus.root is not set" if missing == "root not set" else f"{missing}: no such folder",
        "labels/<recording>.csv",
        "audio/<recording>.wav",
        "db.sewaproject.eu",
        f"configs/sewa_{language}.py:standin",
    ):
        assert needed in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_sewa_standin_has_sewas_counts():
    corpus = sewa_hu.get_config("standin").corpus
    assert (corpus.standin.train, corpus.standin.dev, corpus.standin.test) == (34, 14, 18)
    assert corpus.standin.longest_s == 176.8
    assert sewa_de.get_config("standin").corpus.standin.test == 16
    with pytest.raises(ValueError, match="'standinn' is no variant"):
        sewa_hu.get_config("standinn")


def test_sewa_across_languages_trains_on_german_and_tests_on_both():
    read = read_settings(sewa_cross.get_config())
    german, hungarian = read.corpora["de"].partitions, read.corpora["hu"].partitions
    assert (german.train, german.dev) == (("Train_DE_",), ("Devel_DE_",))
    assert (hungarian.train, hungarian.dev) == ((), ())
    assert (german.test, hungarian.test) == (("Test_DE_",), ("Test_HU_",))
    assert [corpus.language for corpus in read.corpora.values()] == ["German", "Hungarian"]
    standin = read_settings(sewa_cross.get_config("standin"))
    counts = [(c.standin.train, c.standin.dev, c.standin.test) for c in standin.corpora.values()]
    assert counts == [(34, 14, 16), (0, 0, 18)]
    assert standin.corpus.name == "SEWA across languages stand-in"
    with pytest.raises(ValueError, match="'standinn' is no variant"):
        sewa_cross.get_config("standinn")


def test_sewa_across_languages_without_its_data_says_how_to_get_it(tmp_path):
    config = sewa_cross.get_config()
    config.corpora.de.root = str(tmp_path / "root")
    said = r"root: no such folder.*labels/<rec.*sewaproject\.eu.*configs/sewa_cross\.py:standin"
    with pytest.raises(MissingCorpusError, match=said):
        run_config(config, tmp_path / "run")


@pytest.mark.slow
def test_both_languages_together_on_standins(tmp_path):
    """The commands of sewa_cross.py, with fewer and shorter recordings and one small network."""
    for name, hungarian in (("cross", (0, 0)), ("both", (3, 2))):
        config = sewa_cross.get_config("standin")
        config.corpora.de.root = str(tmp_path / "de")
        config.corpora.hu.root = str(tmp_path / f"hu-{name}")
        config.corpora.de.standin.update(train=3, dev=2, test=2, shortest_s=11.0, longest_s=13.0)
        train, dev = hungarian
        config.corpora.hu.standin.update(
            train=train, dev=dev, test=2, shortest_s=11.0, longest_s=13.0
        )
        config.features.cache = str(tmp_path / "features")
        config.sweep.update(weights=(0.0, 0.5), seeds=(0, 1))
        config.sweep.hidden_sizes.update(mono=(), multi=(4,))
        config.training.max_epochs = 3
        config.compilation_cache = False
        run_config(config, tmp_path / name)
        run = read_run(tmp_path / name)
        assert run.facts.is_standin
        assert list(run.facts.subsets["corpus"]) == ["SEWA DE stand-in", "SEWA HU stand-in"]
        assert len(run.facts.recordings["train"]) == 3 + train
        assert run.subsets["test_ccc"].notna().all()
        of_hungarian = run.subsets[run.subsets["subset"] == "SEWA HU stand-in"]
        assert of_hungarian["dev_ccc"].notna().all() == (name == "both")


@pytest.mark.parametrize("recola", [recola, recola_avec2016])
@pytest.mark.parametrize("root", ["", "gone"])
def test_recola_without_its_data_says_how_to_get_it(tmp_path, recola, root):
    config = recola.get_config()
    config.corpus.root = root and str(tmp_path / root)
    with pytest.raises(MissingCorpusError) as caught:
        run_config(config, tmp_path / "run")
    message = str(caught.value)
    assert ("gone: no such folder" if root else "corpus.root is not set") in message
    assert "diuf.unifr.ch/main/diva/recola" in message
    assert f"configs/{recola.__name__.rpartition('.')[2]}.py:standin" in message
    assert ("reference 33" in message) == (config.corpus.layout == "recola")
    assert "\n" not in message


def test_recola_without_partition_lists_says_so(tmp_path):
    config = recola.get_config()
    config.corpus.root = str(tmp_path / "recola")
    config.corpus.standin.update(
        layout="recola", train=1, dev=1, test=0, shortest_s=10.0, longest_s=10.0
    )
    write_standin(StandIn(**config.corpus.standin.to_dict()), tmp_path / "recola")
    with pytest.raises(ConfigError, match=r"corpus\.partitions\.train is empty.*train=P16,P17"):
        run_config(config, tmp_path / "run")
    config.corpus.partitions.train = ("P01,P99",)
    config.corpus.partitions.dev = ("P02",)
    with pytest.raises(CorpusError, match="no recording is called 'P99'"):
        run_config(config, tmp_path / "run")


def test_the_recola_standins_have_recolas_counts():
    full = recola.get_config("standin").corpus.standin
    assert (full.train, full.dev, full.test) == (16, 15, 15)
    challenge = recola_avec2016.get_config("standin").corpus.standin
    assert (challenge.train, challenge.dev, challenge.test) == (9, 9, 9)
    for standin in (full, challenge):
        assert standin.shortest_s == standin.longest_s == 300.0
    for config in (recola, recola_avec2016):
        assert config.get_config().features.encoder.model == "LeBenchmark/wav2vec2-FR-3K-large"
        with pytest.raises(ValueError, match="'standinn' is no variant"):
            config.get_config("standinn")


@pytest.mark.parametrize("root", ["", "gone"])
def test_msp_conversation_without_its_data_says_how_to_get_it(tmp_path, root):
    config = msp_conversation.get_config()
    config.corpus.root = root and str(tmp_path / root)
    with pytest.raises(MissingCorpusError) as caught:
        run_config(config, tmp_path / "run")
    message = str(caught.value)
    assert ("gone: no such folder" if root else "corpus.root is not set") in message
    assert "Annotations/Arousal/<part>_<rater>.csv" in message
    assert "msp-lab/MSP-Conversation.html" in message
    assert "\n" not in message


@pytest.mark.slow
@pytest.mark.parametrize("recola", [recola, recola_avec2016])
def test_the_recola_standins(config, tmp_path, recola):
    with config.unlocked():
        config.corpus = recola.get_config("standin").corpus
    config.corpus.root = str(tmp_path / "standin")
    config.corpus.standin.update(train=2, dev=1, test=1, shortest_s=11.0, longest_s=12.0)
    run_config(config, tmp_path / "run")
    run = read_run(tmp_path / "run")
    assert run.facts.is_standin
    assert run.lanes["dev_ccc"].notna().all()
    report = (tmp_path / "run" / "report.md").read_text()
    if config.corpus.standin.layout == "recola":
        assert run.facts.recordings["test"] == ["P04"]
        assert run.facts.labelled == ["dev", "test", "train"]
        assert set(run.facts.agreement) == {"arousal", "valence"}
        assert "Raters' agreement" in report
        log = (tmp_path / "run" / "log.txt").read_text()
        assert f"arousal {run.facts.agreement['arousal']:.3f}" in log
    else:
        assert run.facts.recordings["test"] == ["test_1"]
        assert run.facts.labelled == ["dev", "train"]
        assert run.facts.agreement == {}
        assert "Raters' agreement" not in report


@pytest.mark.slow  # CI runs the demo by the README's command
def test_the_demo_learns_its_standin(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    config = demo.get_config()
    config.compilation_cache = False
    run_config(config, tmp_path / "run")
    selection = read_run(tmp_path / "run").selection
    states = selection[(selection["target"] == "state") & (selection["dimension"] == "arousal")]
    assert (states["test_ccc"] > 0.5).all()
    dynamics = selection[selection["target"] == "dynamics"]
    assert (dynamics["test_ccc_w0"].abs() < 0.1).all()
    assert (dynamics["test_ccc"] > dynamics["test_ccc_w0"] + 0.04).all()
    of_arousal = dynamics[dynamics["dimension"] == "arousal"]
    assert (of_arousal["test_ccc"] > of_arousal["test_ccc_w0"] + 0.1).all()


@pytest.mark.slow
def test_fusion_reads_all_nine_systems(avec2019_ces_de, tmp_path):
    config = avec2019_fusion_de.get_config()
    config.corpus.root = str(avec2019_ces_de)
    config.compilation_cache = False
    config.sweep.weights = (0.0, 0.8)
    config.sweep.seeds = (0,)
    config.sweep.hidden_sizes.mono = ()
    config.sweep.hidden_sizes.multi = (4,)
    config.training.max_epochs = 2
    run_config(config, tmp_path / "run")
    run = read_run(tmp_path / "run")
    assert run.facts.feature_count == 27
    assert not run.facts.is_standin
    assert len(run.systems) == 18
    # At 10 Hz, by the tables themselves; the grid averages over 0.25 s.
    system = "baseline_predictions/predictions_visual-func"
    predicted, gold = [], []
    for name in run.facts.recordings["test"]:
        labels = avec2019_ces_de / "labels_devel" / f"{name}.csv"
        _, gold_sc, _ = read_trace(labels, name, ("arousal",))
        _, predicted_sc, _ = read_trace(
            avec2019_ces_de / system / f"{name}.csv", name, ("arousal",)
        )
        gold.append(gold_sc[:, 0])
        predicted.append(predicted_sc[: len(gold_sc), 0])
    gold_s, predicted_s = np.concatenate(gold), np.concatenate(predicted)
    expected = concordance(predicted_s, gold_s, np.ones(len(gold_s), bool))
    row = run.systems[(run.systems["system"] == system) & (run.systems["dimension"] == "arousal")]
    assert row["test_ccc"].item() == pytest.approx(float(expected), abs=0.01)


@pytest.mark.slow
def test_fusion_shows_the_papers_pattern(avec2019_ces_de, tmp_path):
    config = avec2019_fusion_de.get_config()
    config.corpus.root = str(avec2019_ces_de)
    config.sweep.hidden_sizes.mono = ()
    config.compilation_cache = False
    run_config(config, tmp_path / "run")
    run = read_run(tmp_path / "run")
    best = run.selection[run.selection["chosen"]].set_index(["target", "dimension"])
    at_one = run.lanes[(run.lanes["w"] == 1) & (run.lanes["target"] == "state")]
    for dimension in ("arousal", "valence"):
        assert best.loc[("state", dimension), "test_ccc"] > 0.45
        assert best.loc[("dynamics", dimension), "test_ccc"] > 0.15
        assert best.loc[("dynamics", dimension), "test_ccc_w0"] < 0.1
        lost = at_one.loc[at_one["dimension"] == dimension, "test_ccc"].mean()
        assert lost < best.loc[("state", dimension), "test_ccc"] - 0.2
