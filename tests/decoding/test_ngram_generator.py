"""Text from n-grams: what a plain loop draws, and what a model of the same probabilities would."""

import numpy as np
import pytest
from keras import ops

from seqkit.baselines import KneserNey
from seqkit.checks import InputError
from seqkit.decoding import Greedy, NGramGenerator, NoRepeatNGram, RepetitionPenalty, Temperature, TopK

SIZE = 9


def an_ngram(order=3):
    rng = np.random.default_rng(5)
    row = [0, 1]
    for _ in range(600):  # the next token follows from the last two, most of the time
        row.append((row[-1] + 2 * row[-2]) % SIZE if rng.random() < 0.7 else int(rng.integers(SIZE)))
    return KneserNey(np.array(row), SIZE, order)


@pytest.mark.parametrize("sampler", [Greedy(), Temperature(0.7), TopK(k=3)], ids=str)
def test_it_draws_what_a_plain_loop_draws(sampler):
    """Row b of the random numbers at position t belongs to token t of row b, as in `Generator`."""
    ngram, prompts, length = an_ngram(), [[2], [4, 1, 7], [0, 0]], 12
    found = NGramGenerator(ngram)(prompts, length=length, sampler=sampler, seed=11, stop=8, suppress=[0])
    width = 16  # the power of two that holds 3 + 12 tokens
    uniform = np.random.default_rng(11).integers(0, 2**23, size=(width, 3)) / 2**23
    for b, prompt in enumerate(prompts):
        text, log_probs = list(prompt), []
        while len(text) < len(prompt) + length:
            p = ngram.distribution(text)
            logits = np.log(p)
            logits[0] = -np.inf
            token = int(sampler(ops.convert_to_tensor(logits[None], "float32"), uniform[len(text), b : b + 1])[0])
            log_probs.append(np.log(p[token]))
            text.append(token)
            if token == 8:
                break
        assert found.ids[b].tolist() == text[len(prompt) :]
        np.testing.assert_allclose(found.log_probs[b], log_probs, rtol=1e-5)


def test_draws_have_the_frequencies_of_the_distribution():
    ngram = an_ngram(2)
    drawn = NGramGenerator(ngram)([[3]] * 4000, length=1, sampler=Temperature(), seed=0)
    counts = np.bincount([ids[0] for ids in drawn.ids], minlength=SIZE)
    p = ngram.distribution([3])
    assert np.abs(counts / 4000 - p).max() < 4 * np.sqrt(0.25 / 4000)


def test_greedy_follows_the_likeliest_path():
    ngram = an_ngram()
    [ids] = NGramGenerator(ngram)([[1, 2]], length=20, sampler=Greedy()).ids
    text = [1, 2]
    for token in ids:
        assert token == ngram.distribution(text).argmax()
        text.append(int(token))


def test_constraints_hold():
    [ids] = NGramGenerator(an_ngram())(
        [[1, 2]], length=40, sampler=Greedy(), constraints=(RepetitionPenalty(1.2), NoRepeatNGram(2))
    ).ids
    pairs = list(zip([1, 2, *ids], [2, *ids], strict=False))
    assert len(set(pairs[1:])) == len(pairs[1:])


def test_seeds_differ_and_repeat():
    generate = NGramGenerator(an_ngram())
    first, again, other = (generate([[1]], length=30, sampler=Temperature(), seed=s).ids[0].tolist() for s in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"length": 0}, "`length` must"),
        ({"seed": -1}, "`seed` must"),
        ({"sampler": "greedy"}, "`sampler` must"),
        ({"constraints": NoRepeatNGram(2)}, "`constraints` must"),
        ({"stop": 9}, "`stop` must"),
        ({"suppress": range(9)}, "leave a token"),
        ({"prompts": [[]]}, "`prompts` must"),
        ({"prompts": [[9]]}, "`prompts` must"),
        ({"sampler": TopK(k=10)}, "`k`"),
    ],
)
def test_wrong_arguments_are_refused(changes, said):
    arguments = {"prompts": [[1]], "length": 3, "sampler": Greedy()} | changes
    with pytest.raises(InputError, match=said):
        NGramGenerator(an_ngram())(arguments.pop("prompts"), **arguments)


def test_anything_else_is_refused():
    with pytest.raises(InputError, match="`ngram` must be a KneserNey"):
        NGramGenerator(np.zeros(3))
