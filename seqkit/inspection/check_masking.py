"""A doctor for masks: which layer's output depends on how much padding a batch holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from seqkit.checks import InputError, check_positive

__all__ = ["LayerMovement", "MaskingReport", "check_masking"]


@dataclass(frozen=True)
class LayerMovement:
    """How far the outputs of a layer moved with the padding, at the steps that are there.

    Attributes:
        layer: Name of the layer.
        kind: Its class.
        moved: Largest absolute difference; `nan` where an output is no number.
    """

    layer: str
    kind: str
    moved: float


@dataclass(frozen=True)
class MaskingReport:
    """What `check_masking` found; `print` shows it.

    Attributes:
        layers: Every layer that was seen, in the order of the model; the last one is the model itself.
        tolerance: A layer that moved further depends on the padding.
    """

    layers: tuple[LayerMovement, ...]
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether the model's own outputs do not depend on the padding."""
        return self.layers[-1].moved <= self.tolerance  # False for nan

    @property
    def first(self) -> LayerMovement | None:
        """The first layer whose output moves: the place to look at."""
        return next((layer for layer in self.layers if not layer.moved <= self.tolerance), None)

    def __str__(self) -> str:
        width = max(len(layer.layer) for layer in self.layers)
        lines = [
            f"{layer.layer:{width}}  {layer.moved:9.2e}  {'' if layer.moved <= self.tolerance else 'MOVES'}".rstrip()
            for layer in self.layers
        ]
        if self.first is None:
            verdict = "No output depends on the padding."
        elif self.ok:
            verdict = f"`{self.first.layer}` depends on the padding, the model's outputs do not."
        else:
            verdict = f"The padding is first seen after `{self.first.layer}` ({self.first.kind})."
        return "\n".join([*lines, verdict])


def check_masking(model: keras.Model, data: Any, *, tolerance: float = 1e-5) -> MaskingReport:
    """Runs a model with more and with less padding, and tells which layer's output moves.

    The batch is padded to twice its length, and each row is cut to its own. It works on any Keras model of sequences,
    also one not built with seqkit. Of a functional or sequential model it sees every layer, of another one the outputs
    alone. Models that treat padding as data learn from it: the usual causes are an embedding without `mask_zero`, a
    pooling or convolution that takes no mask, or a layer of one's own without `supports_masking`.

    Args:
        model: The model.
        data: One batch of inputs, padded with 0 on the right: an integer array `(batch, time)`, a list or dict of
            arrays `(batch, time, ...)`; or a dataset, whose first batch is taken, without its targets.
        tolerance: Largest difference that passes.

    Raises:
        InputError: if there is no input of integers `(batch, time)` whose zeros say what is padding, if padding stands
            before a token, or if the model takes sequences of one length only.

    Example:

    >>> model = keras.Sequential([keras.layers.Embedding(9, 64), keras.layers.GlobalMaxPooling1D(name="pool")])
    >>> report = check_masking(model, np.array([[3, 5, 0], [7, 0, 0]]))
    >>> report.ok, report.first.layer  # the pooling looks at the vector of the padding
    (False, 'pool')
    """
    check_positive("tolerance", tolerance)
    inputs = _batch(data)
    present = _present(inputs)
    names, watched = _watched(model, inputs)

    def outputs(rows: np.ndarray, time: int) -> list[np.ndarray]:
        """Of some rows, cut or padded to so many steps: every layer's outputs, then the model's."""
        cut = keras.tree.map_structure(lambda array: _resized(array[rows], present.shape[1], time), inputs)
        try:
            found = keras.tree.flatten(watched(cut, training=False))
        except ValueError as error:
            raise InputError(
                f"`model` cannot read a batch of {time} steps as it reads one of {present.shape[1]}: {error} Give its "
                "Input a time axis of None."
            ) from error
        return [ops.convert_to_numpy(ops.cast(tensor, "float32")) for tensor in found]

    lengths = present.sum(axis=1)
    everyone = np.arange(len(lengths))
    expected = outputs(everyone, present.shape[1])
    trials = [(everyone, 2 * present.shape[1])]
    trials += [(np.flatnonzero(lengths == length), int(length)) for length in np.unique(lengths[lengths > 0])]
    moved = np.zeros(len(expected))
    for rows, time in trials:
        found = outputs(rows, time)
        moved = np.maximum(moved, [_moved(a[rows], b, present[rows]) for a, b in zip(expected, found, strict=True)])
    movements = [LayerMovement(*name, float(distance)) for name, distance in zip(names, moved, strict=False)]
    own = LayerMovement(model.name, "the model", float(np.max(moved[len(names) :])))
    return MaskingReport((*movements, own), tolerance)


def _batch(data: Any) -> Any:
    if not isinstance(data, (np.ndarray, Mapping, list, tuple)) and not keras.ops.is_tensor(data):
        data = next(iter(data))
        data = data[0] if isinstance(data, tuple) else data
    arrays = keras.tree.map_structure(ops.convert_to_numpy, data)
    # JAX knows no 64 bits.
    return keras.tree.map_structure(lambda a: a.astype("int32") if a.dtype.kind in "iu" else a, arrays)


def _present(inputs: Any) -> np.ndarray:
    """Which steps are there, by the first input of ids `(batch, time)`."""
    ids = next((a for a in keras.tree.flatten(inputs) if a.ndim == 2 and a.dtype.kind in "iu"), None)
    if ids is None:
        shapes = [f"{array.dtype} {array.shape}" for array in keras.tree.flatten(inputs)]
        raise InputError(
            "`data` must hold an input of integers (batch, time), whose zeros are the padding. "
            f"Received: {', '.join(shapes)}."
        )
    present = ids != 0
    if (np.diff(present.astype(int), axis=1) > 0).any():
        row = int(np.argmax((np.diff(present.astype(int), axis=1) > 0).any(axis=1)))
        raise InputError(f"`data` must be padded on the right. Received: a 0 before a token, in row {row}.")
    return present


def _resized(array: np.ndarray, time: int, wanted: int) -> np.ndarray:
    """Cut or padded with 0 to `wanted` steps, where the second axis is time."""
    if array.ndim < 2 or array.shape[1] != time:
        return array
    if wanted <= time:
        return array[:, :wanted]
    return np.pad(array, [(0, 0), (0, wanted - time), *[(0, 0)] * (array.ndim - 2)])


def _watched(model: keras.Model, inputs: Any) -> tuple[list[tuple[str, str]], keras.Model]:
    """Names and classes of the layers that can be watched, and a model that gives their outputs, then its own.

    They are those of a functional model that are called once, and those of a sequential one; of another model, none.
    """
    if isinstance(model, keras.Sequential):
        source = outputs = keras.Input((None, *inputs.shape[2:]), dtype=inputs.dtype.name)
        found = []
        for layer in model.layers:
            outputs = layer(outputs)
            found.append((layer, outputs))
    elif hasattr(model, "operations"):
        source, outputs = model.input, model.outputs
        once = (layer for layer in model.layers if len(layer._inbound_nodes) == 1)
        found = [(layer, layer.output) for layer in once if not isinstance(layer, keras.layers.InputLayer)]
    else:
        return [], model
    names = [(layer.name, type(layer).__name__) for layer, given in found for _ in keras.tree.flatten(given)]
    return names, keras.Model(source, [[given for _, given in found], outputs])


def _moved(before: np.ndarray, after: np.ndarray, present: np.ndarray) -> float:
    """The largest difference between two outputs, of those with a time axis at the steps that are there."""
    if before.ndim >= 2 and before.shape[:2] == present.shape:
        steps = min(before.shape[1], after.shape[1])
        here = present[:, :steps]
        before, after = before[:, :steps][here], after[:, :steps][here]
    return float(np.max(np.abs(before - after), initial=0.0))
