"""How time and memory of forward and backward grow with the length of the sequence.

Run: python -m tests.benchmarks.scaling [--cell lstm] [--rounds 10]
Each length runs in a process of its own, for memory once taken is not given back. The exponent is the slope of a
straight line through the logarithms.
"""

import argparse
import json
import subprocess
import sys

import numpy as np

BATCH, FEATURES, UNITS = 16, 64, 64
TIMES = (64, 128, 256, 512, 1024, 2048, 4096)
STRAIGHT_FROM = 256


def one(cell, time, recompute, rounds):
    """Seconds, and megabytes beyond what the process had before; printed as JSON."""
    import psutil
    import tensorflow as tf

    from seqkit import layers
    from tests.benchmarks.timing import interleaved

    kind = {"simple_rnn": layers.SimpleRNN, "gru": layers.GRU, "lstm": layers.LSTM, "minimal_gru": layers.MinimalGRU}
    layer = kind[cell](UNITS, return_sequences=True, recompute=recompute)
    inputs = tf.random.normal((BATCH, time, FEATURES))
    layer.build(inputs.shape)

    @tf.function
    def both(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(x) ** 2)
        return tape.gradient(loss, [v.value for v in layer.trainable_variables])

    both.get_concrete_function(inputs)
    both(inputs[:, :8])  # what the runtime itself takes is taken before
    import resource

    before = psutil.Process().memory_info().rss / 2**20
    low, mid = interleaved({"both": lambda: [g.numpy() for g in both(inputs)]}, rounds)["both"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"low": low, "mid": mid, "megabytes": peak - before}))


def measured(cell, time, recompute, rounds):
    command = [sys.executable, "-m", "tests.benchmarks.scaling", "--cell", cell, "--rounds", str(rounds)]
    command += ["--one", str(time)] + (["--recompute"] if recompute else [])
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cell", default="lstm")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--one", type=int, help="measure one length in this process")
    parser.add_argument("--recompute", action="store_true")
    arguments = parser.parse_args()
    if arguments.one:
        one(arguments.cell, arguments.one, arguments.recompute, arguments.rounds)
        return
    print(f"{arguments.cell}, batch {BATCH}, {FEATURES} features, {UNITS} units: milliseconds (minimum), megabytes")
    columns = {False: [], True: []}
    for time in TIMES:
        row = [measured(arguments.cell, time, recompute, arguments.rounds) for recompute in (False, True)]
        for recompute, found in zip((False, True), row, strict=True):
            columns[recompute].append(found)
        kept, again = row
        print(
            f"{time:5d}  kept {1e3 * kept['low']:8.1f} ms {kept['megabytes']:7.1f} MB   "
            f"recomputed {1e3 * again['low']:8.1f} ms {again['megabytes']:7.1f} MB",
            flush=True,
        )
    straight = [k for k, time in enumerate(TIMES) if time >= STRAIGHT_FROM]
    for recompute, found in columns.items():
        slopes = {
            what: np.polyfit(np.log([TIMES[k] for k in straight]), np.log([found[k][what] for k in straight]), 1)[0]
            for what in ("low", "megabytes")
        }
        name = "recomputed" if recompute else "kept"
        print(f"{name}: exponent of time {slopes['low']:.2f}, of memory {slopes['megabytes']:.2f}")
    print(f"memory at {TIMES[-1]}: {columns[False][-1]['megabytes'] / columns[True][-1]['megabytes']:.2f} times less")


if __name__ == "__main__":
    main()
