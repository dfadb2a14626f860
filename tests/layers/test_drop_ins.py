"""Our recurrent layers against Keras's: outputs, states, masks and gradients, and when they step aside."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from seqkit import kernels
from seqkit.layers import GRU, LSTM, MinimalGRU, MinimalGRUCell, SimpleRNN


class StockMinimalGRU(keras.layers.RNN):
    """The minimal GRU as Keras's own loop runs its cell."""

    def __init__(self, units, **arguments):
        super().__init__(MinimalGRUCell(units), **arguments)


PAIRS = {
    "simple_rnn": (SimpleRNN, keras.layers.SimpleRNN, 1),
    "minimal_gru": (MinimalGRU, StockMinimalGRU, 1),
    "gru": (GRU, keras.layers.GRU, 1),
    "lstm": (LSTM, keras.layers.LSTM, 2),
}
KINDS = tuple(PAIRS)


def pair(kind, units, features, recompute=False, **arguments):
    """Ours and Keras's with the same weights."""
    our_class, their_class, _ = PAIRS[kind]
    ours = our_class(units, return_sequences=True, return_state=True, recompute=recompute, **arguments)
    theirs = their_class(units, return_sequences=True, return_state=True, **arguments)
    for layer in (ours, theirs):
        layer.build((None, None, features))
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=w.shape, scale=0.5).astype("float32") for w in ours.trainable_variables]
    for layer in (ours, theirs):
        for variable, value in zip(layer.trainable_variables, weights, strict=True):
            variable.assign(value)
    return ours, theirs


def arrays(tensors):
    return [ops.convert_to_numpy(tensor) for tensor in tensors]


def same(ours, theirs, *arguments, atol=1e-5, **named):
    for a, b in zip(arrays(ours(*arguments, **named)), arrays(theirs(*arguments, **named)), strict=True):
        np.testing.assert_allclose(a, b, atol=atol)


class Probe(keras.Model):
    """Gives the weights, the inputs and the first state a gradient through every output: both are variables of it."""

    def __init__(self, layer, inputs, state, mask):
        super().__init__(dtype=inputs.dtype.name)
        self.layer = layer
        self.mask = mask
        self.inputs_variable = self.add_weight(shape=inputs.shape, initializer="zeros", name="inputs")
        self.inputs_variable.assign(inputs)
        self.state_variables = [self.add_weight(shape=s.shape, initializer="zeros", name="state") for s in state]
        for variable, value in zip(self.state_variables, state, strict=True):
            variable.assign(value)
        self.built = True

    def call(self, factors):
        found = self.layer(
            self.inputs_variable.value, initial_state=[v.value for v in self.state_variables], mask=self.mask
        )
        # Different factors for each output, so that no two gradients can stand in for each other.
        total = sum(
            ops.sum(tensor * ops.cos(ops.arange(1, 1 + tensor.shape[-1], dtype=tensor.dtype))) for tensor in found
        )
        return total * ops.cast(factors, total.dtype)


def gradients(layer, inputs, state, mask=None):
    """The negative of one step of plain gradient descent."""
    probe = Probe(layer, inputs, state, mask)
    probe.compile(keras.optimizers.SGD(1.0), loss=lambda y, p: ops.sum(p), jit_compile=kernels.JIT_FIT)
    before = [ops.convert_to_numpy(v).copy() for v in probe.trainable_variables]
    probe.train_on_batch(np.ones((1, 1), "float32"), np.ones((1, 1), "float32"))
    found = []
    for start, variable in zip(before, probe.trainable_variables, strict=True):
        found.append(start - ops.convert_to_numpy(variable))
        variable.assign(start)
    return found


def same_gradients(ours, theirs, inputs, state, mask=None, weights=3):
    found, expected = gradients(ours, inputs, state, mask), gradients(theirs, inputs, state, mask)
    assert len(found) == len(expected) == weights + 1 + len(state)  # the weights, the inputs, the state
    for a, b in zip(found, expected, strict=True):
        scale = max(1.0, np.abs(b).max())
        np.testing.assert_allclose(a / scale, b / scale, atol=1e-4)


def a_case(kind, batch, time, features, units, seed):
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(batch, time, features)).astype("float32")
    state = [rng.normal(size=(batch, units)).astype("float32") for _ in range(PAIRS[kind][2])]
    return inputs, state, rng


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=4, deadline=None, derandomize=True)
@given(
    batch=st.integers(1, 4),
    time=st.integers(1, 9),
    features=st.integers(1, 5),
    units=st.integers(1, 6),
    masked=st.booleans(),
    seed=st.integers(0, 99),
)
def test_outputs_states_and_gradients_are_keras_own(kind, batch, time, features, units, masked, seed):
    inputs, state, rng = a_case(kind, batch, time, features, units, seed)
    mask = np.arange(time) < rng.integers(1, time + 1, batch)[:, None] if masked else None
    ours, theirs = pair(kind, units, features)
    same(ours, theirs, inputs, initial_state=state, mask=mask)
    same_gradients(ours, theirs, inputs, state, mask)


@pytest.mark.parametrize("kind", KINDS)
def test_any_mask_is_read_as_keras_reads_it(kind):
    inputs, state, rng = a_case(kind, 4, 9, 3, 5, 1)
    mask = rng.random((4, 9)) < 0.6
    # Ahead of the first step that counts, Keras gives zeros on TensorFlow and the first state on JAX; we give zeros.
    mask[:, [0, -1]] |= kernels.JIT_FIT
    ours, theirs = pair(kind, 5, 3)
    same(ours, theirs, inputs, initial_state=state, mask=mask)
    same_gradients(ours, theirs, inputs, state, mask)
    ours, theirs = pair(kind, 5, 3, go_backwards=True)
    same(ours, theirs, inputs, initial_state=state, mask=mask)


@pytest.mark.parametrize("kind", KINDS)
def test_reading_backwards_is_keras_own(kind):
    inputs, state, _ = a_case(kind, 2, 6, 3, 4, 1)
    ours, theirs = pair(kind, 4, 3, go_backwards=True)
    same(ours, theirs, inputs)
    same_gradients(ours, theirs, inputs, state)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("masked", [False, True])
def test_gates_computed_again_give_the_same_gradients(kind, masked, monkeypatch):
    monkeypatch.setattr("seqkit.kernels.recurrence.CHUNK", 4)  # three pieces, the last one shorter
    inputs, state, _ = a_case(kind, 3, 10, 4, 5, 2)
    mask = np.arange(10) < np.array([[10], [7], [3]]) if masked else None
    ours, theirs = pair(kind, 5, 4, recompute=True)
    same(ours, theirs, inputs, initial_state=state, mask=mask)
    same_gradients(ours, theirs, inputs, state, mask)
    assert type(ours).from_config(ours.get_config()).recompute


@pytest.mark.tensorflow  # on JAX every length is known
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("recompute", [False, True])
def test_lengths_that_are_not_known_beforehand(kind, recompute):
    import tensorflow as tf

    ours, theirs = pair(kind, 5, 3, recompute=recompute)
    inputs, _, _ = a_case(kind, 3, 9, 3, 5, 4)
    open_shape = [tf.TensorSpec((None, None, 3), tf.float32)]

    def slopes(layer):
        @tf.function(input_signature=open_shape)
        def both(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                loss = sum(tf.reduce_sum(out**2) for out in layer(x))
            return [loss, *tape.gradient(loss, [x, *(v.value for v in layer.trainable_variables)])]

        return [g.numpy() for length in (9, 4) for g in both(inputs[:, :length])]

    for a, b in zip(slopes(ours), slopes(theirs), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_last_output_is_wanted(kind):
    inputs, _, _ = a_case(kind, 2, 6, 3, 4, 1)
    ours, theirs = PAIRS[kind][0](4), PAIRS[kind][1](4)
    ours.build(inputs.shape)
    theirs.build(inputs.shape)
    for a, b in zip(theirs.trainable_variables, ours.trainable_variables, strict=True):
        a.assign(b.value)
    mask = np.array([[True] * 6, [True] * 2 + [False] * 4])
    for given_mask in (None, mask):
        found, expected = ours(inputs, mask=given_mask), theirs(inputs, mask=given_mask)
        np.testing.assert_allclose(ops.convert_to_numpy(found), ops.convert_to_numpy(expected), atol=1e-6)


OTHER_ROADS = [
    ("lstm", {"activation": "relu"}),
    ("lstm", {"recurrent_activation": "hard_sigmoid"}),
    ("lstm", {"unroll": True}),
    ("gru", {"reset_after": False}),
    ("gru", {"activation": "relu"}),
    ("simple_rnn", {"activation": "relu"}),
]


@pytest.mark.parametrize(("kind", "arguments"), OTHER_ROADS, ids=str)
def test_what_the_loop_does_not_cover_takes_keras_road(kind, arguments, monkeypatch):
    monkeypatch.setattr(kernels.Recurrence, "__call__", lambda *a, **k: pytest.fail("took our road"))
    inputs = np.random.default_rng(1).normal(size=(2, 6, 3)).astype("float32")
    ours, theirs = pair(kind, 4, 3, **arguments)
    for a, b in zip(arrays(ours(inputs)), arrays(theirs(inputs)), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.tensorflow  # on JAX, Keras looks for a GPU only with some of them
@pytest.mark.parametrize("kind", [LSTM, GRU])
def test_cudnn_that_is_demanded_and_not_there_is_refused_as_keras_refuses_it(kind):
    with pytest.raises(ValueError, match="use_cudnn=True was specified"):
        kind(4, use_cudnn=True)(np.zeros((2, 6, 3), "float32"))


@pytest.mark.parametrize("kind", ["simple_rnn", "gru", "lstm"])
def test_a_layer_without_bias_is_keras_own(kind):
    inputs = np.random.default_rng(1).normal(size=(2, 6, 3)).astype("float32")
    ours, theirs = pair(kind, 4, 3, use_bias=False)
    same(ours, theirs, inputs)


@pytest.mark.parametrize("kind", KINDS)
def test_it_takes_our_road_where_it_should(kind, monkeypatch):
    calls = []
    real = kernels.Recurrence.__call__
    monkeypatch.setattr(kernels.Recurrence, "__call__", lambda *a, **k: calls.append(1) or real(*a, **k))
    ours, _ = pair(kind, 4, 3)
    inputs = np.zeros((2, 6, 3), "float32")
    ours(inputs)
    ours(inputs, mask=np.ones((2, 6), bool))
    assert len(calls) == 2


@pytest.mark.parametrize("kind", ["simple_rnn", "gru", "lstm"])
def test_dropout_drops_the_same_features_at_every_step(kind):
    """With one feature, a row is either read whole and twice as loud, or not at all."""
    ours, theirs = pair(kind, 4, 1, dropout=0.5, seed=3)
    inputs = np.random.default_rng(1).normal(size=(40, 6, 1)).astype("float32")
    dropped, doubled = arrays(theirs(0 * inputs))[0], arrays(theirs(2 * inputs))[0]
    found = arrays(ours(inputs, training=True))[0]
    was_dropped = np.array([np.allclose(a, b, atol=1e-5) for a, b in zip(found, dropped, strict=True)])
    was_doubled = np.array([np.allclose(a, b, atol=1e-5) for a, b in zip(found, doubled, strict=True)])
    assert (was_dropped ^ was_doubled).all()
    assert 8 < was_dropped.sum() < 32
    same(ours, theirs, inputs)  # nothing is dropped outside of training


@pytest.mark.parametrize("kind", ["simple_rnn", "gru", "lstm"])
def test_weights_and_config_load_both_ways(kind):
    ours, theirs = pair(kind, 4, 3)
    assert [w.path.split("/")[-1] for w in ours.weights] == [w.path.split("/")[-1] for w in theirs.weights]
    twin = type(theirs).from_config(ours.get_config())
    assert twin.get_config()["units"] == 4
    assert type(ours).from_config(theirs.get_config()).get_config() == {**theirs.get_config(), "name": theirs.name}


@pytest.mark.tensorflow  # JAX must be told of float64 before it starts
@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_finite_differences(kind):
    """In float64, against the loss itself and no other implementation of its gradient."""
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        ours = PAIRS[kind][0](3, return_sequences=True, return_state=True, dtype="float64")
        ours.build((None, None, 2))
        rng = np.random.default_rng(0)
        for variable in ours.trainable_variables:
            variable.assign(rng.normal(size=variable.shape))
        inputs = rng.normal(size=(2, 4, 2))
        state = [rng.normal(size=(2, 3)) for _ in range(PAIRS[kind][2])]
        mask = np.array([[True] * 4, [True, True, False, False]])
        probe = Probe(ours, inputs, state, mask)
        found = gradients(ours, inputs, state, mask)

        def loss():
            return float(ops.convert_to_numpy(probe(np.ones((1, 1)))).sum())

        for variable, gradient in zip(probe.trainable_variables, found, strict=True):
            value = ops.convert_to_numpy(variable).copy()
            for place in [tuple(rng.integers(0, size) for size in value.shape) for _ in range(4)]:
                sides = []
                for shift in (1e-5, -1e-5):
                    moved = value.copy()
                    moved[place] += shift
                    variable.assign(moved)
                    sides.append(loss())
                variable.assign(value)
                assert gradient[place] == pytest.approx((sides[0] - sides[1]) / 2e-5, rel=1e-5, abs=1e-7)
    finally:
        keras.config.set_floatx(before)
