"""What a vocabulary knows of a corpus."""

import json
import statistics
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqkit.checks import InputError
from seqkit.text import Coverage, Vocabulary, coverage

corpora = st.lists(st.lists(st.sampled_from("abcdefghijklmnop") | st.just("<pad>"), max_size=8), min_size=1)


@given(corpora.filter(any))
def test_counts_equal_a_brute_force_count(corpus):
    found = coverage(Vocabulary("abc"), iter(corpus))
    tokens = [token for sequence in corpus for token in sequence]
    unknown = Counter(token for token in tokens if token not in "abc")
    assert (found.sequences, found.tokens, found.unknown) == (len(corpus), len(tokens), unknown.total())
    assert found.unknown_rate == pytest.approx(unknown.total() / len(tokens))
    ranking = sorted(unknown, key=lambda token: (-tokens.count(token), token))
    assert found.most_frequent_unknown == tuple((token, tokens.count(token)) for token in ranking[:10])


@given(corpora.filter(any))
def test_unknown_is_what_encode_turns_into_unk(corpus):
    vocabulary = Vocabulary("abc")
    encoded = [vocabulary.encode(sequence).tolist() for sequence in corpus]
    assert coverage(vocabulary, corpus).unknown == sum(ids.count(vocabulary.unk_id) for ids in encoded)


@given(st.lists(st.integers(0, 40), min_size=2).filter(any))
def test_lengths_are_quantiles(lengths):
    found = coverage(Vocabulary("a"), ["a" * length for length in lengths]).lengths
    # The standard library's own quantiles, in hundredths: the k-th of them at index k - 1.
    hundredths = statistics.quantiles(lengths, n=100, method="inclusive")
    assert (found.p25, found.p75, found.p95) == pytest.approx((hundredths[24], hundredths[74], hundredths[94]))
    assert found.median == pytest.approx(statistics.median(lengths))
    assert (found.min, found.max) == (min(lengths), max(lengths))


def test_the_report_is_a_few_lines_for_people():
    report = str(coverage(Vocabulary(["the", "cat"]), [["the", "dog"], ["the", "cat", "dog", "\n"]]))
    assert report.splitlines() == [
        "2 sequences, 6 tokens, 3 unknown (50.00%)",
        "lengths: min 2, 25 % 2.5, median 3, 75 % 3.5, 95 % 3.9, max 4",
        r"unknown: 'dog' 2, '\n' 1",
    ]


def test_a_complete_vocabulary_has_no_unknown_line():
    assert "unknown:" not in str(coverage(Vocabulary("ab"), ["ab"]))


def test_to_dict_is_ready_for_json_and_complete():
    found = coverage(Vocabulary("ab"), ["abc", "a"])
    assert json.loads(json.dumps(found.to_dict())) == {
        "sequences": 2,
        "tokens": 4,
        "unknown": 1,
        "unknown_rate": 0.25,
        "lengths": {"min": 1.0, "p25": 1.5, "median": 2.0, "p75": 2.5, "p95": 2.9, "max": 3.0},
        "most_frequent_unknown": [["c", 1]],
    }
    assert isinstance(found, Coverage)


@pytest.mark.parametrize(
    ("sequences", "message"),
    [
        ([], "Received: 0 sequences"),
        ([[], []], "Received: 2 sequences, all of them empty"),
        ("abc", "Received: one string"),
        ([["a"], ["b", 3]], "must be strings.* Received: 3 at position 2"),
    ],
)
def test_a_corpus_without_tokens_is_refused(sequences, message):
    with pytest.raises(InputError, match=message):
        coverage(Vocabulary("ab"), sequences)
