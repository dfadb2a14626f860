"""Milliseconds a token: our compiled loop, `model.predict` a step, `model(x)` a step, a PyTorch loop.

Run: python -m tests.benchmarks.generation [--units 512] [--depth 2] [--rounds 10]
Beside it stands the time to read the weights once from memory: no loop for one sequence can be faster than that,
unless the weights stay in a cache. PyTorch is left out where it is not installed.
"""

import argparse
import contextlib

import keras
import numpy as np

from seqkit.decoding import Generator, Temperature
from seqkit.models import language_model
from tests.benchmarks.timing import interleaved

VOCABULARY = 100
LENGTH = 500  # tokens of the loops
STEPS = 20  # tokens of what is called step by step from Python


def ours(model, batch):
    generator = Generator(model)
    prompts = [[1]] * batch
    return lambda: generator(prompts, length=LENGTH, sampler=Temperature(), seed=0)


def by_step(units, depth, batch, how):
    """What Keras's own examples do: a stateful model, one token a call."""
    inputs = keras.Input(batch_shape=(batch, 1), dtype="int32")
    x = keras.layers.Embedding(VOCABULARY, 64)(inputs)
    for _ in range(depth):
        x = keras.layers.LSTM(units, return_sequences=True, stateful=True)(x)
    model = keras.Model(inputs, keras.layers.Dense(VOCABULARY)(x))
    generator = np.random.default_rng(0)

    def draw():
        ids = np.ones((batch, 1), "int32")
        for _ in range(STEPS):
            logits = (
                model.predict(ids, batch_size=batch, verbose=0)
                if how == "predict"
                else keras.ops.convert_to_numpy(model(ids))
            )
            weights = np.exp(logits[:, 0] - logits[:, 0].max(-1, keepdims=True))
            cumulated = np.cumsum(weights / weights.sum(-1, keepdims=True), axis=-1)
            ids = (cumulated > generator.random((batch, 1))).argmax(-1)[:, None].astype("int32")

    return draw


def torch_loop(units, depth, batch):
    import torch

    torch.set_num_threads(2)
    embedding, head = torch.nn.Embedding(VOCABULARY, 64), torch.nn.Linear(units, VOCABULARY)
    layer = torch.nn.LSTM(64, units, depth, batch_first=True)

    @torch.inference_mode()
    def draw():
        ids, state = torch.ones((batch, 1), dtype=torch.long), None
        for _ in range(LENGTH):
            outputs, state = layer(embedding(ids), state)
            ids = torch.multinomial(torch.softmax(head(outputs[:, -1]), -1), 1)

    return draw


def reading(model):
    """Reads as many bytes as the weights have, in one pass with nothing else to do."""
    weights = np.ones(sum(int(np.prod(w.shape)) for w in model.trainable_weights), np.float32)
    return lambda: weights.sum()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("units", 512), ("depth", 2), ("rounds", 10)):
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()
    units, depth = arguments.units, arguments.depth
    model = language_model(vocabulary_size=VOCABULARY, units=units, depth=depth)
    for batch in (1, 64):
        ways = {"ours": (ours(model, batch), LENGTH)}
        ways["model.predict"] = (by_step(units, depth, batch, "predict"), STEPS)
        ways["model(x)"] = (by_step(units, depth, batch, "call"), STEPS)
        with contextlib.suppress(ImportError):
            ways["torch"] = (torch_loop(units, depth, batch), LENGTH)
        if batch == 1:
            ways["reading the weights"] = (reading(model), 1)
        found = interleaved({name: call for name, (call, _) in ways.items()}, arguments.rounds)
        print(f"{depth} layers of {units}, batch {batch}; milliseconds a token: minimum (median)")
        for name, (low, mid) in found.items():
            tokens = ways[name][1]
            print(f"  {name:20s} {1e3 * low / tokens:8.3f} ({1e3 * mid / tokens:.3f})")


if __name__ == "__main__":
    main()
