"""The mean over the targets that are there, whatever the padding and on any number of replicas."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from seqkit.checks import InputError
from seqkit.losses import MaskedCrossEntropy

BACKEND = keras.backend.backend()


def nll(targets, logits):
    """Negative log-likelihood of each target in float64, 0 where it is padding."""
    logits = np.asarray(logits, dtype=np.float64)
    top = logits.max(axis=-1, keepdims=True)
    log_probs = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    picked = np.take_along_axis(log_probs, np.maximum(targets, 0)[..., None], axis=-1)[..., 0]
    return np.where(targets != -1, -picked, 0.0)


def reference(targets, logits):
    return nll(targets, logits).sum() / max(1, (targets != -1).sum())


def draw(shape, classes, seed=0, padded=0.3, scale=3.0):
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, classes, shape)
    targets[rng.random(shape) < padded] = -1
    return targets.astype("int32"), (scale * rng.normal(size=(*shape, classes))).astype("float32")


def gradient(loss, targets, logits):
    if BACKEND == "tensorflow":
        import tensorflow as tf

        logits = tf.constant(logits)
        with tf.GradientTape() as tape:
            tape.watch(logits)
            value = loss(targets, logits)
        return np.asarray(tape.gradient(value, logits))
    if BACKEND == "jax":
        import jax

        return np.asarray(jax.grad(lambda x: loss(targets, x))(logits))
    pytest.skip(f"no gradient at hand on {BACKEND}")


@pytest.mark.parametrize("classes", [2, 3, 1000])
def test_equal_logits_cost_the_log_of_the_classes(classes):
    targets = np.array([[0, classes - 1, -1], [1, -1, -1]])
    found = float(MaskedCrossEntropy()(targets, np.full((2, 3, classes), 7.5, "float32")))
    assert found == pytest.approx(np.log(classes), rel=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (4, 7), (3, 50), (8, 1)])
@pytest.mark.parametrize("padded", [0.0, 0.3, 0.9])
def test_it_is_the_mean_over_the_targets_that_are_there(shape, padded):
    targets, logits = draw(shape, 5, seed=shape[1], padded=padded)
    targets[0, 0] = 2
    assert float(MaskedCrossEntropy()(targets, logits)) == pytest.approx(reference(targets, logits), rel=1e-5)


def test_a_short_row_weighs_what_its_tokens_weigh():
    """One target in the first row, three in the second: neither a mean of row means nor one over all places."""
    p = np.array([[0.1, 0.9, 0.5], [0.8, 0.4, 0.2]])  # of class 0
    logits = np.log(np.stack([p, 1 - p], axis=-1)).astype("float32")
    targets = np.array([[0, -1, -1], [0, 1, 0]])
    expected = -(np.log(0.1) + np.log(0.8) + np.log(0.6) + np.log(0.2)) / 4
    assert float(MaskedCrossEntropy()(targets, logits)) == pytest.approx(expected, rel=1e-6)


def test_more_padding_changes_nothing():
    targets, logits = draw((3, 6), 4)
    value, slope = float(MaskedCrossEntropy()(targets, logits)), gradient(MaskedCrossEntropy(), targets, logits)
    wide = np.pad(targets, ((0, 2), (0, 5)), constant_values=-1)
    garbage = np.random.default_rng(1).normal(scale=50, size=(5, 11, 4)).astype("float32")
    garbage[:3, :6] = logits
    assert float(MaskedCrossEntropy()(wide, garbage)) == pytest.approx(value, rel=1e-6)
    found = gradient(MaskedCrossEntropy(), wide, garbage).copy()
    np.testing.assert_allclose(found[:3, :6], slope, rtol=1e-5, atol=1e-8)
    found[:3, :6] = 0
    assert np.all(found == 0)


def test_the_gradient_is_softmax_minus_target_over_the_count():
    targets, logits = draw((4, 5), 6)
    exponents = np.exp(logits.astype(np.float64))
    expected = exponents / exponents.sum(axis=-1, keepdims=True) - np.eye(6)[np.maximum(targets, 0)]
    expected = expected * (targets != -1)[..., None] / (targets != -1).sum()
    np.testing.assert_allclose(gradient(MaskedCrossEntropy(), targets, logits), expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("value", [0.0, 1e4, -1e4])
def test_a_batch_without_any_target_costs_nothing(value):
    targets, logits = np.full((2, 3), -1), np.full((2, 3, 4), value, "float32")
    logits[0, 0, 0] = -value
    assert float(MaskedCrossEntropy()(targets, logits)) == 0.0
    assert np.all(gradient(MaskedCrossEntropy(), targets, logits) == 0)


def test_sure_logits_stay_finite():
    logits = np.array([[[1e4, 0.0], [0.0, 1e4]]], "float32")
    assert float(MaskedCrossEntropy()(np.array([[0, 0]]), logits)) == pytest.approx(5e3, rel=1e-6)
    assert np.all(np.isfinite(gradient(MaskedCrossEntropy(), np.array([[0, 0]]), logits)))


@pytest.mark.parametrize("form", ["int32", "int64", "float32"])  # Keras casts targets of its own accord
def test_targets_of_any_type_count_alike(form):
    targets, logits = draw((3, 4), 5)
    found = float(MaskedCrossEntropy()(targets.astype(form), logits))
    assert found == pytest.approx(reference(targets, logits), rel=1e-5)


def test_a_mask_that_says_the_same_changes_nothing():
    """Keras multiplies a loss by the mask of the output, as `mask_zero` makes one: the count must not shrink twice."""
    targets, logits = draw((3, 6), 4)
    masked = ops.convert_to_tensor(logits)
    keras.src.backend.set_keras_mask(masked, ops.convert_to_tensor(targets != -1))
    assert float(MaskedCrossEntropy()(targets, masked)) == pytest.approx(reference(targets, logits), rel=1e-5)


def test_it_comes_back_from_its_config():
    loss = keras.losses.deserialize(keras.losses.serialize(MaskedCrossEntropy(name="mine")))
    assert isinstance(loss, MaskedCrossEntropy)
    assert loss.name == "mine"
    assert loss.get_config() == MaskedCrossEntropy(name="mine").get_config()


# In `compile` and `fit`.


def linear(features=3, classes=4, seed=0, mask_zero=False):
    """Logits that are one matrix product of the inputs, so that a step can be worked out by hand."""
    inputs = keras.Input((None, features))
    hidden = keras.layers.Masking()(inputs) if mask_zero else inputs
    model = keras.Model(inputs, keras.layers.Dense(classes, use_bias=False, name="head")(hidden))
    kernel = np.random.default_rng(seed).normal(size=(features, classes)).astype("float32")
    model.get_layer("head").set_weights([kernel])
    return model, kernel


@pytest.mark.parametrize("mask_zero", [False, True])
def test_the_loss_and_the_step_of_fit_are_those_worked_out_by_hand(mask_zero):
    model, kernel = linear(mask_zero=mask_zero)
    targets, _ = draw((5, 6), 4, padded=0.0)
    for row, length in enumerate((6, 1, 3, 2, 5)):
        targets[row, length:] = -1
    x = np.random.default_rng(2).normal(size=(5, 6, 3)).astype("float32") * (targets != -1)[..., None]
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss=MaskedCrossEntropy())
    history = model.fit(x, targets, batch_size=5, epochs=1, shuffle=False, verbose=0)
    logits = x.astype(np.float64) @ kernel
    assert history.history["loss"] == [pytest.approx(reference(targets, logits), rel=1e-5)]
    softmax = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    slope = (softmax - np.eye(4)[np.maximum(targets, 0)]) * (targets != -1)[..., None] / (targets != -1).sum()
    expected = kernel - 0.5 * np.einsum("btf,btc->fc", x, slope)
    np.testing.assert_allclose(model.get_layer("head").get_weights()[0], expected, rtol=1e-4, atol=1e-6)


def test_a_batch_without_any_target_trains_nothing():
    model, kernel = linear()
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss=MaskedCrossEntropy())
    history = model.fit(np.ones((2, 3, 3), "float32"), np.full((2, 3), -1), epochs=1, verbose=0)
    assert history.history["loss"] == [0.0]
    assert np.array_equal(model.get_layer("head").get_weights()[0], kernel)


# On several replicas.

REPLICAS = r"""
import json, os
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import keras, numpy as np, tensorflow as tf

from seqkit.checks import InputError
from seqkit.losses import MaskedCrossEntropy
from seqkit.metrics import Nats

cpus = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpus[0], [tf.config.LogicalDeviceConfiguration()] * 2)
rng = np.random.default_rng(0)
ids = rng.integers(1, 11, (8, 6)).astype("int32")
targets = rng.integers(0, 11, (3, 8, 6)).astype("int32")
for step in range(3):
    for row in range(8):  # the first four rows, which the first replica gets, are full, the others nearly empty
        targets[step, row, 6 - step if row < 4 else (row + step) % 3 :] = -1


def train(strategy):
    with strategy.scope():
        keras.utils.set_random_seed(1)
        model = keras.Sequential([
            keras.layers.Embedding(11, 5, mask_zero=True, name="embedding"),
            keras.layers.Dense(11, name="head"),
        ])
        model.build((None, 6))
        model.compile(keras.optimizers.SGD(10.0), MaskedCrossEntropy(), metrics=[Nats()], jit_compile=False)
    data = tf.data.Dataset.from_tensor_slices((np.tile(ids, (3, 1)), targets.reshape(24, 6))).batch(8)
    uneven = tf.data.Dataset.from_tensor_slices((np.tile(ids, (2, 1))[:13], targets[1:].reshape(16, 6)[:13])).batch(8)
    start = [w.copy() for w in model.get_weights()]
    evaluated = model.evaluate(data, verbose=0, return_dict=True)["nats"]
    history = model.fit(data, epochs=1, shuffle=False, verbose=0)  # three steps
    model.fit(uneven, epochs=1, shuffle=False, verbose=0)  # the last batch has five rows, for two replicas to share
    return model.get_weights(), start, history.history["loss"][0], evaluated


two_devices = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
assert two_devices.num_replicas_in_sync == 2
one, two = train(tf.distribute.OneDeviceStrategy("/cpu:0")), train(two_devices)
found = {
    "start": max(float(np.abs(a - b).max()) for a, b in zip(one[1], two[1])),
    "moved": min(float(np.abs(a - b).max()) for a, b in zip(one[0], one[1])),
    "apart": max(float(np.abs(a - b).max()) for a, b in zip(one[0], two[0])),
    "loss": [one[2], two[2]],
    "nats": [one[3], two[3]],
}
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def replicas():
    if BACKEND != "tensorflow":
        pytest.skip("tf.distribute is a matter of the TensorFlow backend")
    result = subprocess.run([sys.executable, "-c", REPLICAS], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-3000:]
    return json.loads(result.stdout.splitlines()[-1])


def test_the_steps_of_two_replicas_give_the_weights_of_one_device(replicas):
    """Under Keras's own loss they drift apart, because each replica takes the mean of its own part."""
    assert replicas["start"] == 0
    assert replicas["moved"] > 0.01
    assert replicas["apart"] < 1e-6


def test_the_loss_that_two_replicas_show_is_that_of_one_device(replicas):
    one, two = replicas["loss"]
    assert two == pytest.approx(one, rel=1e-5)


def test_the_metric_of_two_replicas_is_that_of_one_device(replicas):
    one, two = replicas["nats"]
    assert two == pytest.approx(one, rel=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_label_smoothing_is_that_of_keras_on_dense_targets(smoothing):
    targets, logits = draw((4, 7), 11)
    dense = np.eye(11, dtype="float32")[np.maximum(targets, 0)]
    theirs = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing, reduction=None)
    expected = np.where(targets == -1, 0.0, ops.convert_to_numpy(theirs(dense, logits))).sum() / (targets != -1).sum()
    loss = MaskedCrossEntropy(label_smoothing=smoothing)
    assert float(loss(targets, logits)) == pytest.approx(expected, rel=1e-5)
    assert np.isfinite(gradient(loss, targets, logits)).all()
    assert MaskedCrossEntropy.from_config(loss.get_config()).label_smoothing == smoothing


def test_label_smoothing_outside_its_range_is_refused():
    with pytest.raises(InputError, match=r"label_smoothing=1\.0"):
        MaskedCrossEntropy(label_smoothing=1.0)
