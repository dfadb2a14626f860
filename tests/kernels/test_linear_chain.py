"""Linear chains against enumeration, closed forms and finite differences."""

import numpy as np
import pytest
from keras import ops

from seqkit import kernels
from tests.oracles import linear_chain as oracle

LENGTHS = (4, 2, 1, 0)
TIME, TAGS = 4, 3


@pytest.fixture(params=[0, 1, 2])
def potentials(request):
    """Four rows of different lengths, the rest of each absent steps; scores far apart and close together."""
    rng = np.random.default_rng(request.param)
    scores = rng.normal(size=(len(LENGTHS), TIME, TAGS, TAGS)) * (0.1, 1.0, 20.0)[request.param]
    absent = ops.convert_to_numpy(kernels.identity_potentials(TAGS))
    for row, length in enumerate(LENGTHS):
        scores[row, length:] = absent
    return scores.astype("float32")


def test_log_partition_equals_the_sum_over_all_paths(potentials):
    found = ops.convert_to_numpy(kernels.log_partition(potentials))
    expected = [oracle.log_partition(row, length) for row, length in zip(potentials, LENGTHS, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_path_score_equals_the_sum_along_it(potentials):
    for score, tags in oracle.paths(potentials[0], 4)[::13]:
        rows = np.array([tags, (*tags[:2], -1, -1), (tags[0], -1, -1, -1), (-1, -1, -1, -1)])
        found = ops.convert_to_numpy(kernels.path_score(potentials, rows))
        expected = [score, dict((t, s) for s, t in oracle.paths(potentials[1], 2))[tags[:2]]]
        np.testing.assert_allclose(found[:2], expected, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(found[2:], [potentials[2, 0, 0, tags[0]], 0], rtol=1e-6)


def test_pair_marginals_equal_those_of_enumeration(potentials):
    found = ops.convert_to_numpy(kernels.pair_marginals(potentials))
    for row, length in enumerate(LENGTHS):
        for t in range(length):
            expected = [
                [oracle.pair_marginal(potentials[row], length, t, i, j) for j in range(TAGS)] for i in range(TAGS)
            ]
            np.testing.assert_allclose(found[row, t], expected, atol=2e-5)


def test_the_gradient_equals_finite_differences(potentials):
    """Of a weighted sum over the rows, in float64 by the oracle, at every entry of the first two."""
    weights = np.array([1.0, -2.0, 0.5, 3.0], "float32")
    gradient = ops.convert_to_numpy(
        kernels.gradient(lambda p: ops.sum(weights * kernels.log_partition(p)), ops.convert_to_tensor(potentials))
    )
    for row in (0, 1):
        for place in np.ndindex(LENGTHS[row], TAGS, TAGS):
            up, down = potentials[row].astype("float64"), potentials[row].astype("float64")
            up[place] += 1e-4
            down[place] -= 1e-4
            slope = (oracle.log_partition(up, LENGTHS[row]) - oracle.log_partition(down, LENGTHS[row])) / 2e-4
            assert gradient[row][place] == pytest.approx(weights[row] * slope, abs=1e-3)


def test_the_best_path_is_that_of_enumeration(potentials):
    tags, scores = map(ops.convert_to_numpy, kernels.best_path(potentials))
    for row, length in enumerate(LENGTHS):
        score, expected = oracle.paths(potentials[row], length)[0]
        assert tuple(tags[row, :length]) == expected
        assert scores[row] == pytest.approx(score, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("n", [1, 5, 9])
def test_the_best_paths_are_those_of_enumeration(potentials, n):
    tags, scores = map(ops.convert_to_numpy, kernels.best_paths(potentials, n))
    assert tags.shape == (len(LENGTHS), n, TIME)
    for row, length in enumerate(LENGTHS):
        expected = oracle.paths(potentials[row], length)[:n]
        assert [tuple(path[:length]) for path in tags[row, : len(expected)]] == [path for _, path in expected]
        np.testing.assert_allclose(scores[row, : len(expected)], [s for s, _ in expected], rtol=1e-5, atol=1e-5)
        assert (scores[row, len(expected) :] <= kernels.IMPOSSIBLE / 2).all()  # there are no more


def test_a_thousand_steps_are_finite_and_exact():
    """All paths alike: log(tags ** time) and marginals of 1 / tags."""
    potentials = np.full((2, 1000, 5, 5), 30.0, "float32")
    found = ops.convert_to_numpy(kernels.log_partition(potentials))
    np.testing.assert_allclose(found, 1000 * (30 + np.log(5)), rtol=1e-5)
    pairs = ops.convert_to_numpy(kernels.pair_marginals(potentials))
    np.testing.assert_allclose(pairs[:, 1:], 1 / 25, rtol=0.02)


@pytest.mark.parametrize("name", ["log_partition", "best_path"])
def test_under_xla_it_computes_the_same(potentials, name):
    fn = getattr(kernels, name)
    plain, compiled = fn(potentials), kernels.compile(fn, [], xla=True)(potentials)
    for a, b in zip(*(x if isinstance(x, tuple) else (x,) for x in (plain, compiled)), strict=True):
        np.testing.assert_allclose(ops.convert_to_numpy(a), ops.convert_to_numpy(b), rtol=1e-5, atol=1e-5)
