"""From the outputs of a tagger to tags and spans."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from seqkit import kernels
from seqkit.checks import InputError
from seqkit.tagging import parts, spans

__all__ = ["FoundSpan", "TagDecoder", "Tagged"]


class FoundSpan(NamedTuple):
    """A span that a model found: tokens `start` to `end`, the latter not included, and how probable it is."""

    type: str
    start: int
    end: int
    probability: float


class Tagged(NamedTuple):
    """One sequence, tagged: its tags, and its spans with their probabilities."""

    tags: tuple[str, ...]
    spans: tuple[FoundSpan, ...]


class TagDecoder:
    """Reads sequences with a tagger: the best tags, the spans in them, and the probability of each span.

    With a CRF the tags are the best path, and the probability of a span is that of all paths with just this span:
    P(y_s) prod_t P(y_t | y_{t-1}), up to the step after it, which must not go on with it. With a softmax every step
    stands by itself, and the probability is the product over the same steps.

    Args:
        model: A tagger, as `many_to_many` builds one; it is compiled once for each shape it meets.
        tags: Every tag, its place being its id.

    Call arguments:
        inputs: What the model takes, `(batch, time, ...)`.
        lengths: Steps that each sequence has.

    Returns:
        A `Tagged` for each sequence.

    Raises:
        InputError: if the model has another number of tags.

    Example:

    >>> from seqkit.models import many_to_many
    >>> model = many_to_many(vocabulary_size=9, num_tags=3, units=4, embedding=4, head="crf")
    >>> [tagged] = TagDecoder(model, ["O", "B-PER", "I-PER"])(np.array([[5, 6, 7]]), [3])
    >>> len(tagged.tags)
    3
    """

    def __init__(self, model: keras.Model, tags: Sequence[str]) -> None:
        if model.output.shape[-1] != len(tags):
            raise InputError(
                f"`tags` must be those of the model, which has {model.output.shape[-1]}. Received: {len(tags)} tags."
            )
        self.model = model
        self.tags = tuple(tags)
        self._goes_on = np.array([[_goes_on(parts(a), parts(b)) for b in tags] for a in tags])
        self._decode = kernels.compile(self._best, model.variables)

    def __call__(self, inputs: Any, lengths: Sequence[int]) -> list[Tagged]:
        best, chances = (ops.convert_to_numpy(array) for array in self._decode(inputs))
        return [
            self._tagged(row[:length].tolist(), chance[:length])
            for row, chance, length in zip(best, chances, lengths, strict=True)
        ]

    def _best(self, inputs: Any) -> tuple[Any, Any]:
        """The best tags, and of a CRF the probabilities of pairs, of a softmax those of tags."""
        outputs = ops.cast(self.model(inputs, training=False), "float32")
        if len(outputs.shape) == 4:
            return kernels.best_path(outputs)[0], kernels.pair_marginals(outputs)
        return ops.argmax(outputs, axis=-1), ops.softmax(outputs, axis=-1)

    def _tagged(self, ids: list[int], chances: np.ndarray) -> Tagged:
        names = tuple(self.tags[number] for number in ids)
        steps = _conditional(chances) if chances.ndim == 3 else chances[:, None, :].repeat(len(self.tags), axis=1)
        found = []
        for kind, start, end in spans(names):
            first = chances[start].sum(axis=0) if chances.ndim == 3 else chances[start]
            probability = float(first[ids[start]])
            for t in range(start + 1, end):
                probability *= float(steps[t, ids[t - 1], ids[t]])
            if end < len(ids):
                last = ids[end - 1]
                probability *= float(steps[end, last, ~self._goes_on[last]].sum())
            found.append(FoundSpan(kind, start, end, min(probability, 1.0)))
        return Tagged(names, tuple(found))


def _conditional(pairs: np.ndarray) -> np.ndarray:
    """P(y_t = j | y_{t-1} = i) from P(y_{t-1} = i, y_t = j)."""
    total = pairs.sum(axis=-1, keepdims=True)
    return np.divide(pairs, total, out=np.zeros_like(pairs), where=total > 0)


def _goes_on(before: tuple[str, str], here: tuple[str, str]) -> bool:
    """Whether the second tag continues the span of the first."""
    return before[0] in ("B", "I") and here[0] in ("I", "E") and before[1] == here[1]
