"""Recurrent layers on top of each other, with their state in the open."""

from typing import Any

import keras
from keras import ops

from seqkit.checks import check_choice, check_fraction, check_positive_int
from seqkit.layers.cells import CELLS, recurrent_layer, state_type
from seqkit.layers.dropout import DROPOUT_MASKS, dropout_layer


@keras.saving.register_keras_serializable(package="seqkit")
class RecurrentStack(keras.layers.Layer):
    """`depth` recurrent layers on top of each other; the state goes in and comes out by name.

    h_0 = x;  h_k, s_k' = cell_k(dropout(h_{k-1}), s_k)  for k = 1 ... depth  (no dropout on x)

    Args:
        cell: One of 'simple_rnn', 'minimal_gru', 'gru', 'lstm'.
        units: Positive integer. Width of every layer.
        depth: Positive integer. Number of layers.
        dropout: Float in [0, 1). Share of features dropped between one layer and the next while training.
        dropout_mask: 'step' draws a mask for every step, 'sequence' one for all steps of a sequence.
        weight_drop: Float in [0, 1). Share of the entries of each recurrent kernel dropped while training.
        forget_bias: Initial bias of the gate that keeps the old state, see `ForgetBias`; `None` leaves it to the layer.
        seed: Optional integer for all that is dropped.

    Call arguments:
        inputs: `(batch, time, features)`.
        initial_state: A tuple of one named state a layer, as `initial_state(batch)` gives it; zeros if it is left out.
        mask: Optional booleans `(batch, time)`.
        training: Features are dropped only when `True`.

    Input shape: `(batch, time, features)`.
    Output shape: `(batch, time, units)`, and the state after the last step: a tuple of one named state a layer, each
        tensor `(batch, units)`.
    Masking: a masked step leaves every state as it was.

    Raises:
        InputError: if an argument is outside the values named above.

    Example:

    >>> stack = RecurrentStack("lstm", units=4, depth=2)
    >>> outputs, state = stack(np.zeros((2, 5, 3)))
    >>> tuple(outputs.shape), len(state), tuple(state[1].cell.shape)
    ((2, 5, 4), 2, (2, 4))

    References: Zaremba et al. 2014, section 3 (dropout on the connections between layers only); Gal & Ghahramani 2016
    (one mask for all steps); Merity et al. 2018 (dropout on the recurrent kernels).
    """

    def __init__(
        self,
        cell: str,
        units: int,
        depth: int = 1,
        dropout: float = 0.0,
        dropout_mask: str = "step",
        weight_drop: float = 0.0,
        forget_bias: float | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.cell = check_choice("cell", cell, CELLS)
        self.units = check_positive_int("units", units)
        self.depth = check_positive_int("depth", depth)
        self.dropout = check_fraction("dropout", dropout)
        self.dropout_mask = check_choice("dropout_mask", dropout_mask, DROPOUT_MASKS)
        self.weight_drop = check_fraction("weight_drop", weight_drop)
        self.forget_bias = forget_bias
        self.seed = seed
        self.supports_masking = True
        policy = self.dtype_policy
        self.recurrent_layers = [
            recurrent_layer(
                cell,
                units,
                weight_drop=weight_drop,
                forget_bias=forget_bias,
                seed=self._seed(depth + k) if weight_drop else None,
                name=f"{cell}_{k + 1}",
                dtype=policy,
            )
            for k in range(depth)
        ]
        self.dropout_layers = [
            dropout_layer(dropout_mask, dropout, seed=self._seed(k), name=f"dropout_{k + 1}", dtype=policy)
            for k in range(depth - 1)
        ]

    def _seed(self, number: int) -> int | None:
        """A seed for each place that drops something: with one for all, every layer would drop the same features."""
        return None if self.seed is None else self.seed + number

    def build(self, input_shape: tuple) -> None:
        for layer in self.recurrent_layers:
            layer.build(tuple(input_shape))
            input_shape = (*input_shape[:-1], self.units)
        self.built = True

    def initial_state(self, batch: Any) -> tuple:
        """Zeros: one named state a layer, each tensor `(batch, units)`."""
        named = state_type(self.cell)
        return tuple(
            named(*(ops.zeros((batch, self.units), dtype=self.compute_dtype) for _ in named._fields))
            for _ in range(self.depth)
        )

    def call(self, inputs: Any, initial_state: tuple | None = None, mask: Any = None, training: bool = False) -> tuple:
        named = state_type(self.cell)
        if initial_state is None:
            initial_state = self.initial_state(ops.shape(inputs)[0])
        outputs, state = inputs, []
        for k, (layer, before) in enumerate(zip(self.recurrent_layers, initial_state, strict=True)):
            if k > 0:
                outputs = self.dropout_layers[k - 1](outputs, training=training)
            if inputs.shape[1] == 1 and mask is None and not (training and self.weight_drop):
                # One step needs no loop; generation lives on this road.
                output, after = layer.cell(outputs[:, 0], list(before))  # (batch, features)
                outputs = output[:, None]  # (batch, 1, units)
            else:
                outputs, *after = layer(outputs, initial_state=list(before), mask=mask, training=training)
            state.append(named(*after))
        return outputs, tuple(state)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> tuple:
        named = state_type(self.cell)
        return previous_mask, tuple(named(*(None for _ in named._fields)) for _ in range(self.depth))

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "cell": self.cell,
            "units": self.units,
            "depth": self.depth,
            "dropout": self.dropout,
            "dropout_mask": self.dropout_mask,
            "weight_drop": self.weight_drop,
            "forget_bias": self.forget_bias,
            "seed": self.seed,
        }
