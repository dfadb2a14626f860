"""What each regulariser adds to an update: a language model of words or of characters, with and without it.

Run: python -m tests.benchmarks.regularizers [--model words] [--updates 10] [--rounds 8]
Each round trains every model for some updates, in turn. Figures are relative to the model without any. The models have
the default sizes of the recipes; 'large' has 100,000 words, to set the adaptive softmax beside the full one.
"""

import argparse

import keras
import numpy as np

from seqkit.data import SequentialWindows
from seqkit.losses import MaskedCrossEntropy
from seqkit.metrics import Nats
from seqkit.models import language_model
from seqkit.training import ClippedOptimizer, TruncatedBPTT, averaged
from tests.benchmarks.timing import interleaved

SIZES = {
    "words": {"vocabulary_size": 10_000, "units": 256, "embedding": 256, "window": 35},
    "characters": {"vocabulary_size": 69, "units": 384, "embedding": 64, "window": 50},
    "large": {"vocabulary_size": 100_000, "units": 256, "embedding": 256, "window": 35},
}
REGULARIZERS = {
    "none": {},
    "input_dropout, a mask a step": {"input_dropout": 0.5},
    "input_dropout, a mask a window": {"input_dropout": 0.5, "dropout_mask": "sequence"},
    "output_dropout, a mask a step": {"output_dropout": 0.5},
    "output_dropout, a mask a window": {"output_dropout": 0.5, "dropout_mask": "sequence"},
    "embedding_dropout": {"embedding_dropout": 0.1},
    "weight_drop": {"weight_drop": 0.5},
    "activation_regularization": {"activation_regularization": 2.0},
    "temporal_regularization": {"temporal_regularization": 1.0},
    "head 'tied'": {"head": "tied"},
    "forget_bias": {"forget_bias": 2.0},
    "label_smoothing": {"label_smoothing": 0.1},
    "averaging 'ema'": {"averaging": "ema"},
}
LARGE = {"none": {}, "head 'adaptive'": {"head": "adaptive"}, "head 'tied'": {"head": "tied"}}
BATCH = 32


def trainer_of(updates, *, window, label_smoothing=0.0, averaging="none", **arguments):
    tokens = np.random.default_rng(0).zipf(1.3, size=BATCH * window * (updates + 1)) % arguments["vocabulary_size"]
    windows = SequentialWindows(tokens.astype("int32"), window=window, streams=BATCH)
    trainer = TruncatedBPTT(language_model(**arguments, seed=0), streams=BATCH, evaluation_streams=BATCH)
    optimizer = ClippedOptimizer(averaged(keras.optimizers.Adam(1e-3), averaging, 0.999), 1.0)
    trainer.compile(optimizer, MaskedCrossEntropy(label_smoothing), metrics=[Nats()], jit_compile=False)
    dataset = windows.dataset(1_000_000)
    return lambda: trainer.fit(dataset, epochs=1, steps_per_epoch=updates, verbose=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=tuple(SIZES), default="words")
    parser.add_argument("--updates", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=8)
    s = parser.parse_args()
    table = LARGE if s.model == "large" else REGULARIZERS
    ways = {name: trainer_of(s.updates, **SIZES[s.model], **added) for name, added in table.items()}
    found = interleaved(ways, rounds=s.rounds)
    base = found["none"]
    print(f"{s.model}: milliseconds an update (minimum), and what that and the median are relative to none")
    for name, (least, median) in found.items():
        row = f"{1000 * least / s.updates:8.1f} {least / base[0]:6.2f} {median / base[1]:6.2f}"
        print(f"{name:34s} {row}")


if __name__ == "__main__":
    main()
