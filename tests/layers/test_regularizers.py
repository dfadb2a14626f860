"""Layers that drop, tie or price something: expectation, shared masks, and nothing outside of training."""

import keras
import numpy as np
import pytest
from keras import ops

from seqkit import kernels
from seqkit.checks import InputError
from seqkit.layers import (
    GRU,
    LSTM,
    ActivationRegularization,
    Embedding,
    ForgetBias,
    LockedDropout,
    MinimalGRU,
    RecurrentStack,
    SimpleRNN,
    TiedHead,
    dropout_layer,
)

LAYERS = (SimpleRNN, MinimalGRU, GRU, LSTM)


def array(tensor):
    return ops.convert_to_numpy(tensor)


def many(layer, inputs, draws):
    """Outputs of `draws` calls in training, each with masks of its own."""
    call = kernels.compile(lambda x: layer(x, training=True), layer.variables)
    if keras.backend.backend() == "jax":  # compiled, JAX would draw the same numbers at every call
        return np.stack([array(layer(inputs, training=True)) for _ in range(draws)])
    return np.stack([array(call(inputs)) for _ in range(draws)])


def test_locked_dropout_drops_the_same_features_at_every_step_and_others_in_every_row():
    outputs = array(LockedDropout(0.5, seed=1)(np.ones((8, 5, 32), "float32"), training=True))
    assert set(np.unique(outputs)) == {0.0, 2.0}
    np.testing.assert_array_equal(outputs, np.repeat(outputs[:, :1], 5, axis=1))
    assert len({row.tobytes() for row in outputs[:, 0]}) == 8


@pytest.mark.parametrize("mask", ["step", "sequence"])
def test_the_mean_of_what_dropout_leaves_is_what_went_in(mask):
    layer, draws = dropout_layer(mask, 0.3, seed=2), 400
    inputs = np.random.default_rng(0).uniform(1, 2, size=(2, 3, 16)).astype("float32")
    found = many(layer, inputs, draws).mean(axis=0)
    deviation = inputs * np.sqrt(0.3 / 0.7 / draws)  # of the mean of Bernoulli(0.7) / 0.7
    assert (np.abs(found - inputs) < 5 * deviation).all()
    np.testing.assert_array_equal(array(layer(inputs)), inputs)


def test_a_word_without_vector_has_none_anywhere():
    layer = Embedding(50, 3, dropout=0.5, seed=3)
    ids = np.arange(50, dtype="int32")[None].repeat(2, axis=0)
    still, dropped = array(layer(ids)), array(layer(ids, training=True))
    np.testing.assert_array_equal(dropped[0], dropped[1])
    gone = (dropped[0] == 0).all(axis=-1)
    assert 10 < gone.sum() < 40
    np.testing.assert_allclose(dropped[0][~gone], 2 * still[0][~gone], rtol=1e-6)


def test_the_mean_of_dropped_embeddings_is_the_embedding():
    layer, ids, draws = Embedding(6, 4, dropout=0.4, seed=4), np.arange(6, dtype="int32")[None], 400
    still = array(layer(ids))
    found = many(layer, ids, draws).mean(axis=0)
    assert (np.abs(found - still) < 5 * np.abs(still) * np.sqrt(0.4 / 0.6 / draws) + 1e-7).all()


@pytest.mark.parametrize("kind", LAYERS, ids=lambda kind: kind.__name__)
def test_one_dropped_recurrent_kernel_serves_all_rows_and_steps(kind):
    """Equal to the layer whose kernel is the dropped one: entries are 0 or twice as large."""
    layer = kind(4, weight_drop=0.5, seed=5, return_sequences=True)
    inputs = np.random.default_rng(0).normal(size=(3, 6, 2)).astype("float32")
    still = array(layer(inputs))
    whole = array(layer.cell.recurrent_kernel)
    state = array(layer.cell.seed_generator.state)
    found = array(layer(inputs, training=True))
    np.testing.assert_array_equal(array(layer.cell.recurrent_kernel), whole)  # it shows its own again
    np.testing.assert_array_equal(array(layer(inputs)), still)

    layer.cell.seed_generator.state.assign(state)
    dropped = array(keras.random.dropout(whole, 0.5, seed=layer.cell.seed_generator))
    assert set(np.unique(np.round(dropped / whole, 5))) == {0.0, 2.0}
    twin = kind(4, return_sequences=True)
    twin(inputs)
    twin.set_weights(
        [
            dropped if weight.shape == whole.shape and np.array_equal(weight, whole) else weight
            for weight in layer.get_weights()
        ]
    )
    np.testing.assert_allclose(found, array(twin(inputs)), atol=1e-6)


@pytest.mark.parametrize("kind", LAYERS, ids=lambda kind: kind.__name__)
def test_the_mean_product_with_dropped_kernels_is_the_whole_ones(kind):
    """Linear in the kernel, so its expectation is exact: one step, and only the dropped kernel itself is looked at."""
    from seqkit.layers.weight_drop import weight_drop

    layer, draws = kind(8, weight_drop=0.3, seed=6), 400
    layer.build((None, None, 2))
    whole, total = array(layer.cell.recurrent_kernel), 0.0
    for _ in range(draws):
        with weight_drop(layer, training=True):
            total = total + array(layer.cell.recurrent_kernel)
    assert (np.abs(total / draws - whole) < 5 * np.abs(whole) * np.sqrt(0.3 / 0.7 / draws) + 1e-7).all()


@pytest.mark.tensorflow
@pytest.mark.parametrize("kind", LAYERS, ids=lambda kind: kind.__name__)
def test_gradients_reach_only_the_entries_that_stayed(kind):
    import tensorflow as tf

    layer = kind(4, weight_drop=0.5, seed=7, return_sequences=True)
    inputs = np.random.default_rng(0).normal(size=(3, 6, 2)).astype("float32")
    layer(inputs)
    kernel = layer.cell.recurrent_kernel
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(layer(inputs, training=True)))
    gradient = array(tape.gradient(loss, kernel.value))
    assert 0.2 < (gradient == 0).mean() < 0.8
    assert np.isfinite(gradient).all()


def test_keras_own_road_sees_the_dropped_kernel_too():
    """Where our loop does not compute what is asked for, as with another activation."""
    layer = LSTM(4, weight_drop=0.5, seed=8, activation="relu")
    inputs = np.random.default_rng(0).normal(size=(3, 6, 2)).astype("float32")
    assert layer.recurrence is None
    assert not np.allclose(array(layer(inputs, training=True)), array(layer(inputs)))


def test_one_step_of_a_stack_drops_weights_as_many_do():
    stack = RecurrentStack("lstm", 4, weight_drop=0.5, seed=9)
    inputs, state = np.ones((2, 1, 3), "float32"), None
    stack.build((None, None, 3))
    state = keras.tree.map_structure(lambda t: ops.ones_like(t), stack.initial_state(2))
    still, _ = stack(inputs, initial_state=state)
    dropped, _ = stack(inputs, initial_state=state, training=True)
    assert not np.allclose(array(dropped), array(still))


def test_prices_of_activations_are_the_formula():
    x = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
    mask = np.array([[True] * 4, [True, True, False, False]])
    layer = ActivationRegularization(activation=2.0, temporal=3.0)
    np.testing.assert_array_equal(array(layer(x, mask=mask, training=True)), x)
    counted = np.concatenate([x[0], x[1, :2]])
    changes = np.concatenate([x[0, 1:] - x[0, :-1], x[1, 1:2] - x[1, :1]])
    expected = 2.0 * np.mean(counted**2) + 3.0 * np.mean(changes**2)
    np.testing.assert_allclose(float(sum(layer.losses)), expected, rtol=1e-5)
    layer(x, mask=mask)
    assert not layer.losses  # nothing outside of training


def test_a_tied_head_is_the_transposed_embedding():
    rng = np.random.default_rng(0)
    embeddings, x = rng.normal(size=(5, 4)).astype("float32"), rng.normal(size=(2, 3, 4)).astype("float32")
    head = TiedHead(5)
    head(x, embeddings)
    head.set_weights([np.arange(5, dtype="float32")])
    np.testing.assert_allclose(array(head(x, embeddings)), x @ embeddings.T + np.arange(5), rtol=1e-5)


@pytest.mark.parametrize("cell", ["minimal_gru", "gru", "lstm"])
def test_a_large_forget_bias_keeps_the_state(cell):
    """exp(-bias) of it is lost a step; with weights of zero nothing else happens."""
    kept = []
    for bias in (0.0, 10.0):
        stack = RecurrentStack(cell, 3, forget_bias=bias)
        stack.build((None, None, 2))
        layer = stack.recurrent_layers[0]
        layer.set_weights([weight if k == 2 else np.zeros_like(weight) for k, weight in enumerate(layer.get_weights())])
        state = keras.tree.map_structure(ops.ones_like, stack.initial_state(1))
        _, [after] = stack(np.zeros((1, 20, 2), "float32"), initial_state=state)
        kept.append(float(array(after[-1]).min()))
    np.testing.assert_allclose(kept, [0.5**20, (1 / (1 + np.exp(-10.0))) ** 20], rtol=1e-3)


def test_a_simple_rnn_has_no_gate_to_bias():
    with pytest.raises(InputError, match=r"cell='simple_rnn', forget_bias=1\.0"):
        RecurrentStack("simple_rnn", 3, forget_bias=1.0)


@pytest.mark.parametrize(
    ("kind", "arguments", "named"),
    [
        (LockedDropout, {"rate": 1.0}, "rate=1.0"),
        (Embedding, {"input_dim": 3, "output_dim": 2, "dropout": -0.1}, "dropout=-0.1"),
        (LSTM, {"units": 3, "weight_drop": 1.5}, "weight_drop=1.5"),
        (MinimalGRU, {"units": 3, "weight_drop": "much"}, "weight_drop='much'"),
        (ActivationRegularization, {"activation": -1.0}, "activation=-1.0"),
        (TiedHead, {"vocabulary_size": 0}, "vocabulary_size=0"),
        (ForgetBias, {"cell": "simple_rnn", "value": 1.0}, "cell='simple_rnn'"),
        (RecurrentStack, {"cell": "lstm", "units": 2, "dropout_mask": "always"}, "dropout_mask='always'"),
    ],
)
def test_a_wrong_argument_is_refused_by_name(kind, arguments, named):
    with pytest.raises(InputError, match=named):
        kind(**arguments)
