"""Precision, recall and F1 of whole entities, as conlleval counts them."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from seqkit import kernels
from seqkit.checks import InputError
from seqkit.masking import valid_targets
from seqkit.tagging import OUTSIDE, parts


@keras.saving.register_keras_serializable(package="seqkit")
class SpanF1(keras.metrics.Metric):
    """F1 of whole spans: one is right where its first token, its last token and its type are.

    precision = right / found;  recall = right / there;  F1 = 2 right / (found + there)

    Three counts a type are kept over the whole set. What a span is, `tagging.spans` says: a sequence that starts with
    I- starts with a span, as in conlleval. Where there is nothing to divide by, a figure is 0.

    Args:
        tags: Every tag, its place being its id.
        name: Name of the metric.

    Call arguments (`update_state`):
        y_true: Integers `(batch, time)`; -1 marks padding.
        y_pred: Logits `(batch, time, tags)`, of which the highest counts; potentials `(batch, time, tags, tags)` of a
            `CRF`, of which the best path counts; or tag ids `(batch, time)`.
        sample_weight: Refused: a span counts once.

    Raises:
        InputError: if there is no tag 'O', or predictions have another number of tags.
        ValueError: if a sample weight is given.

    Example:

    >>> metric = SpanF1(["O", "B-PER", "I-PER"])
    >>> metric.update_state(np.array([[1, 2, 0, 1]]), np.array([[1, 2, 0, 0]]))  # one of two found
    >>> round(float(metric.result()), 4)
    0.6667

    References: Tjong Kim Sang & De Meulder 2003.
    """

    def __init__(self, tags: Sequence[str], name: str = "f1") -> None:
        super().__init__(name=name, dtype="float32")
        self.tags = tags
        if OUTSIDE not in tags:
            raise InputError(f"`tags` must hold {OUTSIDE!r}, the tag of what is in no span. Received: {list(tags)!r}.")
        prefixes, kinds = zip(*(parts(tag) for tag in tags), strict=True)
        self.types = sorted(set(kinds) - {""})
        self._is_outside = np.array([prefix == OUTSIDE for prefix in prefixes])
        self._always_begins = np.array([prefix in ("B", "S") for prefix in prefixes])
        self._ends = np.array([prefix in (OUTSIDE, "E", "S") for prefix in prefixes])
        self._type = np.array([self.types.index(kind) if kind else -1 for kind in kinds], "int32")
        shape = (max(len(self.types), 1),)
        self.right = self.add_variable(shape, initializer="zeros", name="right", dtype="int32")
        self.found = self.add_variable(shape, initializer="zeros", name="found", dtype="int32")
        self.there = self.add_variable(shape, initializer="zeros", name="there", dtype="int32")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if sample_weight is not None:
            raise ValueError(f"`{self.name}` counts every span once and takes no sample weights. Mark padding with -1.")
        y_true = ops.cast(y_true, "int32")
        valid = valid_targets(y_true)
        outside = int(np.flatnonzero(self._is_outside)[0])
        targets = ops.where(valid, y_true, outside)
        guesses = ops.where(valid, self._decoded(y_pred, valid), outside)
        begun, length = self._spans(targets)
        guessed, guessed_length = self._spans(guesses)
        types, guessed_types = ops.take(self._type, targets), ops.take(self._type, guesses)
        same = ops.logical_and(types == guessed_types, length == guessed_length)
        self.right.assign_add(self._count(types, begun & guessed & same))
        self.found.assign_add(self._count(guessed_types, guessed))
        self.there.assign_add(self._count(types, begun))

    def _decoded(self, y_pred: Any, valid: Any) -> Any:
        if len(y_pred.shape) == 2:
            return ops.cast(y_pred, "int32")
        if y_pred.shape[-1] != len(self.tags):
            raise InputError(
                f"`{self.name}` knows {len(self.tags)} tags. Received: predictions of shape {tuple(y_pred.shape)}. "
                "Give the metric the tags of the model."
            )
        if len(y_pred.shape) == 3:
            return ops.cast(ops.argmax(y_pred, axis=-1), "int32")
        absent = kernels.identity_potentials(len(self.tags))
        tags, _ = kernels.best_path(ops.where(valid[:, :, None, None], ops.cast(y_pred, "float32"), absent))
        return tags

    def _spans(self, tags: Any) -> tuple[Any, Any]:
        """Whether a span begins at a step, and how many steps the span that holds a step has; both `(batch, time)`."""
        inside = ops.logical_not(ops.take(self._is_outside, tags))
        kind = ops.take(self._type, tags)
        fresh = ops.concatenate(
            [
                ops.ones_like(inside[:, :1]),
                ops.take(self._ends, tags[:, :-1]) | (kind[:, 1:] != kind[:, :-1]),
            ],
            axis=1,
        )
        begins = inside & (ops.take(self._always_begins, tags) | fresh)
        # Spans, and single steps outside of any, are numbered through the batch; the first step always begins one.
        piece = ops.cumsum(ops.cast(ops.reshape(begins | ops.logical_not(inside), (-1,)), "int32")) - 1
        steps = ops.size(piece)
        sizes = ops.segment_sum(ops.ones_like(piece), piece, num_segments=steps)
        return begins, ops.reshape(ops.take(sizes, piece), ops.shape(tags))

    def _count(self, types: Any, begins: Any) -> Any:
        """How many spans of each type begin, `(types,)`."""
        kinds = ops.arange(self.right.shape[0])
        return ops.sum(ops.cast(begins[..., None] & (types[..., None] == kinds), "int32"), axis=(0, 1))

    def result(self) -> Any:
        return _f1(ops.sum(self.right), ops.sum(self.found), ops.sum(self.there))

    def report(self) -> dict[str, dict[str, float]]:
        """Precision, recall, F1 and number of spans there: of each type, and of all under 'all'."""
        counts = [ops.convert_to_numpy(part) for part in (self.right, self.found, self.there)]
        rows = dict(zip(self.types, zip(*(part.tolist() for part in counts), strict=True), strict=False))
        rows["all"] = tuple(int(part.sum()) for part in counts)
        return {
            kind: {
                "precision": right / found if found else 0.0,
                "recall": right / there if there else 0.0,
                "f1": 2 * right / (found + there) if found + there else 0.0,
                "support": there,
            }
            for kind, (right, found, there) in rows.items()
        }

    def get_config(self) -> dict:
        return {"tags": self.tags, "name": self.name}


def _f1(right: Any, found: Any, there: Any) -> Any:
    return ops.divide_no_nan(2.0 * ops.cast(right, "float32"), ops.cast(found + there, "float32"))
