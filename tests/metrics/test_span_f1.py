"""Entity F1 against conlleval and seqeval, against spans counted in Python, and over padding, batches and heads."""

import os
from pathlib import Path

import conlleval
import keras
import numpy as np
import pytest

from seqkit import kernels, tagging
from seqkit.checks import InputError
from seqkit.data import read_columns
from seqkit.layers import CRF
from seqkit.losses import MaskedCrossEntropy
from seqkit.metrics import SpanF1

BIO = ["O", "B-X", "I-X", "B-Y", "I-Y"]
BIOES = ["O", *(f"{prefix}-{kind}" for kind in "XY" for prefix in "BIES")]


def random_tags(tags, rows=200, time=9, seed=0):
    """Sequences legal or not, the guesses often right; rows of length 0 and 1 among them."""
    rng = np.random.default_rng(seed)
    lengths = np.concatenate([[0, 1, 1], rng.integers(1, time + 1, size=rows - 3)])
    truth = rng.integers(len(tags), size=(rows, time))
    guess = np.where(rng.random(truth.shape) < 0.8, truth, rng.integers(len(tags), size=truth.shape))
    return np.where(np.arange(time) < lengths[:, None], truth, -1), guess, lengths


def named(ids, lengths, tags):
    return [[tags[tag] for tag in row[:length]] for row, length in zip(ids, lengths, strict=True)]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("tags", [BIO, BIOES], ids=["BIO", "BIOES"])
def test_counts_are_those_of_spans_in_python(tags, seed):
    truth, guess, lengths = random_tags(tags, seed=seed)
    metric = SpanF1(tags)
    metric.update_state(truth, guess)
    there = [{*tagging.spans(row)} for row in named(truth, lengths, tags)]
    found = [{*tagging.spans(row)} for row in named(guess, lengths, tags)]
    for place, kind in enumerate("XY"):
        both = zip(there, found, strict=True)
        assert int(metric.right[place]) == sum(span.type == kind for a, b in both for span in a & b)
        assert int(metric.found[place]) == sum(span.type == kind for row in found for span in row)
        assert int(metric.there[place]) == sum(span.type == kind for row in there for span in row)


def published_figures(truth, guess):
    """What conlleval prints, from lines of `token truth guess`."""
    lines = [
        line
        for tags in zip(truth, guess, strict=True)
        if tags[0]  # it takes the number of columns from the first line
        for line in [*(f"word {a} {b}" for a, b in zip(*tags, strict=True)), ""]
    ]
    return conlleval.evaluate(lines)


def assert_same(ours, theirs):
    """Every figure, of each type and of all."""
    for kind, row in ours.items():
        expected = theirs["overall"]["chunks"] if kind == "all" else theirs["slots"]["chunks"][kind]
        assert row["precision"] == pytest.approx(expected["evals"]["prec"])
        assert row["recall"] == pytest.approx(expected["evals"]["rec"])
        assert row["f1"] == pytest.approx(expected["evals"]["f1"])
        assert row["support"] == expected["stats"]["gold"]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("tags", [BIO, BIOES], ids=["BIO", "BIOES"])
def test_figures_are_those_of_conlleval(tags, seed):
    truth, guess, lengths = random_tags(tags, seed=seed)
    metric = SpanF1(tags)
    for rows in np.array_split(np.arange(len(truth)), 7):
        metric.update_state(truth[rows], guess[rows])
    assert_same(metric.report(), published_figures(named(truth, lengths, tags), named(guess, lengths, tags)))


def test_figures_are_those_of_seqeval():
    """seqeval has no wheel, and its source builds with old tools only: run by hand where it is installed."""
    seqeval = pytest.importorskip("seqeval.metrics")
    truth, guess, lengths = random_tags(BIO)
    metric = SpanF1(BIO)
    metric.update_state(truth, guess)
    expected = named(truth, lengths, BIO), named(guess, lengths, BIO)
    theirs = seqeval.classification_report(*expected, output_dict=True, zero_division=0)
    for kind, row in (("X", "X"), ("Y", "Y"), ("all", "micro avg")):
        found = metric.report()[kind]
        assert found["precision"] == pytest.approx(theirs[row]["precision"])
        assert found["recall"] == pytest.approx(theirs[row]["recall"])
        assert found["f1"] == pytest.approx(theirs[row]["f1-score"])
        assert found["support"] == theirs[row]["support"]


def test_a_sequence_that_starts_inside_starts_with_a_span():
    metric = SpanF1(BIO)
    metric.update_state(np.array([[2, 2, 0, 4]]), np.array([[1, 2, 0, 3]]))
    assert float(metric.result()) == 1.0


def test_a_span_does_not_run_on_into_the_next_row():
    metric = SpanF1(BIO)
    metric.update_state(np.array([[0, 1], [2, 0]]), np.array([[0, 1], [2, 0]]))
    assert metric.report()["X"]["support"] == 2


def test_logits_and_potentials_count_as_the_tags_they_mean():
    truth, guess, lengths = random_tags(BIO)
    logits = np.eye(5, dtype="float32")[guess]
    for predictions in (logits, CRF(5)(10 * logits, mask=np.arange(9) < lengths[:, None])):
        plain, decoded = SpanF1(BIO), SpanF1(BIO)
        plain.update_state(truth, guess)
        decoded.update_state(truth, predictions)
        assert decoded.report() == plain.report()


def test_without_any_span_the_figures_are_zero():
    metric = SpanF1(BIO)
    assert float(metric.result()) == 0
    metric.update_state(np.array([[0, 0]]), np.array([[0, 0]]))
    assert metric.report()["all"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}


def test_compiled_it_counts_the_same():
    truth, guess, _ = random_tags(BIO)
    logits = np.eye(5, dtype="float32")[guess]
    metric = SpanF1(BIO)
    metric.update_state(truth, logits)
    model = keras.Sequential([keras.layers.Activation("linear")])
    model.compile(metrics=[SpanF1(BIO)], loss=MaskedCrossEntropy(), jit_compile=kernels.JIT_FIT)
    found = model.evaluate(logits, truth, batch_size=64, verbose=0, return_dict=True)["f1"]
    assert found == pytest.approx(float(metric.result()))


@pytest.mark.data
def test_on_a_real_file_it_agrees_with_conlleval():
    """Every tenth tag of the test file moved on by one: entities broken, grown and retyped."""
    if "SEQKIT_DATA" not in os.environ:
        pytest.skip("SEQKIT_DATA is not set")
    sentences = read_columns(Path(os.environ["SEQKIT_DATA"]) / "conll2003" / "eng.testb", scheme="IOB1")
    tags = sorted({tag for sentence in sentences for tag in sentence.tags})
    rng = np.random.default_rng(0)
    metric, theirs = SpanF1(tags), ([], [])
    for first in range(0, len(sentences), 500):
        rows = sentences[first : first + 500]
        truth = np.full((len(rows), max(len(row.tokens) for row in rows)), -1)
        for row, sentence in zip(truth, rows, strict=True):
            row[: len(sentence.tags)] = [tags.index(tag) for tag in sentence.tags]
        guess = np.where(rng.random(truth.shape) < 0.1, (truth + 1) % len(tags), truth)
        metric.update_state(truth, guess)
        for ids, sentence in zip(guess, rows, strict=True):
            theirs[0].append(list(sentence.tags))
            theirs[1].append([tags[tag] for tag in ids[: len(sentence.tags)]])
    assert metric.report()["all"]["support"] == 5648
    assert_same(metric.report(), published_figures(*theirs))


def test_wrong_calls_are_refused():
    with pytest.raises(InputError, match="`tags` must hold 'O'"):
        SpanF1(["B-X", "I-X"])
    metric = SpanF1(BIO)
    with pytest.raises(InputError, match="knows 5 tags"):
        metric.update_state(np.zeros((1, 2)), np.zeros((1, 2, 4)))
    with pytest.raises(ValueError, match="no sample weights"):
        metric.update_state(np.zeros((1, 2)), np.zeros((1, 2, 5)), sample_weight=np.ones((1, 2)))
