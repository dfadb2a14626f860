"""What is written once per backend, one file a backend; the rest of seqkit is written on `keras.ops`."""

import keras

if keras.backend.backend() == "tensorflow":
    from seqkit.kernels.tensorflow import JIT_FIT as JIT_FIT
    from seqkit.kernels.tensorflow import compile as compile
    from seqkit.kernels.tensorflow import dense as dense
    from seqkit.kernels.tensorflow import deterministic as deterministic
    from seqkit.kernels.tensorflow import has_cudnn as has_cudnn
    from seqkit.kernels.tensorflow import lstm as lstm
    from seqkit.kernels.tensorflow import replica_sum as replica_sum
    from seqkit.kernels.tensorflow import sync as sync
    from seqkit.kernels.tensorflow import with_rows as with_rows
elif keras.backend.backend() == "jax":
    from seqkit.kernels.jax import JIT_FIT as JIT_FIT
    from seqkit.kernels.jax import compile as compile
    from seqkit.kernels.jax import dense as dense
    from seqkit.kernels.jax import deterministic as deterministic
    from seqkit.kernels.jax import has_cudnn as has_cudnn
    from seqkit.kernels.jax import lstm as lstm
    from seqkit.kernels.jax import replica_sum as replica_sum
    from seqkit.kernels.jax import sync as sync
    from seqkit.kernels.jax import with_rows as with_rows
else:
    raise ImportError(
        f"seqkit runs on the Keras backends 'tensorflow' and 'jax'. Received: {keras.backend.backend()!r}. "
        "Set the environment variable KERAS_BACKEND before Keras is imported."
    )

__all__ = ["JIT_FIT", "compile", "dense", "deterministic", "has_cudnn", "lstm", "replica_sum", "sync", "with_rows"]
