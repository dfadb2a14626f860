"""The time loop of a recurrent cell, with its backward pass written by hand."""

import abc
from collections.abc import Sequence
from typing import Any

from keras import ops

from seqkit.kernels.backend import dense, scan, stacked

# Steps whose gates are computed again together where they were not kept: enough for large products.
CHUNK = 128


class Recurrence(abc.ABC):
    """A recurrent cell over whole sequences; a cell says what one step does, forwards and backwards.

    Automatic differentiation would multiply each input by W inside the loop and add up the gradient of U step by step,
    a matrix as large as U each time. Here all input products come before the loop, and the gradient of each weight is
    one product after it. Each gate has products and tensors of its own: on a CPU, cutting one wide row into gates at
    every step and putting it together again costs as much as the products do.

    The methods of a cell work on tensors with any leading axes: `(batch, units)` within a loop, `(time, batch, units)`
    for all steps at once, and one axis more where both directions of a bidirectional layer run in one loop.
    """

    gates: int  # blocks of columns in the weights
    kept: int  # tensors that a step keeps for the backward pass, besides the state
    extras: int = 0  # tensors that `retreat` gives besides the gradients of gates and state

    @abc.abstractmethod
    def advance(self, projected: Sequence, recurrent: Sequence, state: tuple) -> tuple[tuple, tuple]:
        """The state after a step, and what is kept, from x_t W + b and h_{t-1} U, both by gates."""

    @abc.abstractmethod
    def retreat(self, d_state: tuple, before: Sequence, kept: Sequence) -> tuple[tuple, tuple, tuple]:
        """The gradients of h_{t-1} U by gates, and of the state before but for that product; then `extras`.

        It is linear in `d_state`, and gives `None` where the state before matters by the product alone.
        """

    def d_projected(self, d_recurrent: Sequence, extras: Sequence) -> Sequence:
        """The gradient of x_t W + b by gates: that of h_{t-1} U, where a cell adds the two."""
        del extras
        return d_recurrent

    def __call__(
        self,
        inputs: Any,
        state: tuple,
        kernel: Any,
        recurrent_kernel: Any,
        bias: Any,
        *,
        mask: Any = None,
        recompute: bool = False,
    ) -> tuple[Any, tuple]:
        """Reads a batch of sequences.

        For both directions of a bidirectional layer, every argument has one more axis in front, of size 2.

        Args:
            inputs: `(batch, time, features)`.
            state: Tensors `(batch, units)`, the output first.
            kernel: W, `(features, gates * units)`.
            recurrent_kernel: U, `(units, gates * units)`.
            bias: b, `(gates * units,)`; or `(2, gates * units)`, where the recurrent product has one of its own.
            mask: Optional booleans `(batch, time)`; a masked step leaves the state as it was.
            recompute: Whether to keep no gates and compute them again in the backward pass: less memory, more time.

        Returns:
            Outputs `(batch, time, units)`, and the state after the last step.
        """
        masks = () if mask is None else (ops.cast(mask, inputs.dtype),)
        weights = (kernel, recurrent_kernel, bias)
        time = inputs.shape[-2]
        if not recompute or time is None:  # a sequence of unknown length cannot be cut into pieces beforehand
            return self._read(inputs, state, weights, masks, recompute=recompute)
        pieces = []
        for begin in range(0, time, CHUNK):
            piece = slice(begin, begin + CHUNK)
            outputs, state = self._read(
                inputs[..., piece, :], state, weights, tuple(m[..., piece] for m in masks), recompute=True
            )
            pieces.append(outputs)
        return ops.concatenate(pieces, axis=-2), state

    def _read(self, inputs: Any, state: tuple, weights: tuple, masks: tuple, *, recompute: bool) -> tuple[Any, tuple]:
        size = len(state)

        @ops.custom_gradient
        def read(*arguments: Any) -> tuple:
            inputs, *rest = arguments
            state, weights, masks = tuple(rest[:size]), tuple(rest[size : size + 3]), tuple(rest[size + 3 :])
            outputs, last, before, kept = self._forwards(inputs, state, weights, masks)
            if recompute:
                kept = ()

            def gradient(*upstream: Any) -> tuple:
                # JAX gives one tuple, TensorFlow its elements.
                d_outputs, *d_last = upstream[0] if len(upstream) == 1 else upstream
                found = self._backwards(inputs, weights, masks, before, kept, d_outputs, tuple(d_last))
                return (*found, *(ops.zeros_like(mask) for mask in masks))

            return (outputs, *last), gradient

        outputs, *last = read(*(dense(tensor) for tensor in (inputs, *state, *weights, *masks)))
        return outputs, tuple(last)

    def _forwards(self, inputs: Any, state: tuple, weights: tuple, masks: tuple) -> tuple:
        projected, recurrent_kernels, recurrent_biases = self._project(_by_time(inputs), weights)

        def step(state: tuple, rows: tuple) -> tuple:
            projected, masks = rows[: self.gates], rows[self.gates :]
            recurrent = [
                ops.matmul(state[0], kernel) + bias
                for kernel, bias in zip(recurrent_kernels, recurrent_biases, strict=True)
            ]
            after, kept = self.advance(projected, recurrent, state)
            for mask in masks:
                after = tuple(ops.where(mask > 0, new, old) for new, old in zip(after, state, strict=True))
            return after, (after[0], *state, *kept)  # the backward pass wants the state before each step

        last, rows = scan(step, state, (*projected, *_masks_by_time(masks)), 1 + len(state) + self.kept)
        outputs, before, kept = rows[0], rows[1 : 1 + len(state)], rows[1 + len(state) :]
        return _by_batch(stacked(outputs)), last, before, kept

    def _backwards(
        self, inputs: Any, weights: tuple, masks: tuple, before: tuple, kept: tuple, d_outputs: Any, d_last: tuple
    ) -> tuple:
        kernel, recurrent_kernel, bias = weights
        by_time, size = _by_time(inputs), len(before)
        hidden = stacked(before[0])
        if not kept:
            projected, kernels, biases = self._project(by_time, weights)
            recurrent = [_product(hidden, k) + b for k, b in zip(kernels, biases, strict=True)]
            _, kept = self.advance(projected, recurrent, tuple(stacked(rows) for rows in before))
        transposed = [ops.swapaxes(k, -1, -2) for k in self._by_gates(recurrent_kernel)]

        def step(d_state: tuple, rows: tuple) -> tuple:
            d_output, before, rest = rows[0], rows[1 : 1 + size], rows[1 + size :]
            kept, masks = rest[: self.kept], rest[self.kept :]
            d_state = (d_state[0] + d_output, *d_state[1:])
            passed = tuple(d * (1 - mask) for mask in masks for d in d_state)
            for mask in masks:
                d_state = tuple(d * mask for d in d_state)
            d_recurrent, d_before, extras = self.retreat(d_state, before, kept)
            d_hidden = _sum(ops.matmul(d, k) for d, k in zip(d_recurrent, transposed, strict=True))
            d_before = (d_hidden if d_before[0] is None else d_before[0] + d_hidden, *d_before[1:])
            if masks:
                d_before = tuple(d + p for d, p in zip(d_before, passed, strict=True))
            return d_before, (*d_recurrent, *extras)

        slices = (_by_time(d_outputs), *before, *kept, *_masks_by_time(masks))
        d_state, rows = scan(step, d_last, slices, self.gates + self.extras, reverse=True)
        gradients = tuple(stacked(row) for row in rows)
        d_recurrent = gradients[: self.gates]
        d_projected = self.d_projected(d_recurrent, gradients[self.gates :])
        kernels = [ops.swapaxes(k, -1, -2) for k in self._by_gates(kernel)]
        d_bias = _sums(d_projected)
        if len(bias.shape) == len(kernel.shape):
            d_bias = ops.stack([d_bias, _sums(d_recurrent)], axis=-2)
        return (
            _by_batch(_sum(_product(d, k) for d, k in zip(d_projected, kernels, strict=True))),
            *d_state,
            ops.concatenate([_sum_of_products(by_time, d) for d in d_projected], axis=-1),
            ops.concatenate([_sum_of_products(hidden, d) for d in d_recurrent], axis=-1),
            d_bias,
        )

    def _project(self, by_time: Any, weights: tuple) -> tuple[list, list, list]:
        """x_t W + b of all steps, U, and the bias of its product, each by gates."""
        kernel, recurrent_kernel, bias = weights
        biases, recurrent_biases = self._by_gates(bias[..., None, :]), [0.0] * self.gates  # a row for the whole batch
        if len(bias.shape) == len(kernel.shape):
            biases, recurrent_biases = ([b[..., side, :, :] for b in biases] for side in (0, 1))
        projected = [_product(by_time, k) + b for k, b in zip(self._by_gates(kernel), biases, strict=True)]
        return projected, self._by_gates(recurrent_kernel), recurrent_biases

    def _by_gates(self, weights: Any) -> list:
        """(..., gates * units) -> one tensor (..., units) a gate"""
        return ops.split(weights, self.gates, axis=-1)


def _by_time(rows: Any) -> Any:
    """(..., batch, time, width) -> (time, ..., batch, width)"""
    return ops.moveaxis(rows, -2, 0)


def _by_batch(rows: Any) -> Any:
    """(time, ..., batch, width) -> (..., batch, time, width)"""
    return ops.moveaxis(rows, 0, -2)


def _masks_by_time(masks: tuple) -> tuple:
    """(..., batch, time) -> (time, ..., batch, 1)"""
    return tuple(_by_time(mask[..., None]) for mask in masks)


def _product(rows: Any, matrix: Any) -> Any:
    """(time, ..., batch, n) times (..., n, m): one large product for each direction."""
    if len(matrix.shape) == 3:
        return ops.stack([_product(rows[:, d], matrix[d]) for d in range(matrix.shape[0])], axis=1)
    time, batch, width = ops.shape(rows)
    return ops.reshape(ops.matmul(ops.reshape(rows, (time * batch, width)), matrix), (time, batch, matrix.shape[1]))


def _sum_of_products(rows: Any, others: Any) -> Any:
    """The sum over time and batch of rows' others, (..., n, m), for each direction."""
    if len(rows.shape) == 4:
        return ops.stack([_sum_of_products(rows[:, d], others[:, d]) for d in range(rows.shape[1])], axis=0)
    flat = ops.transpose(ops.reshape(rows, (-1, rows.shape[-1])))
    return ops.matmul(flat, ops.reshape(others, (-1, others.shape[-1])))


def _sums(gates: Sequence) -> Any:
    """The sum over time and batch of each gate, (..., gates * units)."""
    return ops.concatenate([ops.sum(gate, axis=(0, -2)) for gate in gates], axis=-1)


def _sum(terms: Any) -> Any:
    first, *rest = terms
    return sum(rest, first)
