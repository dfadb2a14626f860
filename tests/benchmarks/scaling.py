"""How the time of forward and backward grows with the length of the sequence, the units and the batch.

Run: python -m tests.benchmarks.scaling [--cell lstm] [--rounds 10]
All sizes of a row are measured in turn. The exponent is the slope of a straight line through the logarithms.
"""

import argparse

import numpy as np
import tensorflow as tf

from seqkit import layers
from tests.benchmarks.timing import interleaved

OURS = {"simple_rnn": layers.SimpleRNN, "minimal_gru": layers.MinimalGRU, "gru": layers.GRU, "lstm": layers.LSTM}
USUAL = {"batch": 16, "time": 128, "units": 128}
SIZES = {
    "time": (64, 128, 256, 512, 1024, 2048, 4096),
    "units": (32, 64, 128, 256, 512, 1024),
    "batch": (1, 4, 16, 64, 256),
}
STRAIGHT_FROM = {"time": 256, "units": 256, "batch": 16}  # below, what is fixed outweighs what grows


def both_ways(cell, batch, time, units):
    layer = OURS[cell](units, return_sequences=True)
    inputs = tf.random.normal((batch, time, units))
    layer.build(inputs.shape)

    @tf.function
    def both(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(x) ** 2)
        return tape.gradient(loss, [v.value for v in layer.trainable_variables])

    return lambda: [g.numpy() for g in both(inputs)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cell", default="lstm", choices=list(OURS))
    parser.add_argument("--rounds", type=int, default=10)
    arguments = parser.parse_args()
    print(f"{arguments.cell}, {USUAL} but for what is varied: milliseconds, minimum (median)")
    for what, sizes in SIZES.items():
        ways = {size: both_ways(arguments.cell, **{**USUAL, what: size}) for size in sizes}
        found = interleaved(ways, arguments.rounds)
        print(
            f"{what}: " + "  ".join(f"{size}: {1e3 * low:.1f} ({1e3 * mid:.1f})" for size, (low, mid) in found.items())
        )
        straight = [size for size in sizes if size >= STRAIGHT_FROM[what]]
        slope = np.polyfit(np.log(straight), np.log([found[size][0] for size in straight]), 1)[0]
        print(f"{what}: exponent from {straight[0]} to {straight[-1]}: {slope:.2f}", flush=True)


if __name__ == "__main__":
    main()
