"""A text scored in pieces is a text scored at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqkit.checks import InputError
from seqkit.decoding import Scorer
from tests.decoding.small_models import small_model, token_log_probs

MODEL = small_model()
SCORER = Scorer(MODEL, [2])  # one for all examples, so that shapes are compiled once


@settings(max_examples=30, deadline=None)
@given(
    prompt=st.lists(st.integers(0, 6), min_size=1, max_size=5),
    pieces=st.lists(st.lists(st.integers(0, 6), max_size=9), max_size=5),
)
def test_however_the_text_is_cut_it_is_one_pass_over_the_whole(prompt, pieces):
    SCORER.restart(prompt)
    found = np.concatenate([np.zeros(0), *(SCORER.read(piece) for piece in pieces)])
    text = [*prompt, *(token for piece in pieces for token in piece)]
    expected = token_log_probs(MODEL, text)[len(prompt) - 1 :] if len(text) > 1 else np.zeros(0)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert SCORER.count == len(expected)
    assert SCORER.log_prob == pytest.approx(expected.sum(), abs=1e-4)


def test_a_long_text_compiles_a_few_shapes():
    """One, two, four, ..., 256 tokens at once: nine shapes at most, whatever the lengths of the pieces."""
    shapes = set()
    model = small_model()
    step = model.step

    def watched(ids, state, training=False):
        shapes.add(ids.shape)
        return step(ids, state, training=training)

    model.step = watched
    scorer = Scorer(model, [2])
    rng = np.random.default_rng(0)
    for length in rng.integers(1, 700, size=40):
        scorer.read(rng.integers(0, 7, size=length))
    assert len(shapes) <= 9
    assert max(shape[1] for shape in shapes) == 256


def test_a_refused_piece_is_not_read():
    scorer = Scorer(MODEL, [2])
    scorer.read([1, 5])
    with pytest.raises(InputError, match=r"`ids` must hold ids in \[0, 7\)"):
        scorer.read([3, 7])
    np.testing.assert_allclose(scorer.read([4]), token_log_probs(MODEL, [2, 1, 5, 4])[-1:], atol=1e-5)
    assert scorer.count == 3


@pytest.mark.parametrize("ids", [[[1, 2]], [0.5], "ab", 3])
def test_what_are_no_ids_is_refused(ids):
    with pytest.raises(InputError, match="`ids`"):
        Scorer(MODEL, [2]).read(ids)


@pytest.mark.parametrize("prompt", [[], [7], [[1]], [-1]])
def test_a_prompt_without_ids_of_the_model_is_refused(prompt):
    with pytest.raises(InputError, match="`prompt`"):
        Scorer(MODEL, prompt)
