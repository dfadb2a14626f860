"""How the drop-in layers hand their sequences to our own time loop."""

from typing import Any

import keras
from keras import ops, tree

from seqkit import kernels

__all__ = ["fast_loop", "takes_fast_loop"]


def takes_fast_loop(layer: keras.layers.RNN) -> bool:
    """Whether our loop computes what this layer is set to compute; where it does not, Keras's own road is taken.

    Our loops know tanh and sigmoid, and drop features of the inputs but not of the state. A GPU with cuDNN is faster.
    """
    cell = layer.cell
    return (
        not kernels.has_cudnn()
        and not layer.unroll
        and getattr(cell, "activation", keras.activations.tanh) is keras.activations.tanh
        and getattr(cell, "recurrent_activation", keras.activations.sigmoid) is keras.activations.sigmoid
        and not getattr(cell, "recurrent_dropout", 0.0)
        and not (getattr(cell, "dropout", 0.0) and getattr(cell, "implementation", 2) == 1)  # a mask for each gate
    )


def fast_loop(
    recurrence: kernels.Recurrence,
    layer: keras.layers.RNN,
    sequences: Any,
    initial_state: Any,
    mask: Any,
    training: bool,
) -> tuple[Any, Any, list]:
    """What `inner_loop` of a Keras layer returns: the last output, all outputs and the last state.

    Args:
        recurrence: One of `seqkit.kernels`.
        layer: The layer; its cell holds the weights, and `recompute` says whether gates are computed twice.
        sequences: `(batch, time, features)`.
        initial_state: A tensor or list of tensors `(batch, units)`.
        mask: Optional booleans `(batch, time)`.
        training: Features are dropped only when `True`.
    """
    cell, dtype = layer.cell, sequences.dtype
    if training and getattr(cell, "dropout", 0.0):
        sequences = sequences * cell.get_dropout_mask(sequences[:, 0, :])[:, None, :]  # the same at every step
    if mask is not None:
        mask = ops.cast(tree.flatten(mask)[0], "bool")
    if layer.go_backwards:
        sequences = ops.flip(sequences, axis=1)
        mask = None if mask is None else ops.flip(mask, axis=1)
    kernel, recurrent_kernel = ops.cast(cell.kernel, dtype), ops.cast(cell.recurrent_kernel, dtype)
    # A layer without bias has a gate for every column of its kernel all the same.
    bias = ops.zeros(kernel.shape[1:], dtype) if cell.bias is None else ops.cast(cell.bias, dtype)
    state = tuple(ops.cast(tensor, dtype) for tensor in tree.flatten(initial_state))
    outputs, state = recurrence(sequences, state, kernel, recurrent_kernel, bias, mask=mask, recompute=layer.recompute)
    if mask is not None:
        # Keras repeats the output of the step before; ahead of the first step that counts it is 0, whatever the state.
        shown = mask if layer.zero_output_for_mask else ops.cumsum(ops.cast(mask, "int32"), axis=1) > 0
        outputs = ops.where(shown[..., None], outputs, ops.zeros_like(outputs))
    return outputs[:, -1], outputs, list(state)
