"""One vector for a whole sequence: its mean, its maximum or its end."""

from typing import Any

import keras
from keras import ops

from seqkit.checks import check_choice

KINDS = ("last", "max", "mean")


@keras.saving.register_keras_serializable(package="seqkit")
class Pooling(keras.layers.Layer):
    """One vector for a whole sequence: its mean, its maximum or its end, over the n steps that are there.

    'mean': y = sum_t x_t / n;  'max': y = max_t x_t;
    'last': y = x_n, or with `bidirectional` [first half of x_n; second half of x_1], where each direction ends

    Args:
        kind: One of 'last', 'max', 'mean'.
        bidirectional: Whether the second half of the features was read from right to left; it matters for 'last'.

    Call arguments:
        inputs: `(batch, time, features)`.
        mask: Optional booleans `(batch, time)`: `True` on the left, padding on the right.

    Input shape: `(batch, time, features)`.
    Output shape: `(batch, features)`.
    Masking: masked steps count nothing, and the mask ends here; a row without any step gives zeros.

    Raises:
        InputError: if an argument is outside the values named above.

    Example:

    >>> outputs = Pooling("max")(np.array([[[1.0], [3.0], [9.0]]]), mask=np.array([[True, True, False]]))
    >>> keras.ops.convert_to_numpy(outputs).tolist()
    [[3.0]]
    """

    def __init__(self, kind: str, bidirectional: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind = check_choice("kind", kind, KINDS)
        self.bidirectional = check_choice("bidirectional", bidirectional, (False, True))
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        present = ops.ones(ops.shape(inputs)[:2], dtype="bool") if mask is None else ops.cast(mask, "bool")
        if self.kind == "max":
            # The lowest number of the dtype, not -inf: in an empty row its gradient is taken too.
            lowest = ops.min(inputs, axis=1, keepdims=True)
            highest = ops.max(ops.where(present[..., None], inputs, lowest), axis=1)
            return ops.where(ops.any(present, axis=1, keepdims=True), highest, ops.zeros_like(highest))
        if self.kind == "mean":
            return ops.sum(inputs * ops.cast(_shares(present), inputs.dtype)[..., None], axis=1)
        steps = ops.cumsum(ops.cast(present, "int32"), axis=1)
        last = ops.logical_and(present, steps == steps[:, -1:])  # (batch, time), one step a row or none
        if not self.bidirectional:
            return _at(inputs, last)
        forwards, backwards = ops.split(inputs, 2, axis=-1)
        first = ops.logical_and(present, steps == 1)
        return ops.concatenate([_at(forwards, last), _at(backwards, first)], axis=-1)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return None

    def compute_output_spec(self, inputs: Any, mask: Any = None) -> keras.KerasTensor:
        return keras.KerasTensor((inputs.shape[0], inputs.shape[-1]), dtype=self.compute_dtype)

    def get_config(self) -> dict:
        return {**super().get_config(), "kind": self.kind, "bidirectional": self.bidirectional}


def _shares(present: Any) -> Any:
    """1 / n at each of the n steps that are there."""
    there = ops.cast(present, "float32")
    return there / ops.maximum(ops.sum(there, axis=1, keepdims=True), 1.0)


def _at(inputs: Any, places: Any) -> Any:
    """The features at the one step a row that is marked, or zeros."""
    return ops.sum(ops.where(places[..., None], inputs, ops.zeros_like(inputs)), axis=1)
