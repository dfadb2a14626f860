"""A price on large activations, and on activations that jump."""

from typing import Any

import keras
from keras import ops

from seqkit.checks import check_nonnegative


@keras.saving.register_keras_serializable(package="seqkit")
class ActivationRegularization(keras.layers.Layer):
    """Passes its inputs on, and adds to the loss of training what their size and their changes cost.

    loss += activation * mean(x_t^2) + temporal * mean((x_t - x_{t-1})^2),  over batch, steps and features

    Args:
        activation: Float, at least 0. Price of large activations ("AR").
        temporal: Float, at least 0. Price of changes from one step to the next ("TAR").

    Call arguments:
        inputs: `(batch, time, features)`.
        mask: Optional booleans `(batch, time)`.
        training: Something is added only when `True`.

    Input shape: `(batch, time, features)`.
    Output shape: as the input.
    Masking: masked steps cost nothing; passes the mask on unchanged.

    Raises:
        InputError: if a price is below 0.

    Example:

    >>> layer = ActivationRegularization(activation=1.0, temporal=10.0)
    >>> outputs = layer(np.array([[[1.0], [3.0]]]), training=True)
    >>> float(sum(layer.losses))  # (1 + 9) / 2 + 10 * 4
    45.0

    References: Merity et al. 2017, "Revisiting activation regularization for language RNNs".
    """

    def __init__(self, activation: float = 0.0, temporal: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = check_nonnegative("activation", activation)
        self.temporal = check_nonnegative("temporal", temporal)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        if training and self.activation:
            self.add_loss(self.activation * _mean_square(inputs, mask))
        if training and self.temporal:
            both = None if mask is None else ops.logical_and(mask[:, 1:], mask[:, :-1])
            self.add_loss(self.temporal * _mean_square(inputs[:, 1:] - inputs[:, :-1], both))
        return inputs

    def compute_output_spec(self, inputs: Any, mask: Any = None, training: bool = False) -> keras.KerasTensor:
        return keras.KerasTensor(inputs.shape, dtype=self.compute_dtype)

    def get_config(self) -> dict:
        return {**super().get_config(), "activation": self.activation, "temporal": self.temporal}


def _mean_square(values: Any, mask: Any) -> Any:
    """The mean of squares over the steps that count; 0 where there is none."""
    squares = ops.mean(ops.square(ops.cast(values, "float32")), axis=-1)  # (batch, time)
    counts = ops.ones_like(squares) if mask is None else ops.cast(mask, "float32")
    return ops.sum(squares * counts) / ops.maximum(ops.sum(counts), 1.0)
