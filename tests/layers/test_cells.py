"""Every cell against its textbook formula."""

import keras
import numpy as np
import pytest
from keras import ops

from seqkit.layers import CELLS, MinimalGRU, MinimalGRUCell, RecurrentStack
from tests.oracles import textbook_cells

BATCH, TIME, FEATURES, UNITS = 3, 11, 4, 5


@pytest.fixture
def inputs():
    return np.random.default_rng(0).normal(size=(BATCH, TIME, FEATURES)).astype("float32")


def randomise(layer, seed=1):
    """Weights of a size at which every gate matters; zeros would hide a swapped bias."""
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.normal(size=w.shape, scale=0.7).astype("float32") for w in layer.get_weights()])
    return [w.astype("float64") for w in layer.get_weights()]


def unroll(step, inputs, *state):
    outputs = []
    for t in range(inputs.shape[1]):
        state = step(inputs[:, t].astype("float64"), *state)
        state = state if isinstance(state, tuple) else (state,)
        outputs.append(state[0])
    return np.stack(outputs, axis=1), state


FORMULAS = {
    "simple_rnn": (keras.layers.SimpleRNN(UNITS, return_sequences=True), textbook_cells.simple_rnn, 1),
    "minimal_gru": (MinimalGRU(UNITS, return_sequences=True), textbook_cells.minimal_gru, 1),
    "gru": (keras.layers.GRU(UNITS, reset_after=False, return_sequences=True), textbook_cells.gru, 1),
    "gru_reset_after": (keras.layers.GRU(UNITS, return_sequences=True), textbook_cells.gru_reset_after, 1),
    "lstm": (keras.layers.LSTM(UNITS, return_sequences=True), textbook_cells.lstm, 2),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_cell_equals_its_textbook_formula(name, inputs):
    layer, formula, states = FORMULAS[name]
    layer.build(inputs.shape)
    weights = randomise(layer)
    expected, _ = unroll(lambda x, *s: formula(x, *s, *weights), inputs, *[np.zeros((BATCH, UNITS))] * states)
    np.testing.assert_allclose(ops.convert_to_numpy(layer(inputs)), expected, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_stack_equals_its_formula_from_any_state(cell, inputs):
    stack = RecurrentStack(cell, UNITS, depth=2)
    stack.build(inputs.shape)
    formula = textbook_cells.gru_reset_after if cell == "gru" else getattr(textbook_cells, cell)
    rng = np.random.default_rng(2)
    named = stack.initial_state(BATCH)
    state = keras.tree.map_structure(lambda t: rng.normal(size=t.shape).astype("float32"), named)
    outputs, after = stack(inputs, initial_state=state)
    features = inputs
    for layer, before, found in zip(stack.recurrent_layers, state, after, strict=True):
        weights = [w.astype("float64") for w in layer.get_weights()]
        features, expected = unroll(lambda x, *s, w=weights: formula(x, *s, *w), features, *before)
        for tensor, reference in zip(found, expected, strict=True):
            np.testing.assert_allclose(ops.convert_to_numpy(tensor), reference, atol=1e-5)
    np.testing.assert_allclose(ops.convert_to_numpy(outputs), features, atol=1e-5)


def test_minimal_gru_has_two_thirds_of_the_weights_of_a_gru():
    minimal, full = MinimalGRU(UNITS), keras.layers.GRU(UNITS, reset_after=False)
    minimal.build((None, None, FEATURES))
    full.build((None, None, FEATURES))
    assert minimal.count_params() * 3 == full.count_params() * 2


def test_minimal_gru_works_in_keras_own_wrapper(inputs):
    cell = MinimalGRUCell(UNITS)
    wrapped = keras.layers.RNN(cell, return_sequences=True)
    layer = MinimalGRU(UNITS, return_sequences=True)
    layer.build(inputs.shape)
    wrapped.build(inputs.shape)
    wrapped.set_weights(layer.get_weights())
    np.testing.assert_allclose(ops.convert_to_numpy(wrapped(inputs)), ops.convert_to_numpy(layer(inputs)), atol=1e-6)


def test_minimal_gru_reads_backwards(inputs):
    forwards = MinimalGRU(UNITS, return_sequences=True)
    backwards = MinimalGRU(UNITS, return_sequences=True, go_backwards=True)
    forwards.build(inputs.shape)
    backwards.build(inputs.shape)
    backwards.set_weights(forwards.get_weights())
    np.testing.assert_allclose(
        ops.convert_to_numpy(backwards(inputs)), ops.convert_to_numpy(forwards(inputs[:, ::-1])), atol=1e-6
    )


@pytest.mark.parametrize("cell", CELLS)
def test_a_masked_step_leaves_the_state_as_it_was(cell, inputs):
    stack = RecurrentStack(cell, UNITS)
    mask = np.ones((BATCH, TIME), bool)
    mask[:, 6:] = False
    _, masked = stack(inputs, mask=mask)
    _, short = stack(inputs[:, :6])
    for a, b in zip(keras.tree.flatten(masked), keras.tree.flatten(short), strict=True):
        np.testing.assert_allclose(ops.convert_to_numpy(a), ops.convert_to_numpy(b), atol=1e-6)


def test_layers_of_a_stack_drop_different_features():
    stack = RecurrentStack("gru", 64, depth=3, dropout=0.5, seed=0)
    ones = np.ones((1, 1, 64), "float32")
    first, second = (ops.convert_to_numpy(layer(ones, training=True)) for layer in stack.dropout_layers)
    assert (first != second).any()
