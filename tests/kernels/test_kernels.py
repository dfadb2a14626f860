"""What is written per backend."""

import keras
import numpy as np
import pytest
from keras import ops

from seqkit import kernels
from seqkit.layers import LSTMState


def test_a_compiled_function_sees_later_changes_of_its_variables():
    variable = keras.Variable(np.float32(2.0))
    double = kernels.compile(lambda x: x * variable, [variable])
    assert float(double(np.float32(3.0))) == 6.0
    variable.assign(5.0)
    assert float(double(np.float32(3.0))) == 15.0


def test_a_compiled_function_takes_and_gives_named_tuples():
    def step(state):
        return LSTMState(state.cell, state.hidden + 1)

    for xla in (False, True):
        found = kernels.compile(step, [], xla=xla)(LSTMState(np.zeros(2, "float32"), np.ones(2, "float32")))
        assert isinstance(found, LSTMState)
        np.testing.assert_array_equal(ops.convert_to_numpy(found.hidden), [1, 1])


def test_a_sum_over_replicas_is_the_value_itself_on_one_device():
    assert float(kernels.replica_sum(ops.convert_to_tensor(3.0))) == 3.0


def test_it_compiles_once_for_each_shape():
    traces = []

    def step(x):
        traces.append(tuple(x.shape))
        return x + 1

    compiled = kernels.compile(step, [])
    for size in (2, 3, 2, 3, 2):
        compiled(np.zeros(size, "float32"))
    assert sorted(traces) == [(2,), (3,)]


@pytest.mark.parametrize("classes", [3, 1500], ids=["narrow", "wide enough for passes of our own"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_and_its_gradient_are_the_closed_form(classes, smoothing):
    """-sum q log softmax(x), and softmax(x) - q times what comes from above, seen by a step of training.

    q is 1 at the target, or less, and the rest is spread over all classes.
    """
    rng = np.random.default_rng(classes)
    logits = rng.normal(size=(2, 3, classes)).astype("float32") * 5
    logits[0, 0] = -1e4  # far below where exp underflows
    logits[0, 0, 1] = 1e4
    if not smoothing:
        logits[1, 1, 2] = -np.inf  # a class ruled out, which no target may then be spread over
    targets, weights = np.array([[1, 2, 0], [0, 1, 2]], "int32"), rng.normal(size=(2, 3)).astype("float32")
    exact = logits.astype("float64")
    probabilities = np.exp(exact - exact.max(-1, keepdims=True))
    probabilities /= probabilities.sum(-1, keepdims=True)
    chosen = np.take_along_axis(exact, targets[..., None], -1)[..., 0]
    log_sums = exact.max(-1) + np.log(np.exp(exact - exact.max(-1, keepdims=True)).sum(-1))

    class Model(keras.Model):
        """Its one weight are the logits, so that a step of gradient descent shows their gradient."""

        def __init__(self):
            super().__init__()
            self.logits = self.add_weight(shape=logits.shape, initializer="zeros")
            self.nats = self.add_weight(shape=targets.shape, initializer="zeros", trainable=False)
            self.spread = self.add_weight(shape=targets.shape, initializer="zeros", trainable=False)

        def call(self, weights):
            logits = ops.convert_to_tensor(self.logits)
            nats, loss = kernels.cross_entropy(ops.convert_to_tensor(targets), logits, smoothing)
            self.nats.assign(nats)
            self.spread.assign(ops.stop_gradient(loss))
            return ops.sum(weights * loss) + ops.sum(nats)  # the second has no gradient

    model = Model()
    model.logits.assign(logits)
    model.compile(keras.optimizers.SGD(1.0), lambda y, value: ops.sum(value), jit_compile=kernels.JIT_FIT)
    model.train_on_batch(weights, np.zeros((2, 3), "float32"))
    found = ops.convert_to_numpy(model.nats)
    np.testing.assert_allclose(found, log_sums - chosen, rtol=1e-5, atol=1e-5)
    wanted = (1 - smoothing) * np.eye(classes)[targets] + smoothing / classes
    if smoothing:
        spread = -(wanted * (exact - log_sums[..., None])).sum(-1)
        np.testing.assert_allclose(ops.convert_to_numpy(model.spread), spread, rtol=1e-5, atol=1e-5)
    expected = exact - (probabilities - wanted) * weights[..., None]
    np.testing.assert_allclose(ops.convert_to_numpy(model.logits), expected, rtol=1e-5, atol=1e-5)


def test_a_gradient_is_the_derivative_also_inside_of_what_is_compiled():
    scale = keras.Variable(np.float32(2.0))
    slope = kernels.compile(lambda x: kernels.gradient(lambda y: ops.sum(scale * y**3), x), [scale])
    np.testing.assert_allclose(ops.convert_to_numpy(slope(np.float32([1.0, -2.0]))), [6.0, 24.0])
    scale.assign(1.0)
    np.testing.assert_allclose(ops.convert_to_numpy(slope(np.float32([1.0, -2.0]))), [3.0, 12.0])


def test_what_a_function_does_not_look_at_has_the_gradient_0():
    found = kernels.gradient(lambda x: ops.sum(x[:1]) * 0 + 1.0, ops.convert_to_tensor(np.ones(3, "float32")))
    np.testing.assert_array_equal(ops.convert_to_numpy(found), [0, 0, 0])
    found = kernels.gradient(lambda x: ops.convert_to_tensor(1.0), ops.convert_to_tensor(np.ones(3, "float32")))
    np.testing.assert_array_equal(ops.convert_to_numpy(found), [0, 0, 0])
