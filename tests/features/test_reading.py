"""Settings to features: each kind, what is said of a corpus that lacks audio, and the cache."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import soundfile

from affdyn_jax.corpora.avec_tables import write_trace
from affdyn_jax.corpora.corpus import Corpus, GoldStandard, Origin, Recording
from affdyn_jax.errors import CorpusError, FeatureError
from affdyn_jax.features.mfb import MelFilterBanks
from affdyn_jax.features.mfcc import CepstralFunctionals
from affdyn_jax.features.reading import check_cache, read_extractor, read_features
from affdyn_jax.features.settings import EncoderSettings, FeatureSettings
from affdyn_jax.features.tables import FeatureTables


@pytest.fixture
def corpus(tmp_path):
    """Two recordings of 2 s, with tables of two features."""
    recordings = []
    times_s = np.arange(20) / 10
    for number, partition in enumerate(("train", "dev")):
        audio = tmp_path / f"{partition}.wav"
        samples = np.random.default_rng(number).standard_normal(32000) * 0.1
        soundfile.write(audio, samples, 16000)
        columns = {"a": np.full(20, number), "b": np.full(20, -number)}
        write_trace(tmp_path / "tables" / f"{partition}.csv", partition, times_s, columns)
        gold_standard = GoldStandard(times_s, np.zeros((20, 1)), audio)
        recordings.append(Recording(partition, partition, audio, gold_standard))
    return Corpus("two", tmp_path, ("arousal",), tuple(recordings))


@pytest.mark.parametrize(("name", "count"), [("mfb", 40), ("mfcc", 78)])
def test_features_are_made_from_audio_and_kept(corpus, tmp_path, name, count):
    settings = FeatureSettings(name=name, cache=str(tmp_path / "cache"), workers=1)
    features, names = read_features(settings, corpus)
    assert names == [f"{name}_{number}" for number in range(count)]
    assert {recording: f_tf.shape for recording, f_tf in features.items()} == {
        "train": (8, count),
        "dev": (8, count),
    }
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_precomputed_features_are_read_from_the_corpus(corpus):
    settings = FeatureSettings(name="precomputed", folders=("tables",))
    assert settings.tables == "tables"
    features, names = read_features(settings, corpus)
    assert names == ("tables/a", "tables/b")
    np.testing.assert_array_equal(features["dev"], np.tile([1.0, -1.0], (8, 1)))


@pytest.fixture
def two_corpora(corpus, tmp_path):
    """The corpus, and another one whose recording `dev` is called `hu_dev` among all."""
    other = tmp_path / "other"
    columns = {"a": np.full(20, 7.0), "b": np.full(20, 8.0)}
    write_trace(other / "tables" / "dev.csv", "dev", np.arange(20) / 10, columns)
    members = corpus, Corpus("other", other, ("arousal",), (corpus.recordings[1],))
    recordings = [
        dataclasses.replace(r, name=f"{prefix}{r.name}", origin=Origin(member, r.name))
        for member, prefix in zip(members, ("", "hu_"), strict=True)
        for r in member.recordings
    ]
    return Corpus("both", Path("nowhere"), ("arousal",), tuple(recordings))


def test_precomputed_features_of_several_corpora_are_read_from_each(two_corpora):
    settings = FeatureSettings(name="precomputed", folders=("tables",))
    features, names = read_features(settings, two_corpora)
    assert names == ("tables/a", "tables/b")
    np.testing.assert_array_equal(features["dev"], np.tile([1.0, -1.0], (8, 1)))
    np.testing.assert_array_equal(features["hu_dev"], np.tile([7.0, 8.0], (8, 1)))


def test_precomputed_features_of_several_corpora_need_the_same_columns(two_corpora, tmp_path):
    columns = {"a": np.zeros(20), "c": np.zeros(20)}
    write_trace(tmp_path / "other" / "tables" / "dev.csv", "dev", np.arange(20) / 10, columns)
    settings = FeatureSettings(name="precomputed", folders=("tables",))
    with pytest.raises(FeatureError, match="the 2 columns of 'other' are not the 2 of 'two'"):
        read_features(settings, two_corpora)


def test_a_recording_without_audio_is_named(corpus):
    silent = tuple(dataclasses.replace(r, audio=None) for r in corpus.recordings)
    with pytest.raises(CorpusError, match=r"'train' has no audio, which features\.name=mfcc"):
        read_features(FeatureSettings(name="mfcc"), dataclasses.replace(corpus, recordings=silent))


def test_the_extractor_of_each_kind(tiny_checkpoint):
    assert read_extractor(FeatureSettings()) == MelFilterBanks()
    assert read_extractor(FeatureSettings(name="mfcc")) == CepstralFunctionals()
    encoder = EncoderSettings(model=str(tiny_checkpoint), window=5.0)
    extractor = read_extractor(FeatureSettings(name="encoder", layer=(1,), encoder=encoder))
    assert (extractor.identity.layers, extractor.identity.window) == ((1,), 5.0)
    tables = FeatureSettings(name="precomputed", folders=("tables",))
    assert read_extractor(tables, ["tables/a"]) == FeatureTables.of(tables, ["tables/a"])


def test_a_cache_that_nobody_may_write_to_is_refused(tmp_path):
    taken = tmp_path / "taken"
    taken.touch()
    settings = FeatureSettings(cache=str(taken))
    with pytest.raises(FeatureError, match=r"taken: features cannot be kept .*features\.cache"):
        check_cache(settings)
    check_cache(dataclasses.replace(settings, name="precomputed", folders=("tables",)))
    check_cache(dataclasses.replace(settings, cache=str(tmp_path / "free")))
