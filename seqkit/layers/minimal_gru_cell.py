"""One step of the GRU without relevance gate."""

from typing import Any

import keras
from keras import ops

from seqkit.checks import check_positive_int


@keras.saving.register_keras_serializable(package="seqkit")
class MinimalGRUCell(keras.layers.Layer):
    """One step of the textbook GRU without relevance gate: an update gate and a candidate, nothing else.

    c~ = tanh(W_c [c, x] + b_c);  u = sigmoid(W_u [c, x] + b_u);  c' = u * c~ + (1 - u) * c

    `kernel` holds the columns of `x` and `recurrent_kernel` those of `c`, update gate first.

    Args:
        units: Positive integer. Width of the state.
        kernel_initializer: Initialiser of the input weights `(features, 2 * units)`.
        recurrent_initializer: Initialiser of the recurrent weights `(units, 2 * units)`.
        bias_initializer: Initialiser of the biases `(2 * units,)`.
        seed: Optional integer for the masks of `MinimalGRU`'s `weight_drop`.

    Call arguments:
        inputs: `(batch, features)`.
        states: A list of one tensor `(batch, units)`.

    Output shape: `(batch, units)`, and the new states.

    Raises:
        InputError: if `units` is not a positive integer.

    Example:

    >>> cell = MinimalGRUCell(4)
    >>> output, [state] = cell(np.zeros((2, 3)), [np.ones((2, 4))])
    >>> tuple(output.shape)
    (2, 4)

    References: Cho et al. 2014 (the full GRU); the relevance gate is left out, as in Ng's course on sequence models.
    """

    def __init__(
        self,
        units: int,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = check_positive_int("units", units)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(recurrent_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    @property
    def state_size(self) -> int:
        return self.units

    @property
    def output_size(self) -> int:
        return self.units

    def build(self, input_shape: tuple) -> None:
        self.kernel = self.add_weight(
            shape=(input_shape[-1], 2 * self.units), initializer=self.kernel_initializer, name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, 2 * self.units), initializer=self.recurrent_initializer, name="recurrent_kernel"
        )
        self.bias = self.add_weight(shape=(2 * self.units,), initializer=self.bias_initializer, name="bias")
        self.built = True

    def call(self, inputs: Any, states: list) -> tuple[Any, list]:
        [memory] = states
        gates = ops.matmul(inputs, self.kernel) + ops.matmul(memory, self.recurrent_kernel) + self.bias
        update = ops.sigmoid(gates[:, : self.units])
        candidate = ops.tanh(gates[:, self.units :])
        memory = update * candidate + (1 - update) * memory
        return memory, [memory]

    def get_initial_state(self, batch_size: Any = None) -> list:
        return [ops.zeros((batch_size, self.units), dtype=self.compute_dtype)]

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "units": self.units,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "recurrent_initializer": keras.initializers.serialize(self.recurrent_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "seed": self.seed,
        }
