"""Targets that count and targets that do not."""

import keras
import numpy as np
import pytest
from keras import ops

from seqkit.masking import PADDED_TARGET, valid_targets


@pytest.mark.parametrize("form", ["int8", "int32", "int64"])
@pytest.mark.parametrize("shape", [(), (0,), (5,), (3, 4), (2, 3, 4)])
def test_only_minus_one_is_padding(shape, form):
    targets = np.random.default_rng(0).integers(-1, 3, shape).astype(form)
    found = ops.convert_to_numpy(valid_targets(ops.convert_to_tensor(targets)))
    assert found.dtype == bool
    assert found.shape == shape
    assert np.array_equal(found, targets != -1)


def test_class_zero_is_a_target():
    assert PADDED_TARGET == -1
    assert ops.convert_to_numpy(valid_targets(ops.array([0, -1, 1]))).tolist() == [True, False, True]


def test_it_takes_numpy_and_symbolic_tensors():
    assert np.asarray(valid_targets(np.array([[4, -1]]))).tolist() == [[True, False]]
    symbolic = valid_targets(keras.KerasTensor((None, 7), dtype="int32"))
    assert (symbolic.shape, symbolic.dtype) == ((None, 7), "bool")
