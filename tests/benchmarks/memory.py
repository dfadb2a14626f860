"""Peak memory of forward and backward against the length of the sequence: ours, with gates computed again, Keras's.

Run: python -m tests.benchmarks.memory [--cell lstm]
Each figure is measured in a process of its own, for memory once taken is not given back: the peak of the process less
what it held before the first computation of this size. The exponent is the slope of a straight line through logarithms.
"""

import argparse
import json
import resource
import subprocess
import sys

import numpy as np

BATCH, FEATURES, UNITS = 64, 128, 128
TIMES = (256, 512, 1024, 2048, 4096)
WAYS = ("ours", "recompute", "keras")


def one(cell, way, time):
    """Megabytes for one length, printed as JSON."""
    import keras
    import psutil
    import tensorflow as tf

    from seqkit import layers

    ours = {"simple_rnn": layers.SimpleRNN, "gru": layers.GRU, "lstm": layers.LSTM}
    theirs = {"simple_rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}
    if way == "keras":
        layer = theirs[cell](UNITS, return_sequences=True)
    else:
        layer = ours[cell](UNITS, return_sequences=True, recompute=way == "recompute")

    factors = tf.random.normal((UNITS,))

    def gradients(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(x) * factors)  # takes next to nothing itself
        return tape.gradient(loss, [v.value for v in layer.trainable_variables])

    layer.build((BATCH, time, FEATURES))
    [g.numpy() for g in tf.function(gradients)(tf.zeros((BATCH, 8, FEATURES)))]  # what the runtime itself takes
    inputs = tf.random.normal((BATCH, time, FEATURES))
    both = tf.function(gradients)
    both.get_concrete_function(inputs)
    before = psutil.Process().memory_info().rss / 2**20
    for _ in range(3):
        [g.numpy() for g in both(inputs)]
    print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before))


def measured(cell, way, time):
    command = [sys.executable, "-m", "tests.benchmarks.memory", "--cell", cell, "--way", way, "--time", str(time)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cell", default="lstm")
    parser.add_argument("--way", choices=WAYS, help="measure one way in this process")
    parser.add_argument("--time", type=int)
    arguments = parser.parse_args()
    if arguments.way:
        one(arguments.cell, arguments.way, arguments.time)
        return
    print(f"{arguments.cell}, batch {BATCH}, {FEATURES} features, {UNITS} units: megabytes at the peak")
    found = {way: [] for way in WAYS}
    for time in TIMES:
        for way in WAYS:
            found[way].append(measured(arguments.cell, way, time))
        print(f"{time:5d}  " + "  ".join(f"{way} {found[way][-1]:7.0f}" for way in WAYS), flush=True)
    for way in WAYS:
        print(f"{way}: exponent {np.polyfit(np.log(TIMES), np.log(found[way]), 1)[0]:.2f}")
    print(f"at {TIMES[-1]} steps: recomputing takes {found['recompute'][-1] / found['ours'][-1]:.2f} of the memory")


if __name__ == "__main__":
    main()
