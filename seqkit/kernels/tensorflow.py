"""The TensorFlow side of `seqkit.kernels`."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

__all__ = ["JIT_FIT", "compile", "dense", "deterministic", "has_cudnn", "lstm", "replica_sum", "sync", "with_rows"]

# Whether `Model.compile(jit_compile=...)` pays. Here it does not: on a CPU, XLA makes `fit` several times slower, and
# on a GPU it shuts out the recurrences of cuDNN.
JIT_FIT = False


def compile(fn: Callable, variables: Sequence[keras.Variable], *, xla: bool = False) -> Callable:
    """Compiles `fn`, once for each set of argument shapes; later changes of `variables` are seen.

    Args:
        fn: A function of tensors (nested in tuples and named tuples) to tensors.
        variables: Every Keras variable that `fn` reads. TensorFlow finds them itself; JAX needs them named.
        xla: Whether to compile with XLA, which pays for loops over small steps and not for large products.
    """
    del variables  # a tf.function reads variables by reference
    return tf.function(fn, jit_compile=xla)


def dense(gradient: Any) -> Any:
    """The gradient as an ordinary tensor; the gradient of an embedding arrives as rows and indices."""
    return tf.convert_to_tensor(gradient)


def deterministic() -> None:
    """Makes every operation give the same bits for the same input.

    On a CPU they do so anyway, at the same number of threads; the switch would only make them wait for each other,
    which costs a third of the speed. On a GPU it chooses other algorithms.
    """
    if has_cudnn():
        tf.config.experimental.enable_op_determinism()


def replica_sum(value: Any) -> Any:
    """The sum of `value` over all replicas of the current `tf.distribute` strategy."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return value
    return context.all_reduce(tf.distribute.ReduceOp.SUM, value)


def with_rows(tensor: Any, rows: int) -> Any:
    """`tensor`, whose first dimension may be unknown while a graph is built, held to `rows`; another number fails."""
    return tf.ensure_shape(tensor, (rows, *tensor.shape[1:]))


def sync(model: keras.Model) -> None:
    """Brings the variables of a model in `fit` up to date; on TensorFlow they always are."""


@tf.custom_gradient
def lstm(inputs: Any, hidden: Any, cell: Any, kernel: Any, recurrent_kernel: Any, bias: Any) -> Any:
    """An LSTM over a whole sequence; weights, gates and their order (i, f, c~, o) are Keras's.

    z_t = x_t W + h_{t-1} U + b;  i, f, o = sigmoid(z);  c~ = tanh(z);  c_t = f c_{t-1} + i c~;  h_t = o tanh(c_t)

    Automatic differentiation would add up the gradient of U at every step, a matrix as large as U each time. Here all
    input products are one product before the loop and all weight gradients one product after it; the loop backwards
    keeps what has to be in order: dh_{t-1} = dz_t U^T and dc_{t-1} = dc_t f_t.

    Args:
        inputs: `(batch, time, features)`.
        hidden: `(batch, units)`, before the first step.
        cell: `(batch, units)`, before the first step.
        kernel: W, `(features, 4 * units)`.
        recurrent_kernel: U, `(units, 4 * units)`.
        bias: b, `(4 * units,)`.

    Returns:
        Outputs `(batch, time, units)`, and `hidden` and `cell` after the last step.
    """
    units, features = recurrent_kernel.shape[0], inputs.shape[2]
    time = tf.shape(inputs)[1] if inputs.shape[1] is None else inputs.shape[1]
    by_time = tf.transpose(inputs, [1, 0, 2])  # (time, batch, features)
    from_inputs = tf.tensordot(by_time, kernel, 1) + bias

    def rows(width: int) -> tf.TensorArray:
        return tf.TensorArray(inputs.dtype, time, element_shape=(inputs.shape[0], width))

    def forwards(t: Any, h: Any, c: Any, gates: Any, cells: Any, outputs: Any) -> tuple:
        i, f, candidate, o = tf.split(from_inputs[t] + tf.matmul(h, recurrent_kernel), 4, axis=1)
        i, f, candidate, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(candidate), tf.sigmoid(o)
        c = f * c + i * candidate
        h = o * tf.tanh(c)
        gates = gates.write(t, tf.concat([i, f, candidate, o], axis=1))
        return t + 1, h, c, gates, cells.write(t, c), outputs.write(t, h)

    start = (0, hidden, cell, rows(4 * units), rows(units), rows(units))
    _, last_hidden, last_cell, gates, cells, outputs = tf.while_loop(
        lambda t, *_: t < time, forwards, start, maximum_iterations=time
    )
    gates, cells, outputs = gates.stack(), cells.stack(), outputs.stack()  # (time, batch, ...)

    def gradient(d_outputs: Any, d_hidden: Any, d_cell: Any) -> tuple:
        i, f, candidate, o = tf.split(gates, 4, axis=2)
        before_cells = tf.concat([cell[None], cells[:-1]], axis=0)
        before_outputs = tf.concat([hidden[None], outputs[:-1]], axis=0)
        squashed = tf.tanh(cells)
        # Elementwise factors, for all steps at once: of dc in dz for i, f and c~; of dh in dz for o; of dh in dc.
        of_cell = tf.concat([candidate * i * (1 - i), before_cells * f * (1 - f), i * (1 - candidate**2)], axis=2)
        of_output = squashed * o * (1 - o)
        into_cell = o * (1 - squashed**2)
        d_outputs = tf.transpose(d_outputs, [1, 0, 2])

        def backwards(k: Any, dh: Any, dc: Any, d_gates: Any) -> tuple:
            t = time - 1 - k
            dh = dh + d_outputs[t]
            dc = dc + dh * into_cell[t]
            dz = tf.concat([tf.tile(dc, [1, 3]) * of_cell[t], dh * of_output[t]], axis=1)
            return k + 1, tf.matmul(dz, recurrent_kernel, transpose_b=True), dc * f[t], d_gates.write(t, dz)

        _, dh, dc, d_gates = tf.while_loop(
            lambda k, *_: k < time, backwards, (0, d_hidden, d_cell, rows(4 * units)), maximum_iterations=time
        )
        dz = tf.reshape(d_gates.stack(), [-1, 4 * units])  # (time, batch, 4 units) -> (time * batch, 4 units)
        d_inputs = tf.reshape(tf.matmul(dz, kernel, transpose_b=True), tf.shape(by_time))
        return (
            tf.transpose(d_inputs, [1, 0, 2]),
            dh,
            dc,
            tf.matmul(tf.reshape(by_time, [-1, features]), dz, transpose_a=True),
            tf.matmul(tf.reshape(before_outputs, [-1, units]), dz, transpose_a=True),
            tf.reduce_sum(dz, axis=0),
        )

    return (tf.transpose(outputs, [1, 0, 2]), last_hidden, last_cell), gradient


def has_cudnn() -> bool:
    """Whether Keras's own recurrent layers run on cuDNN here."""
    return bool(tf.config.list_physical_devices("GPU"))
