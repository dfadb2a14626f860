"""What the two ways of cutting a corpus into windows share."""

from typing import Any

import numpy as np

from seqkit.checks import InputError, check_positive_int
from seqkit.data.batches import Batches
from seqkit.masking import PADDED_TARGET


class Windows(Batches):
    """Windows over one long row of tokens, with the next token as the target of each.

    Which batch comes at (epoch, position) is a pure function of the arguments: nothing is replayed to get there. Every
    batch of a pipeline has the same static shape; where tokens run out, ids are filled with 0 and targets with -1.

    Args:
        tokens: The corpus: an array of ids or a `TokenFile`. The first token is read but never predicted; put `<bos>`
            there to predict all others.
        window: Positive integer. Tokens in a window.
        context_only: Ids that are read but never predicted, such as the `<bos>` between two documents. Their targets
            are -1.
    """

    def __init__(self, tokens: Any, *, window: int, context_only: tuple[int, ...] = ()) -> None:
        if isinstance(tokens, np.ndarray) and (tokens.ndim != 1 or tokens.dtype.kind not in "iu"):
            raise InputError(
                "`tokens` must be one row of integer ids. "
                f"Received: an array of {tokens.dtype}, shape {tokens.shape}. Encode the text with a vocabulary first."
            )
        self.tokens = tokens
        self.window = check_positive_int("window", window)
        self.context_only = tuple(context_only)
        if len(tokens) <= window:
            raise InputError(
                f"`window` must be smaller than the corpus. Received: window={window}, corpus of {len(tokens)} tokens. "
                "Use a smaller `window` or more text."
            )

    def _cut(self, starts: np.ndarray, stops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ids and targets `(len(starts), window)`; row r reads the tokens from starts[r] and predicts up to stops[r].

        A row predicts tokens starts[r] + 1 ... min(starts[r] + window, stops[r]).
        """
        ids = np.zeros((len(starts), self.window), np.int32)
        targets = np.full((len(starts), self.window), PADDED_TARGET, np.int32)
        for row, (start, stop) in enumerate(zip(starts, stops, strict=True)):
            piece = np.asarray(self.tokens[int(start) : int(min(start + self.window, stop) + 1)])
            if len(piece) > 1:
                ids[row, : len(piece) - 1] = piece[:-1]
                targets[row, : len(piece) - 1] = piece[1:]
        if self.context_only:
            targets[np.isin(targets, self.context_only)] = PADDED_TARGET
        return ids, targets
