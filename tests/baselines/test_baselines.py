"""Baselines are probability distributions, and those of their formulas, counted here with plain dictionaries."""

import itertools
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqkit.baselines import Bigram, Uniform, Unigram
from seqkit.checks import InputError

BLOCK = 1 << 20  # the baselines read their corpus in blocks of this many tokens
unhurried = settings(deadline=None)


def unigram_reference(tokens, vocabulary):
    """p(w) = (count(w) + 1) / (n + vocabulary); the first token is not counted."""
    counts = Counter(tokens[1:])
    return {w: (counts[w] + 1) / (len(tokens) - 1 + vocabulary) for w in range(vocabulary)}


def bigram_reference(tokens, vocabulary):
    """Witten-Bell: p(w | v) = (count(v w) + kinds(v) p(w)) / (count(v) + kinds(v)), and p(w) after an unseen v."""
    p = unigram_reference(tokens, vocabulary)
    after = defaultdict(Counter)
    for v, w in itertools.pairwise(tokens):
        after[v][w] += 1
    table = {}
    for v in range(vocabulary):
        seen, kinds = sum(after[v].values()), len(after[v])
        for w in range(vocabulary):
            table[v, w] = (after[v][w] + kinds * p[w]) / (seen + kinds) if seen else p[w]
    return table


def table_of(model, vocabulary):
    """p(w | v) for all v and w, asked for one pair at a time."""
    return np.array(
        [[np.exp(model.log_probs(np.array([v, w]))[0]) for w in range(vocabulary)] for v in range(vocabulary)]
    )


corpora = st.integers(1, 6).flatmap(
    lambda size: st.tuples(st.just(size), st.lists(st.integers(0, size - 1), min_size=2, max_size=60))
)


@unhurried
@given(corpora)
def test_the_probabilities_after_every_token_sum_to_one(corpus):
    vocabulary, tokens = corpus
    for model in (Uniform(vocabulary), Unigram(np.array(tokens), vocabulary), Bigram(np.array(tokens), vocabulary)):
        table = table_of(model, vocabulary)
        np.testing.assert_allclose(table.sum(axis=1), 1, rtol=1e-12)
        assert table.min() > 0  # nothing is impossible


@unhurried
@given(corpora)
def test_the_probabilities_are_those_of_the_formulas(corpus):
    vocabulary, tokens = corpus
    unigram, bigram = unigram_reference(tokens, vocabulary), bigram_reference(tokens, vocabulary)
    found = table_of(Unigram(np.array(tokens), vocabulary), vocabulary)
    np.testing.assert_allclose(found, [[unigram[w] for w in range(vocabulary)]] * vocabulary, rtol=1e-12)
    found = table_of(Bigram(np.array(tokens), vocabulary), vocabulary)
    expected = [[bigram[v, w] for w in range(vocabulary)] for v in range(vocabulary)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_bigram_worked_out_by_hand():
    model = Bigram(np.array([0, 1, 0, 1, 0, 2]), vocabulary_size=4)
    # p = (2 + 1, 2 + 1, 1 + 1, 0 + 1) / 9; after 0 came 1, 1, 2; after 1 came 0, 0; 2 and 3 were followed by nothing.
    expected = {
        (0, 1): (2 + 2 * 3 / 9) / 5,
        (0, 2): (1 + 2 * 2 / 9) / 5,
        (0, 3): (0 + 2 * 1 / 9) / 5,
        (1, 0): (2 + 1 * 3 / 9) / 3,
        (2, 0): 3 / 9,
        (3, 3): 1 / 9,
    }
    for pair, probability in expected.items():
        assert np.exp(model.log_probs(np.array(pair))) == pytest.approx([probability], rel=1e-12)


def test_a_text_is_the_sum_of_its_pairs():
    rng = np.random.default_rng(0)
    train, text = rng.integers(0, 7, 500), rng.integers(0, 9, 300)
    table = bigram_reference(train.tolist(), 9)
    found = Bigram(train, 9).log_probs(text)
    assert found.shape == (299,)
    np.testing.assert_allclose(found, [np.log(table[v, w]) for v, w in itertools.pairwise(text)], rtol=1e-12)


@pytest.mark.parametrize("model", [Uniform(5), Unigram(np.arange(5), 5), Bigram(np.arange(5), 5)])
def test_a_single_token_has_nothing_to_predict(model):
    assert model.log_probs(np.array([3])).shape == (0,)


def test_uniform_is_one_over_the_vocabulary():
    np.testing.assert_allclose(np.exp(Uniform(37).log_probs(np.arange(37))), np.full(36, 1 / 37), rtol=1e-12)


class Sliced:
    """A corpus that can only be sliced, as a `TokenFile`; refuses to be read in one piece."""

    def __init__(self, tokens):
        self.tokens = tokens

    def __len__(self):
        return len(self.tokens)

    def __getitem__(self, piece):
        found = self.tokens[piece]
        assert len(found) <= 2 * BLOCK, "read whole"
        return found


@pytest.fixture(scope="module")
def long_corpus():
    """Longer than two blocks, with one pair of tokens that meets nowhere but at the border of two."""
    tokens = np.random.default_rng(0).integers(0, 5, 2 * BLOCK + 1000)
    for border in (BLOCK, 2 * BLOCK):
        tokens[border - 1 : border + 3] = 5  # four times the same, whichever of them begins the block
    return tokens


def test_a_corpus_of_several_blocks_is_counted_once(long_corpus):
    pairs = np.bincount(long_corpus[:-1] * 6 + long_corpus[1:], minlength=36).reshape(6, 6)
    unigram = (np.bincount(long_corpus[1:], minlength=6) + 1) / (len(long_corpus) - 1 + 6)
    kinds = (pairs > 0).sum(axis=1, keepdims=True)
    expected = (pairs + kinds * unigram) / (pairs.sum(axis=1, keepdims=True) + kinds)
    assert pairs[5, 5] == 6
    np.testing.assert_allclose(table_of(Bigram(Sliced(long_corpus), 6), 6), expected, rtol=1e-12)
    np.testing.assert_allclose(table_of(Unigram(Sliced(long_corpus), 6), 6), [unigram] * 6, rtol=1e-12)


def test_a_text_of_several_blocks_is_predicted_once(long_corpus):
    train = long_corpus[:1000]
    bigram, unigram = bigram_reference(train.tolist(), 6), unigram_reference(train.tolist(), 6)
    table = np.log([[bigram[v, w] for w in range(6)] for v in range(6)])
    found = Bigram(train, 6).log_probs(long_corpus)
    np.testing.assert_allclose(found, table[long_corpus[:-1], long_corpus[1:]], rtol=1e-12)
    found = Unigram(train, 6).log_probs(long_corpus)
    np.testing.assert_allclose(found, np.log([unigram[w] for w in range(6)])[long_corpus[1:]], rtol=1e-12)


@pytest.mark.parametrize(
    "make", [Uniform, lambda size: Unigram(np.arange(3), size), lambda size: Bigram(np.arange(3), size)]
)
@pytest.mark.parametrize("size", [0, -1, 2.5, True])
def test_a_vocabulary_size_is_a_positive_integer(make, size):
    with pytest.raises(InputError, match="`vocabulary_size` must be an integer of at least 1"):
        make(size)
