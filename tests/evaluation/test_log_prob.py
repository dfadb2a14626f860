"""The joint probability of whole sequences: the chain rule, and that all sequences together have probability 1."""

from itertools import pairwise, product

import keras
import numpy as np
import pytest
from keras import ops

from seqkit.checks import InputError
from seqkit.evaluation import log_prob
from seqkit.models import language_model

VOCABULARY = 3


@pytest.fixture(scope="module", params=["simple_rnn", "gru", "minimal_gru", "lstm"])
def any_model(request):
    return make(request.param)


@pytest.fixture(scope="module")
def model():
    return make("lstm")


def make(cell):
    """Weights far from zero, so that every token depends on all before it."""
    keras.utils.set_random_seed(0)
    model = language_model(vocabulary_size=VOCABULARY, cell=cell, units=4, embedding=None, depth=2)
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=weight.shape) for weight in model.get_weights()])
    return model


def stepwise(model, sequence):
    """One token at a time by `step`, the state carried on; float64 from the logits on."""
    state, total = model.initial_state(1), 0.0
    for this, after in pairwise(sequence):
        logits, state = model.step(np.array([[this]]), state)
        row = ops.convert_to_numpy(logits)[0, 0].astype(np.float64)
        total += row[after] - np.log(np.exp(row).sum())
    return total


def test_it_is_the_chain_rule_step_by_step(any_model):
    batch = [[0, 1], [2, 2, 2, 2, 0, 1], [1, 0, 0], [0, 1, 2]]
    expected = [stepwise(any_model, sequence) for sequence in batch]
    found = log_prob(any_model, batch)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert len({round(float(value), 3) for value in found}) == 4


@pytest.mark.parametrize("length", [1, 4])
def test_all_sequences_of_a_length_together_are_certain(any_model, length):
    """Sum over all x_2 ... x_n of p(x_2 ... x_n | x_1) = 1 for every x_1, by enumeration."""
    every = list(product(range(VOCABULARY), repeat=1 + length))  # x_1 varies slowest
    probabilities = np.exp(log_prob(any_model, every, batch=1000)).reshape(VOCABULARY, VOCABULARY**length)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert np.all(probabilities.max(axis=1) > 1.2 * probabilities.min(axis=1))  # not all alike: the sum says something


def test_a_beginning_has_the_probability_of_all_its_endings(model):
    """p(a b) = sum over c of p(a b c)."""
    begins = [[0, a, b] for a, b in product(range(VOCABULARY), repeat=2)]
    ends = [[*begin, c] for begin in begins for c in range(VOCABULARY)]
    summed = np.exp(log_prob(model, ends)).reshape(len(begins), VOCABULARY).sum(axis=1)
    np.testing.assert_allclose(summed, np.exp(log_prob(model, begins)), rtol=1e-5)


def test_neither_the_batch_nor_the_company_matters(model):
    batch = [[0, 1], [2, 2, 2, 2, 2, 0, 1, 1, 0], [1, 0, 0], [2, 0]]
    alone = [log_prob(model, [sequence])[0] for sequence in batch]
    np.testing.assert_allclose(log_prob(model, batch), alone, rtol=1e-6)
    np.testing.assert_allclose(log_prob(model, batch, batch=3), alone, rtol=1e-6)
    np.testing.assert_allclose(log_prob(model, batch[::-1], batch=1)[::-1], alone, rtol=1e-6)


def test_arrays_and_lists_are_alike(model):
    rows = np.array([[0, 1, 2], [2, 1, 0]])
    np.testing.assert_array_equal(log_prob(model, rows), log_prob(model, rows.tolist()))


def test_no_sequence_has_no_probability(model):
    assert log_prob(model, []).shape == (0,)


@pytest.mark.parametrize("short", [[], [1]])
def test_a_sequence_with_nothing_to_predict_is_refused(model, short):
    with pytest.raises(InputError, match=r"(?i)sequence.*(two|2)"):
        log_prob(model, [[0, 1], short])


@pytest.mark.parametrize("batch", [0, -1, 1.5, True, None])
def test_a_batch_is_a_positive_integer(model, batch):
    with pytest.raises(InputError, match="`batch` must be an integer of at least 1"):
        log_prob(model, [[0, 1]], batch=batch)
