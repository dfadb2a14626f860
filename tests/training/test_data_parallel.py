"""On JAX, training on two devices is training on one."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import keras
import numpy as np

from seqkit.data import RandomWindows, SequentialWindows
from seqkit.losses import MaskedCrossEntropy
from seqkit.models import language_model
from seqkit.training import ClippedOptimizer, TruncatedBPTT

TOKENS = np.random.default_rng(0).integers(0, 7, 150)  # fills no whole number of windows, and no whole batch
devices = keras.distribution.list_devices()
assert len(devices) == 2, devices


def weights(sampling, distribution):
    keras.distribution.set_distribution(distribution)
    keras.utils.set_random_seed(0)
    model = language_model(vocabulary_size=7, cell="lstm", units=8, depth=2, embedding=4)
    if sampling == "random":
        windows = RandomWindows(TOKENS, window=8, batch=4, context_only=(3,))
        trainer = model
    else:
        windows = SequentialWindows(TOKENS, window=8, streams=4, context_only=(3,))
        trainer = TruncatedBPTT(model, streams=4, evaluation_streams=4)
    trainer.compile(ClippedOptimizer(keras.optimizers.SGD(1.0), 0.5), MaskedCrossEntropy(), jit_compile=True)
    steps = windows.steps_per_epoch
    trainer.fit(windows.sequence(2), epochs=2, steps_per_epoch=steps, shuffle=False, verbose=0)
    return [np.asarray(w) for w in model.trainable_variables]


for sampling in ("random", "sequential"):
    one, two = weights(sampling, None), weights(sampling, keras.distribution.DataParallel(devices=devices))
    print(sampling, max(float(np.abs(a - b).max()) for a, b in zip(one, two, strict=True)))
"""


def test_masked_training_on_two_devices_is_training_on_one():
    environment = {**os.environ, "KERAS_BACKEND": "jax", "XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
    run = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    differences = dict(line.split() for line in run.stdout.splitlines())
    assert set(differences) == {"random", "sequential"}
    for sampling, difference in differences.items():
        assert float(difference) == pytest.approx(0.0, abs=1e-6), sampling
