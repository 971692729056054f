from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax.report.document.blocks import Document, spans


def test_equal_headings_are_one_only_under_the_same_upper_heading():
    headings = [("State", "Mono"), ("State", "Multi"), ("Dynamics", "Multi")]
    assert spans(headings) == [[2, 1], [0, 1], [1, 1]]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("cd")), min_size=1, max_size=8))
@settings(deadline=None, max_examples=100)
def test_every_level_covers_each_heading_once(headings):
    for level in range(2):
        counts = [count[level] for count in spans(headings)]
        assert sum(counts) == len(headings)
        covered = [
            heading[: level + 1]
            for heading, count in zip(headings, counts, strict=True)
            for _ in range(count)
        ]
        assert covered == [heading[: level + 1] for heading in headings]


def test_mark_is_put_before_a_text_only_where_there_is_one():
    assert Document("t", "MARK", []).marked("text") == "MARK: text"
    assert Document("t", "", []).marked("text") == "text"
