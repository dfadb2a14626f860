"""The JAX side of `seqkit.kernels`."""

import os
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import keras

__all__ = [
    "JIT_FIT",
    "compile",
    "cross_entropy",
    "dense",
    "deterministic",
    "fused",
    "gradient",
    "has_cudnn",
    "on_rows",
    "ordered",
    "replica_sum",
    "replicas",
    "scan",
    "sigmoid_gradient",
    "stacked",
    "sync",
    "tanh_gradient",
    "total",
    "with_rows",
]

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


def cross_entropy(targets: Any, logits: Any, smoothing: float = 0.0) -> tuple[Any, Any]:
    """-log softmax(logits)[target] in nats, and the same against a target that is spread.

    Args:
        targets: Integers `(...)`, each one of the classes.
        logits: Floats `(..., classes)`.
        smoothing: Share of the target that is spread evenly over all classes.

    Returns:
        The likelihood of the target alone, which has no gradient, and what is to be minimised.
    """
    nats = keras.ops.sparse_categorical_crossentropy(targets, logits, from_logits=True)
    if not smoothing:
        return jax.lax.stop_gradient(nats), nats
    chosen = jnp.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    return jax.lax.stop_gradient(nats), nats + smoothing * (chosen - jnp.mean(logits, axis=-1))


def dense(value: Any) -> Any:
    """`value`: here it always is an ordinary array."""
    return value


def deterministic() -> None:
    """Makes every operation give the same bits for the same input. Call it before the first computation.

    On CPU and TPU this holds anyway; on a GPU, XLA reads the flag when it starts.
    """
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_gpu_deterministic_ops=true".strip()


def fused(fn: Callable) -> Callable:
    """`fn`: JAX compiles what it is part of anyway."""
    return fn


def gradient(fn: Callable, value: Any) -> Any:
    """The gradient of `fn(value)`, one number, with respect to `value`; 0 where `fn` does not look."""
    return jax.grad(fn)(value)


def on_rows(fn: Callable, keep: Any, *tensors: Any) -> Any:
    """`fn` of the rows that are kept, and 0 for the others.

    Shapes are static here, so `fn` sees all rows, and of those that are not kept zeros.

    Args:
        fn: A function of arrays `(n, ...)` to `(n,)`, each row by itself.
        keep: Booleans `(rows,)`.
        tensors: Each `(rows, ...)`.
    """
    zeroed = (jnp.where(keep.reshape(-1, *(1,) * (t.ndim - 1)), t, jnp.zeros_like(t)) for t in tensors)
    return jnp.where(keep, fn(*zeroed), 0.0)


def ordered(value: Any, after: Any) -> Any:
    """`value`, which nothing uses before `after` is there: what is computed too early takes memory for too long."""
    return jax.lax.optimization_barrier((value, after))[0]


def replica_sum(value: Any) -> Any:
    """`value`: a sum under `jax.jit` already runs over the whole, sharded batch."""
    return value


def replicas() -> int:
    """How many replicas compute this, each by itself: `jax.jit` sees one computation on however many devices."""
    return 1


def with_rows(tensor: Any, rows: int) -> Any:
    """`tensor`: its first dimension is never unknown here, and the caller has seen it."""
    del rows
    return tensor


def sync(model: keras.Model) -> None:
    """Brings the variables of a model in `fit` up to date: while it runs, Keras keeps their values elsewhere."""
    model.jax_state_sync()


def scan(step: Callable, state: tuple, slices: tuple, rows: int, *, reverse: bool = False) -> tuple:
    """Runs `state, given = step(state, slices[t])` over the first axis.

    Args:
        step: A function of the state, a tuple, and of one slice of each of `slices`, to the next state and a tuple of
            rows.
        state: Tensors `(..., batch, units)`.
        slices: Tensors `(time, ...)`, or rows that another scan has left.
        rows: How many tensors `step` gives a step; JAX sees it itself.
        reverse: Whether to begin at the end.

    Returns:
        The last state, and the rows of all steps: each to be given to another scan, or to `stacked`.
    """
    del rows
    return jax.lax.scan(step, tuple(state), tuple(slices), reverse=reverse)


def stacked(rows: Any) -> Any:
    """Rows that a `scan` has left, as one tensor `(time, ...)`."""
    return rows


def sigmoid_gradient(y: Any, d_y: Any) -> Any:
    """d_y y (1 - y): the gradient through y = sigmoid(x)."""
    return d_y * y * (1 - y)


def tanh_gradient(y: Any, d_y: Any) -> Any:
    """d_y (1 - y^2): the gradient through y = tanh(x)."""
    return d_y * (1 - y * y)


def total(terms: Sequence) -> Any:
    """The sum of arrays of one shape."""
    return sum(terms[1:], terms[0])


def has_cudnn() -> bool:
    """Whether Keras's own recurrent layers run on cuDNN here."""
    return jax.default_backend() == "gpu"
