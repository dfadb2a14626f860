"""The GRU without relevance gate, over whole sequences."""

from typing import Any

import keras

from seqkit import kernels
from seqkit.checks import check_fraction
from seqkit.layers.fast_loop import fast_loop, takes_fast_loop
from seqkit.layers.minimal_gru_cell import MinimalGRUCell
from seqkit.layers.weight_drop import weight_drop


@keras.saving.register_keras_serializable(package="seqkit")
class MinimalGRU(keras.layers.RNN):
    """The textbook GRU without relevance gate, over a whole sequence: two thirds of a GRU's weights.

    c~ = tanh(W_c [c, x] + b_c);  u = sigmoid(W_u [c, x] + b_u);  c' = u * c~ + (1 - u) * c

    Args:
        units: Positive integer. Width of the state and of each output.
        kernel_initializer: Initialiser of the input weights `(features, 2 * units)`.
        recurrent_initializer: Initialiser of the recurrent weights `(units, 2 * units)`.
        bias_initializer: Initialiser of the biases `(2 * units,)`.
        return_sequences: Whether to return the output of every step instead of the last.
        return_state: Whether to return the last state as well.
        go_backwards: Whether to read the sequence from its end.
        recompute: Whether to compute the gates a second time in the backward pass instead of keeping them: less memory.
        weight_drop: Float in [0, 1). Share of the entries of the recurrent weights dropped while training: one mask a
            call, the same for all rows and steps.
        seed: Optional integer for those masks.

    Call arguments:
        sequences: `(batch, time, features)`.
        initial_state: A list of one tensor `(batch, units)`; zeros if it is not given.
        mask: Optional booleans `(batch, time)`.

    Input shape: `(batch, time, features)`.
    Output shape: `(batch, time, units)` with `return_sequences`, else `(batch, units)`; with `return_state` a list of
        that and the state `(batch, units)`.
    Masking: a masked step leaves the state as it was; its output is the one before it.

    Raises:
        InputError: if `units` is not a positive integer, or `weight_drop` not in [0, 1).

    Example:

    >>> layer = MinimalGRU(4, return_sequences=True)
    >>> tuple(layer(np.zeros((2, 5, 3))).shape)
    (2, 5, 4)

    References: see `MinimalGRUCell`.
    """

    def __init__(
        self,
        units: int,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        recompute: bool = False,
        weight_drop: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        cell = MinimalGRUCell(
            units,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            seed=seed,
            dtype=kwargs.get("dtype"),
            name="minimal_gru_cell",
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            **kwargs,
        )
        self.recompute = recompute
        self.weight_drop = check_fraction("weight_drop", weight_drop)

    @property
    def recurrence(self) -> kernels.Recurrence | None:
        """Our time loop, where it computes what this layer is set to compute; else `None`."""
        return kernels.minimal_gru if takes_fast_loop(self) else None

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> tuple:
        with weight_drop(self, training):
            if self.recurrence is None:
                return super().inner_loop(sequences, initial_state, mask, training)
            return fast_loop(self, sequences, initial_state, mask, training)

    @property
    def units(self) -> int:
        """Width of the state."""
        return self.cell.units

    def get_config(self) -> dict:
        cell = self.cell.get_config()
        return {
            **keras.layers.Layer.get_config(self),
            "units": cell["units"],
            "kernel_initializer": cell["kernel_initializer"],
            "recurrent_initializer": cell["recurrent_initializer"],
            "bias_initializer": cell["bias_initializer"],
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "recompute": self.recompute,
            "weight_drop": self.weight_drop,
            "seed": cell["seed"],
        }

    @classmethod
    def from_config(cls, config: dict) -> "MinimalGRU":
        return cls(**config)
