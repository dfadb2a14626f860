"""Losses of labels that are there or not, and of values, against Keras's own on the valid targets alone."""

import keras
import numpy as np
import pytest

from seqkit.losses import MaskedBinaryCrossEntropy, MaskedSquaredError

RNG = np.random.default_rng(0)


def test_binary_cross_entropy_is_keras_own_on_the_targets_that_are_there():
    logits, targets = RNG.normal(size=(7, 3)).astype("float32") * 4, RNG.integers(-1, 2, size=(7, 3))
    valid = targets >= 0
    theirs = keras.losses.BinaryCrossentropy(from_logits=True)(targets[valid][None], logits[valid][None])
    assert float(MaskedBinaryCrossEntropy()(targets, logits)) == pytest.approx(float(theirs), rel=1e-5)


def test_squared_error_is_keras_own_on_the_targets_that_are_there():
    found, targets = RNG.normal(size=(7, 2)).astype("float32"), RNG.normal(size=(7, 2)).astype("float32")
    valid = RNG.random((7, 2)) < 0.5
    theirs = keras.losses.MeanSquaredError()(targets[valid][None], found[valid][None])
    ours = MaskedSquaredError()(np.where(valid, targets, np.nan), found)
    assert float(ours) == pytest.approx(float(theirs), rel=1e-5)


@pytest.mark.parametrize(
    ("loss", "missing"), [(MaskedBinaryCrossEntropy(), -1), (MaskedSquaredError(), np.nan)], ids=["binary", "squared"]
)
def test_one_value_a_row_needs_no_second_axis_and_nothing_costs_nothing(loss, missing):
    outputs = RNG.normal(size=(5, 1)).astype("float32")
    targets = np.array([0, 1, 1, missing, 0], "float32")
    assert float(loss(targets, outputs)) == pytest.approx(float(loss(targets[:, None], outputs)))
    assert float(loss(np.full(5, missing), outputs)) == 0.0


def test_large_logits_do_not_overflow():
    loss = float(MaskedBinaryCrossEntropy()(np.array([[0, 1]]), np.array([[-1e4, -1e4]], "float32")))
    assert loss == pytest.approx(5e3)
