"""The samplers against plain Python: cumulate the probabilities, take the first token above the random number."""

import math

import keras
import numpy as np
import pytest

from seqkit import kernels
from seqkit.checks import InputError
from seqkit.decoding import Greedy, Sampler, Temperature, TopK, TopP

STEP = 2.0**-23  # the grid of the random numbers
EDGES = (0.0, STEP, 0.5, 1 - STEP)
TIE = 1e-5  # float32 may put a random number this near an edge on either side of it


def draw(sampler, logits, uniform):
    chosen = sampler(np.asarray(logits, "float32"), np.asarray(uniform, "float32"))
    return keras.ops.convert_to_numpy(chosen)


def kept(sampler, logits):
    return np.isfinite(keras.ops.convert_to_numpy(sampler.filter(np.asarray(logits, "float32"))))


def softmax(row):
    largest = max(row)
    weights = [math.exp(x - largest) if x > -math.inf else 0.0 for x in row]
    return [w / math.fsum(weights) for w in weights]


def top_k(row, k):
    """Whether each token is among the k likeliest."""
    smallest = sorted(row, reverse=True)[k - 1]
    return [x >= smallest for x in row]


def top_p(row, p, temperature):
    """Whether each token is in the smallest set, likeliest first, whose mass reaches p; also how near a call it was."""
    chance = softmax([x / temperature for x in row])
    inside, mass, margin = [False] * len(row), 0.0, math.inf
    for token in sorted(range(len(row)), key=lambda i: -chance[i]):
        inside[token] = True
        mass += chance[token]
        margin = min(margin, abs(mass - p))
        if mass >= p:
            break
    return inside, margin


def inverse(row, uniform, temperature=1.0, inside=None):
    """The token of the formula, in float64, and how near the random number is to an edge between two tokens."""
    inside = inside or [True] * len(row)
    chance = softmax([x / temperature if keep else -math.inf for x, keep in zip(row, inside, strict=True)])
    total, chosen, margin = 0.0, None, math.inf
    for token, p in enumerate(chance):
        if p == 0.0:
            continue
        total += p
        margin = min(margin, abs(total - uniform))
        if chosen is None and total > uniform:
            chosen = token
    return chosen, margin


def random_logits(rows, tokens, scale, seed):
    return (np.random.default_rng(seed).normal(size=(rows, tokens)) * scale).astype("float32")


def grid(rows, seed):
    return np.random.default_rng(seed).integers(0, 2**23, rows) * STEP


@pytest.mark.parametrize("temperature", [0.3, 2.5])
@pytest.mark.parametrize("tokens", [2, 60])
def test_temperature_inverts_the_cumulated_distribution(temperature, tokens):
    logits, uniform = random_logits(400, tokens, 3.0, seed=tokens), grid(400, seed=tokens + 1)
    found = draw(Temperature(temperature), logits, uniform)
    assert found.dtype == np.int32
    compared = 0
    for row, u, token in zip(logits.tolist(), uniform, found, strict=True):
        expected, margin = inverse(row, u, temperature)
        if margin > TIE:
            assert token == expected
            compared += 1
    assert compared > 380


def test_temperature_filters_nothing():
    assert kept(Temperature(0.1), random_logits(100, 9, 20.0, seed=0)).all()


@pytest.mark.parametrize("temperature", [0.5, 2.0])
@pytest.mark.parametrize("k", [1, 3, 11])
def test_top_k_inverts_the_distribution_of_the_k_likeliest(k, temperature):
    logits, uniform = random_logits(300, 11, 2.0, seed=k), grid(300, seed=k + 1)
    found = draw(TopK(k=k, temperature=temperature), logits, uniform)
    compared = 0
    for row, u, token in zip(logits.tolist(), uniform, found, strict=True):
        expected, margin = inverse(row, u, temperature, top_k(row, k))
        if margin > TIE:
            assert token == expected
            compared += 1
    assert compared > 280


@pytest.mark.parametrize("temperature", [0.5, 2.0])
@pytest.mark.parametrize("p", [0.05, 0.5, 0.9, 0.999])
def test_top_p_inverts_the_distribution_of_the_nucleus(p, temperature):
    logits, uniform = random_logits(300, 11, 2.0, seed=int(1000 * p)), grid(300, seed=4)
    found = draw(TopP(p=p, temperature=temperature), logits, uniform)
    compared = 0
    for row, u, token in zip(logits.tolist(), uniform, found, strict=True):
        inside, close = top_p(row, p, temperature)
        expected, margin = inverse(row, u, temperature, inside)
        if min(close, margin) > TIE:
            assert token == expected
            compared += 1
    assert compared > 280


@pytest.mark.parametrize("k", [1, 3, 10, 20])
def test_top_k_keeps_exactly_the_k_largest(k):
    logits = random_logits(50, 20, 4.0, seed=k)
    inside = kept(TopK(k=k), logits)
    assert inside.sum(axis=1).tolist() == [k] * 50
    for row, flags in zip(logits, inside, strict=True):
        assert set(np.flatnonzero(flags)) == set(sorted(range(20), key=lambda i, row=row: -row[i])[:k])


def test_top_k_keeps_what_is_as_likely_as_the_kth():
    assert kept(TopK(k=2), [[1.0, 3.0, 1.0, 0.0, 1.0]]).tolist() == [[True, True, True, False, True]]


@pytest.mark.parametrize("p", [0.01, 0.3, 0.75, 0.95])
def test_top_p_keeps_the_smallest_set_that_reaches_p(p):
    logits = random_logits(100, 12, 2.0, seed=int(100 * p))
    compared = 0
    for row, flags in zip(logits.tolist(), kept(TopP(p=p), logits), strict=True):
        inside, close = top_p(row, p, 1.0)
        if close > TIE:
            assert flags.tolist() == inside
            compared += 1
    assert compared > 90


@pytest.mark.parametrize(("p", "expected"), [(0.4, 1), (0.55, 2), (0.79, 2), (0.81, 3), (0.94, 3), (0.96, 4), (1.0, 4)])
def test_top_p_by_hand(p, expected):
    logits = np.log([[0.15, 0.5, 0.05, 0.3]])  # likeliest first: 0.5, 0.8, 0.95, 1
    order = [1, 3, 0, 2]
    assert set(np.flatnonzero(kept(TopP(p=p), logits)[0])) == set(order[:expected])


def test_top_p_keeps_what_is_as_likely_as_the_last_one():
    logits = np.log([[0.2, 0.4, 0.2, 0.2]])
    assert kept(TopP(p=0.5), logits).tolist() == [[True] * 4]


@pytest.mark.parametrize("scale", [1.0, 8.0])
def test_top_p_of_one_keeps_every_token(scale):
    """In float32 the cumulated sum reaches 1 long before the last of many unlikely tokens."""
    logits = random_logits(4, 3000, scale, seed=2)
    assert kept(TopP(p=1.0), logits).all()
    uniform = grid(4, seed=3)
    assert draw(TopP(p=1.0), logits, uniform).tolist() == draw(Temperature(), logits, uniform).tolist()


def test_greedy_takes_the_largest_whatever_the_random_number():
    logits = random_logits(64, 30, 1.0, seed=5)
    for uniform in EDGES:
        assert draw(Greedy(), logits, np.full(64, uniform)).tolist() == logits.argmax(axis=1).tolist()


def test_greedy_takes_the_first_of_equals():
    assert draw(Greedy(), [[0.0, 2.0, 2.0, 1.0], [3.0, 3.0, 3.0, 3.0]], [0.9, 0.9]).tolist() == [1, 0]


@pytest.mark.parametrize("uniform", EDGES)
@pytest.mark.parametrize("temperature", [1e-3, 1e-6, 1e-20, 1e-37])
def test_a_temperature_near_zero_is_greedy(temperature, uniform):
    logits = random_logits(64, 30, 5.0, seed=6)
    clear = np.diff(np.sort(logits, axis=1)[:, -2:], axis=1)[:, 0] > 0.05  # the runner-up has e^-50 at 1e-3
    found = draw(Temperature(temperature), logits, np.full(64, uniform))
    assert clear.sum() > 50
    assert found[clear].tolist() == logits.argmax(axis=1)[clear].tolist()


@pytest.mark.parametrize("temperature", [1e-40, 1e-300])
def test_a_temperature_below_float32_is_greedy_too(temperature):
    """Logits divided by it are infinite, and the difference of two infinities is no number."""
    logits = random_logits(64, 30, 5.0, seed=6)
    assert draw(Temperature(temperature), logits, np.full(64, 0.5)).tolist() == logits.argmax(axis=1).tolist()


@pytest.mark.parametrize("temperature", [1e6, 1e30])
def test_an_endless_temperature_is_uniform(temperature):
    uniform = (np.arange(80) + 0.5) / 80
    found = draw(Temperature(temperature), np.repeat(random_logits(1, 8, 3.0, seed=7), 80, axis=0), uniform)
    assert found.tolist() == [i // 10 for i in range(80)]


SAMPLERS = [
    Temperature(),
    Temperature(0.01),
    Temperature(50.0),
    TopK(k=3),
    TopK(k=3, temperature=9.0),
    TopP(p=0.5),
    TopP(p=0.999999),
    TopP(p=1.0),
    Greedy(),
]


@pytest.mark.parametrize("sampler", SAMPLERS, ids=repr)
@pytest.mark.parametrize(("tokens", "xla"), [(5, False), (20000, False), (50, True), (5000, True)])
def test_an_impossible_token_is_never_drawn(sampler, tokens, xla):
    """A property over random masks, the first and last token among them, at both ends of the random numbers.

    With thousands of tokens the float32 sum of the probabilities need not reach the largest random number, and a sum
    that is not taken from left to right need not even grow. Generation compiles with XLA, which sums in its own order.
    """
    rows, rng = 20, np.random.default_rng(tokens)
    logits = random_logits(rows, tokens, 6.0, seed=8)
    forbidden = rng.random(logits.shape) < 0.5
    forbidden[:, 0] = forbidden[:, -1] = True
    forbidden[np.arange(rows), rng.integers(1, tokens - 1, rows)] = False
    if isinstance(sampler, TopK):  # fewer possible tokens than k
        forbidden[:3] = True
        forbidden[:3, 2] = False
    masked = np.where(forbidden, -np.inf, logits)
    uniform = np.resize([1 - STEP, 0.0, 1 - 2 * STEP, STEP, 0.5], rows)
    chooser = kernels.compile(lambda x, u: sampler(x, u), [], xla=True) if xla else sampler
    for turn in range(5 if xla or tokens < 100 else 2):
        found = draw(chooser, masked, np.roll(uniform, turn))
        assert not forbidden[np.arange(rows), found].any()


@pytest.mark.parametrize("sampler", [Temperature(), TopP(p=1.0), TopK(k=4)], ids=repr)
def test_a_token_whose_probability_vanishes_is_never_drawn(sampler):
    logits = [[-500.0, 0.0, 0.0, -500.0]]  # e^-500 is 0 in float32
    assert draw(sampler, logits, [0.0]).tolist() == [1]
    assert draw(sampler, logits, [1 - STEP]).tolist() == [2]


def test_logits_may_be_large():
    assert draw(Temperature(), [[1e30, 0.0, -1e30]], [0.999]).tolist() == [0]
    assert draw(TopP(), [[-3e38, 3e38, 0.0]], [0.0]).tolist() == [1]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_logits_are_sampled_in_full_precision(dtype):
    """A cumulated sum in half precision would be off by whole tokens."""
    half = keras.ops.cast(random_logits(100, 300, 1.0, seed=9), dtype)
    logits, uniform = keras.ops.convert_to_numpy(keras.ops.cast(half, "float32")), grid(100, seed=10)
    found = keras.ops.convert_to_numpy(Temperature()(half, uniform.astype("float32")))
    compared = 0
    for row, u, token in zip(logits.tolist(), uniform, found, strict=True):
        expected, margin = inverse(row, u)
        if margin > 2 * TIE:
            assert token == expected
            compared += 1
    assert compared > 90


# Critical values of chi-square at 1e-4: a wrong sampler misses them by orders of magnitude.
@pytest.mark.parametrize(
    ("sampler", "chance", "limit"),
    [
        (Temperature(), [0.05, 0.1, 0.15, 0.3, 0.4], 23.5),
        (Temperature(0.5), [0.0025, 0.01, 0.0225, 0.09, 0.16], 23.5),  # squares: p^(1/T), not yet normalised
        (TopK(k=3), [0, 0, 0.15, 0.3, 0.4], 18.4),
        (TopP(p=0.6), [0, 0, 0, 0.3, 0.4], 15.1),
    ],
    ids=repr,
)
def test_frequencies_are_the_probabilities(sampler, chance, limit):
    draws = 20000
    logits = np.repeat(np.log([[0.05, 0.1, 0.15, 0.3, 0.4]]), draws, axis=0)
    counts = np.bincount(draw(sampler, logits, grid(draws, seed=11)), minlength=5)
    expected = draws * np.array(chance) / sum(chance)
    assert counts[expected == 0].sum() == 0
    drawn = expected > 0
    assert ((counts - expected)[drawn] ** 2 / expected[drawn]).sum() < limit


BAD_NUMBERS = [0, 0.0, -1, -0.5, math.nan, math.inf, -math.inf, "1", None]


@pytest.mark.parametrize("temperature", BAD_NUMBERS)
@pytest.mark.parametrize("make", [Temperature, TopK, TopP])
def test_temperature_must_be_above_0(make, temperature):
    with pytest.raises(InputError, match=r"`temperature` must .*Received: temperature="):
        make(temperature=temperature)


@pytest.mark.parametrize("k", [0, -1, 2.5, math.nan, "3", None, True])
def test_k_must_be_a_positive_integer(k):
    with pytest.raises(InputError, match=r"`k` must .*Received: k="):
        TopK(k=k)


@pytest.mark.parametrize("p", [0, 0.0, -0.1, 1.0000001, 1.5, math.nan, math.inf, "0.9", None])
def test_p_must_be_a_probability_above_0(p):
    with pytest.raises(InputError, match=r"`p` must .*Received: p="):
        TopP(p=p)


@pytest.mark.parametrize("call", [lambda s, x: s.filter(x), lambda s, x: s(x, np.zeros(2, "float32"))])
def test_k_must_not_exceed_the_vocabulary(call):
    with pytest.raises(InputError, match=r"`k`.*k=5"):
        call(TopK(k=5), np.zeros((2, 4), "float32"))
    call(TopK(k=4), np.zeros((2, 4), "float32"))


def test_a_strategy_must_say_what_it_filters():
    with pytest.raises(TypeError, match="filter"):
        Sampler()


def test_a_strategy_overrides_only_filter():
    class Even(Sampler):
        def filter(self, logits):
            even = np.arange(logits.shape[-1]) % 2 == 0
            return keras.ops.where(even, logits, -np.inf)

    logits, uniform = random_logits(200, 9, 1.0, seed=12), grid(200, seed=13)
    found = draw(Even(2.0), logits, uniform)
    expected = [
        inverse(row, u, 2.0, [True, False] * 4 + [True])[0] for row, u in zip(logits.tolist(), uniform, strict=True)
    ]
    assert np.mean(found == expected) > 0.98
    assert (found % 2 == 0).all()
