"""The backend Keras runs on."""

import keras

if keras.backend.backend() == "tensorflow":
    from seqkit.kernels.tensorflow import JIT_FIT as JIT_FIT
    from seqkit.kernels.tensorflow import compile as compile
    from seqkit.kernels.tensorflow import cross_entropy as cross_entropy
    from seqkit.kernels.tensorflow import dense as dense
    from seqkit.kernels.tensorflow import deterministic as deterministic
    from seqkit.kernels.tensorflow import fused as fused
    from seqkit.kernels.tensorflow import gradient as gradient
    from seqkit.kernels.tensorflow import has_cudnn as has_cudnn
    from seqkit.kernels.tensorflow import on_rows as on_rows
    from seqkit.kernels.tensorflow import ordered as ordered
    from seqkit.kernels.tensorflow import replica_sum as replica_sum
    from seqkit.kernels.tensorflow import replicas as replicas
    from seqkit.kernels.tensorflow import scan as scan
    from seqkit.kernels.tensorflow import sigmoid_gradient as sigmoid_gradient
    from seqkit.kernels.tensorflow import stacked as stacked
    from seqkit.kernels.tensorflow import sync as sync
    from seqkit.kernels.tensorflow import tanh_gradient as tanh_gradient
    from seqkit.kernels.tensorflow import total as total
    from seqkit.kernels.tensorflow import with_rows as with_rows
elif keras.backend.backend() == "jax":
    from seqkit.kernels.jax import JIT_FIT as JIT_FIT
    from seqkit.kernels.jax import compile as compile
    from seqkit.kernels.jax import cross_entropy as cross_entropy
    from seqkit.kernels.jax import dense as dense
    from seqkit.kernels.jax import deterministic as deterministic
    from seqkit.kernels.jax import fused as fused
    from seqkit.kernels.jax import gradient as gradient
    from seqkit.kernels.jax import has_cudnn as has_cudnn
    from seqkit.kernels.jax import on_rows as on_rows
    from seqkit.kernels.jax import ordered as ordered
    from seqkit.kernels.jax import replica_sum as replica_sum
    from seqkit.kernels.jax import replicas as replicas
    from seqkit.kernels.jax import scan as scan
    from seqkit.kernels.jax import sigmoid_gradient as sigmoid_gradient
    from seqkit.kernels.jax import stacked as stacked
    from seqkit.kernels.jax import sync as sync
    from seqkit.kernels.jax import tanh_gradient as tanh_gradient
    from seqkit.kernels.jax import total as total
    from seqkit.kernels.jax import with_rows as with_rows
else:
    raise ImportError(
        f"seqkit runs on the Keras backends 'tensorflow' and 'jax'. Received: {keras.backend.backend()!r}. "
        "Set the environment variable KERAS_BACKEND before Keras is imported."
    )

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
