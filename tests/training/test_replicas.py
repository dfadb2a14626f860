"""On TensorFlow, clipping and averaging on two replicas are those on one."""

import json
import subprocess
import sys

import keras
import pytest

PROGRAM = """
import json
import keras
import numpy as np
import tensorflow as tf

from seqkit.losses import MaskedCrossEntropy
from seqkit.training import AveragedOptimizer, AveragedWeights, ClippedOptimizer

[cpu] = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
rng = np.random.default_rng(0)
x, y = rng.normal(size=(40, 3, 4)).astype("float32"), rng.integers(-1, 5, (40, 3))


def train(strategy):
    keras.utils.set_random_seed(0)
    with strategy.scope():
        model = keras.Sequential([keras.Input((3, 4)), keras.layers.Dense(5)])
        optimizer = ClippedOptimizer(AveragedOptimizer(keras.optimizers.SGD(2.0), 0.8), 0.6)
        model.compile(optimizer, MaskedCrossEntropy(), jit_compile=False)
    history = model.fit(
        x, y, batch_size=8, epochs=3, validation_data=(x[:8], y[:8]), shuffle=False, verbose=0,
        callbacks=[AveragedWeights("val_loss")],
    )
    found = optimizer.take_statistics()
    weights = [w.ravel().tolist() for w in model.get_weights()]
    return {"weights": weights, "losses": history.history["val_loss"], "norm": found.norm, "clipped": found.clip_rate}


two = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
assert two.num_replicas_in_sync == 2
print(json.dumps([train(tf.distribute.OneDeviceStrategy("/cpu:0")), train(two)]))
"""


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf.distribute is a matter of TensorFlow")
def test_two_replicas_clip_and_average_what_one_does():
    """Clipped one by one, the gradients of the replicas would keep up to twice the norm."""
    result = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-3000:]
    one, two = json.loads(result.stdout.splitlines()[-1])
    assert 0 < one["clipped"] < 1
    assert two["clipped"] == one["clipped"]
    assert two["norm"] == pytest.approx(one["norm"], rel=1e-5)
    assert two["losses"] == pytest.approx(one["losses"], rel=1e-5)
    for ours, theirs in zip(two["weights"], one["weights"], strict=True):
        assert ours == pytest.approx(theirs, abs=1e-5)
