"""Our LSTM against Keras's: outputs, states and gradients, and when it steps aside."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from seqkit import kernels
from seqkit.layers import LSTM


def pair(units, features, **arguments):
    ours = LSTM(units, return_sequences=True, return_state=True, **arguments)
    theirs = keras.layers.LSTM(units, return_sequences=True, return_state=True, **arguments)
    for layer in (ours, theirs):
        layer.build((None, None, features))
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=w.shape, scale=0.5).astype("float32") for w in ours.get_weights()]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    return ours, theirs


class Probe(keras.Model):
    """Gives the weights, the inputs and the first state a gradient through every output: both are variables of it."""

    def __init__(self, layer, inputs, state):
        super().__init__()
        self.layer = layer
        self.inputs_variable = self.add_weight(shape=inputs.shape, initializer="zeros", name="inputs")
        self.inputs_variable.assign(inputs)
        self.state_variables = [self.add_weight(shape=s.shape, initializer="zeros", name="state") for s in state]
        for variable, value in zip(self.state_variables, state, strict=True):
            variable.assign(value)
        self.built = True

    def call(self, factors):
        found = self.layer(self.inputs_variable.value, initial_state=[v.value for v in self.state_variables])
        # Different factors for each output, so that no two gradients can stand in for each other.
        total = sum(ops.sum(tensor * ops.cos(ops.arange(1.0, 1 + tensor.shape[-1]))) for tensor in found)
        return total * factors


def gradients(layer, inputs, state):
    """The negative of one step of plain gradient descent."""
    probe = Probe(layer, inputs, state)
    probe.compile(keras.optimizers.SGD(1.0), loss=lambda y, p: ops.sum(p), jit_compile=kernels.JIT_FIT)
    before = [ops.convert_to_numpy(v).copy() for v in probe.trainable_variables]
    probe.train_on_batch(np.ones((1, 1), "float32"), np.ones((1, 1), "float32"))
    found = {}
    for start, variable in zip(before, probe.trainable_variables, strict=True):
        found[len(found)] = start - ops.convert_to_numpy(variable)
        variable.assign(start)
    return found


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    batch=st.integers(1, 4),
    time=st.integers(1, 9),
    features=st.integers(1, 5),
    units=st.integers(1, 6),
    seed=st.integers(0, 99),
)
def test_outputs_states_and_gradients_are_keras_own(batch, time, features, units, seed):
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(batch, time, features)).astype("float32")
    state = [rng.normal(size=(batch, units)).astype("float32") for _ in range(2)]
    ours, theirs = pair(units, features)
    for a, b in zip(ours(inputs, initial_state=state), theirs(inputs, initial_state=state), strict=True):
        np.testing.assert_allclose(ops.convert_to_numpy(a), ops.convert_to_numpy(b), atol=1e-5)
    found, expected = gradients(ours, inputs, state), gradients(theirs, inputs, state)
    assert len(found) == len(expected) == 6  # three weights, the inputs, two states
    for name in expected:
        scale = max(1.0, np.abs(expected[name]).max())
        np.testing.assert_allclose(found[name] / scale, expected[name] / scale, atol=1e-4)


def test_reading_backwards_is_keras_own():
    inputs = np.random.default_rng(1).normal(size=(2, 6, 3)).astype("float32")
    ours, theirs = pair(4, 3, go_backwards=True)
    for a, b in zip(ours(inputs), theirs(inputs), strict=True):
        np.testing.assert_allclose(ops.convert_to_numpy(a), ops.convert_to_numpy(b), atol=1e-5)


@pytest.mark.parametrize(
    "arguments",
    [{"activation": "relu"}, {"recurrent_activation": "hard_sigmoid"}, {"use_bias": False}, {"unroll": True}],
    ids=str,
)
def test_what_the_loop_does_not_cover_takes_keras_road(arguments):
    inputs = np.random.default_rng(1).normal(size=(2, 6, 3)).astype("float32")
    ours, theirs = pair(4, 3, **arguments)
    for a, b in zip(ours(inputs), theirs(inputs), strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(a), ops.convert_to_numpy(b))


def test_weights_and_config_load_both_ways(tmp_path):
    ours, theirs = pair(4, 3)
    assert [w.path.split("/")[-1] for w in ours.weights] == [w.path.split("/")[-1] for w in theirs.weights]
    twin = keras.layers.LSTM.from_config(ours.get_config())
    assert twin.get_config()["units"] == 4
    assert LSTM.from_config(theirs.get_config()).get_config() == {**theirs.get_config(), "name": theirs.name}


def test_it_takes_our_road_where_it_should(monkeypatch):
    calls = []
    real = kernels.lstm
    monkeypatch.setattr(kernels, "lstm", lambda *arguments: calls.append(1) or real(*arguments))
    ours, _ = pair(4, 3)
    inputs = np.zeros((2, 6, 3), "float32")
    ours(inputs)
    assert len(calls) == 1
    ours(inputs, mask=np.ones((2, 6), bool))
    assert len(calls) == 1
