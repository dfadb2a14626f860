"""Tag schemes against conlleval's rules, and back and forth between each other."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqkit.checks import InputError
from seqkit.tagging import (
    SCHEMES,
    Span,
    TagError,
    check_tags,
    convert,
    forbidden_transitions,
    spans,
    tags_of_spans,
)


def conlleval_spans(tags):
    """The two functions of the published script, `startOfChunk` and `endOfChunk`, case by case."""
    found, start = [], None
    before, before_type = "O", ""
    for t, tag in enumerate([*tags, "O"]):
        here, _, kind = tag.partition("-")
        ends = (
            (before, here) in [("B", "B"), ("B", "O"), ("I", "B"), ("I", "O"), ("B", "S"), ("I", "S")]
            or before in ("E", "S")
            or (before != "O" and before_type != kind)
        )
        starts = (
            here in ("B", "S")
            or (before, here) in [("O", "I"), ("O", "E"), ("E", "E"), ("E", "I"), ("S", "E"), ("S", "I")]
            or (here != "O" and before_type != kind)
        )
        if ends and start is not None:
            found.append((before_type, start, t))
            start = None
        if starts:
            start = t
        before, before_type = here, kind
    return found


TAGS = ["O", *(f"{prefix}-{kind}" for prefix in "BIES" for kind in ("X", "Y"))]


@given(st.lists(st.sampled_from(TAGS), max_size=12))
def test_spans_are_those_of_conlleval_legal_or_not(tags):
    assert spans(tags) == conlleval_spans(tags)


@st.composite
def disjoint_spans(draw):
    """Spans in order, some of which touch."""
    found, place = [], 0
    for gap, length, kind in draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.sampled_from("XY")))):
        found.append(Span(kind, place + gap, place + gap + length))
        place += gap + length
    return found, place + draw(st.integers(0, 2))


@given(disjoint_spans(), st.sampled_from(SCHEMES), st.sampled_from(SCHEMES))
def test_no_span_is_lost_between_any_two_schemes(drawn, source, target):
    expected, length = drawn
    tags = tags_of_spans(expected, length, source)
    assert spans(tags) == expected
    assert convert(tags, source, target) == tags_of_spans(expected, length, target)
    assert convert(convert(tags, source, target), target, source) == tags


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_not_forbidden_is_legal_and_what_is_forbidden_is_not(scheme):
    """Every sequence of three tags, against the check of whole sequences."""
    prefixes = "BIES" if scheme == "BIOES" else "BI"
    tags = ["O", *(f"{prefix}-{kind}" for prefix in prefixes for kind in "XY")]
    forbidden = set(forbidden_transitions(tags, scheme))
    legal = 0
    for path in itertools.product(range(len(tags)), repeat=3):
        pairs = itertools.pairwise([None, *path, None])
        named = [tags[tag] for tag in path]
        if scheme == "IOB1":  # where B- says nothing wrong, though nothing new
            allowed = tags_of_spans(spans(named), 3, "IOB1") == named
        else:
            try:
                check_tags(named, scheme)
                allowed = True
            except TagError:
                allowed = False
        assert allowed == forbidden.isdisjoint(pairs), named
        legal += allowed
    assert 0 < legal < len(tags) ** 3


@pytest.mark.parametrize(
    ("tags", "scheme", "message"),
    [
        (
            ["O", "I_PER"],
            "BIO",
            "token 1: tag 'I_PER' is not in the scheme BIO. Expected 'O' or 'B-TYPE' or 'I-TYPE'. ",
        ),
        (["I_PER"], "BIO", "Did you mean 'I-PER'?"),
        (["b-PER"], "BIO", "Did you mean 'B-PER'?"),
        (["S-PER"], "BIO", "'S-PER' is not in the scheme BIO"),
        (["B-"], "BIO", "'B-' is not in"),
        ([""], "IOB1", "'' is not in"),
        (["O", "I-PER"], "BIO", "token 1: tag 'I-PER' begins a span, which in BIO begins with 'B-PER'"),
        (["B-PER", "I-LOC"], "BIO", "token 1"),
        (["B-PER", "O"], "BIOES", "token 0: tag 'B-PER' stands where BIOES has 'S-PER'"),
        (["S-PER", "E-PER"], "BIOES", "token 1"),
    ],
)
def test_wrong_tags_are_refused_by_place(tags, scheme, message):
    with pytest.raises(TagError) as error:
        check_tags(tags, scheme)
    assert message in str(error.value)


def test_an_unknown_scheme_is_refused():
    with pytest.raises(InputError, match="'IOB2'"):
        check_tags(["O"], "IOB2")
