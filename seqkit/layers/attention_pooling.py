"""One vector for a whole sequence: the mean of what it attends to."""

from typing import Any

import keras
from keras import ops

from seqkit.checks import check_positive_int


@keras.saving.register_keras_serializable(package="seqkit")
class AttentionPooling(keras.layers.Layer):
    """One vector for a whole sequence: a mean in which each step weighs as much as a small network says.

    a_t = softmax_t(v' tanh(W x_t + b));  y = sum_t a_t x_t

    `layer.weights_of_steps(inputs, mask)` are the a_t: which words a classifier looked at.

    Args:
        units: Positive integer. Width of the small network.

    Call arguments:
        inputs: `(batch, time, features)`.
        mask: Optional booleans `(batch, time)`.

    Input shape: `(batch, time, features)`.
    Output shape: `(batch, features)`.
    Masking: masked steps have weight 0, and the mask ends here; a row without any step gives zeros.

    Raises:
        InputError: if `units` is not a positive integer.

    Example:

    >>> layer = AttentionPooling(4)
    >>> weights = layer.weights_of_steps(np.ones((1, 3, 2)), mask=np.array([[True, True, False]]))
    >>> [round(weight, 3) for weight in keras.ops.convert_to_numpy(weights)[0].tolist()]
    [0.5, 0.5, 0.0]

    References: Yang et al. 2016, section 2.2 (word attention).
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = check_positive_int("units", units)
        self.supports_masking = True
        self.hidden_layer = keras.layers.Dense(units, activation="tanh", name="hidden", dtype=self.dtype_policy)
        self.score_layer = keras.layers.Dense(1, use_bias=False, name="score", dtype=self.dtype_policy)

    def build(self, input_shape: tuple) -> None:
        self.hidden_layer.build(tuple(input_shape))
        self.score_layer.build((*input_shape[:-1], self.units))
        self.built = True

    def weights_of_steps(self, inputs: Any, mask: Any = None) -> Any:
        """How much each step weighs, `(batch, time)`: in each row that has a step, 1 in all."""
        if not self.built:
            self.build(ops.shape(inputs))
        scores = ops.cast(ops.squeeze(self.score_layer(self.hidden_layer(inputs)), -1), "float32")  # (batch, time)
        present = ops.ones_like(scores) if mask is None else ops.cast(mask, "float32")
        lowest = ops.min(scores, axis=1, keepdims=True)
        highest = ops.max(ops.where(present > 0, scores, lowest), axis=1, keepdims=True)
        grown = ops.where(present > 0, ops.exp(ops.minimum(scores - highest, 0.0)), 0.0)
        total = ops.sum(grown, axis=1, keepdims=True)
        return grown / ops.where(total > 0, total, 1.0)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        weights = ops.cast(self.weights_of_steps(inputs, mask), inputs.dtype)
        return ops.sum(inputs * weights[..., None], axis=1)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return None

    def compute_output_spec(self, inputs: Any, mask: Any = None) -> keras.KerasTensor:
        return keras.KerasTensor((inputs.shape[0], inputs.shape[-1]), dtype=self.compute_dtype)

    def get_config(self) -> dict:
        return {**super().get_config(), "units": self.units}
