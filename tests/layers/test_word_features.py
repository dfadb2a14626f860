"""Layers that make features of words and vectors of sequences, against the formulas in NumPy and against Keras."""

import keras
import numpy as np
import pytest
from keras import ops

from seqkit.layers import (
    CELLS,
    AttentionPooling,
    CharacterEncoder,
    Pooling,
    RareWordDropout,
    SequenceEncoder,
)

RNG = np.random.default_rng(0)
WORDS = np.array([[[3, 1, 4, 0, 0], [2, 0, 0, 0, 0]], [[5, 5, 1, 2, 3], [0, 0, 0, 0, 0]]])


def array(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("width", [1, 3, 5])
def test_a_word_is_the_highest_of_its_windows(width):
    layer = CharacterEncoder(num_characters=6, units=4, embedding=3, width=width)
    found = array(layer(WORDS))
    embeddings, kernel, bias = (array(weight) for weight in layer.weights)
    bias = RNG.normal(size=bias.shape)
    layer.weights[2].assign(bias)
    found = array(layer(WORDS))
    half = width // 2
    for row in range(2):
        for t in range(2):
            letters = WORDS[row, t][WORDS[row, t] > 0]
            padded = np.pad(embeddings[letters], [(half, half), (0, 0)])
            windows = [padded[k : k + width] for k in range(len(letters))]
            expected = [np.tanh(np.einsum("we,weu->u", window, kernel) + bias) for window in windows]
            np.testing.assert_allclose(found[row, t], np.max(expected, axis=0) if expected else 0, atol=1e-5)


def test_a_word_read_both_ways_ends_in_the_last_states_of_keras():
    layer = CharacterEncoder(num_characters=6, units=5, kind="lstm", embedding=3)
    found = array(layer(WORDS))
    embeddings = array(layer.weights[0])
    for reader, theirs, piece in zip(
        layer.readers,
        (keras.layers.LSTM(3), keras.layers.LSTM(2, go_backwards=True)),
        (slice(0, 3), slice(3, 5)),
        strict=True,
    ):
        theirs.build((None, None, 3))
        theirs.set_weights(reader.get_weights())
        for row in range(2):
            for t in range(2):
                letters = WORDS[row, t][WORDS[row, t] > 0]
                expected = array(theirs(embeddings[letters][None]))[0] if len(letters) else 0
                np.testing.assert_allclose(found[row, t, piece], expected, atol=1e-5)


@pytest.mark.parametrize("kind", ["cnn", "lstm"])
def test_wider_words_in_the_batch_change_nothing(kind):
    layer = CharacterEncoder(num_characters=6, units=4, kind=kind)
    wide = np.pad(WORDS, [(0, 0), (0, 0), (0, 7)])
    np.testing.assert_allclose(array(layer(wide)), array(layer(WORDS)), atol=1e-6)


@pytest.mark.parametrize("kind", ["last", "max", "mean"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_pooling_is_its_formula(kind, bidirectional):
    inputs = RNG.normal(size=(4, 6, 4)).astype("float32") - 3  # all far below the 0 of an empty row
    lengths = [6, 3, 1, 0]
    found = array(Pooling(kind, bidirectional)(inputs, mask=np.arange(6) < np.array(lengths)[:, None]))
    for row, length in enumerate(lengths):
        steps = inputs[row, :length]
        if not length:
            expected = np.zeros(4)
        elif kind == "last":
            expected = np.concatenate([steps[-1, :2], steps[0 if bidirectional else -1, 2:]])
        else:
            expected = getattr(np, kind)(steps, axis=0)
        np.testing.assert_allclose(found[row], expected, atol=1e-6)


def test_last_of_both_directions_is_what_keras_returns():
    """Keras returns the end of each direction where it returns no sequences."""
    inputs = RNG.normal(size=(3, 5, 4)).astype("float32")
    mask = np.arange(5) < np.array([[5], [2], [1]])
    ours = SequenceEncoder("gru", 3, bidirectional=True)
    outputs = ours(inputs, mask=mask)
    theirs = keras.layers.Bidirectional(keras.layers.GRU(3))
    theirs.build((None, None, 4))
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(
        array(Pooling("last", bidirectional=True)(outputs, mask=mask)), array(theirs(inputs, mask=mask)), atol=1e-5
    )


def test_without_a_mask_every_step_counts():
    inputs = RNG.normal(size=(2, 5, 4)).astype("float32")
    for layer in (Pooling("last", True), Pooling("max"), Pooling("mean"), AttentionPooling(3)):
        whole = layer(inputs, mask=np.ones((2, 5), bool))
        np.testing.assert_allclose(array(layer(inputs)), array(whole), atol=1e-6)


def test_attention_is_its_formula():
    layer = AttentionPooling(3)
    inputs = RNG.normal(size=(3, 5, 4)).astype("float32") * 5
    lengths = [5, 2, 0]
    mask = np.arange(5) < np.array(lengths)[:, None]
    found, weights = array(layer(inputs, mask=mask)), array(layer.weights_of_steps(inputs, mask))
    kernel, bias, score = (array(weight) for weight in layer.weights)
    for row, length in enumerate(lengths):
        scores = np.exp(np.tanh(inputs[row, :length] @ kernel + bias) @ score)[:, 0]
        expected = np.zeros(5)
        expected[:length] = scores / scores.sum()
        np.testing.assert_allclose(weights[row], expected, atol=1e-5)
        np.testing.assert_allclose(found[row], expected @ inputs[row], atol=1e-5)


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell != "minimal_gru"])
def test_an_encoder_is_keras_own_layers_on_top_of_each_other(cell):
    inputs = RNG.normal(size=(3, 5, 4)).astype("float32")
    mask = np.arange(5) < np.array([[5], [2], [1]])
    encoder = SequenceEncoder(cell, 3, depth=2, bidirectional=True)
    found = array(encoder(inputs, mask=mask))
    kind = {"simple_rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}[cell]
    outputs, weights = inputs, encoder.get_weights()
    for _ in range(2):
        layer = keras.layers.Bidirectional(kind(3, return_sequences=True))
        layer.build((None, None, outputs.shape[-1]))
        layer.set_weights(weights[: len(layer.weights)])
        weights = weights[len(layer.weights) :]
        outputs = array(layer(outputs, mask=mask))
    for row, length in enumerate((5, 2, 1)):
        np.testing.assert_allclose(found[row, :length], outputs[row, :length], atol=1e-5)


def test_dropout_between_layers_is_on_in_training_alone():
    inputs = np.ones((1, 4, 3), "float32")
    encoder = SequenceEncoder("gru", 4, depth=2, dropout=0.9, dropout_mask="sequence", seed=1)
    plain = array(encoder(inputs))
    assert not np.allclose(array(encoder(inputs, training=True)), plain)
    np.testing.assert_array_equal(array(encoder(inputs)), plain)


def test_rare_words_alone_are_replaced_at_the_rate():
    ids = np.tile(np.arange(10), (1000, 1)).astype("int32")
    layer = RareWordDropout(0.3, first=6, unknown=1, seed=0)
    found = array(layer(ids, training=True))
    np.testing.assert_array_equal(found[:, :6], ids[:, :6])
    replaced = found[:, 6:] != ids[:, 6:]
    assert (found[:, 6:][replaced] == 1).all()
    assert replaced.mean() == pytest.approx(0.3, abs=0.02)
    np.testing.assert_array_equal(array(layer(ids)), ids)
