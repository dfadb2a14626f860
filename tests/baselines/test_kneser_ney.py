"""The n-gram model against one written down straight from the papers, with dictionaries."""

import math
from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest

from seqkit.baselines import KneserNey
from seqkit.checks import InputError


class Reference:
    """Interpolated modified Kneser-Ney, one probability at a time."""

    def __init__(self, tokens, size, order):
        self.size, self.order = size, order
        grams = {n: Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)) for n in range(1, order + 1)}
        if order == 1:
            grams[1] = Counter((t,) for t in tokens[1:])
        self.counts = {order: grams[order]}
        for n in range(1, order):
            ahead = Counter(gram[1:] for gram in grams[n + 1])
            # An n-gram that only opens the corpus counts once; but the very first token is not predicted.
            opening = () if n == 1 else tuple(tokens[:n])
            if opening and opening not in ahead:
                ahead[opening] = 1
            self.counts[n] = ahead
        self.discounts = {n: self._discounts(self.counts[n]) for n in self.counts}
        self.by_context = {n: defaultdict(Counter) for n in self.counts}
        for n, counts in self.counts.items():
            for gram, count in counts.items():
                self.by_context[n][gram[:-1]][gram[-1]] = count

    @staticmethod
    def _discounts(counts):
        n = Counter(counts.values())
        if not (n[1] and n[2]):
            return [0, 0.5, 0.5, 0.5]
        y = n[1] / (n[1] + 2 * n[2])
        if n[3] and n[4]:
            found = [1 - 2 * y * n[2] / n[1], 2 - 3 * y * n[3] / n[2], 3 - 4 * y * n[4] / n[3]]
            if all(0 < d < k + 1 for k, d in enumerate(found)):
                return [0, *found]
        return [0, y, y, y]

    def probability(self, context, token):
        context = tuple(context)[max(0, len(context) - self.order + 1) :]
        return self._probability(context, token)

    def _probability(self, context, token):
        n = len(context) + 1
        shorter = self._probability(context[1:], token) if context else 1 / self.size
        followers = self.by_context[n].get(context)
        if not followers:
            return shorter
        total = sum(followers.values())
        taken = sum(min(c, self.discounts[n][min(c, 3)]) for c in followers.values())
        count = followers[token]
        return max(count - self.discounts[n][min(count, 3)], 0) / total + taken / total * shorter


def a_text(length, size, seed):
    """Zipf-like and sticky, so that every count of counts occurs and contexts repeat."""
    rng = np.random.default_rng(seed)
    weights = 1 / np.arange(1, size + 1)
    row = [0]
    for _ in range(length):
        row.append(int(row[-1] + 1) % size if rng.random() < 0.4 else int(rng.choice(size, p=weights / weights.sum())))
    return np.array(row)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(("length", "size"), [(9, 4), (60, 5), (2500, 30)])
def test_every_probability_is_that_of_the_reference(order, length, size):
    train, test = a_text(length, size, 0), a_text(120, size, 1)
    model, reference = KneserNey(train, size, order), Reference(train.tolist(), size, order)
    found = model.log_probs(test)
    expected = [math.log(reference.probability(test[:i].tolist(), int(test[i]))) for i in range(1, len(test))]
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    for i in (1, 2, 7, 50):
        every = [reference.probability(test[:i].tolist(), w) for w in range(size)]
        np.testing.assert_allclose(model.distribution(test[:i]), every, rtol=1e-10)


@pytest.mark.parametrize("order", [1, 2, 5])
def test_the_probabilities_of_a_context_add_up_to_one(order):
    model = KneserNey(a_text(3000, 40, 0), 41, order)  # token 40 never occurs
    rng = np.random.default_rng(2)
    for _ in range(50):
        distribution = model.distribution(rng.integers(0, 41, rng.integers(0, 7)))
        assert distribution.sum() == pytest.approx(1.0, abs=1e-9)
        assert distribution.min() > 0


def test_blocks_do_not_show(monkeypatch):
    train, test = a_text(2000, 20, 0), a_text(333, 20, 1)
    model = KneserNey(train, 20)
    whole = model.log_probs(test)
    monkeypatch.setattr("seqkit.baselines.kneser_ney._BLOCK", 7)
    np.testing.assert_array_equal(model.log_probs(test), whole)


def test_longer_contexts_help_where_the_text_has_them():
    train, test = a_text(20000, 30, 0), a_text(2000, 30, 1)
    nats = [-KneserNey(train, 30, order).log_probs(test).mean() for order in (1, 2)]
    assert nats[1] < nats[0] - 0.1
    period = np.tile([0, 1, 0, 2, 0, 1, 0, 3], 300)  # only five tokens tell what comes after 0, 1, 0
    nats = [-KneserNey(period, 4, order).log_probs(period[:400]).mean() for order in (2, 3, 5)]
    assert all(b < a - 0.05 for a, b in pairwise(nats))


@pytest.mark.parametrize(("size", "order"), [(0, 2), (4, 0), (4, 6), (4, 2.0)])
def test_arguments_outside_their_values_are_refused(size, order):
    with pytest.raises(InputError, match="must be"):
        KneserNey(np.array([0, 1, 2]), size, order)


def test_ids_outside_the_vocabulary_are_refused():
    with pytest.raises(InputError, match=r"ids in \[0, 3\). Received: 0 to 3"):
        KneserNey(np.array([0, 3, 1]), 3)
    with pytest.raises(InputError, match="vocabulary they were encoded with"):
        KneserNey(np.array([0, 2, 1]), 3).log_probs(np.array([0, 5]))
