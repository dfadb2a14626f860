"""Seconds an epoch of `fit`: a language model of PTB's words, ours, from stock Keras parts, and in PyTorch.

Run: SEQKIT_DATA=... python -m tests.benchmarks.fit [--units 650] [--depth 2] [--updates 20] [--rounds 10]
One round trains each model for some updates, in turn; an epoch has as many updates as the corpus fills. All three have
the same sizes, carry nothing from window to window, clip by the global norm and use the same optimizer. PyTorch is left
out where it is not installed.
"""

import argparse
import contextlib

import keras
import numpy as np

from seqkit.data import RandomWindows, text_corpus, text_source
from seqkit.losses import MaskedCrossEntropy
from seqkit.metrics import Nats
from seqkit.models import language_model
from seqkit.text import tokenizer_for
from seqkit.training import ClippedOptimizer
from tests.benchmarks.timing import interleaved

OPTIMIZERS = ("sgd", "adam")
CLIP = 5.0


def optimizer_of(name):
    return keras.optimizers.SGD(0.1) if name == "sgd" else keras.optimizers.Adam(1e-3)


def ours(dataset, updates, s, vocabulary):
    model = language_model(vocabulary_size=vocabulary, units=s.units, depth=s.depth, embedding=s.units)
    model.compile(
        ClippedOptimizer(optimizer_of(s.optimizer), CLIP), MaskedCrossEntropy(), metrics=[Nats()], jit_compile=False
    )
    return lambda: model.fit(dataset, epochs=1, steps_per_epoch=updates, verbose=0)


def stock(dataset, updates, s, vocabulary):
    layers = [keras.layers.Embedding(vocabulary, s.units)]
    layers += [keras.layers.LSTM(s.units, return_sequences=True) for _ in range(s.depth)]
    model = keras.Sequential([*layers, keras.layers.Dense(vocabulary)])
    optimizer = optimizer_of(s.optimizer)
    optimizer.global_clipnorm = CLIP
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    metric = keras.metrics.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=[metric], jit_compile=False)
    return lambda: model.fit(dataset, epochs=1, steps_per_epoch=updates, verbose=0)


def torch_loop(batches, s, vocabulary):
    import torch

    torch.set_num_threads(2)
    embedding, head = torch.nn.Embedding(vocabulary, s.units), torch.nn.Linear(s.units, vocabulary)
    layer = torch.nn.LSTM(s.units, s.units, s.depth, batch_first=True)
    parameters = [*embedding.parameters(), *layer.parameters(), *head.parameters()]
    kinds = {"sgd": lambda: torch.optim.SGD(parameters, 0.1), "adam": lambda: torch.optim.Adam(parameters, 1e-3)}
    optimizer = kinds[s.optimizer]()

    def train():
        for ids, targets in batches:
            optimizer.zero_grad()
            outputs, _ = layer(embedding(torch.tensor(ids)))
            logits = head(outputs).reshape(-1, vocabulary)
            loss = torch.nn.functional.cross_entropy(logits, torch.tensor(targets).long().reshape(-1), ignore_index=-1)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, CLIP)
            optimizer.step()

    return train


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    settings = {"units": 650, "depth": 2, "batch": 20, "window": 35, "updates": 20, "rounds": 10}
    for name, default in settings.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default="adam")
    s = parser.parse_args()
    corpus = text_corpus(text_source("ptb"), tokenizer_for("word"))
    tokens, vocabulary = corpus.splits["train"], len(corpus.vocabulary)
    windows = RandomWindows(tokens, window=s.window, batch=s.batch, seed=0)
    dataset = windows.dataset().take(s.updates).cache().repeat()
    ways = {"ours": ours(dataset, s.updates, s, vocabulary), "stock": stock(dataset, s.updates, s, vocabulary)}
    with contextlib.suppress(ImportError):
        ways["torch"] = torch_loop([windows.batch_at(0, k) for k in range(s.updates)], s, vocabulary)
    found = interleaved(ways, s.rounds, warm_up=1)
    print(f"PTB words, {s.depth} x {s.units} units, vocabulary {vocabulary}, batch {s.batch}, window {s.window}")
    print(f"{s.optimizer}: milliseconds an update; seconds an epoch of {windows.steps_per_epoch}: minimum (median)")
    for name, (low, mid) in found.items():
        scales = (1e3 / s.updates, windows.steps_per_epoch / s.updates)
        update, epoch = (f"{scale * low:8.1f} ({scale * mid:.1f})" for scale in scales)
        print(f"  {name:6s} {update} {epoch}")
    for name in set(found) - {"ours"}:
        ratios = np.array(found[name]) / np.array(found["ours"])
        print(f"  {name} / ours: {ratios[0]:.2f} by minima, {ratios[1]:.2f} by medians")


if __name__ == "__main__":
    main()
