"""Linear chains by enumeration: every path, its score, and what follows from that."""

import itertools
import math


def paths(potentials, length):
    """`(score, tags)` of every path through `(time, tags, tags)`, the best first."""
    found = []
    for tags in itertools.product(range(potentials.shape[-1]), repeat=length):
        before = (0, *tags)[:length]
        score = sum(float(potentials[t, i, j]) for t, (i, j) in enumerate(zip(before, tags, strict=True)))
        found.append((score, tags))
    return sorted(found, reverse=True)


def log_partition(potentials, length):
    scores = [score for score, _ in paths(potentials, length)]
    highest = max(scores)
    return highest + math.log(sum(math.exp(score - highest) for score in scores))


def pair_marginal(potentials, length, t, i, j):
    """The probability that tag i stands at t - 1 and j at t; before the first step stands tag 0."""
    total = log_partition(potentials, length)
    return sum(
        math.exp(score - total)
        for score, tags in paths(potentials, length)
        if tags[t] == j and (tags[t - 1] if t else 0) == i
    )
