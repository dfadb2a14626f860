"""What a model says of a text, against the same recurrence in float64; every target counted once."""

import itertools
import math
from typing import Any, NamedTuple

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from seqkit.baselines import Bigram, Uniform, Unigram
from seqkit.checks import InputError
from seqkit.evaluation import Likelihood, baseline_likelihood, likelihood, log_prob
from seqkit.models import language_model

VOCABULARY, UNITS = 5, 4
TEXT = np.random.default_rng(7).integers(0, VOCABULARY, 60)


class State(NamedTuple):
    hidden: Any


class Tiny(keras.Model):
    """h = tanh(E[x] + h W), logits = h V: small enough to be written down again in NumPy."""

    def __init__(self):
        super().__init__()
        rng = np.random.default_rng(3)
        self.tables = {
            name: self.add_weight(name=name, shape=shape, initializer="zeros")
            for name, shape in (("E", (VOCABULARY, UNITS)), ("W", (UNITS, UNITS)), ("V", (UNITS, VOCABULARY)))
        }
        for weight in self.tables.values():
            weight.assign(rng.normal(size=weight.shape))

    def initial_state(self, batch):
        return (State(ops.zeros((batch, UNITS))),)

    def step(self, ids, state):
        ((hidden,),) = state
        outputs = []
        for t in range(ids.shape[1]):
            hidden = ops.tanh(ops.take(self.tables["E"], ids[:, t], axis=0) + ops.matmul(hidden, self.tables["W"]))
            outputs.append(ops.matmul(hidden, self.tables["V"]))
        return ops.stack(outputs, axis=1), (State(hidden),)

    def call(self, ids):
        return self.step(ids, self.initial_state(ops.shape(ids)[0]))[0]

    def log_probs(self, ids):
        """log p(x_t | x_1 ... x_{t-1}) for t = 2 ..., in float64."""
        tables = {name: ops.convert_to_numpy(weight).astype(np.float64) for name, weight in self.tables.items()}
        hidden, found = np.zeros(UNITS), []
        for this, after in itertools.pairwise(ids):
            hidden = np.tanh(tables["E"][this] + hidden @ tables["W"])
            logits = hidden @ tables["V"]
            found.append(logits[after] - np.log(np.exp(logits).sum()))
        return np.array(found)


def reference(log_probs, tokens, streams, context_only=()):
    """Sum and count over the streams, each read from its first token on with no memory of the one before."""
    count, total, counted = len(tokens) - 1, 0.0, 0
    for stream in range(streams):
        begin, end = stream * count // streams, (stream + 1) * count // streams
        piece = tokens[begin : end + 1]
        keep = ~np.isin(piece[1:], context_only)
        total += log_probs(piece)[keep].sum()
        counted += int(keep.sum())
    return total, counted


@pytest.fixture(scope="module")
def tiny():
    return Tiny()


@pytest.mark.parametrize("streams", [1, 3, 7])
@pytest.mark.parametrize(("window", "batch"), [(11, None), (4, 1), (3, 2)])
def test_it_is_the_sum_over_the_streams_in_float64(tiny, streams, window, batch):
    found = likelihood(tiny, TEXT, streams=streams, window=window, batch=batch)
    total, counted = reference(tiny.log_probs, TEXT, streams)
    assert found.log_prob == pytest.approx(total, rel=1e-6)
    assert found.tokens == counted == found.characters == len(TEXT) - 1


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    return language_model(vocabulary_size=VOCABULARY, cell="gru", units=8, depth=2)


@pytest.mark.parametrize("streams", [1, 3, 7])
def test_a_language_model_gives_what_its_logits_say(model, streams):
    def log_probs(ids):
        logits = ops.convert_to_numpy(model(ids[None, :-1]))[0].astype(np.float64)
        logits -= np.log(np.exp(logits).sum(axis=-1, keepdims=True))
        return logits[np.arange(len(ids) - 1), ids[1:]]

    found = likelihood(model, TEXT, streams=streams, window=20)
    total, counted = reference(log_probs, TEXT, streams)
    assert found.log_prob == pytest.approx(total, rel=1e-6)
    assert found.tokens == counted


def test_the_figure_depends_neither_on_the_window_nor_on_the_batch(model):
    whole = likelihood(model, TEXT, streams=5, window=59)
    for window, batch in ((1, None), (7, 2), (7, 9), (32, 4), (100, None)):  # 100: more than there is
        found = likelihood(model, TEXT, streams=5, window=window, batch=batch)
        assert found.log_prob == pytest.approx(whole.log_prob, rel=1e-6), (window, batch)
        assert found.tokens == whole.tokens == 59


def test_the_figure_depends_on_the_streams(tiny):
    """Each stream starts cold: that is why a report names their number."""
    one, seven = (likelihood(tiny, TEXT, streams=streams, window=10).log_prob for streams in (1, 7))
    assert abs(one - seven) > 1e-3 * abs(one)


class OneAhead(keras.Model):
    """p(x + 1 mod 5 | x) = 0.9, whatever came before: the log-probability tells how often each target was counted."""

    def __init__(self):
        super().__init__()
        p = np.full((VOCABULARY, VOCABULARY), 0.1 / (VOCABULARY - 1))
        p[np.arange(VOCABULARY), (np.arange(VOCABULARY) + 1) % VOCABULARY] = 0.9
        self.table = np.log(p).astype("float32")

    def initial_state(self, batch):
        return (State(ops.zeros((batch, 1))),)

    def step(self, ids, state):
        return ops.take(ops.convert_to_tensor(self.table), ids, axis=0), state


@settings(deadline=None, max_examples=10)
@given(st.integers(2, 40), st.data())
def test_every_target_is_counted_once(length, data):
    streams = data.draw(st.integers(1, length - 1), label="streams")
    window = data.draw(st.integers(1, length - 1), label="window")
    batch = data.draw(st.none() | st.integers(1, streams), label="batch")
    hits = data.draw(st.lists(st.booleans(), min_size=length - 1, max_size=length - 1), label="hits")
    tokens = np.cumsum([0, *(1 if hit else 2 for hit in hits)]) % VOCABULARY
    found = likelihood(OneAhead(), tokens, streams=streams, window=window, batch=batch)
    expected = sum(hits) * math.log(0.9) + (length - 1 - sum(hits)) * math.log(0.025)
    assert found.tokens == length - 1
    assert found.log_prob == pytest.approx(expected, rel=1e-6)


def test_what_is_only_read_is_not_counted(tiny):
    found = likelihood(tiny, TEXT, streams=3, window=10, context_only=(0, 4))
    total, counted = reference(tiny.log_probs, TEXT, 3, context_only=(0, 4))
    assert counted == np.isin(TEXT[1:], (1, 2, 3)).sum()
    assert (found.tokens, found.characters) == (counted, counted)
    assert found.log_prob == pytest.approx(total, rel=1e-6)


def test_a_token_file_is_read_like_the_array(tiny, tmp_path):
    from seqkit.data import TokenFile

    row = TokenFile.write(tmp_path / "ids", [TEXT], vocabulary_size=VOCABULARY)
    assert likelihood(tiny, row, streams=3, window=10) == likelihood(tiny, TEXT, streams=3, window=10)


def test_the_figures_follow_from_sum_and_count():
    found = Likelihood(log_prob=-300.0, tokens=100, characters=450)
    assert found.nats == 3
    assert found.perplexity == pytest.approx(math.exp(3), rel=1e-12)
    assert found.bits_per_character == pytest.approx(300 / math.log(2) / 450, rel=1e-12)
    assert found.metrics() == {
        "nats": found.nats,
        "perplexity": found.perplexity,
        "bits_per_character": found.bits_per_character,
    }
    assert Likelihood(log_prob=-1e6, tokens=1, characters=1).perplexity == math.inf


def test_the_characters_are_those_given(tiny):
    found = likelihood(tiny, TEXT, streams=1, window=11, characters=600)
    assert found.characters == 600
    assert found.bits_per_character == pytest.approx(found.nats / math.log(2) * 59 / 600, rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"streams": 60, "window": 10}, r"streams.*60.*59"),
        ({"streams": 0, "window": 10}, "`streams` must be an integer of at least 1"),
        ({"streams": True, "window": 10}, "`streams` must be an integer of at least 1"),
        ({"streams": 1, "window": 0}, "`window` must be an integer of at least 1"),
        ({"streams": 1, "window": 2.0}, "`window` must be an integer of at least 1"),
        ({"streams": 3, "window": 10, "batch": 0}, "`batch` must be an integer of at least 1"),
        ({"streams": 3, "window": 10, "characters": 0}, "`characters` must be an integer of at least 1"),
    ],
)
def test_arguments_out_of_bounds_are_refused(tiny, arguments, message):
    with pytest.raises(InputError, match=message):
        likelihood(tiny, TEXT, **arguments)


def test_a_text_of_one_token_is_refused(tiny):
    with pytest.raises(InputError, match=r"token|text|target"):
        likelihood(tiny, TEXT[:1], streams=1, window=1)


def test_one_stream_is_the_chain_rule(model):
    found = likelihood(model, TEXT, streams=1, window=7)
    assert found.log_prob == pytest.approx(float(log_prob(model, [TEXT])[0]), rel=1e-6)


# Baselines, by the same account.


@pytest.mark.parametrize("make", [lambda ids: Uniform(5), lambda ids: Unigram(ids, 5), lambda ids: Bigram(ids, 5)])
@pytest.mark.parametrize("context_only", [(), (2,), (0, 4)])
def test_a_baseline_is_summed_over_the_targets_that_count(make, context_only):
    baseline = make(TEXT[:30])
    found = baseline_likelihood(baseline, TEXT, characters=400, context_only=context_only)
    total, counted = reference(baseline.log_probs, TEXT, 1, context_only)
    assert found.log_prob == pytest.approx(total, rel=1e-12)
    assert (found.tokens, found.characters) == (counted, 400)


def test_a_baseline_of_a_long_text_is_summed_once():
    tokens = np.random.default_rng(0).integers(0, 5, (1 << 20) * 2 + 77)
    baseline = Bigram(tokens[:1000], 5)
    total, counted = reference(baseline.log_probs, tokens, 1, (3,))
    found = baseline_likelihood(baseline, tokens, context_only=(3,))
    assert found.tokens == found.characters == counted
    assert found.log_prob == pytest.approx(total, rel=1e-10)


def test_a_uniform_baseline_has_the_perplexity_of_its_vocabulary():
    found = baseline_likelihood(Uniform(37), TEXT)
    assert found.perplexity == pytest.approx(37, rel=1e-9)
    assert found.bits_per_character == pytest.approx(math.log2(37), rel=1e-9)
