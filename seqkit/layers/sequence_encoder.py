"""Recurrent layers over whole sequences, in one direction or both."""

from typing import Any

import keras

from seqkit.checks import check_choice, check_fraction, check_positive_int
from seqkit.layers.cells import CELLS, recurrent_layer
from seqkit.layers.dropout import DROPOUT_MASKS, dropout_layer


@keras.saving.register_keras_serializable(package="seqkit")
class SequenceEncoder(keras.layers.Layer):
    """`depth` recurrent layers over whole sequences: at each step, what came before it and, if asked, what comes after.

    h_0 = x;  h_k = [forward_k(dropout(h_{k-1})); backward_k(dropout(h_{k-1}))]  for k = 1 ... depth  (no dropout on x)

    A model that reads from left to right and hands its state on takes `RecurrentStack` instead.

    Args:
        cell: One of 'simple_rnn', 'minimal_gru', 'gru', 'lstm'.
        units: Positive integer. Width of every layer in each direction.
        depth: Positive integer. Number of layers.
        bidirectional: Whether a second layer reads from right to left; the two outputs stand side by side.
        dropout: Float in [0, 1). Share of features dropped between one layer and the next while training.
        dropout_mask: 'step' draws a mask for every step, 'sequence' one for all steps of a sequence.
        weight_drop: Float in [0, 1). Share of the entries of each recurrent kernel dropped while training.
        seed: Optional integer for all that is dropped.

    Call arguments:
        inputs: `(batch, time, features)`.
        mask: Optional booleans `(batch, time)`.
        training: Features are dropped only when `True`.

    Input shape: `(batch, time, features)`.
    Output shape: `(batch, time, units)`, twice as wide with `bidirectional`.
    Masking: a masked step leaves the state as it was, in both directions; the mask is passed on.

    Raises:
        InputError: if an argument is outside the values named above.

    Example:

    >>> encoder = SequenceEncoder("lstm", units=4, depth=2, bidirectional=True)
    >>> tuple(encoder(np.zeros((2, 5, 3))).shape)
    (2, 5, 8)

    References: Schuster & Paliwal 1997 (two directions); Gal & Ghahramani 2016 (one mask for all steps).
    """

    def __init__(
        self,
        cell: str,
        units: int,
        depth: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        dropout_mask: str = "step",
        weight_drop: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.cell = check_choice("cell", cell, CELLS)
        self.units = check_positive_int("units", units)
        self.depth = check_positive_int("depth", depth)
        self.bidirectional = check_choice("bidirectional", bidirectional, (False, True))
        self.dropout = check_fraction("dropout", dropout)
        self.dropout_mask = check_choice("dropout_mask", dropout_mask, DROPOUT_MASKS)
        self.weight_drop = check_fraction("weight_drop", weight_drop)
        self.seed = seed
        self.supports_masking = True
        self.recurrent_layers = [self._layer(k) for k in range(depth)]
        self.dropout_layers = [
            dropout_layer(dropout_mask, dropout, seed=self._seed(k), name=f"dropout_{k + 1}", dtype=self.dtype_policy)
            for k in range(depth - 1)
        ]

    def _layer(self, k: int) -> keras.layers.Layer:
        def directed(name: str, number: int, *, go_backwards: bool = False) -> keras.layers.RNN:
            return recurrent_layer(
                self.cell,
                self.units,
                weight_drop=self.weight_drop,
                seed=self._seed(number) if self.weight_drop else None,
                return_state=False,
                go_backwards=go_backwards,
                name=name,
                dtype=self.dtype_policy,
            )

        name = f"{self.cell}_{k + 1}"
        forward = directed(name, self.depth + k)
        if not self.bidirectional:
            return forward
        backward = directed(f"{name}_backwards", 2 * self.depth + k, go_backwards=True)
        return keras.layers.Bidirectional(
            forward, backward_layer=backward, name=f"{name}_both", dtype=self.dtype_policy
        )

    def _seed(self, number: int) -> int | None:
        """A seed for each place that drops something: with one for all, every layer would drop the same features."""
        return None if self.seed is None else self.seed + number

    def build(self, input_shape: tuple) -> None:
        for layer in self.recurrent_layers:
            layer.build(tuple(input_shape))
            input_shape = (*input_shape[:-1], self.units * (1 + self.bidirectional))
        self.built = True

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        outputs = inputs
        for k, layer in enumerate(self.recurrent_layers):
            if k > 0:
                outputs = self.dropout_layers[k - 1](outputs, training=training)
            outputs = layer(outputs, mask=mask, training=training)
        return outputs

    def compute_output_spec(self, inputs: Any, mask: Any = None, training: bool = False) -> keras.KerasTensor:
        width = self.units * (1 + self.bidirectional)
        return keras.KerasTensor((*inputs.shape[:-1], width), dtype=self.compute_dtype)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "cell": self.cell,
            "units": self.units,
            "depth": self.depth,
            "bidirectional": self.bidirectional,
            "dropout": self.dropout,
            "dropout_mask": self.dropout_mask,
            "weight_drop": self.weight_drop,
            "seed": self.seed,
        }
