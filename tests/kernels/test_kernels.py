"""What is written per backend."""

import keras
import numpy as np
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
