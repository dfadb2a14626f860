"""Beam search against all sequences there are, and against plain Python where the beam is narrow."""

import functools
import itertools

import keras
import numpy as np
import pytest

from seqkit.checks import InputError
from seqkit.decoding import Generator, Greedy, beam_search
from tests.decoding.small_models import small_model

VOCABULARY = 4
MODEL = small_model(vocabulary=VOCABULARY, scale=1.5)
GENERATOR = Generator(MODEL)
SEVERAL = [(model, Generator(model)) for model in (small_model(k, VOCABULARY, scale=1.5) for k in range(3))]


def norm(length, alpha):
    return ((5 + length) / 6) ** alpha


@functools.cache
def next_log_probs(model, prompt, length):
    """log p of every token after the prompt and whatever follows it, in float64: a table of all there is to look up.

    One call of the whole model for all sequences of a size: 4 ** (length - 1) rows at most.
    """
    table = {}
    for size in range(length):
        rows = list(itertools.product(range(VOCABULARY), repeat=size))
        ids = np.array([[*prompt, *row] for row in rows], "int32")
        logits = np.float64(keras.ops.convert_to_numpy(model(ids)))[:, -1]
        top = logits.max(-1, keepdims=True)
        table |= dict(zip(rows, logits - top - np.log(np.exp(logits - top).sum(-1, keepdims=True)), strict=True))
    return table


def every_sequence(length, stop, ids):
    """All whole sequences: those that end with `stop`, and those that reach the length without."""
    for size in range(1, length + 1):
        for sequence in itertools.product(ids, repeat=size):
            ends = sequence[-1] == stop
            if stop not in sequence[:-1] and (ends or size == length):
                yield list(sequence)


def exhaustive(model, prompt, length, alpha, stop, suppress=()):
    table = next_log_probs(model, tuple(prompt), length)
    found = []
    for sequence in every_sequence(length, stop, [v for v in range(VOCABULARY) if v not in suppress]):
        log_prob = sum(table[tuple(sequence[:t])][token] for t, token in enumerate(sequence))
        found.append((log_prob / norm(len(sequence), alpha), log_prob, sequence))
    return sorted(found, key=lambda one: -one[0])


def by_hand(model, prompt, length, beams, alpha, stop, suppress=()):
    """Beam search as one would write it with lists: no early end, everything whole is kept."""
    table = next_log_probs(model, tuple(prompt), length)
    living, whole = [(0.0, [])], []
    for _ in range(length):
        candidates = []
        for log_prob, ids in living:
            for v, more in enumerate(table[tuple(ids)]):
                if v not in suppress:
                    candidates.append((log_prob + more, [*ids, v]))
        candidates.sort(key=lambda one: -one[0])
        whole += [one for one in candidates[:beams] if one[1][-1] == stop]
        living = [one for one in candidates if one[1][-1] != stop][:beams]
    ranked = [(log_prob / norm(len(ids), alpha), log_prob, ids) for log_prob, ids in whole + living]
    return sorted(ranked, key=lambda one: -one[0])[:beams]


def assert_same(found, expected):
    assert [one.ids.tolist() for one in found] == [ids for _, _, ids in expected]
    np.testing.assert_allclose([one.log_prob for one in found], [one[1] for one in expected], atol=1e-4)
    np.testing.assert_allclose([one.score for one in found], [one[0] for one in expected], atol=1e-4)


@pytest.mark.parametrize("stop", [None, 3])
@pytest.mark.parametrize("alpha", [0.0, 0.7, 2.0])
def test_a_beam_that_holds_everything_finds_the_best_of_all(stop, alpha):
    """256 sequences of four tokens, or 121 that may end before."""
    for prompt in ([2], [1, 0, 3]):
        expected = exhaustive(MODEL, prompt, 4, alpha, stop)
        beams = len(expected)
        found = beam_search(GENERATOR, prompt, length=4, beams=beams, n_best=beams, length_penalty=alpha, stop=stop)
        assert_same(found, expected)


@pytest.mark.parametrize("beams", [1, 2, 3, 5])
@pytest.mark.parametrize("alpha", [0.0, 1.0, 5.0])
@pytest.mark.parametrize("stop", [None, 3])
def test_a_narrow_beam_is_the_search_by_hand(beams, alpha, stop):
    for model, generator in SEVERAL:
        expected = by_hand(model, [2], 7, beams, alpha, stop)
        arguments = {"length": 7, "beams": beams, "length_penalty": alpha, "stop": stop}
        assert_same(beam_search(generator, [2], n_best=beams, **arguments), expected)
        # The search may end before the length where only the best is asked for; that must not change what is best.
        assert_same(beam_search(generator, [2], **arguments), expected[:1])


def test_one_beam_is_greedy():
    for prompt in ([2], [1, 1, 0]):
        [drawn], [log_probs] = GENERATOR([prompt], length=20, sampler=Greedy(), stop=3)
        [found] = beam_search(GENERATOR, prompt, length=20, beams=1, stop=3)
        assert found.ids.tolist() == drawn.tolist()
        assert found.log_prob == pytest.approx(log_probs.sum(), abs=1e-4)


def test_more_beams_find_what_greedy_misses():
    better = 0
    for seed in range(4):
        generator = Generator(small_model(seed, vocabulary=VOCABULARY))
        scores = [beam_search(generator, [2], length=8, beams=beams)[0].score for beams in (1, 16)]
        assert scores[1] >= scores[0] - 1e-5
        better += scores[1] > scores[0] + 1e-3
    assert better


def test_suppressed_tokens_stay_away():
    expected = exhaustive(MODEL, [2], 3, 0.5, 3, suppress=(0,))
    found = beam_search(
        GENERATOR, [2], length=3, beams=len(expected), n_best=len(expected), length_penalty=0.5, stop=3, suppress=[0]
    )
    assert_same(found, expected)


def test_a_penalty_on_length_finds_longer_sequences():
    lengths = [len(beam_search(GENERATOR, [2], length=12, beams=8, stop=3, length_penalty=a)[0].ids) for a in (0, 8)]
    assert lengths[0] < lengths[1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"beams": 0}, "`beams`"),
        ({"n_best": 5}, "`n_best` must be at most `beams`"),
        ({"length": 1, "beams": 5}, "Use beams=4"),
        ({"length": 2, "beams": 14, "stop": 3}, "Use beams=13"),
        ({"length_penalty": -1.0}, "`length_penalty`"),
        ({"length_penalty": float("nan")}, "`length_penalty`"),
        ({"length": 0}, "`length`"),
        ({"stop": 9}, "`stop`"),
        ({"suppress": range(4)}, "`suppress`"),
        ({"prompt": []}, "`prompt`"),
    ],
    ids=str,
)
def test_wrong_arguments_are_refused_with_the_way_out(changes, message):
    arguments = {"prompt": [2], "length": 4} | changes
    with pytest.raises(InputError, match=message):
        beam_search(GENERATOR, arguments.pop("prompt"), **arguments)
