"""One bundle, measured by two backends in two processes."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

from seqkit.bundle import LanguageModelBundle
from seqkit.models import language_model
from seqkit.text import CharTokenizer, Vocabulary

LETTERS = "abcdefgh \n"
FIGURES = re.compile(r"^(.*\S) {2,}([\d.]+)$", re.MULTILINE)


def figures(folder, text, backend):
    program = [sys.executable, "-m", "seqkit", "evaluate", str(folder), "--data", str(text), "--streams", "3"]
    environment = {**os.environ, "KERAS_BACKEND": backend}
    found = subprocess.run(program, env=environment, capture_output=True, text=True, check=True).stdout
    return {name: float(value) for name, value in FIGURES.findall(found)}


@pytest.mark.tensorflow
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_both_backends_give_the_same_bits_per_character(tmp_path, cell):
    rng = np.random.default_rng(0)
    (tmp_path / "text.txt").write_text("".join(rng.choice(list(LETTERS), 3000)))
    vocabulary = Vocabulary(LETTERS)
    model = language_model(vocabulary_size=len(vocabulary), cell=cell, units=24, depth=2, embedding=8)
    # Far from their small beginnings, but not so far that the state is chaotic and doubles every rounding error.
    for weight in model.trainable_variables:
        weight.assign(rng.normal(size=weight.shape, scale=0.5))
    LanguageModelBundle(model, vocabulary, CharTokenizer(), {}).save(tmp_path / "bundle")
    ours, theirs = (figures(tmp_path / "bundle", tmp_path / "text.txt", backend) for backend in ("tensorflow", "jax"))
    assert set(ours) == {"nats a token", "perplexity", "bits per character"}
    for name, value in ours.items():
        assert theirs[name] == pytest.approx(value, rel=1e-4)
    uniform = np.log2(len(vocabulary))
    assert abs(ours["bits per character"] - uniform) > 0.1
