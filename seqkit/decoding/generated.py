"""Sequences as they were drawn."""

from typing import NamedTuple

import numpy as np


class Generated(NamedTuple):
    """Sequences as they were drawn, one a prompt.

    Attributes:
        ids: A list of int32 arrays: what followed each prompt, a final stop token included.
        log_probs: A list of float32 arrays of the same lengths: log-probability of each drawn token under the model
            itself (at temperature 1, nothing filtered out).
    """

    ids: list[np.ndarray]
    log_probs: list[np.ndarray]


def cut_at_stop(
    tokens: np.ndarray, log_probs: np.ndarray, begins: np.ndarray, length: int, stop: np.int32
) -> Generated:
    """What counts of rows `(batch, width)`: from the end of each prompt, up to and with the first stop token."""
    pieces = []
    for row, begin in zip(tokens, begins, strict=True):
        drawn = row[begin : begin + length]
        stops = np.flatnonzero(drawn == stop)
        pieces.append(slice(begin, begin + (int(stops[0]) + 1 if len(stops) else len(drawn))))
    return Generated(
        ids=[row[piece] for row, piece in zip(tokens, pieces, strict=True)],
        log_probs=[row[piece] for row, piece in zip(log_probs, pieces, strict=True)],
    )
