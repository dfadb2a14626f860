"""Clipping by the global norm, with a record of what it did."""

from typing import Any, NamedTuple

import keras
from keras import ops

from seqkit import kernels
from seqkit.checks import check_positive
from seqkit.training.wrapped_optimizer import WrappedOptimizer


class GradientStatistics(NamedTuple):
    """What a `ClippedOptimizer` saw since it was last asked: means over the updates in between.

    `norm` is the mean global norm before clipping, `clip_rate` the share of updates that were clipped, `updates` their
    number. `norm` leaves out updates whose gradient was not finite.
    """

    norm: float
    clip_rate: float
    updates: int


@keras.saving.register_keras_serializable(package="seqkit")
class ClippedOptimizer(WrappedOptimizer):
    """Clips the gradient by its global norm before any other optimizer applies it, and keeps a record.

    g' = g * min(1, clip_norm / |g|),  |g|^2 = the sum over all weights of all squared entries

    A gradient that is not finite is not applied (zeros are, in its place), and the number of the first such update is
    kept: `NonFiniteGuard` stops there, with weights that are still good.

    Args:
        optimizer: The Keras optimizer that applies the clipped gradient.
        clip_norm: Positive float, or `None` to watch without clipping.
        name: Name of the optimizer.

    Raises:
        InputError: if `clip_norm` is not above 0.

    Example:

    >>> optimizer = ClippedOptimizer(keras.optimizers.SGD(1.0), clip_norm=1.0)
    >>> weight = keras.Variable([0.0, 0.0])
    >>> optimizer.apply([ops.array([3.0, 4.0])], [weight])  # norm 5, clipped to 1
    >>> [round(float(x), 4) for x in weight.numpy()]
    [-0.6, -0.8]
    >>> optimizer.take_statistics()
    GradientStatistics(norm=5.0, clip_rate=1.0, updates=1)

    References: Pascanu et al. 2013, algorithm 1.
    """

    def __init__(
        self, optimizer: keras.optimizers.Optimizer, clip_norm: float | None, name: str = "clipped_optimizer"
    ) -> None:
        super().__init__(optimizer, name)
        self.clip_norm = None if clip_norm is None else check_positive("clip_norm", clip_norm)

    def build(self, variables: list) -> None:
        if self.built:
            return
        self.inner_optimizer.build(variables)
        self._norm_total = self._statistic("norm_total")
        self._norm_last = self._statistic("norm_last")
        self._clipped = self._statistic("clipped")
        self._updates = self._statistic("updates")
        self._finite_updates = self._statistic("finite_updates")
        self._first_nonfinite = self._statistic("first_nonfinite", dtype="int32")
        super().build(variables)

    def _statistic(self, name: str, dtype: str = "float32") -> Any:
        return self.add_variable((), initializer="zeros", dtype=dtype, aggregation="only_first_replica", name=name)

    def apply(self, grads: list, trainable_variables: list | None = None) -> None:
        if not self.built and trainable_variables is not None:
            self.build(trainable_variables)
        # Every replica has the gradient of its own rows; what is clipped is the gradient of all of them.
        grads = [None if g is None else kernels.replica_sum(kernels.dense(g)) for g in grads]
        squares = [ops.sum(ops.square(ops.cast(g, "float32"))) for g in grads if g is not None]
        norm = ops.sqrt(sum(squares[1:], squares[0]))
        finite = ops.isfinite(norm)
        clipped = ops.logical_and(finite, norm > self.clip_norm) if self.clip_norm else False
        divisor = ops.maximum(norm / self.clip_norm, 1.0) if self.clip_norm else 1.0
        # The optimizer inside will add up what it is given by each replica.
        divisor = ops.where(finite, divisor * kernels.replicas(), 0.0)

        norm = ops.where(finite, norm, 0.0)
        self._norm_total.assign_add(norm)
        self._norm_last.assign(ops.where(finite, norm, self._norm_last.value))
        self._clipped.assign_add(ops.cast(clipped, "float32"))
        self._updates.assign_add(1.0)
        self._finite_updates.assign_add(ops.cast(finite, "float32"))
        is_first = ops.logical_and(ops.logical_not(finite), ops.equal(self._first_nonfinite.value, 0))
        number = ops.cast(self.iterations + 1, "int32")
        self._first_nonfinite.assign(ops.where(is_first, number, self._first_nonfinite.value))

        def update(divisor: Any, *grads: Any) -> None:
            # Divided "without NaN" by zero, everything is zero, NaN included.
            given = iter(ops.divide_no_nan(g, ops.cast(divisor, g.dtype)) for g in grads)
            self.inner_optimizer.apply([next(given) if there else None for there in present], trainable_variables)

        present = [g is not None for g in grads]
        kernels.fused(update)(divisor, *(g for g in grads if g is not None))

    @property
    def first_nonfinite(self) -> int:
        """Number of the first update whose gradient was not finite, counted from 1; 0 if there was none."""
        return int(ops.convert_to_numpy(self._first_nonfinite)) if self.built else 0

    @property
    def last_norm(self) -> float:
        """Global norm of the last finite gradient, before clipping."""
        return float(ops.convert_to_numpy(self._norm_last)) if self.built else 0.0

    def take_statistics(self) -> GradientStatistics:
        """What happened since the last call, and forgets it."""
        updates, finite = float(ops.convert_to_numpy(self._updates)), float(ops.convert_to_numpy(self._finite_updates))
        statistics = GradientStatistics(
            norm=float(ops.convert_to_numpy(self._norm_total)) / max(finite, 1.0),
            clip_rate=float(ops.convert_to_numpy(self._clipped)) / max(updates, 1.0),
            updates=int(updates),
        )
        for variable in (self._norm_total, self._clipped, self._updates, self._finite_updates):
            variable.assign(0.0)
        return statistics

    def get_config(self) -> dict:
        return {**super().get_config(), "clip_norm": self.clip_norm}
