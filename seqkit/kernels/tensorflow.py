"""The TensorFlow side of `seqkit.kernels`."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

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

# Whether `Model.compile(jit_compile=...)` pays. Here it does not: on a CPU, XLA makes `fit` several times slower, and
# on a GPU it shuts out the recurrences of cuDNN.
JIT_FIT = False
WIDE = 1024  # classes from which on a compilation for each shape of a cross-entropy pays


def compile(fn: Callable, variables: Sequence[keras.Variable], *, xla: bool = False) -> Callable:
    """Compiles `fn`, once for each set of argument shapes; later changes of `variables` are seen.

    Args:
        fn: A function of tensors (nested in tuples and named tuples) to tensors.
        variables: Every Keras variable that `fn` reads. TensorFlow finds them itself; JAX needs them named.
        xla: Whether to compile with XLA, which pays for loops over small steps and not for large products.
    """
    del variables  # a tf.function reads variables by reference
    return tf.function(fn, jit_compile=xla)


def cross_entropy(targets: Any, logits: Any, smoothing: float = 0.0) -> tuple[Any, Any]:
    """-log softmax(logits)[target] in nats, and the same against a target that is spread.

    With many classes the passes over the logits cost as much as a product with the head's matrix. Where XLA can fuse
    them, there is one forwards, which keeps no more than the sums, and one backwards.

    Args:
        targets: Integers `(...)`, each one of the classes.
        logits: Floats `(..., classes)`.
        smoothing: Share of the target that is spread evenly over all classes.

    Returns:
        The likelihood of the target alone, which has no gradient, and what is to be minimised.
    """
    if logits.shape[-1] is None or logits.shape[-1] < WIDE or not _fuses():
        nats = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
        if not smoothing:
            return tf.stop_gradient(nats), nats
        chosen = tf.gather(logits, targets, axis=-1, batch_dims=len(targets.shape))
        return tf.stop_gradient(nats), nats + smoothing * (chosen - tf.reduce_mean(logits, axis=-1))

    @tf.custom_gradient
    def both(logits: tf.Tensor) -> tuple:
        log_sums, means = fused(_log_sums_and_means if smoothing else _log_sums)(logits)

        def gradient(_: Any, d_loss: tf.Tensor) -> tf.Tensor:
            return fused(_cross_entropy_gradient)(targets, logits, log_sums, d_loss, smoothing)

        chosen = tf.gather(logits, targets, axis=-1, batch_dims=len(targets.shape))
        return (log_sums - chosen, log_sums - (1 - smoothing) * chosen - smoothing * means), gradient

    nats, loss = both(logits)
    return tf.stop_gradient(nats), loss


def _log_sums(logits: Any) -> tuple[Any, float]:
    return tf.reduce_logsumexp(logits, axis=-1), 0.0


def _log_sums_and_means(logits: Any) -> tuple[Any, Any]:
    return tf.reduce_logsumexp(logits, axis=-1), tf.reduce_mean(logits, axis=-1)


def _cross_entropy_gradient(targets: Any, logits: Any, log_sums: Any, d_loss: Any, smoothing: float) -> Any:
    classes = logits.shape[-1]
    wanted = tf.one_hot(targets, classes, 1 - smoothing, 0.0, dtype=logits.dtype) + smoothing / classes
    return (tf.exp(logits - log_sums[..., None]) - wanted) * d_loss[..., None]


def dense(value: Any) -> Any:
    """`value` as an ordinary tensor: a variable, or the gradient of an embedding, which arrives as rows and indices."""
    return tf.convert_to_tensor(value)


def deterministic() -> None:
    """Makes every operation give the same bits for the same input.

    On a CPU they do so anyway, at the same number of threads; the switch would only make them wait for each other,
    which costs a third of the speed. On a GPU it chooses other algorithms.
    """
    if has_cudnn():
        tf.config.experimental.enable_op_determinism()


def fused(fn: Callable) -> Callable:
    """`fn`, which may assign variables, compiled by XLA into one pass over memory where it would be many.

    That is done while a graph is built for one CPU; on a GPU, on several replicas and outside of graphs, `fn` stays as
    it is.
    """

    def call(*arguments: Any) -> Any:
        return tf.function(fn, jit_compile=True, autograph=False)(*arguments) if _fuses() else fn(*arguments)

    return call


def _fuses() -> bool:
    context = tf.distribute.get_replica_context()
    alone = context is not None and context.num_replicas_in_sync == 1
    return alone and not tf.executing_eagerly() and not has_cudnn()


def gradient(fn: Callable, value: Any) -> Any:
    """The gradient of `fn(value)`, one number, with respect to `value`; 0 where `fn` does not look."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(value)
        found = fn(value)
    return dense(tape.gradient(found, value, unconnected_gradients=tf.UnconnectedGradients.ZERO))


def on_rows(fn: Callable, keep: Any, *tensors: Any) -> Any:
    """`fn` of the rows that are kept, and 0 for the others.

    Args:
        fn: A function of tensors `(n, ...)` to `(n,)`, each row by itself.
        keep: Booleans `(rows,)`.
        tensors: Each `(rows, ...)`.
    """
    places = tf.where(keep)  # (kept, 1)
    found = fn(*(tf.gather_nd(tensor, places) for tensor in tensors))
    return tf.scatter_nd(places, found, tf.shape(keep, out_type=tf.int64))


def ordered(value: Any, after: Any) -> Any:
    """`value`, which nothing uses before `after` is there: what is computed too early takes memory for too long."""
    with tf.control_dependencies([after]):
        return tf.identity(value)


def replica_sum(value: Any) -> Any:
    """The sum of `value` over all replicas of the current `tf.distribute` strategy."""
    return value if replicas() == 1 else tf.distribute.get_replica_context().all_reduce("SUM", value)


def replicas() -> int:
    """How many replicas compute this, each with its own part of a batch and gradients that are added up later."""
    context = tf.distribute.get_replica_context()
    return 1 if context is None else context.num_replicas_in_sync


def with_rows(tensor: Any, rows: int) -> Any:
    """`tensor`, whose first dimension may be unknown while a graph is built, held to `rows`; another number fails."""
    return tf.ensure_shape(tensor, (rows, *tensor.shape[1:]))


def sync(model: keras.Model) -> None:
    """Brings the variables of a model in `fit` up to date; on TensorFlow they always are."""


def scan(step: Callable, state: tuple, slices: tuple, rows: int, *, reverse: bool = False) -> tuple:
    """Runs `state, given = step(state, slices[t])` over the first axis; it has no gradient of its own.

    Args:
        step: A function of the state, a tuple, and of one slice of each of `slices`, to the next state and a tuple of
            rows.
        state: Tensors `(..., batch, units)`.
        slices: Tensors `(time, ...)`, or rows that another scan has left.
        rows: How many tensors `step` gives a step, each of the shape of the state.
        reverse: Whether to begin at the end.

    Returns:
        The last state, and the rows of all steps: each to be given to another scan, or to `stacked`. They are lists of
        tensors, which cost no copy to write or read.
    """
    first = slices[0]
    time = tf.shape(first)[0] if first.shape[0] is None else first.shape[0]
    sources = tuple(
        piece
        if isinstance(piece, tf.TensorArray)
        else tf.TensorArray(piece.dtype, time, element_shape=piece.shape[1:], clear_after_read=False).unstack(piece)
        for piece in slices
    )
    empty = tuple(
        tf.TensorArray(state[0].dtype, time, element_shape=state[0].shape, clear_after_read=False) for _ in range(rows)
    )

    def body(k: Any, state: tuple, arrays: tuple) -> tuple:
        t = time - 1 - k if reverse else k
        state, given = step(state, tuple(source.read(t) for source in sources))
        return k + 1, state, tuple(array.write(t, row) for array, row in zip(arrays, given, strict=True))

    _, state, arrays = tf.while_loop(lambda k, *_: k < time, body, (0, state, empty), maximum_iterations=time)
    return state, arrays


def stacked(rows: Any) -> Any:
    """Rows that a `scan` has left, as one tensor `(time, ...)`."""
    return rows.stack()


def sigmoid_gradient(y: Any, d_y: Any) -> Any:
    """d_y y (1 - y): the gradient through y = sigmoid(x), in one operation."""
    return tf.raw_ops.SigmoidGrad(y=y, dy=d_y)


def tanh_gradient(y: Any, d_y: Any) -> Any:
    """d_y (1 - y^2): the gradient through y = tanh(x), in one operation."""
    return tf.raw_ops.TanhGrad(y=y, dy=d_y)


def total(terms: Sequence) -> Any:
    """The sum of tensors of one shape, in one pass."""
    return tf.add_n(terms)


def has_cudnn() -> bool:
    """Whether Keras's own recurrent layers run on cuDNN here."""
    return bool(tf.config.list_physical_devices("GPU"))
