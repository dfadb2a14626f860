"""The average of the weights along the way."""

import keras
from keras import ops

from seqkit.checks import check_fraction
from seqkit.training.wrapped_optimizer import WrappedOptimizer


@keras.saving.register_keras_serializable(package="seqkit")
class AveragedOptimizer(WrappedOptimizer):
    """Keeps an average of the weights beside any other optimizer, which goes on from the weights themselves.

    a_n = a_{n-1} + s_n (w_n - a_{n-1}),  s_n = max(1 - momentum, 1/n)

    n counts updates since averaging began. As long as 1/n is the larger share, the average is the plain mean, which
    owes nothing to the weights of the beginning; then it forgets, at the pace of `momentum`. Without `momentum` it is
    the plain mean for ever.

    The `AveragedWeights` callback puts the averages in the place of the weights where they are validated and kept. A
    `ClippedOptimizer` belongs around it, not inside.

    Args:
        optimizer: The Keras optimizer that moves the weights.
        momentum: Float in [0, 1), or `None` for the plain mean. What the average keeps of itself at an update.
        name: Name of the optimizer.

    Raises:
        InputError: if `momentum` is not in [0, 1).

    Example:

    >>> optimizer = AveragedOptimizer(keras.optimizers.SGD(1.0), momentum=None)
    >>> weight = keras.Variable([0.0])
    >>> for gradient in (-1.0, -1.0, -4.0):  # the weight becomes 1, 2, 6
    ...     optimizer.apply([ops.array([gradient])], [weight])
    >>> [round(float(x), 4) for x in optimizer.averages[0].numpy()]
    [3.0]

    References: Polyak & Juditsky 1992 (the mean); Merity et al. 2018, section 4 (when to begin).
    """

    def __init__(
        self, optimizer: keras.optimizers.Optimizer, momentum: float | None, name: str = "averaged_optimizer"
    ) -> None:
        super().__init__(optimizer, name)
        self.momentum = None if momentum is None else check_fraction("momentum", momentum)

    def build(self, variables: list) -> None:
        if self.built:
            return
        self.inner_optimizer.build(variables)
        self.averages = [self.add_variable_from_reference(variable, name="average") for variable in variables]
        self._averaged = self.add_variable((), initializer="zeros", aggregation="only_first_replica", name="averaged")
        self._waiting = self.add_variable((), initializer="zeros", aggregation="only_first_replica", name="waiting")
        super().build(variables)

    @property
    def averaging(self) -> bool:
        """Whether updates are averaged; else the averages follow the weights. It can be set once it is built."""
        return not (self.built and bool(float(ops.convert_to_numpy(self._waiting))))

    @averaging.setter
    def averaging(self, value: bool) -> None:
        if value != self.averaging:
            self._waiting.assign(0.0 if value else 1.0)
            self._averaged.assign(0.0)

    def begin_again(self) -> None:
        """Forgets all updates so far: the next one is the first of a new average."""
        self._averaged.assign(0.0)

    def apply(self, grads: list, trainable_variables: list | None = None) -> None:
        if not self.built and trainable_variables is not None:
            self.build(trainable_variables)
        self.inner_optimizer.apply(grads, trainable_variables)
        self._averaged.assign_add(1.0 - self._waiting.value)
        # While it waits, n stays 0 and the average is the newest weight.
        share = 1.0 / ops.maximum(self._averaged.value, 1.0)
        if self.momentum is not None:
            share = ops.maximum(share, 1.0 - self.momentum)
        share = ops.where(self._waiting.value > 0, 1.0, share)
        for average, variable in zip(self.averages, self._trainable_variables, strict=True):
            part = ops.cast(share, average.dtype)
            # Written so that a share of 1 gives the weight to the last bit.
            average.assign((1.0 - part) * average.value + part * ops.cast(variable.value, average.dtype))

    def swap(self) -> None:
        """Exchanges the weights and their averages."""
        for average, variable in zip(self.averages, self._trainable_variables, strict=True):
            weight = ops.convert_to_numpy(variable)
            variable.assign(ops.convert_to_numpy(average))
            average.assign(weight)

    def get_config(self) -> dict:
        return {**super().get_config(), "momentum": self.momentum}
