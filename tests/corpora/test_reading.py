"""Every layout by its settings, and what is said where a corpus is missing."""

import dataclasses
import logging

import numpy as np
import pytest

from affdyn_jax.corpora.avec_tables import write_trace
from affdyn_jax.corpora.reading import read_corpus
from affdyn_jax.corpora.settings import CorpusSettings
from affdyn_jax.corpora.standin.settings import StandIn
from affdyn_jax.errors import ConfigError, CorpusError, MissingCorpusError


def standin(layout, **changed):
    settings = StandIn("FR", train=1, dev=1, test=1, shortest_s=10, longest_s=10, layout=layout)
    return CorpusSettings(layout="standin", standin=settings, **changed)


@pytest.mark.parametrize(
    ("layout", "first", "has_test_labels"),
    [
        ("avec2019", "Train_FR_01", True),
        ("avec2016", "train_1", False),
        ("recola", "P01", True),
    ],
)
def test_a_standin_is_generated_and_read_in_each_layout(
    tmp_path, layout, first, has_test_labels, caplog
):
    settings = standin(layout, root=str(tmp_path / "corpus"))
    with caplog.at_level(logging.INFO, "affdyn_jax"):
        corpus = read_corpus(settings)
    assert corpus.is_standin
    assert corpus.root == tmp_path / "corpus"
    assert [r.partition for r in corpus.recordings] == ["train", "dev", "test"]
    assert corpus.recordings[0].name == first
    assert (corpus.recordings[2].gold_standard is not None) is has_test_labels
    assert all(r.audio.is_file() for r in corpus.recordings)
    assert ("agreement of the raters" in caplog.text) is (layout == "recola")


def test_a_standin_lies_in_the_users_cache_unless_a_root_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    corpus = read_corpus(standin("avec2019"))
    assert corpus.root.is_relative_to(tmp_path)


def test_ratings_are_mapped_from_their_scale(tmp_path):
    settings = standin("avec2019", root=str(tmp_path / "corpus"))
    unit = read_corpus(settings)
    for recording in unit.recordings:
        gold = recording.gold_standard
        columns = dict(zip(unit.dimensions, 4 * gold.values_sd.T + 5, strict=True))
        write_trace(gold.path, recording.name, gold.times_s, columns)
    with pytest.raises(CorpusError, match=r"outside of corpus\.rating_range"):
        read_corpus(settings)
    nine = read_corpus(dataclasses.replace(settings, rating_range=(1.0, 9.0)))
    assert str(nine.rating_scale) == "1 to 9"
    for own, other in zip(unit.recordings, nine.recordings, strict=True):
        np.testing.assert_allclose(
            other.gold_standard.values_sd, own.gold_standard.values_sd, rtol=0, atol=1e-6
        )


@pytest.mark.parametrize(
    "layout", ["avec2019", "avec2016", "recola", "msp_conversation", "manifest"]
)
def test_where_no_root_is_set_the_way_to_the_corpus_is_reported(layout):
    settings = CorpusSettings(layout=layout, help="Ask its owners.")
    with pytest.raises(MissingCorpusError, match=r"^corpus\.root is not set; .* Ask its owners\.$"):
        read_corpus(settings)


def test_the_expected_files_are_named_below_the_root_or_its_place(tmp_path):
    with pytest.raises(MissingCorpusError, match=r"ROOT/labels/<recording>\.csv"):
        read_corpus(CorpusSettings())
    with pytest.raises(MissingCorpusError, match=rf"{tmp_path}/gone/labels/<recording>\.csv"):
        read_corpus(CorpusSettings(root=str(tmp_path / "gone")))


def test_recola_comes_without_partitions(tmp_path):
    settings = standin("recola", root=str(tmp_path / "corpus"))
    read_corpus(settings)
    without = dataclasses.replace(settings.partitions, train=())
    settings = dataclasses.replace(settings, layout="recola", partitions=without)
    with pytest.raises(ConfigError, match=r"corpus\.partitions\.train is empty.*train=P16,P17"):
        read_corpus(settings)
