from pathlib import Path

from affdyn_jax.corpora.corpus import Corpus, Origin, Recording
from affdyn_jax.dataset.subsets import subsets_of

CORPORA = {name: Corpus(name, Path(name), ("arousal",), ()) for name in ("one", "two")}


def recordings(*rows):
    """Of names, corpora and languages."""
    return [
        Recording(
            *(name, "test", None, None),
            attributes={"language": language},
            origin=corpus and Origin(CORPORA[corpus], name),
        )
        for name, corpus, language in rows
    ]


def test_nothing_is_divided_by_what_there_is_one_of():
    assert subsets_of(recordings(("a", None, ""), ("b", None, ""))) == {}
    assert subsets_of(recordings(("a", None, "German"), ("b", None, ""))) == {}
    assert subsets_of(recordings(("a", "one", ""), ("b", "one", ""))) == {}


def test_languages_of_one_corpus():
    found = subsets_of(recordings(("a", None, "X"), ("b", None, "Y"), ("c", None, "X")))
    assert found == {"language": {"X": ("a", "c"), "Y": ("b",)}}


def test_languages_across_corpora():
    rows = ("a", "one", "X"), ("b", "two", "X"), ("c", "two", "Y"), ("d", "two", "")
    assert subsets_of(recordings(*rows)) == {
        "corpus": {"one": ("a",), "two": ("b", "c", "d")},
        "language": {"X": ("a", "b"), "Y": ("c",)},
    }


def test_languages_that_are_the_corpora_are_not_scored_twice():
    found = subsets_of(recordings(("a", "one", "X"), ("b", "two", "Y"), ("c", "two", "Y")))
    assert found == {"corpus": {"one": ("a",), "two": ("b", "c")}}
