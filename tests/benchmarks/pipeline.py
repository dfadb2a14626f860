"""Tokens a second of the input pipelines alone, beside what a model trains: the pipeline must never be the slower one.

Run: python -m tests.benchmarks.pipeline [--data python] [--rounds 10]
"""

import argparse

import keras

from seqkit import kernels
from seqkit.data import RandomWindows, SequentialWindows, text_corpus, text_source
from seqkit.losses import MaskedCrossEntropy
from seqkit.models import language_model
from seqkit.text import tokenizer_for
from seqkit.training import TruncatedBPTT
from tests.benchmarks.timing import interleaved

WINDOW, BATCH = 50, 32
READ = 300  # batches read in a round
TRAINED = 20  # updates trained in a round


def reading(dataset):
    batches = iter(dataset.repeat())

    def read():
        for _ in range(READ):
            next(batches)

    return read


def training(windows, vocabulary):
    trainer = TruncatedBPTT(language_model(vocabulary_size=vocabulary, units=384), streams=BATCH, evaluation_streams=1)
    trainer.compile("adam", MaskedCrossEntropy(), jit_compile=kernels.JIT_FIT)
    dataset = windows.dataset().repeat()
    return lambda: trainer.fit(dataset, epochs=1, steps_per_epoch=TRAINED, shuffle=False, verbose=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="python")
    parser.add_argument("--rounds", type=int, default=10)
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)
    corpus = text_corpus(text_source(arguments.data), tokenizer_for("char"))
    tokens = corpus.splits["train"]
    random = RandomWindows(tokens, window=WINDOW, batch=BATCH)
    sequential = SequentialWindows(tokens, window=WINDOW, streams=BATCH)
    ways = {
        "random sampling": (reading(random.dataset()), READ),
        "sequential partitioning": (reading(sequential.dataset()), READ),
        "training, 384 units": (training(sequential, len(corpus.vocabulary)), TRAINED),
    }
    found = interleaved({name: call for name, (call, _) in ways.items()}, arguments.rounds)
    print(f"{arguments.data}, from disk, {BATCH} windows of {WINDOW}: tokens a second, maximum (median)")
    for name, (low, mid) in found.items():
        count = ways[name][1] * BATCH * WINDOW
        print(f"  {name:25s} {count / low:12,.0f} ({count / mid:,.0f})")


if __name__ == "__main__":
    main()
