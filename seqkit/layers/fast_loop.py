"""How the drop-in layers hand their sequences to our own time loop."""

from typing import Any

import keras
from keras import ops, tree

from seqkit import kernels

__all__ = ["fast_loop", "own_arguments", "prepared", "shown", "takes_fast_loop", "weights_of"]


def takes_fast_loop(layer: keras.layers.RNN) -> bool:
    """Whether our loops compute what this layer is set to compute; where they do not, Keras's own road is taken.

    They know tanh and sigmoid, and drop features of the inputs but not of the state. A GPU with cuDNN is faster.
    """
    cell: Any = layer.cell
    return (
        not kernels.has_cudnn()
        and getattr(layer, "use_cudnn", "auto") is not True  # Keras says that there is none
        and not layer.unroll
        and getattr(cell, "activation", keras.activations.tanh) is keras.activations.tanh
        and getattr(cell, "recurrent_activation", keras.activations.sigmoid) is keras.activations.sigmoid
        and not getattr(cell, "recurrent_dropout", 0.0)
        and not (getattr(cell, "dropout", 0.0) and getattr(cell, "implementation", 2) == 1)  # a mask for each gate
    )


def fast_loop(layer: Any, sequences: Any, initial_state: Any, mask: Any, training: bool) -> tuple[Any, Any, list]:
    """What `inner_loop` of a Keras layer returns: the last output, all outputs and the last state.

    Args:
        layer: The layer, with a `recurrence`; its cell holds the weights.
        sequences: `(batch, time, features)`.
        initial_state: A tensor or list of tensors `(batch, units)`.
        mask: Optional booleans `(batch, time)`.
        training: Features are dropped only when `True`.
    """
    sequences, mask = prepared(layer, sequences, mask, training)
    state = tuple(ops.cast(tensor, sequences.dtype) for tensor in tree.flatten(initial_state))
    weights = weights_of(layer.cell, sequences.dtype)
    outputs, state = layer.recurrence(sequences, state, *weights, mask=mask, recompute=layer.recompute)
    outputs = shown(layer, outputs, mask)
    return outputs[:, -1], outputs, list(state)


def own_arguments(layer: Any) -> dict[str, Any]:
    """What a drop-in layer's config holds beyond Keras's: the arguments that are on."""
    own = {"recompute": layer.recompute, "weight_drop": layer.weight_drop}
    return {name: value for name, value in own.items() if value}


def prepared(layer: Any, sequences: Any, mask: Any, training: bool) -> tuple[Any, Any]:
    """Sequences and mask in the order in which the layer reads them, some features dropped."""
    if training and getattr(layer.cell, "dropout", 0.0) > 0:
        # The same features at every step, as Keras has it.
        sequences = sequences * layer.cell.get_dropout_mask(sequences[:, 0, :])[:, None, :]
    mask = None if mask is None else ops.cast(tree.flatten(mask)[0], "bool")
    if layer.go_backwards:
        sequences = ops.flip(sequences, axis=1)
        mask = None if mask is None else ops.flip(mask, axis=1)
    return sequences, mask


def weights_of(cell: Any, dtype: Any) -> tuple[Any, Any, Any]:
    """Kernel, recurrent kernel and bias of a cell; zeros stand in for the bias of a cell without."""
    kernel, recurrent_kernel = ops.cast(cell.kernel, dtype), ops.cast(cell.recurrent_kernel, dtype)
    bias = getattr(cell, "bias", None)
    return kernel, recurrent_kernel, ops.zeros(kernel.shape[1:], dtype) if bias is None else ops.cast(bias, dtype)


def shown(layer: Any, outputs: Any, mask: Any) -> Any:
    """The outputs as the layer shows them at masked steps: zero, or repeated from the step before."""
    if mask is None:
        return outputs
    # Ahead of the first step that counts there is nothing to repeat: zero, whatever the state.
    counts = mask if layer.zero_output_for_mask else ops.cumsum(ops.cast(mask, "int32"), axis=1) > 0
    return ops.where(counts[..., None], outputs, ops.zeros_like(outputs))
