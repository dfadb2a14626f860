"""The likelihood of a text that is still arriving."""

import reprlib
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from seqkit import kernels
from seqkit.checks import InputError
from seqkit.decoding.arguments import check_ids, prompt_ids
from seqkit.decoding.compiled_steps import CompiledSteps

_LONGEST = 256  # tokens read at once at most


class Scorer:
    """Scores a text while it arrives, in pieces of any length.

    log p(x_t | x_1 ... x_{t-1}) for each token, the state carried on from piece to piece

    However the text is cut, the figures are those of one pass over the whole of it. Memory stays constant, and few
    shapes are compiled: pieces are read as powers of two, up to 256 tokens at once.

    Args:
        model: A model with the step contract.
        prompt: Ids that are given and not scored, at least one, such as `[<bos>]`.

    Attributes:
        count: Tokens scored so far.
        log_prob: The sum of their log-probabilities, in double precision.

    Raises:
        InputError: if the model lacks the step contract or `prompt` holds no ids of it.

    Example:

    >>> from seqkit.models import language_model
    >>> scorer = Scorer(language_model(vocabulary_size=6, units=4), [2])
    >>> scorer.read([4, 5, 4]).shape, scorer.read([5]).shape, scorer.count
    ((3,), (1,), 4)
    """

    def __init__(self, model: keras.Model, prompt: Sequence[int]) -> None:
        self._steps = CompiledSteps(model)
        self._score = kernels.compile(lambda ids, logits, state: _score(model, ids, logits, state), model.variables)
        self.restart(prompt)

    def restart(self, prompt: Sequence[int]) -> None:
        """Begins another text; what is compiled stays.

        Raises:
            InputError: if `prompt` holds no ids of the model.
        """
        ids = prompt_ids(prompt, self._steps.vocabulary())
        pieces = list(_pieces(ids))
        self._logits, self._state = self._steps.read(pieces[0][None])
        for piece in pieces[1:]:
            _, self._logits, self._state = self._score(piece[None], self._logits, self._state)
        self.count = 0
        self.log_prob = 0.0

    def read(self, ids: Sequence[int]) -> np.ndarray:
        """Reads some more tokens, none included.

        Returns:
            Float32: the log-probability of each, given all before it.

        Raises:
            InputError: if `ids` holds anything but ids of the model; nothing is read then.
        """
        given = np.asarray(ids)
        if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
            raise InputError(f"`ids` must hold integer ids. Received: {reprlib.repr(ids)}.")
        check_ids("ids", given, self._steps.vocabulary())
        found = [np.zeros(0, np.float32)]
        for piece in _pieces(given.astype(np.int32)):
            log_probs, self._logits, self._state = self._score(piece[None], self._logits, self._state)
            found.append(ops.convert_to_numpy(log_probs)[0])
        result = np.concatenate(found)
        self.count += len(result)
        self.log_prob += float(result.sum(dtype=np.float64))
        return result


def _score(model: keras.Model, ids: Any, logits: Any, state: Any) -> tuple[Any, Any, Any]:
    """Log-probabilities of `ids` `(batch, time)`, the first by `logits`, and the logits and state after them."""
    following, state = model.step(ids, state)
    before = ops.concatenate([logits[:, None], following[:, :-1]], axis=1)  # (batch, time, vocabulary)
    log_probs = ops.take_along_axis(ops.log_softmax(ops.cast(before, "float32")), ids[..., None], axis=-1)
    return log_probs[..., 0], following[:, -1], state


def _pieces(ids: np.ndarray) -> Iterator[np.ndarray]:
    """The ids in pieces of a power of two, the longest first."""
    done = 0
    while done < len(ids):
        size = min(_LONGEST, 1 << ((len(ids) - done).bit_length() - 1))
        yield ids[done : done + size]
        done += size
