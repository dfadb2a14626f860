"""Clipping by global norm, and the record of it."""

import keras
import numpy as np
import pytest
from keras import ops

from seqkit import kernels
from seqkit.checks import InputError
from seqkit.training import ClippedOptimizer


def variables():
    return [keras.Variable(np.zeros((2, 2), "float32")), keras.Variable(np.zeros(3, "float32"))]


def gradients(rng, scale=1.0):
    return [rng.normal(size=(2, 2)).astype("float32") * scale, rng.normal(size=3).astype("float32") * scale]


def apply(optimizer, grads, weights):
    optimizer.apply([ops.convert_to_tensor(g) for g in grads], weights)


@pytest.mark.parametrize("kind", [keras.optimizers.SGD, keras.optimizers.Adam, keras.optimizers.RMSprop])
@pytest.mark.parametrize("clip_norm", [0.3, 100.0])
def test_equals_keras_own_global_clipnorm(kind, clip_norm):
    ours, theirs = ClippedOptimizer(kind(0.1), clip_norm), kind(0.1, global_clipnorm=clip_norm)
    a, b = variables(), variables()
    rng = np.random.default_rng(0)
    for _ in range(5):
        grads = gradients(rng)
        apply(ours, grads, a)
        apply(theirs, grads, b)
    for x, y in zip(a, b, strict=True):
        np.testing.assert_allclose(ops.convert_to_numpy(x), ops.convert_to_numpy(y), rtol=1e-5, atol=1e-7)


def test_the_record_is_what_numpy_says():
    optimizer, weights = ClippedOptimizer(keras.optimizers.SGD(0.1), clip_norm=2.0), variables()
    rng = np.random.default_rng(1)
    norms = []
    for _ in range(20):
        grads = gradients(rng)
        norms.append(np.sqrt(sum((g.astype("float64") ** 2).sum() for g in grads)))
        apply(optimizer, grads, weights)
    found = optimizer.take_statistics()
    assert found.norm == pytest.approx(np.mean(norms), rel=1e-6)
    assert found.clip_rate == pytest.approx(np.mean(np.array(norms) > 2.0))
    assert 0 < found.clip_rate < 1
    assert found.updates == 20
    assert optimizer.last_norm == pytest.approx(norms[-1], rel=1e-6)
    assert optimizer.take_statistics() == (0.0, 0.0, 0)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_gradient_that_is_not_finite_is_not_applied_and_its_number_is_kept(bad):
    optimizer, weights = ClippedOptimizer(keras.optimizers.SGD(0.1), clip_norm=1.0), variables()
    rng = np.random.default_rng(2)
    for _ in range(3):
        apply(optimizer, gradients(rng), weights)
    before = [ops.convert_to_numpy(w).copy() for w in weights]
    assert optimizer.first_nonfinite == 0
    for _ in range(2):
        poisoned = gradients(rng)
        poisoned[0][0, 1] = bad
        apply(optimizer, poisoned, weights)
    assert optimizer.first_nonfinite == 4
    for a, b in zip(before, weights, strict=True):
        np.testing.assert_array_equal(a, ops.convert_to_numpy(b))


def test_without_clip_norm_it_only_watches():
    ours, theirs = ClippedOptimizer(keras.optimizers.SGD(0.1), None), keras.optimizers.SGD(0.1)
    a, b = variables(), variables()
    grads = gradients(np.random.default_rng(3), scale=1e3)
    apply(ours, grads, a)
    apply(theirs, grads, b)
    np.testing.assert_array_equal(ops.convert_to_numpy(a[0]), ops.convert_to_numpy(b[0]))
    assert ours.take_statistics().clip_rate == 0


def test_rows_of_an_embedding_met_twice_are_added_before_the_norm():
    """The gradient of an embedding arrives as rows; a row that comes twice must not count as two."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,), dtype="int32"), keras.layers.Embedding(3, 2), keras.layers.Flatten()])
    optimizer = ClippedOptimizer(keras.optimizers.SGD(1.0), clip_norm=None)
    model.compile(optimizer, loss=lambda y, p: ops.sum(p), jit_compile=kernels.JIT_FIT)
    before = model.get_weights()[0].copy()
    model.train_on_batch(np.array([[1, 1]]), np.zeros((1, 4), "float32"))
    np.testing.assert_allclose(before - model.get_weights()[0], [[0, 0], [2, 2], [0, 0]], atol=1e-6)
    assert optimizer.last_norm == pytest.approx(np.sqrt(8), rel=1e-6)


def test_made_again_from_its_config():
    optimizer = ClippedOptimizer(keras.optimizers.Adam(0.01, beta_2=0.9), clip_norm=0.5)
    twin = ClippedOptimizer.from_config(optimizer.get_config())
    assert twin.clip_norm == 0.5
    assert twin.inner_optimizer.beta_2 == 0.9


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), "1"])
def test_a_clip_norm_that_is_not_above_zero_is_refused(value):
    with pytest.raises(InputError, match="`clip_norm`"):
        ClippedOptimizer(keras.optimizers.SGD(), value)
