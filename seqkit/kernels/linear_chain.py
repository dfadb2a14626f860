"""Sums, maxima and best paths over linear chains, by dynamic programming on `(batch, time, tags, tags)`.

`potentials[b, t, i, j]` is the score of tag j at step t after tag i. At t = 0 there is no tag before, and row 0 alone
counts. A step that is not there has `identity_potentials`, which change nothing.
"""

from typing import Any

from keras import ops

from seqkit.kernels.backend import dense, scan, stacked

__all__ = [
    "IMPOSSIBLE",
    "best_path",
    "best_paths",
    "identity_potentials",
    "log_partition",
    "pair_marginals",
    "path_score",
]

# A log-score for what cannot be. It is finite, for the difference of two infinities is no number, and in float32 it
# swallows any real score that is added to it.
IMPOSSIBLE = -1e9


def identity_potentials(num_tags: int) -> Any:
    """The potentials of a step that is not there, `(tags, tags)`: 0 on the diagonal and `IMPOSSIBLE` elsewhere."""
    return (1.0 - ops.eye(num_tags)) * IMPOSSIBLE


def log_partition(potentials: Any) -> Any:
    """The log of the sum of exp(score) over all paths, `(batch,)`.

    alpha_t[j] = log sum_i exp(alpha_{t-1}[i] + potentials_t[i, j])

    Its gradient are the marginals of pairs, from one loop that runs forwards and backwards at once.

    References: Rabiner 1989, section III (forward-backward); Sutton & McCallum 2012, section 4.1.
    """

    @ops.custom_gradient
    def summed(potentials: Any) -> tuple:
        alphas, betas, total = _forward_backward(potentials)

        def gradient(*upstream: Any) -> Any:
            return upstream[0][:, None, None, None] * _pairs(potentials, alphas, betas, total)

        return total, gradient

    return summed(dense(potentials))


def pair_marginals(potentials: Any) -> Any:
    """The probability of each pair of neighbours (i at t-1, j at t), `(batch, time, tags, tags)`."""
    potentials = dense(potentials)
    return _pairs(potentials, *_forward_backward(potentials))


def path_score(potentials: Any, tags: Any) -> Any:
    """The score of one path a row, `(batch,)`; steps whose tag is -1, at the end of a row, count nothing.

    Args:
        potentials: `(batch, time, tags, tags)`.
        tags: Integers `(batch, time)`.
    """
    num_tags = potentials.shape[-1]
    before = ops.concatenate([ops.zeros_like(tags[:, :1]), tags[:, :-1]], axis=1)
    pair = ops.where(tags < 0, -1, before * num_tags + tags)  # the one-hot vector of -1 is zero
    flat = ops.reshape(potentials, (-1, ops.shape(potentials)[1], num_tags * num_tags))
    return ops.sum(flat * ops.one_hot(pair, num_tags * num_tags, dtype=flat.dtype), axis=(1, 2))


def best_path(potentials: Any) -> tuple[Any, Any]:
    """The path with the highest score: tags `(batch, time)` and their score `(batch,)`.

    Steps that are not there repeat the tag before them.

    References: Viterbi 1967; Rabiner 1989, section III.B.
    """
    by_time = ops.swapaxes(dense(potentials), 0, 1)  # (time, batch, tags, tags)

    def advance(state: tuple, slices: tuple) -> tuple:
        (best,), (scores,) = state, slices
        return (ops.max(best[:, :, None] + scores, axis=1),), (best,)

    (best,), (before,) = scan(advance, (_first(by_time[0, :, 0]),), (by_time,), 1)

    # No pointers are kept: on the way back one column of each step says where its best score came from.
    def retreat(state: tuple, slices: tuple) -> tuple:
        (tag,), (scores, best) = state, slices
        here = ops.one_hot(tag, scores.shape[-1], dtype=scores.dtype)
        column = ops.sum(scores * here[:, None, :], axis=-1)  # (batch, tags before)
        return (ops.cast(ops.argmax(best + column, axis=-1), "int32"),), (tag,)

    last = ops.cast(ops.argmax(best, axis=-1), "int32")
    _, (tags,) = scan(retreat, (last,), (by_time, before), 1, reverse=True)
    return ops.swapaxes(stacked(tags), 0, 1), ops.max(best, axis=-1)


def best_paths(potentials: Any, n: int) -> tuple[Any, Any]:
    """The `n` paths with the highest scores, best first: tags `(batch, n, time)` and scores `(batch, n)`.

    Where a row has fewer paths than `n`, the scores of the rest are about `IMPOSSIBLE` or below.

    References: Seshadri & Sundberg 1994 (the list Viterbi algorithm).
    """
    by_time = ops.swapaxes(dense(potentials), 0, 1)
    num_tags = by_time.shape[-1]

    def advance(state: tuple, slices: tuple) -> tuple:
        (best,), (scores,) = state, slices  # (batch, tags * n): the n best paths to each tag
        paths = ops.reshape(best, (-1, num_tags, n, 1)) + scores[:, :, None, :]
        paths = ops.transpose(ops.reshape(paths, (-1, num_tags * n, num_tags)), (0, 2, 1))
        best, origins = (ops.reshape(rows, (-1, num_tags * n)) for rows in ops.top_k(paths, n))
        return (best,), (ops.cast(origins, best.dtype),)

    start = _first(ops.repeat(by_time[0, :, 0], n, axis=-1))
    (best,), (origins,) = scan(advance, (start,), (by_time,), 1)

    def retreat(state: tuple, slices: tuple) -> tuple:
        (place,), (origins,) = state, slices
        before = ops.take_along_axis(origins, place, axis=-1)
        return (ops.cast(before, "int32"),), (place // n,)

    scores, last = ops.top_k(best, n)
    _, (tags,) = scan(retreat, (ops.cast(last, "int32"),), (stacked(origins),), 1, reverse=True)
    return ops.transpose(stacked(tags), (1, 2, 0)), scores  # (time, batch, n) -> (batch, n, time)


def _forward_backward(potentials: Any) -> tuple[Any, Any, Any]:
    """Log-sums of all paths up to each step (from the left) and after it (from the right), and of all paths.

    Both are `(time, batch, tags)`, that from the left without the step itself.
    """
    by_time = ops.swapaxes(potentials, 0, 1)
    reverse = ops.flip(ops.swapaxes(by_time, 2, 3), axis=0)
    first = _first(by_time[0, :, 0])

    # The two directions are rows of one loop: small steps cost by their number, not by their size.
    def advance(state: tuple, slices: tuple) -> tuple:
        (sums,), (scores,) = state, slices
        return (_log_sum(sums[:, :, None] + scores),), (sums,)

    (last,), (sums,) = scan(
        advance,
        (ops.concatenate([first, ops.zeros_like(first)], axis=0),),
        (ops.concatenate([by_time, reverse], axis=1),),
        1,
    )
    alphas, betas = ops.split(stacked(sums), 2, axis=1)
    return alphas, ops.flip(betas, axis=0), _log_sum(ops.split(last, 2, axis=0)[0])


def _pairs(potentials: Any, alphas: Any, betas: Any, total: Any) -> Any:
    """exp(alpha_{t-1}[i] + potentials_t[i, j] + beta_t[j] - total), `(batch, time, tags, tags)`."""
    left, right = ops.swapaxes(alphas, 0, 1), ops.swapaxes(betas, 0, 1)
    return ops.exp(left[:, :, :, None] + potentials + right[:, :, None, :] - total[:, None, None, None])


def _first(rows: Any) -> Any:
    """The scores before the first step, in the shape of `rows` `(batch, places)`: place 0, and no other."""
    return ops.where(ops.arange(rows.shape[-1]) == 0, ops.zeros_like(rows), IMPOSSIBLE)


def _log_sum(scores: Any) -> Any:
    """log sum exp over axis 1."""
    highest = ops.max(scores, axis=1, keepdims=True)
    return ops.squeeze(highest, 1) + ops.log(ops.sum(ops.exp(scores - highest), axis=1))
