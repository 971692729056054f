"""Every layout by its settings, and what is said where a corpus is missing."""

import dataclasses
import logging

import numpy as np
import pytest

from affdyn_jax.corpora.avec_tables import write_trace
from affdyn_jax.corpora.reading import read_corpora, read_corpus
from affdyn_jax.corpora.settings import CorpusSettings, OneOfSeveral, PartitionSettings
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


@pytest.mark.parametrize("layout", ["avec2019", "avec2016", "recola", "manifest"])
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
    without = PartitionSettings((), (), ())
    settings = dataclasses.replace(settings, layout="recola", partitions=without)
    with pytest.raises(ConfigError, match=r"corpus\.partitions\.train is empty.*train=P16,P17"):
        read_corpus(settings)


def one_of_several(root, **changed):
    """A stand-in of two recordings in a folder, as one of several corpora."""
    counts = {"train": 1, "dev": 1, "test": 0} | changed.pop("counts", {})
    standin = StandIn("DE", **counts, shortest_s=10, longest_s=10)
    return OneOfSeveral(layout="standin", standin=standin, root=str(root), **changed)


def test_several_corpora_are_read_as_one(tmp_path):
    corpora = {
        "a": one_of_several(tmp_path / "a", name="A", language="German"),
        "b": one_of_several(
            *(tmp_path / "b",), name="B", prefix="b_", counts={"train": 0, "dev": 0, "test": 2}
        ),
    }
    both = read_corpora(CorpusSettings(name="Both", annotation_delay=2.0), corpora)
    assert [r.name for r in both.recordings] == [
        *("Train_DE_01", "Devel_DE_01", "b_Test_DE_01", "b_Test_DE_02")
    ]
    assert [r.language for r in both.recordings] == ["German", "German", "", ""]
    assert {member.name: member.root for member in both.members} == {
        "A": tmp_path / "a",
        "B": tmp_path / "b",
    }
    with pytest.raises(CorpusError, match="no recording is in partition 'train'"):
        read_corpora(CorpusSettings(), {"b": corpora["b"]})


def test_each_corpus_is_mapped_from_its_own_scale(tmp_path):
    corpora = {"a": one_of_several(tmp_path / "a", name="A")}
    unit = read_corpora(CorpusSettings(), corpora)
    for recording in unit.recordings:
        gold = recording.gold_standard
        columns = dict(zip(unit.dimensions, 4 * gold.values_sd.T + 5, strict=True))
        write_trace(gold.path, recording.name, gold.times_s, columns)
    with pytest.raises(CorpusError) as caught:
        read_corpora(CorpusSettings(), corpora)
    assert "outside of corpora.a.rating_range, -1 to 1" in str(caught.value)
    assert "--config.corpora.a.rating_range=LOW,HIGH" in str(caught.value)
    corpora["a"] = dataclasses.replace(corpora["a"], rating_range=(1.0, 9.0))
    nine = read_corpora(CorpusSettings(rating_range=(0.0, 100.0)), corpora)
    assert str(nine.rating_scale) == "0 to 100"
    for own, other in zip(unit.recordings, nine.recordings, strict=True):
        np.testing.assert_allclose(
            other.gold_standard.values_sd, own.gold_standard.values_sd, rtol=0, atol=1e-6
        )


def test_messages_name_the_section_and_leave_paths_as_they_are(tmp_path):
    root = tmp_path / "corpus.root"
    for settings, said in (
        (OneOfSeveral(), r"^corpora\.hu\.root is not set; give --config\.corpora\.hu\.root=ROOT"),
        (OneOfSeveral(root=str(root)), rf"^{root}: no such folder"),
        (
            one_of_several(root, groups=(("P1", "P2"),)),
            rf"^{root}: no recording is called 'P1' .*as corpora\.hu\.groups has it",
        ),
    ):
        with pytest.raises(CorpusError, match=said):
            read_corpora(CorpusSettings(), {"hu": settings})
