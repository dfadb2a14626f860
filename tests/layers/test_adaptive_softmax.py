"""The adaptive softmax against its definition, in both of its roads."""

import itertools

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from seqkit import kernels
from seqkit.checks import InputError
from seqkit.layers import AdaptiveSoftmax


def log_softmax(x):
    top = x.max(axis=-1, keepdims=True)
    return x - top - np.log(np.exp(x - top).sum(axis=-1, keepdims=True))


def by_definition(layer, cutoffs, size, x):
    """log p(cluster) + log p(word | cluster), in float64, word by word."""
    kernel, bias, *tails = [np.asarray(w, np.float64) for w in layer.get_weights()]
    head, edges = log_softmax(x @ kernel + bias), [*cutoffs, size]
    result = np.empty((*x.shape[:-1], size))
    result[..., : cutoffs[0]] = head[..., : cutoffs[0]]
    for k, (first, last) in enumerate(itertools.pairwise(edges)):
        projection, matrix, offset = tails[3 * k : 3 * k + 3]
        inside = log_softmax(x @ projection @ matrix + offset)
        for word in range(first, last):
            result[..., word] = head[..., cutoffs[0] + k] + inside[..., word - first]
    return result


def layer_of(size, cutoffs, width, seed=0, reduction=2):
    layer, rng = AdaptiveSoftmax(size, cutoffs, reduction=reduction), np.random.default_rng(seed)
    layer.build((None, None, width))
    layer.set_weights([rng.normal(size=w.shape).astype("float32") for w in layer.get_weights()])
    return layer, rng.normal(size=(3, 5, width)).astype("float32"), rng


@settings(deadline=None, max_examples=15)
@given(cutoffs=st.sets(st.integers(1, 19), min_size=1, max_size=3), seed=st.integers(0, 99))
def test_both_roads_are_the_definition(cutoffs, seed):
    cutoffs = tuple(sorted(cutoffs))
    layer, x, rng = layer_of(20, cutoffs, 8, seed)
    expected = by_definition(layer, cutoffs, 20, x.astype("float64"))
    np.testing.assert_allclose(ops.convert_to_numpy(layer(x)), expected, atol=1e-4)
    np.testing.assert_allclose(np.exp(ops.convert_to_numpy(layer(x))).sum(axis=-1), 1.0, atol=1e-5)
    targets = rng.integers(-1, 20, size=(3, 5)).astype("int32")
    picked = -np.take_along_axis(expected, np.maximum(targets, 0)[..., None], axis=-1)[..., 0]
    found = ops.convert_to_numpy(layer.nats(x, targets))
    np.testing.assert_allclose(found, np.where(targets == -1, 0.0, picked), atol=1e-4)


@pytest.mark.parametrize("target", [-1, 0, 4, 12], ids=["padding", "head", "first cluster", "last cluster"])
def test_rows_may_all_fall_into_one_place(target):
    layer, x, _ = layer_of(20, (3, 10), 8)
    expected = by_definition(layer, (3, 10), 20, x.astype("float64"))[..., target]
    found = ops.convert_to_numpy(layer.nats(x, np.full((3, 5), target, "int32")))
    np.testing.assert_allclose(found, 0 * expected if target == -1 else -expected, atol=1e-4)


@pytest.mark.parametrize("xla", [False, True])
def test_the_gradients_of_both_roads_agree(xla):
    """One step of gradient descent on each: the same weights after it."""
    targets = np.array([[-1, 0, 4, 12, 19], [2, 3, 9, 10, -1], [5, 5, 5, 5, 5]], "int32")
    after = []
    for alone in (True, False):
        layer, x, _ = layer_of(20, (3, 10), 8)
        after.append(_descend(layer, x, targets, alone=alone, xla=xla))
    for a, b in zip(*after, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def _descend(layer, x, targets, *, alone, xla):
    weights = layer.trainable_weights

    def loss_of():
        if alone:
            return ops.sum(layer.nats(x, targets))
        nats = ops.sparse_categorical_crossentropy(np.maximum(targets, 0), layer(x), from_logits=True)
        return ops.sum(ops.where(targets == -1, 0.0, nats))

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        @tf.function(jit_compile=xla)
        def gradients():
            with tf.GradientTape() as tape:
                loss = loss_of()
            return tape.gradient(loss, [weight.value for weight in weights])

        found = gradients()
    else:
        import jax

        def loss(values):
            with keras.StatelessScope(state_mapping=list(zip(weights, values, strict=True))):
                return loss_of()

        found = jax.grad(loss)([weight.value for weight in weights])
    return [np.asarray(weight) - np.asarray(g) for weight, g in zip(layer.get_weights(), found, strict=True)]


def test_log_probabilities_serve_as_logits():
    layer, x, _ = layer_of(20, (3, 10), 8)
    log_probs = layer(x)
    np.testing.assert_allclose(
        ops.convert_to_numpy(ops.log_softmax(log_probs)), ops.convert_to_numpy(log_probs), atol=1e-5
    )


def test_clusters_nobody_chose_begin_at_parts_of_the_vocabulary():
    layer = AdaptiveSoftmax(6400)
    layer.build((None, None, 64))
    shapes = [w.shape for w in layer.get_weights()]
    assert shapes == [
        (64, 103),
        (103,),
        (64, 16),
        (16, 300),
        (300,),
        (64, 4),
        (4, 1200),
        (1200,),
        (64, 1),
        (1, 4800),
        (4800,),
    ]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"vocabulary_size": 20, "cutoffs": (5, 5)}, r"cutoffs=\(5, 5\)"),
        ({"vocabulary_size": 20, "cutoffs": (0, 5)}, r"cutoffs=\(0, 5\)"),
        ({"vocabulary_size": 20, "cutoffs": (5, 20)}, r"cutoffs=\(5, 20\)"),
        ({"vocabulary_size": 20, "cutoffs": ()}, r"cutoffs=\(\)"),
        ({"vocabulary_size": 20, "cutoffs": (2.5, 5)}, r"cutoffs=\(2.5, 5\)"),
        ({"vocabulary_size": 20}, "cutoffs=None"),
        ({"vocabulary_size": 20, "cutoffs": (5,), "reduction": 0}, "reduction=0"),
    ],
)
def test_wrong_clusters_are_refused(arguments, named):
    with pytest.raises(InputError, match=named):
        AdaptiveSoftmax(**arguments)


def test_features_too_narrow_for_the_clusters_are_refused():
    with pytest.raises(InputError, match="Received: width 8"):
        AdaptiveSoftmax(20, (3, 10)).build((None, None, 8))


def test_rows_that_are_not_kept_are_zero():
    keep = np.array([True, False, True, False])
    rows = np.arange(8, dtype="float32").reshape(4, 2)
    found = ops.convert_to_numpy(kernels.on_rows(lambda r: ops.sum(r, axis=-1) + 1, keep, rows))
    np.testing.assert_array_equal(found, [2.0, 0.0, 10.0, 0.0])
