"""Keras's LSTM with a faster loop."""

from typing import Any

import keras

from seqkit import kernels
from seqkit.checks import check_fraction
from seqkit.layers.fast_loop import fast_loop, own_arguments, takes_fast_loop
from seqkit.layers.weight_drop import weight_drop


@keras.saving.register_keras_serializable(package="seqkit")
class LSTM(keras.layers.LSTM):
    """`keras.layers.LSTM` with a time loop of our own: the same arguments, weights and outputs, trained faster.

    z_t = x_t W + h_{t-1} U + b;  i, f, o = sigmoid(z);  c~ = tanh(z);  c_t = f c_{t-1} + i c~;  h_t = o tanh(c_t)

    All input products are taken before the loop, and the gradient of the weights after it, each as one product. An
    activation other than the usual ones, dropout of the state, `unroll` and a GPU with cuDNN take Keras's own road.

    Args:
        units: Positive integer. Width of the state.
        args: Those of `keras.layers.LSTM`, whose signature this is.
        recompute: Whether to compute the gates a second time in the backward pass instead of keeping them: about half
            the memory for long sequences.
        weight_drop: Float in [0, 1). Share of the entries of the recurrent kernel dropped while training: one mask a
            call, the same for all rows and steps, so that the loop (and cuDNN) runs as before. Like `recompute`, it
            stands in the config only where it is on, so that Keras reads ours.
        kwargs: Those of `keras.layers.LSTM`.

    Call arguments: as `keras.layers.LSTM`.
    Input shape: `(batch, time, features)`.
    Output shape: `(batch, time, units)` with `return_sequences`, else `(batch, units)`; with `return_state` a list of
        that and the state.
    Masking: as `keras.layers.LSTM`: a masked step leaves the state as it was.

    Example:

    >>> layer = LSTM(4, return_sequences=True)
    >>> tuple(layer(np.zeros((2, 5, 3))).shape)
    (2, 5, 4)

    References: Hochreiter & Schmidhuber 1997; Gers et al. 2000.
    """

    def __init__(
        self, units: int, *args: Any, recompute: bool = False, weight_drop: float = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(units, *args, **kwargs)
        self.recompute = recompute
        self.weight_drop = check_fraction("weight_drop", weight_drop)

    @property
    def recurrence(self) -> kernels.Recurrence | None:
        """Our time loop, where it computes what this layer is set to compute; else `None`."""
        return kernels.lstm if takes_fast_loop(self) else None

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> tuple:
        with weight_drop(self, training):
            if self.recurrence is None:
                return super().inner_loop(sequences, initial_state, mask, training)
            return fast_loop(self, sequences, initial_state, mask, training)

    def get_config(self) -> dict:
        return {**super().get_config(), **own_arguments(self)}
