"""The JAX side of `seqkit.kernels`."""

import os
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import keras

__all__ = ["JIT_FIT", "compile", "dense", "deterministic", "has_cudnn", "lstm", "replica_sum", "sync", "with_rows"]

# Whether `Model.compile(jit_compile=...)` pays. Here nothing else does: without it every operation runs by itself.
JIT_FIT = True


def compile(fn: Callable, variables: Sequence[keras.Variable], *, xla: bool = False) -> Callable:
    """Compiles `fn`, once for each set of argument shapes; later changes of `variables` are seen.

    Args:
        fn: A function of arrays (nested in tuples and named tuples) to arrays.
        variables: Every Keras variable that `fn` reads. They become arguments of the compiled function, for a value
            read during tracing would be frozen into it.
        xla: JAX compiles with XLA either way; the argument is there for the TensorFlow side.
    """
    del xla
    variables = list(variables)

    @jax.jit
    def compiled(values: list, *arguments: Any) -> Any:
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            return fn(*arguments)

    return lambda *arguments: compiled([variable.value for variable in variables], *arguments)


def dense(gradient: Any) -> Any:
    """The gradient as an ordinary array, which on JAX it always is."""
    return gradient


def deterministic() -> None:
    """Makes every operation give the same bits for the same input. Call it before the first computation.

    On CPU and TPU this holds anyway; on a GPU, XLA reads the flag when it starts.
    """
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_gpu_deterministic_ops=true".strip()


def replica_sum(value: Any) -> Any:
    """`value`: a sum under `jax.jit` already runs over the whole, sharded batch."""
    return value


def with_rows(tensor: Any, rows: int) -> Any:
    """`tensor`: its first dimension is never unknown here, and the caller has seen it."""
    del rows
    return tensor


def sync(model: keras.Model) -> None:
    """Brings the variables of a model in `fit` up to date: while it runs, Keras keeps their values elsewhere."""
    model.jax_state_sync()


@jax.custom_vjp
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
    return _lstm_forwards(inputs, hidden, cell, kernel, recurrent_kernel, bias)[0]


def _lstm_forwards(inputs: Any, hidden: Any, cell: Any, kernel: Any, recurrent_kernel: Any, bias: Any) -> tuple:
    by_time = jnp.swapaxes(inputs, 0, 1)  # (time, batch, features)

    def step(state: tuple, from_input: Any) -> tuple:
        h, c = state
        i, f, candidate, o = jnp.split(from_input + h @ recurrent_kernel, 4, axis=1)
        i, f, candidate, o = jax.nn.sigmoid(i), jax.nn.sigmoid(f), jnp.tanh(candidate), jax.nn.sigmoid(o)
        c = f * c + i * candidate
        h = o * jnp.tanh(c)
        return (h, c), (jnp.concatenate([i, f, candidate, o], axis=1), c, h)

    last, (gates, cells, outputs) = jax.lax.scan(step, (hidden, cell), by_time @ kernel + bias)
    kept = (by_time, hidden, cell, kernel, recurrent_kernel, gates, cells, outputs)
    return (jnp.swapaxes(outputs, 0, 1), *last), kept


def _lstm_backwards(kept: tuple, gradients: tuple) -> tuple:
    by_time, hidden, cell, kernel, recurrent_kernel, gates, cells, outputs = kept
    d_outputs, d_hidden, d_cell = gradients
    i, f, candidate, o = jnp.split(gates, 4, axis=2)
    before_cells = jnp.concatenate([cell[None], cells[:-1]])
    before_outputs = jnp.concatenate([hidden[None], outputs[:-1]])
    squashed = jnp.tanh(cells)
    # Elementwise factors, for all steps at once: of dc in dz for i, f and c~; of dh in dz for o; of dh in dc.
    of_cell = jnp.concatenate([candidate * i * (1 - i), before_cells * f * (1 - f), i * (1 - candidate**2)], axis=2)
    of_output = squashed * o * (1 - o)
    into_cell = o * (1 - squashed**2)

    def step(state: tuple, slices: tuple) -> tuple:
        dh, dc = state
        d_output, forget, of_c, of_o, into_c = slices
        dh = dh + d_output
        dc = dc + dh * into_c
        dz = jnp.concatenate([jnp.tile(dc, (1, 3)) * of_c, dh * of_o], axis=1)
        return (dz @ recurrent_kernel.T, dc * forget), dz

    slices = (jnp.swapaxes(d_outputs, 0, 1), f, of_cell, of_output, into_cell)
    (dh, dc), dz = jax.lax.scan(step, (d_hidden, d_cell), slices, reverse=True)
    d_inputs = jnp.swapaxes(dz @ kernel.T, 0, 1)
    d_kernel = jnp.einsum("tbi,tbo->io", by_time, dz)
    d_recurrent_kernel = jnp.einsum("tbi,tbo->io", before_outputs, dz)
    return d_inputs, dh, dc, d_kernel, d_recurrent_kernel, dz.sum((0, 1))


lstm.defvjp(_lstm_forwards, _lstm_backwards)


def has_cudnn() -> bool:
    """Whether Keras's own recurrent layers run on cuDNN here."""
    return jax.default_backend() == "gpu"
