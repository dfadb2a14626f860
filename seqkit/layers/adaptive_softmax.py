"""A softmax whose cost follows how often words occur."""

import itertools
from typing import Any

import keras
from keras import ops

from seqkit import kernels
from seqkit.checks import InputError, check_positive_int
from seqkit.masking import valid_targets

SHARES = (64, 16, 4)  # where clusters begin that nobody chose: at these parts of the vocabulary


@keras.saving.register_keras_serializable(package="seqkit")
class AdaptiveSoftmax(keras.layers.Layer):
    """Log-probabilities of a large vocabulary by frequency: frequent words at once, rare ones within their cluster.

    log p(w | x) = log softmax(W x + b)[w]                                     for w below the first cutoff
    log p(w | x) = log softmax(W x + b)[c_k] + log softmax(V_k P_k x + b_k)[w]  for w in cluster k

    Ids must fall in frequency, as `Vocabulary` orders them. P_k narrows the features to width / reduction^k. A training
    step asks with `nats` for the targets alone, and multiplies only the rows of a cluster by its matrix; called, the
    layer gives all log-probabilities, which are exact and serve as logits wherever logits are asked for.

    Args:
        vocabulary_size: Positive integer. Number of ids.
        cutoffs: Increasing integers: the first id of each cluster. `None` takes 1/64, 1/16 and 1/4 of the vocabulary.
        reduction: Positive integer. By how much each cluster's features are narrower than those of the one before.

    Call arguments:
        inputs: `(batch, time, width)`.

    Input shape: `(batch, time, width)`.
    Output shape: log-probabilities `(batch, time, vocabulary_size)`.
    Masking: passes a mask on unchanged.

    Raises:
        InputError: if the cutoffs do not increase within the vocabulary, or the features are too narrow for them.

    Example:

    >>> layer = AdaptiveSoftmax(100, cutoffs=(10, 40))
    >>> log_probs = keras.ops.convert_to_numpy(layer(np.ones((1, 2, 32), "float32")))
    >>> [round(float(p), 3) for p in np.exp(log_probs).sum(axis=-1)[0]]
    [1.0, 1.0]

    References: Grave et al. 2017, "Efficient softmax approximation for GPUs".
    """

    def __init__(
        self, vocabulary_size: int, cutoffs: tuple[int, ...] | None = None, reduction: int = 4, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.vocabulary_size = check_positive_int("vocabulary_size", vocabulary_size)
        self.cutoffs = cutoffs
        self.reduction = check_positive_int("reduction", reduction)
        self.supports_masking = True
        firsts = [vocabulary_size // share for share in SHARES] if cutoffs is None else list(cutoffs)
        edges = [0, *firsts, vocabulary_size]
        whole = all(isinstance(edge, int) for edge in edges)
        if not firsts or not whole or any(first >= last for first, last in itertools.pairwise(edges)):
            raise InputError(
                f"`cutoffs` must be integers that increase from above 0 to below vocabulary_size={vocabulary_size}. "
                f"Received: cutoffs={cutoffs!r}, which stands for {tuple(firsts)}. "
                "Give others; a small vocabulary needs no clusters."
            )
        self._edges = edges

    def build(self, input_shape: tuple) -> None:
        width, edges, clusters = input_shape[-1], self._edges, len(self._edges) - 2
        if width // self.reduction**clusters < 1:
            raise InputError(
                f"{clusters} clusters with reduction={self.reduction} need features at least "
                f"{self.reduction**clusters} wide. Received: width {width}. Use fewer cutoffs or a smaller reduction."
            )
        self.kernel = self._weight("kernel", (width, edges[1] + clusters))
        self.bias = self._weight("bias", (edges[1] + clusters,), "zeros")
        self._tails = []
        for k, (first, last) in enumerate(itertools.pairwise(edges[1:])):
            narrow = width // self.reduction ** (k + 1)
            self._tails.append(
                (
                    self._weight(f"projection_{k + 1}", (width, narrow)),
                    self._weight(f"kernel_{k + 1}", (narrow, last - first)),
                    self._weight(f"bias_{k + 1}", (last - first,), "zeros"),
                )
            )
        self.built = True

    def _weight(self, name: str, shape: tuple, initializer: str = "glorot_uniform") -> Any:
        return self.add_weight(shape=shape, initializer=initializer, name=name)

    def call(self, inputs: Any) -> Any:
        # In float32 until the end: two rounded log-probabilities added would be off by more than either.
        head = _log_softmax(self._head(inputs))  # (batch, time, first cutoff + clusters)
        first = self._edges[1]
        parts = [head[..., :first]]
        for k, weights in enumerate(self._tails):
            parts.append(head[..., first + k : first + k + 1] + _log_softmax(_tail(inputs, *weights)))
        return ops.cast(ops.concatenate(parts, axis=-1), self.compute_dtype)  # (batch, time, vocabulary)

    def nats(self, inputs: Any, targets: Any) -> Any:
        """-log p(target) at each step, and 0 where the target is -1: float32, `(batch, time)`.

        Args:
            inputs: `(batch, time, width)`.
            targets: Integers `(batch, time)`; -1 marks padding.
        """
        rows = ops.reshape(ops.cast(inputs, self.compute_dtype), (-1, inputs.shape[-1]))  # (batch * time, width)
        wanted = ops.reshape(ops.cast(targets, "int32"), (-1,))
        first = self._edges[1]
        entries, clusters = wanted, list(itertools.pairwise(self._edges[1:]))
        for k, (begin, end) in enumerate(clusters):
            entries = ops.where(ops.logical_and(wanted >= begin, wanted < end), first + k, entries)
        nats = kernels.on_rows(
            lambda rows, entries: _nats(self._head(rows), entries), valid_targets(wanted), rows, entries
        )
        for (begin, end), weights in zip(clusters, self._tails, strict=True):
            nats += kernels.on_rows(
                lambda rows, places, weights=weights: _nats(_tail(rows, *weights), places),
                ops.logical_and(wanted >= begin, wanted < end),
                rows,
                wanted - begin,
            )
        return ops.reshape(nats, ops.shape(targets))

    def _head(self, rows: Any) -> Any:
        return ops.matmul(rows, ops.cast(self.kernel, rows.dtype)) + ops.cast(self.bias, rows.dtype)

    def compute_output_spec(self, inputs: Any) -> keras.KerasTensor:
        return keras.KerasTensor((*inputs.shape[:-1], self.vocabulary_size), dtype=self.compute_dtype)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "cutoffs": self.cutoffs,
            "reduction": self.reduction,
        }


def _tail(rows: Any, projection: Any, kernel: Any, bias: Any) -> Any:
    """Logits within a cluster."""
    narrow = ops.matmul(rows, ops.cast(projection, rows.dtype))
    return ops.matmul(narrow, ops.cast(kernel, rows.dtype)) + ops.cast(bias, rows.dtype)


def _log_softmax(logits: Any) -> Any:
    return ops.log_softmax(ops.cast(logits, "float32"))


def _nats(logits: Any, targets: Any) -> Any:
    """-log softmax(logits)[target], `(rows,)`."""
    return kernels.cross_entropy(targets, ops.cast(logits, "float32"))[1]
