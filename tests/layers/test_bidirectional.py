"""Our layers in Keras's Bidirectional, against Keras's own."""

import keras
import numpy as np
import pytest
from keras import ops

from seqkit.layers import GRU, LSTM, SimpleRNN
from tests.layers.test_drop_ins import arrays, same, same_gradients

KINDS = {
    "simple_rnn": (SimpleRNN, keras.layers.SimpleRNN, 1),
    "gru": (GRU, keras.layers.GRU, 1),
    "lstm": (LSTM, keras.layers.LSTM, 2),
}


def pair(kind, merge_mode="concat", return_sequences=True, return_state=True, **arguments):
    ours, theirs, _ = KINDS[kind]
    inner = {"units": 4, "return_sequences": return_sequences, "return_state": return_state}
    recompute = {"recompute": arguments.pop("recompute", False)}
    found = keras.layers.Bidirectional(ours(**inner, **recompute, **arguments), merge_mode=merge_mode)
    expected = keras.layers.Bidirectional(theirs(**inner, **arguments), merge_mode=merge_mode)
    rng = np.random.default_rng(0)
    for layer in (found, expected):
        layer.build((None, None, 3))
    for a, b in zip(found.trainable_variables, expected.trainable_variables, strict=True):
        value = rng.normal(size=a.shape, scale=0.5)
        a.assign(value)
        b.assign(value)
    return found, expected


@pytest.fixture
def case():
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(3, 7, 3)).astype("float32")
    return inputs, np.arange(7) < np.array([[7], [4], [1]]), rng


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("return_sequences", [False, True])
def test_outputs_and_states_are_keras_own(kind, masked, return_sequences, case):
    inputs, mask, _ = case
    ours, theirs = pair(kind, return_sequences=return_sequences)
    same(ours, theirs, inputs, mask=mask if masked else None)


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("recompute", [False, True])
def test_gradients_are_keras_own(kind, recompute, case):
    inputs, mask, rng = case
    ours, theirs = pair(kind, recompute=recompute)
    state = [rng.normal(size=(3, 4)).astype("float32") for _ in range(2 * KINDS[kind][2])]
    same(ours, theirs, inputs, initial_state=state, mask=mask)
    same_gradients(ours, theirs, inputs, state, mask, weights=6)


@pytest.mark.parametrize("merge_mode", ["sum", "mul", "ave", "concat", None])
@pytest.mark.parametrize("return_state", [False, True])
def test_directions_are_merged_as_keras_merges_them(merge_mode, return_state, case):
    inputs, _, _ = case
    ours, theirs = pair("gru", merge_mode=merge_mode, return_state=return_state)
    found, expected = ours(inputs), theirs(inputs)
    assert len(keras.tree.flatten(found)) == len(keras.tree.flatten(expected)) >= 1
    for a, b in zip(arrays(keras.tree.flatten(found)), arrays(keras.tree.flatten(expected)), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_saved_and_loaded_it_computes_the_same(case, tmp_path):
    inputs, _, _ = case
    symbolic = keras.Input((None, 3))
    model = keras.Model(symbolic, keras.layers.Bidirectional(LSTM(4, return_sequences=True))(symbolic))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert isinstance(loaded.layers[-1].forward_layer, LSTM)
    np.testing.assert_array_equal(ops.convert_to_numpy(loaded(inputs)), ops.convert_to_numpy(model(inputs)))
