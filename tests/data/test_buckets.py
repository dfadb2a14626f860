"""Length buckets: the least padding by enumeration, and every sequence once an epoch."""

import itertools
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqkit.checks import InputError
from seqkit.data import BucketedBatches, bucket_lengths, read_columns


def padded(lengths, bounds):
    return sum(min(bound for bound in bounds if bound >= length) for length in lengths)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=12), st.integers(1, 4))
def test_no_other_choice_of_lengths_pads_less(lengths, shapes):
    bounds = bucket_lengths(lengths, shapes)
    assert bounds == sorted(set(bounds))
    assert len(bounds) <= shapes
    longest, others = max(lengths), sorted(set(lengths) - {max(lengths)})
    choices = [
        (*choice, longest)
        for size in range(min(shapes, len(others) + 1))
        for choice in itertools.combinations(others, size)
    ]
    assert padded(lengths, bounds) == min(padded(lengths, choice) for choice in choices)


RNG = np.random.default_rng(0)
WORDS = [RNG.integers(4, 50, size=length).astype("int32") for length in RNG.integers(0, 30, size=101)]


def make(**arguments):
    inputs = {"words": WORDS, "characters": [np.stack([row, row + 1], axis=1) for row in WORDS]}
    return BucketedBatches(inputs, [row + 2 for row in WORDS], **({"batch": 8, "shapes": 4} | arguments))


@pytest.mark.parametrize("size", [{"batch": 8}, {"batch": None, "batch_tokens": 100}])
@pytest.mark.parametrize("seed", [None, 3])
def test_every_sequence_comes_once_an_epoch_with_its_targets(size, seed):
    batches = make(**size, seed=seed)
    for epoch in (0, 1):
        found = []
        for position in range(batches.steps_per_epoch):
            inputs, targets = batches.batch_at(epoch, position)
            for words, characters, row in zip(inputs["words"], inputs["characters"], targets, strict=True):
                present = words > 0
                assert (row[present] == words[present] + 2).all()
                assert (row[~present] == -1).all()
                assert (characters[present] == np.stack([words, words + 1], axis=1)[present]).all()
                assert (characters[~present] == 0).all()
                found.append(tuple(words[present].tolist()))
        filled = [row for row in found if row]
        assert sorted(filled) == sorted(tuple(row.tolist()) for row in WORDS if len(row))


def test_there_are_no_more_shapes_than_asked_for():
    batches = make(seed=1)
    shapes = {inputs["words"].shape for inputs, _ in batches.batches(epochs=3)}
    assert len(shapes) <= 4
    assert all(rows == 8 for rows, _ in shapes)


def test_a_batch_of_tokens_has_as_many_rows_as_fit():
    for inputs, _ in make(batch=None, batch_tokens=100).batches():
        rows, time = inputs["words"].shape
        assert rows == max(1, 100 // time)


def test_epochs_are_shuffled_and_a_seed_gives_them_again():
    def order(batches, epoch):
        return [tuple(batches.batch_at(epoch, k)[0]["words"].ravel()) for k in range(batches.steps_per_epoch)]

    assert order(make(seed=1), 0) == order(make(seed=1), 0)
    assert order(make(seed=1), 0) != order(make(seed=1), 1)
    assert order(make(seed=1), 0) != order(make(seed=2), 0)
    assert order(make(seed=None), 0) == order(make(seed=None), 1)


def test_waste_is_what_a_count_of_the_padding_gives():
    batches = make(seed=1)
    cells = sum(inputs["words"].size for inputs, _ in batches.batches())
    tokens = sum(int((inputs["words"] > 0).sum()) for inputs, _ in batches.batches())
    assert batches.waste == pytest.approx(1 - tokens / cells)


def test_one_target_a_sequence():
    batches = BucketedBatches({"words": WORDS}, np.arange(101), batch=8, shapes=4, seed=1)
    for inputs, targets in batches.batches():
        for words, target in zip(inputs["words"], targets, strict=True):
            expected = WORDS[target].tolist() if target >= 0 else []
            assert words[words > 0].tolist() == expected


@pytest.mark.tensorflow
def test_the_pipeline_has_the_same_batches_and_a_known_cardinality():
    batches = make(seed=1)
    dataset = batches.dataset(2, epoch=1, position=3)
    assert int(dataset.cardinality()) == batches.steps_per_epoch - 3
    for (inputs, targets), (given_inputs, given_targets) in zip(
        batches.batches(2, epoch=1, position=3), dataset.as_numpy_iterator(), strict=True
    ):
        np.testing.assert_array_equal(given_inputs["words"], inputs["words"])
        np.testing.assert_array_equal(given_inputs["characters"], inputs["characters"])
        np.testing.assert_array_equal(given_targets, targets)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch": 8, "batch_tokens": 100}, "one of the two"),
        ({"batch": None}, "one of the two"),
        ({"batch": 0}, "`batch`"),
        ({"shapes": 0}, "`shapes`"),
        ({"seed": -1}, "`seed`"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        make(**arguments)


def test_inputs_and_targets_of_unlike_lengths_are_refused():
    with pytest.raises(InputError, match="the first unlike one at 5"):
        BucketedBatches({"words": WORDS}, [*WORDS[:5], WORDS[5][:-1], *WORDS[6:]], batch=8)
    for nothing in ({}, {"words": []}):
        with pytest.raises(InputError, match="at least one sequence"):
            BucketedBatches(nothing, [], batch=8)
    with pytest.raises(InputError, match="one integer a sequence"):
        BucketedBatches({"words": WORDS}, np.arange(100), batch=8)


@pytest.mark.data
def test_conll_sentences_are_padded_as_little_as_eight_shapes_allow():
    if "SEQKIT_DATA" not in os.environ:
        pytest.skip("SEQKIT_DATA is not set")
    sentences = read_columns(Path(os.environ["SEQKIT_DATA"]) / "conll2003" / "eng.train", scheme="IOB1")
    words = [np.zeros(len(sentence.tokens), "int32") for sentence in sentences]
    batches = BucketedBatches({"words": words}, words, batch=32, shapes=8, seed=0)
    assert len(batches.bounds) == 8
    assert batches.waste < 0.17  # 0.16 is the least there is
