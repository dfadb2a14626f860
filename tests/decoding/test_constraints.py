"""Repetition penalty and n-gram blocking: plain Python beside them, given the same random numbers."""

import itertools
from dataclasses import dataclass

import keras
import numpy as np
import pytest

from seqkit.checks import InputError
from seqkit.decoding import Constraint, Generator, Greedy, NoRepeatNGram, RepetitionPenalty, Temperature, TopK
from seqkit.models import language_model

VOCABULARY = 7


def small_model(seed=0):
    keras.utils.set_random_seed(seed)
    model = language_model(vocabulary_size=VOCABULARY, cell="lstm", units=8, embedding=5)
    model.set_weights([2.0 * w for w in model.get_weights()])
    return model


def penalised(row, history, factor, last=None):
    seen = set(history if last is None else history[-last:])
    return [(x / factor if x > 0 else x * factor) if v in seen else x for v, x in enumerate(row)]


def blocked(row, history, size, last=None):
    text = list(history if last is None else history[-last:])
    grams = {tuple(text[i : i + size]) for i in range(len(text) - size + 1)}
    before = tuple(text[len(text) - size + 1 :])
    return [-np.inf if len(before) == size - 1 and (*before, v) in grams else x for v, x in enumerate(row)]


def by_hand(model, prompt, length, sampler, changes, *, seed=0, row=0, rows=1, suppress=(), stop=None):
    """Generation of one row of a batch as one would write it: lists, a loop, and the same random numbers."""
    total = len(prompt) + length
    uniform = np.random.default_rng(seed).integers(0, 2**23, size=(total, rows))[:, row] / 2**23
    history, log_probs, state = list(prompt), [], model.initial_state(1)
    for token in prompt:
        logits, state = model.step(np.array([[token]], "int32"), state)
    while len(history) < total:
        plain = np.float32(keras.ops.convert_to_numpy(logits)[0, -1])
        wanted = [-np.inf if v in suppress else x for v, x in enumerate(plain)]
        for change in changes:
            narrowed = change(wanted, history)
            if max(narrowed) > -np.inf:
                wanted = narrowed
        chosen = sampler(np.float32([wanted]), np.float32([uniform[len(history)]]))
        token = int(keras.ops.convert_to_numpy(chosen)[0])
        history.append(token)
        log_probs.append(plain[token] - np.log(np.exp(np.float64(plain)).sum()))
        if token == stop:
            break
        logits, state = model.step(np.array([[token]], "int32"), state)
    return history[len(prompt) :], log_probs


CASES = [
    ((RepetitionPenalty(1.7),), [lambda r, h: penalised(r, h, 1.7)]),
    ((RepetitionPenalty(3.0, last=2),), [lambda r, h: penalised(r, h, 3.0, 2)]),
    ((RepetitionPenalty(0.5),), [lambda r, h: penalised(r, h, 0.5)]),
    ((NoRepeatNGram(1, last=3),), [lambda r, h: blocked(r, h, 1, 3)]),
    ((NoRepeatNGram(2),), [lambda r, h: blocked(r, h, 2)]),
    ((NoRepeatNGram(3),), [lambda r, h: blocked(r, h, 3)]),
    ((NoRepeatNGram(3, last=6),), [lambda r, h: blocked(r, h, 3, 6)]),
    (
        (RepetitionPenalty(1.3, last=4), NoRepeatNGram(2, last=9)),
        [lambda r, h: penalised(r, h, 1.3, 4), lambda r, h: blocked(r, h, 2, 9)],
    ),
]
IDS = [str(constraints) for constraints, _ in CASES]


@pytest.mark.parametrize(("constraints", "changes"), CASES, ids=IDS)
@pytest.mark.parametrize("sampler", [Greedy(), Temperature(1.5)], ids=str)
def test_generation_is_the_loop_by_hand(constraints, changes, sampler):
    """Rows of different lengths; log-probabilities are the model's own."""
    model = small_model()
    prompts = [[2], [5, 6, 5, 6, 5, 6, 3], [4, 4], [1, 2, 3, 1, 2]]
    generated = Generator(model)(prompts, length=25, sampler=sampler, seed=3, suppress=[0], constraints=constraints)
    for row, prompt in enumerate(prompts):
        expected, log_probs = by_hand(
            model, prompt, 25, sampler, changes, seed=3, row=row, rows=len(prompts), suppress=[0]
        )
        assert generated.ids[row].tolist() == expected
        np.testing.assert_allclose(generated.log_probs[row], log_probs, atol=1e-5)


def test_a_constraint_changes_what_is_drawn_and_none_changes_nothing():
    generator = Generator(small_model())
    plain = generator([[2]], length=30, sampler=Greedy()).ids[0].tolist()
    assert generator([[2]], length=30, sampler=Greedy(), constraints=[]).ids[0].tolist() == plain
    assert generator([[2]], length=30, sampler=Greedy(), constraints=[RepetitionPenalty(1)]).ids[0].tolist() == plain
    for constraint in (RepetitionPenalty(2.0), NoRepeatNGram(2)):
        assert generator([[2]], length=30, sampler=Greedy(), constraints=[constraint]).ids[0].tolist() != plain


@pytest.mark.parametrize("size", [2, 3])
def test_no_ngram_of_prompt_and_text_comes_twice(size):
    prompt = [1, 2, 3, 4]
    [ids] = Generator(small_model())(
        [prompt], length=30, sampler=Temperature(0.3), constraints=[NoRepeatNGram(size)]
    ).ids
    text = [*prompt, *ids.tolist()]
    grams = [tuple(text[i : i + size]) for i in range(len(text) - size + 1)]
    assert len(set(grams)) == len(grams)


def test_every_bigram_there_is_comes_before_one_comes_again():
    """Where all tokens are forbidden, the blocking is left out for that row and that step: 49 bigrams, 120 tokens."""
    model = small_model()
    [ids] = Generator(model)([[2]], length=120, sampler=Temperature(), constraints=[NoRepeatNGram(2)]).ids
    expected, _ = by_hand(model, [2], 120, Temperature(), [lambda r, h: blocked(r, h, 2)])
    assert ids.tolist() == expected
    assert set(expected) == set(range(VOCABULARY))


def test_a_constraint_that_leaves_nothing_is_left_out_for_its_row_alone():
    """Only 5 and 6 may be drawn. The row that has both draws the likelier one again, the other must take the other."""
    model = small_model()
    prompts, suppress = [[5, 6], [5, 5], [6, 6]], [0, 1, 2, 3, 4]
    generated = Generator(model)(prompts, length=1, sampler=Greedy(), suppress=suppress, constraints=[NoRepeatNGram(1)])
    free = Generator(model)(prompts, length=1, sampler=Greedy(), suppress=suppress)
    assert [ids.tolist() for ids in generated.ids] == [free.ids[0].tolist(), [6], [5]]


def test_suppressed_tokens_stay_away_and_the_stop_token_ends():
    model = small_model()
    constraints = (RepetitionPenalty(0.2), NoRepeatNGram(2))
    changes = [lambda r, h: penalised(r, h, 0.2), lambda r, h: blocked(r, h, 2)]
    for seed in range(8):
        [ids] = Generator(model)(
            [[2, 3]], length=40, sampler=TopK(k=3), seed=seed, stop=6, suppress=[1, 4], constraints=constraints
        ).ids
        expected, _ = by_hand(model, [2, 3], 40, TopK(k=3), changes, seed=seed, suppress=[1, 4], stop=6)
        assert ids.tolist() == expected
        assert not {1, 4} & set(expected)


def test_equal_constraints_share_a_compiled_loop():
    model = small_model()
    generator, steps = Generator(model), []
    inner = model.step
    model.step = lambda *given: steps.append(0) or inner(*given)
    counts = []
    for seed in range(3):
        generator([[2]], length=5, sampler=Greedy(), seed=seed, constraints=(RepetitionPenalty(1.5, last=3),))
        counts.append(len(steps))
    once = counts[0]
    assert counts == [once] * 3
    generator([[2]], length=5, sampler=Greedy(), constraints=(RepetitionPenalty(1.5, last=4),))
    assert len(steps) > once


def test_a_strategy_of_ones_own_overrides_one_method():
    @dataclass(frozen=True)
    class NoStutter(Constraint):
        """Never the token before."""

        def __call__(self, logits, tokens, position):
            newest = keras.ops.slice(tokens, (0, position - 1), (tokens.shape[0], 1))
            return keras.ops.where(keras.ops.equal(np.arange(logits.shape[-1]), newest), -np.inf, logits)

    [ids] = Generator(small_model())([[2]], length=60, sampler=Temperature(0.1), constraints=[NoStutter()]).ids
    text = [2, *ids.tolist()]
    assert all(a != b for a, b in itertools.pairwise(text))


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: RepetitionPenalty(0), "factor"),
        (lambda: RepetitionPenalty(-1.0), "factor"),
        (lambda: RepetitionPenalty(float("nan")), "factor"),
        (lambda: RepetitionPenalty(1.2, last=0), "last"),
        (lambda: NoRepeatNGram(0), "size"),
        (lambda: NoRepeatNGram(2.5), "size"),
        (lambda: NoRepeatNGram(3, last=2), "last"),
        (lambda: NoRepeatNGram(3, last="all"), "last"),
    ],
)
def test_wrong_arguments_are_refused_by_name(make, name):
    with pytest.raises(InputError, match=rf"`{name}` must .*Received: {name}="):
        make()


@pytest.mark.parametrize("constraints", [NoRepeatNGram(2), [Greedy()], ["NoRepeatNGram"], [NoRepeatNGram]])
def test_what_is_no_constraint_is_refused(constraints):
    with pytest.raises(InputError, match="`constraints` must"):
        Generator(small_model())([[2]], length=2, sampler=Greedy(), constraints=constraints)
