"""A shuffled order that needs no memory: is it an order at all, and is it shuffled?"""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest

from seqkit.checks import InputError
from seqkit.data import Permutation

# The 0.9999 quantile of chi-square: an honest shuffle exceeds it once in ten thousand sets of seeds.
CHI_SQUARE_9999 = {2: 18.42, 9: 33.72, 23: 56.64, 99: 161.32}
SEEDS = 1500


def whole(size, seed):
    return Permutation(size, seed=seed)[np.arange(size)]


def chi_square(counts, cells):
    """Against equal counts in all cells; `counts` lists those that occurred."""
    expected = sum(counts) / cells
    return sum((count - expected) ** 2 for count in counts) / expected + (cells - len(counts)) * expected


@pytest.mark.parametrize("seed", [(0, 0), (0, 1), (2**31 - 1, 987)])
def test_every_element_comes_once_in_small_sizes(seed):
    for size in range(1, 301):
        assert sorted(whole(size, seed).tolist()) == list(range(size)), size


@pytest.mark.parametrize("power", range(1, 17))
@pytest.mark.parametrize("off", [-1, 0, 1])
def test_every_element_comes_once_around_powers_of_two(power, off):
    size = 2**power + off
    assert np.array_equal(np.sort(whole(size, (7, power))), np.arange(size))


def test_ten_thousand_million_elements_need_no_memory():
    size = 10**10
    order = Permutation(size, seed=(3, 5))
    positions = np.concatenate([np.arange(50_000), np.arange(size - 50_000, size)])
    found = order[positions]
    assert len(order) == size
    assert found.min() >= 0
    assert found.max() < size
    assert len(np.unique(found)) == len(positions)
    # Ten bins of equal width; neighbours do not stay together.
    assert chi_square(np.bincount(found * 10 // size, minlength=10), 10) < CHI_SQUARE_9999[9]
    assert np.median(np.abs(np.diff(found[:50_000]))) > size / 10  # of two random places: size * 0.29


def test_an_element_depends_on_its_position_alone():
    order, positions = Permutation(1000, seed=(4, 2)), np.array([[999, 0, 17], [17, 500, 1]])
    assert np.array_equal(order[positions], whole(1000, (4, 2))[positions])
    assert [int(order[np.array([k])][0]) for k in (5, 999, 5)] == whole(1000, (4, 2))[[5, 999, 5]].tolist()
    assert order[np.array([], dtype=int)].size == 0


def test_seeds_and_epochs_give_different_orders():
    seeds = [(seed, epoch) for seed in range(20) for epoch in range(20)]
    orders = {seed: tuple(whole(50, seed).tolist()) for seed in seeds}
    assert len(set(orders.values())) == len(seeds)  # by chance: 1 in 10**60
    # Two unrelated orders agree at one place on average, however large they are.
    rows = np.array(list(orders.values()))
    agree = (rows[:-1] == rows[1:]).sum(axis=1)
    assert agree.mean() == pytest.approx(1, abs=0.3)  # 399 pairs: standard error 0.05
    assert agree.max() < 10


@pytest.mark.parametrize("vary", ["seed", "epoch"])
@pytest.mark.parametrize("size", [3, 10, 100])
def test_each_element_is_as_often_the_first_as_any_other(size, vary):
    seeds = ((k, 0) if vary == "seed" else (0, k) for k in range(SEEDS))
    first = Counter(int(Permutation(size, seed=seed)[np.array([0])][0]) for seed in seeds)
    assert chi_square(first.values(), size) < CHI_SQUARE_9999[size - 1]


def test_all_orders_of_four_come_equally_often():
    found = Counter(tuple(whole(4, (0, epoch)).tolist()) for epoch in range(SEEDS))
    assert set(found) == set(permutations(range(4)))
    assert chi_square(found.values(), 24) < CHI_SQUARE_9999[23]


@pytest.mark.parametrize("biased", ["naive swaps", "rotation", "mostly identity"])
def test_the_measure_above_tells_a_biased_shuffle(biased):
    rng = np.random.default_rng(0)

    def draw():
        order = list(range(4))
        if biased == "naive swaps":  # the classical mistake: each place swaps with any place, not only the later ones
            for place in range(4):
                other = rng.integers(4)
                order[place], order[other] = order[other], order[place]
        elif biased == "rotation":  # right at each single place, wrong in what follows what
            order = np.roll(order, rng.integers(4)).tolist()
        elif rng.random() > 0.1:
            order = rng.permutation(4).tolist()
        return tuple(order)

    found = Counter(draw() for _ in range(SEEDS))
    assert chi_square(found.values(), 24) > CHI_SQUARE_9999[23]


@pytest.mark.parametrize("size", [0, -1, 2.5, True, "5", None])
def test_a_size_that_is_no_positive_integer_is_refused(size):
    with pytest.raises(InputError, match=r"`size` must be an integer of at least 1\. Received: size="):
        Permutation(size, seed=(0, 0))
