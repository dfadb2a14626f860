"""The ladder of a language model, and the mixture on top of it."""

import itertools
import sys

import numpy as np
import pytest

from seqkit.baselines import KneserNey
from seqkit.checks import InputError
from seqkit.data import text_corpus, text_source
from seqkit.evaluation import (
    baseline_likelihood,
    corpus_metrics,
    corpus_ngram,
    language_ladder,
    likelihood,
    log_prob,
    mixture_weight,
    text_log_probs,
)
from seqkit.models import language_model
from seqkit.text import CharTokenizer

WORDS = ("the", "cat", "sat", "on", "a", "mat", "and", "dog", "sang")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    file = tmp_path_factory.mktemp("corpus") / "words.txt"
    file.write_text(" ".join(np.random.default_rng(0).choice(WORDS, 4000)))
    return text_corpus(text_source(file), CharTokenizer())


@pytest.fixture(scope="module")
def model(corpus):
    return language_model(vocabulary_size=len(corpus.vocabulary), cell="gru", units=8)


def test_the_log_probs_of_a_text_stand_where_their_tokens_do(model):
    """Three streams of a text are three texts, each begun anew by the token before it."""
    row = np.random.default_rng(1).integers(0, model.vocabulary_size, 50)
    found = text_log_probs(model, row, streams=3, window=7, batch=2)
    borders = np.arange(4) * 49 // 3
    for begin, end in itertools.pairwise(borders):
        for stop in (begin + 1, end):
            expected = log_prob(model, [row[begin : stop + 1]])[0]
            assert found[begin:stop].sum() == pytest.approx(expected, abs=1e-4)
    assert found.sum() == pytest.approx(likelihood(model, row, streams=3).log_prob, rel=1e-6)


def test_the_weight_is_the_best_of_a_fine_grid():
    rng = np.random.default_rng(0)
    first, second = np.log(rng.random(500)), np.log(rng.random(500))
    grid = np.linspace(0.001, 0.999, 999)
    gains = [np.log(w * np.exp(first) + (1 - w) * np.exp(second)).mean() for w in grid]
    assert mixture_weight(first, second) == pytest.approx(grid[np.argmax(gains)], abs=1e-3)


def test_a_useless_partner_gets_no_say():
    good, bad = np.full(100, np.log(0.5)), np.full(100, np.log(0.1))
    assert mixture_weight(good, bad) > 0.999
    assert mixture_weight(bad, good) < 0.001


def test_partners_that_speak_of_different_tokens_are_refused():
    with pytest.raises(InputError, match=r"same tokens. Received: \(3,\) and \(4,\)"):
        mixture_weight(np.zeros(3), np.zeros(4))


def test_the_ladder_rises_and_the_mixture_is_no_worse_than_either(model, corpus):
    ladder, mixtures = language_ladder(model, corpus, streams=4)
    assert list(ladder) == ["uniform", "unigram", "bigram", "5-gram"]
    nats = [figures["nats"] for figures in ladder.values()]
    assert nats == sorted(nats, reverse=True)
    [(name, mixture)] = mixtures.items()
    assert name.endswith("5-gram")
    # An untrained model knows nothing, so that nearly all the say is the 5-gram's.
    assert mixture["nats"] == pytest.approx(nats[-1], abs=0.01)
    assert mixture["nats"] < likelihood(model, corpus.splits["test"], streams=4).nats


def test_a_long_text_is_counted_in_its_beginning_and_says_so(model, corpus, monkeypatch):
    monkeypatch.setattr(sys.modules[language_ladder.__module__], "MOST_TOKENS", 3000)
    ladder, _ = language_ladder(model, corpus, ngram=corpus_ngram(corpus), streams=4)
    name = "5-gram of the first 3,000 tokens"
    beginning = KneserNey(corpus.splits["train"][:3000], len(corpus.vocabulary))
    expected = baseline_likelihood(beginning, corpus.splits["test"]).nats
    assert ladder[name]["nats"] == pytest.approx(expected)


def test_blocks_do_not_show_in_a_baseline(monkeypatch):
    row = np.random.default_rng(0).integers(0, 5, 400)
    baseline = KneserNey(row[:300], 5)
    whole = baseline_likelihood(baseline, row, context_only=(2,))
    monkeypatch.setattr("seqkit.evaluation.baseline._BLOCK", 7)
    pieces = baseline_likelihood(baseline, row, context_only=(2,))
    assert pieces.tokens == whole.tokens
    assert pieces.log_prob == pytest.approx(whole.log_prob, rel=1e-12)


def test_metrics_of_a_corpus_are_those_of_its_held_out_texts(tmp_path):
    (tmp_path / "text.txt").write_text("".join(np.random.default_rng(0).choice(list("abc \n"), 3000)))
    corpus = text_corpus(text_source(str(tmp_path / "text.txt")), CharTokenizer())
    model = language_model(vocabulary_size=len(corpus.vocabulary), units=4)
    found = corpus_metrics(model, corpus, streams=4)
    assert list(found) == list(corpus.splits)[1:]
    for split, figures in found.items():
        alone = likelihood(model, corpus.splits[split], streams=4, characters=corpus.characters[split])
        assert figures == alone.metrics()
