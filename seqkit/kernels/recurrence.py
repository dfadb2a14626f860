"""The time loop of a recurrent cell, with its backward pass written by hand."""

import abc
from collections.abc import Sequence
from typing import Any

from keras import ops

from seqkit.kernels.backend import dense, ordered, scan, stacked, total

# Steps whose gates are computed again together where they were not kept: enough for large products.
CHUNK = 256
OUTPUT = -1


class Recurrence(abc.ABC):
    """A recurrent cell over whole sequences; a cell says what one step does, forwards and backwards.

    Automatic differentiation would multiply each input by W inside the loop and add up the gradient of U step by step,
    a matrix as large as U each time. Here all input products come before the loop, and the gradient of each weight is
    one product after it. Each gate has products and tensors of its own: on a CPU, cutting one wide row into gates at
    every step and putting it together again costs as much as the products do.

    The methods of a cell work on `(batch, units)` within a loop and on `(time, batch, units)` for all steps at once.
    """

    gates: int  # blocks of columns in the weights
    kept: int  # tensors that a step keeps for the backward pass, besides the state before it
    recalled: tuple[int, ...]  # parts of the state before a step that `retreat` looks at; OUTPUT for its own output
    extras: int = 0  # tensors that `retreat` gives besides the gradients of gates and state
    apart: tuple[int, ...] = ()  # gates to which a step adds the bias of the recurrent product itself

    @abc.abstractmethod
    def advance(self, projected: Sequence, recurrent: Sequence, state: tuple) -> tuple[tuple, tuple]:
        """The state after a step, and what is kept, from x_t W + b and h_{t-1} U, both by gates."""

    @abc.abstractmethod
    def retreat(self, d_state: tuple, recalled: Sequence, kept: Sequence) -> tuple[tuple, tuple, tuple]:
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
        time = inputs.shape[1]
        if not recompute or time is None:  # a sequence of unknown length cannot be cut into pieces beforehand
            return self._read(inputs, state, weights, masks, recompute=recompute)
        pieces = [_pieces(tensor) for tensor in (inputs, *masks)]
        outputs = []
        for piece, *piece_masks in zip(*pieces, strict=True):
            output, state = self._read(piece, state, weights, tuple(piece_masks), recompute=True)
            outputs.append(output)
        return ops.concatenate(outputs, axis=1), state

    def _read(self, inputs: Any, state: tuple, weights: tuple, masks: tuple, *, recompute: bool) -> tuple[Any, tuple]:
        size = len(state)

        @ops.custom_gradient
        def read(*arguments: Any) -> tuple:
            inputs, *rest = arguments
            state, weights, masks = tuple(rest[:size]), tuple(rest[size : size + 3]), tuple(rest[size + 3 :])
            if recompute:
                inputs = ordered(inputs, state[0])  # else the input products of all pieces are taken at once
            outputs, last, hidden, before, kept = self._forwards(inputs, state, weights, masks)
            if recompute:
                before, kept = (hidden, *(stacked(rows) for rows in before[1:])), None
            recalled = tuple(outputs if part == OUTPUT else before[part] for part in self.recalled)

            def gradient(*upstream: Any) -> tuple:
                # JAX gives one tuple, TensorFlow its elements.
                d_outputs, *d_last = upstream[0] if len(upstream) == 1 else upstream
                found = self._backwards(
                    inputs, weights, masks, hidden, before, recalled, kept, d_outputs, tuple(d_last)
                )
                return (*found, *(ops.zeros_like(mask) for mask in masks))

            return (_by_batch(outputs), *last), gradient

        outputs, *last = read(*(dense(tensor) for tensor in (inputs, *state, *weights, *masks)))
        return outputs, tuple(last)

    def _forwards(self, inputs: Any, state: tuple, weights: tuple, masks: tuple) -> tuple:
        projected, recurrent_kernels, recurrent_biases = self._project(_by_time(inputs), weights)

        def step(state: tuple, rows: tuple) -> tuple:
            projected, masks = rows[: self.gates], rows[self.gates :]
            recurrent = [
                _plus(ops.matmul(state[0], k), b) for k, b in zip(recurrent_kernels, recurrent_biases, strict=True)
            ]
            after, kept = self.advance(projected, recurrent, state)
            for mask in masks:
                after = tuple(ops.where(mask > 0, new, old) for new, old in zip(after, state, strict=True))
            return after, (*state, *kept)  # the backward pass wants the state before each step

        last, rows = scan(step, state, (*projected, *_masks_by_time(masks)), len(state) + self.kept)
        before, kept = rows[: len(state)], rows[len(state) :]
        hidden = stacked(before[0])
        outputs = ops.concatenate([hidden[1:], last[0][None]], axis=0)  # a step's output is the next one's h_{t-1}
        return outputs, last, hidden, before, kept

    def _backwards(
        self,
        inputs: Any,
        weights: tuple,
        masks: tuple,
        hidden: Any,
        before: tuple,
        recalled: tuple,
        kept: tuple | None,
        d_outputs: Any,
        d_last: tuple,
    ) -> tuple:
        kernel, recurrent_kernel, bias = weights
        size = len(self.recalled)
        if kept is None:
            # One piece after the other, from the last to the first.
            inputs, d_outputs = ordered(inputs, d_last[0]), ordered(d_outputs, d_last[0])
        by_time = _by_time(inputs)
        if kept is None:
            projected, kernels, biases = self._project(by_time, weights)
            recurrent = [_plus(_product(hidden, k), b) for k, b in zip(kernels, biases, strict=True)]
            _, kept = self.advance(projected, recurrent, before)
        transposed = [ops.transpose(k) for k in self._by_gates(recurrent_kernel)]

        def step(d_state: tuple, rows: tuple) -> tuple:
            d_output, recalled, rest = rows[0], rows[1 : 1 + size], rows[1 + size :]
            kept, masks = rest[: self.kept], rest[self.kept :]
            d_state = (d_state[0] + d_output, *d_state[1:])
            passed = tuple(d * (1 - mask) for mask in masks for d in d_state)
            for mask in masks:
                d_state = tuple(d * mask for d in d_state)
            d_recurrent, d_before, extras = self.retreat(d_state, recalled, kept)
            d_hidden = total([ops.matmul(d, k) for d, k in zip(d_recurrent, transposed, strict=True)])
            d_before = (d_hidden if d_before[0] is None else d_before[0] + d_hidden, *d_before[1:])
            if masks:
                d_before = tuple(d + p for d, p in zip(d_before, passed, strict=True))
            return d_before, (*d_recurrent, *extras)

        slices = (_by_time(d_outputs), *recalled, *kept, *_masks_by_time(masks))
        d_state, rows = scan(step, d_last, slices, self.gates + self.extras, reverse=True)
        gradients = tuple(stacked(row) for row in rows)
        d_recurrent = gradients[: self.gates]
        d_projected = self.d_projected(d_recurrent, gradients[self.gates :])
        kernels = [ops.transpose(k) for k in self._by_gates(kernel)]
        d_bias = _sums(d_projected)
        if len(bias.shape) == 2:
            d_bias = ops.stack([d_bias, _sums(d_recurrent)])
        return (
            _by_batch(total([_product(d, k) for d, k in zip(d_projected, kernels, strict=True)])),
            *d_state,
            ops.concatenate([_sum_of_products(by_time, d) for d in d_projected], axis=-1),
            ops.concatenate([_sum_of_products(hidden, d) for d in d_recurrent], axis=-1),
            d_bias,
        )

    def _project(self, by_time: Any, weights: tuple) -> tuple[list, list, list]:
        """x_t W + b of all steps, U, and the bias that a step adds to its product, or `None`; each by gates."""
        kernel, recurrent_kernel, bias = weights
        biases, recurrent_biases = self._by_gates(bias), [None] * self.gates
        if len(bias.shape) == 2:
            biases, recurrent_biases = ([b[side] for b in biases] for side in (0, 1))
            for gate in set(range(self.gates)) - set(self.apart):
                biases[gate], recurrent_biases[gate] = biases[gate] + recurrent_biases[gate], None
        projected = [_product(by_time, k) + b for k, b in zip(self._by_gates(kernel), biases, strict=True)]
        return projected, self._by_gates(recurrent_kernel), recurrent_biases

    def _by_gates(self, weights: Any) -> list:
        """(..., gates * units) -> one tensor (..., units) a gate"""
        return ops.split(weights, self.gates, axis=-1)


def _by_time(rows: Any) -> Any:
    """(batch, time, width) -> (time, batch, width)"""
    return ops.swapaxes(rows, 0, 1)


def _by_batch(rows: Any) -> Any:
    """(time, batch, width) -> (batch, time, width)"""
    return ops.swapaxes(rows, 0, 1)


def _masks_by_time(masks: tuple) -> tuple:
    """(batch, time) -> (time, batch, 1)"""
    return tuple(_by_time(mask[..., None]) for mask in masks)


def _product(rows: Any, matrix: Any) -> Any:
    """(time, batch, n) times (n, m), as one large product."""
    time, batch, width = ops.shape(rows)
    return ops.reshape(ops.matmul(ops.reshape(rows, (time * batch, width)), matrix), (time, batch, matrix.shape[1]))


def _sum_of_products(rows: Any, others: Any) -> Any:
    """The sum over time and batch of rows' others, (n, m)."""
    flat = ops.transpose(ops.reshape(rows, (-1, rows.shape[-1])))
    return ops.matmul(flat, ops.reshape(others, (-1, others.shape[-1])))


def _sums(gates: Sequence) -> Any:
    """The sum over time and batch of each gate, (gates * units,)."""
    return ops.concatenate([ops.sum(gate, axis=(0, 1)) for gate in gates])


def _pieces(rows: Any) -> list:
    """(batch, time, ...) cut along time. Most by a split, for the gradient of a slice is as large as the whole."""
    whole = rows.shape[1] // CHUNK * CHUNK
    if not whole:
        return [rows]
    rest = [rows[:, whole:]] if whole < rows.shape[1] else []
    return [*ops.split(rows[:, :whole] if rest else rows, whole // CHUNK, axis=1), *rest]


def _plus(product: Any, bias: Any) -> Any:
    return product if bias is None else product + bias
