"""Forward and backward of a recurrent layer: ours, stock Keras's with and without XLA, PyTorch's.

Run: python -m tests.benchmarks.recurrence [--cell lstm] [--bidirectional] [--rounds 12]
With `--bidirectional` both directions are read, with masks for rows of random length, and PyTorch is left out.
PyTorch is left out where it is not installed.
"""

import argparse
import contextlib
import math

import keras
import numpy as np
import tensorflow as tf

from seqkit import layers
from tests.benchmarks.timing import interleaved

SHAPES = (  # batch, time, features, units
    (32, 100, 256, 256),
    (64, 35, 200, 200),
    (32, 100, 128, 128),
    (20, 35, 650, 650),
    (128, 50, 512, 512),
)
OURS = {"simple_rnn": layers.SimpleRNN, "minimal_gru": layers.MinimalGRU, "gru": layers.GRU, "lstm": layers.LSTM}


def stock(cell, units):
    if cell == "minimal_gru":
        return keras.layers.RNN(layers.MinimalGRUCell(units), return_sequences=True)
    return {"simple_rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}[cell](
        units, return_sequences=True
    )


def keras_way(layer, inputs, xla=False, mask=None):
    """Forward, and the gradient of every weight and of the inputs."""
    named = {} if mask is None else {"mask": tf.constant(mask)}

    @tf.function(jit_compile=xla, input_signature=[tf.TensorSpec(inputs.shape, tf.float32)])
    def both(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(layer(x, training=True, **named) ** 2)
        return tape.gradient(loss, [x, *(v.value for v in layer.trainable_variables)])

    return lambda: [g.numpy() for g in both(inputs)][:0]


def torch_way(cell, inputs, units):
    import torch

    torch.set_num_threads(2)
    kinds = {"simple_rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
    layer = kinds[cell](inputs.shape[2], units, batch_first=True)
    x = torch.tensor(inputs, requires_grad=True)

    def both():
        layer.zero_grad()
        x.grad = None
        outputs, _ = layer(x)
        (outputs**2).sum().backward()

    return both


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cell", default="lstm", choices=list(OURS))
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--bidirectional", action="store_true")
    parser.add_argument("--shape", type=int, help="number of one shape, from 0")
    arguments = parser.parse_args()
    gains = {}
    print(f"{arguments.cell}, milliseconds for forward and backward, float32: minimum (median) of {arguments.rounds}")
    shapes = SHAPES if arguments.shape is None else SHAPES[arguments.shape : arguments.shape + 1]
    for batch, time, features, units in shapes:
        inputs = np.random.default_rng(0).normal(size=(batch, time, features)).astype("float32")
        ours, theirs = OURS[arguments.cell](units, return_sequences=True), stock(arguments.cell, units)
        mask = None
        if arguments.bidirectional:
            ours, theirs = keras.layers.Bidirectional(ours), keras.layers.Bidirectional(theirs)
            mask = np.arange(time) < np.random.default_rng(1).integers(time // 4, time + 1, batch)[:, None]
        ways = {
            "ours": keras_way(ours, inputs, mask=mask),
            "keras": keras_way(theirs, inputs, mask=mask),
            "keras+xla": keras_way(theirs, inputs, xla=True, mask=mask),
        }
        with contextlib.suppress(ImportError):
            if arguments.cell != "minimal_gru" and not arguments.bidirectional:
                ways["torch"] = torch_way(arguments.cell, inputs, units)
        found = interleaved(ways, arguments.rounds)
        row = "  ".join(f"{name} {1e3 * low:7.1f} ({1e3 * mid:.1f})" for name, (low, mid) in found.items())
        print(f"{batch:4d} {time:4d} {features:4d} {units:4d}  {row}", flush=True)
        ours = found["ours"]
        best = [min(found[n][k] for n in ("keras", "keras+xla")) for k in (0, 1)]
        gains.setdefault("the better of stock Keras", []).append([b / o for b, o in zip(best, ours, strict=True)])
        if "torch" in found:
            gains.setdefault("PyTorch", []).append([t / o for t, o in zip(found["torch"], ours, strict=True)])
    for peer, ratios in gains.items():
        low, mid = (math.exp(sum(math.log(r[k]) for r in ratios) / len(ratios)) for k in (0, 1))
        print(
            f"against {peer}: geometric mean {low:.2f} by minima, {mid:.2f} by medians; "
            f"worst {min(r[0] for r in ratios):.2f}"
        )


if __name__ == "__main__":
    main()
