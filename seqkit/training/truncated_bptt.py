"""Backpropagation through time, cut at the edge of each window, inside Keras's own `fit`."""

from typing import Any

import keras
from keras import ops, tree

from seqkit import kernels
from seqkit.checks import InputError, check_positive_int
from seqkit.losses import MaskedCrossEntropy, masked_mean_terms
from seqkit.masking import valid_targets
from seqkit.metrics import Nats


@keras.saving.register_keras_serializable(package="seqkit")
class TruncatedBPTT(keras.Model):
    """Wraps a model with the step contract so that `fit` carries its state from window to window.

    logits, s_{k+1} = model.step(ids_k, stop_gradient(s_k)), where s_k = 0 if window k starts its stream

    The state flows on, the gradient stops at the window's edge. Whether a stream starts anew is said by the data
    (`SequentialWindows` does), so no callback can be forgotten. Training and evaluation carry states of their own: an
    evaluation in the middle of an epoch neither sees nor touches the training state.

    Where the part 'head' of the model can tell the likelihood of targets without that of all other classes (it has
    `nats(features, targets)`, as `AdaptiveSoftmax` does), training asks for no more than that.

    Args:
        model: A model with `initial_state(batch)` and `step(ids, state, training)`, such as `language_model` builds.
        streams: Positive integer. Parallel streams in training, which is the batch size of its windows.
        evaluation_streams: Positive integer. Parallel streams in evaluation.

    Call arguments:
        inputs: A dictionary: `ids`, integers `(streams, time)`; `start`, booleans `(streams,)`. Or ids alone, as
            `RandomWindows` yields them: each row then starts from zero state, and the carried state stays as it is.
        training: Decides which of the two states is carried.

    Input shape: as above.
    Output shape: logits `(streams, time, vocabulary)`.
    Masking: none; padded targets are -1.

    Raises:
        InputError: if the model lacks the step contract, or a batch has another number of rows than announced; if a
            head that is asked for its targets alone is compiled with a loss or metric that wants all logits.

    Example:

    >>> from seqkit import kernels
    >>> from seqkit.data import SequentialWindows
    >>> from seqkit.losses import MaskedCrossEntropy
    >>> from seqkit.models import language_model
    >>> windows = SequentialWindows(np.arange(40) % 4, window=5, streams=2)
    >>> trainer = TruncatedBPTT(language_model(vocabulary_size=4, units=8), streams=2, evaluation_streams=2)
    >>> trainer.compile("adam", MaskedCrossEntropy(), jit_compile=kernels.JIT_FIT)
    >>> history = trainer.fit(
    ...     windows.sequence(2), epochs=2, steps_per_epoch=windows.steps_per_epoch, shuffle=False, verbose=0
    ... )
    >>> len(history.history["loss"])
    2

    References: Williams & Peng 1990; Mikolov et al. 2010.
    """

    def __init__(self, model: keras.Model, streams: int, evaluation_streams: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not (hasattr(model, "step") and hasattr(model, "initial_state")):
            raise InputError(
                "`model` must offer `step(ids, state)` and `initial_state(batch)`. "
                f"Received: {type(model).__name__}, which does not. Models built by `language_model` do."
            )
        self.model = model
        self.streams = check_positive_int("streams", streams)
        self.evaluation_streams = check_positive_int("evaluation_streams", evaluation_streams)
        self._training_carry = self._carry(streams, "training")
        # The training windows can be evaluated as well; Keras itself does so, once, when it builds a model on JAX.
        self._evaluation_carries = {
            rows: self._carry(rows, f"evaluation_{rows}") for rows in sorted({streams, evaluation_streams})
        }
        self.built = True

    @property
    def _asks_for_targets_alone(self) -> bool:
        return any(layer.name == "head" and hasattr(layer, "nats") for layer in self.model.layers)

    def _carry(self, streams: int, purpose: str) -> list:
        return [
            self.add_weight(shape=tensor.shape, initializer="zeros", trainable=False, name=f"{purpose}_state_{k}")
            for k, tensor in enumerate(tree.flatten(self.model.initial_state(streams)))
        ]

    def build(self, input_shape: Any = None) -> None:
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        alone = training and self._asks_for_targets_alone
        read = self.model.features if alone else self.model.step
        if not isinstance(inputs, dict):
            outputs, _ = read(inputs, self.model.initial_state(ops.shape(inputs)[0]), training=training)
            return {"features": outputs} if alone else outputs
        carries = {self.streams: self._training_carry} if training else self._evaluation_carries
        expected = self.streams if training else self.evaluation_streams
        rows = inputs["ids"].shape[0]
        rows = expected if rows is None else rows  # unknown while a graph is built; `with_rows` looks when it runs
        if rows not in carries:
            raise InputError(
                f"{'Training' if training else 'Evaluation'} was announced with {expected} streams. "
                f"Received: a batch of {rows} rows. Cut the corpus with `streams={expected}`."
            )
        carry = carries[rows]
        fresh = inputs["start"][:, None]  # (streams,) -> (streams, 1)
        named = self.model.initial_state(rows)
        before = [
            ops.where(fresh, zeros, ops.cast(ops.stop_gradient(ops.convert_to_tensor(kept)), zeros.dtype))
            for zeros, kept in zip(tree.flatten(named), carry, strict=True)
        ]
        ids = kernels.with_rows(inputs["ids"], rows)
        outputs, state = read(ids, tree.pack_sequence_as(named, before), training=training)
        for kept, after in zip(carry, tree.flatten(state), strict=True):
            kept.assign(ops.cast(after, kept.dtype))
        return {"features": outputs} if alone else outputs

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        y = ops.cast(y, "int32")
        valid = valid_targets(y)
        if isinstance(y_pred, dict):
            self._refuse_what_wants_logits(y, sample_weight)
            nats = loss = self.model.get_layer("head").nats(y_pred["features"], y)
        elif self._wants_likelihood_alone(y, sample_weight):
            smoothing = self.loss.label_smoothing
            nats, loss = kernels.cross_entropy(ops.where(valid, y, 0), ops.cast(y_pred, "float32"), smoothing)
        else:
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        # Here and not in `compute_metrics`, where they would have to be computed again: Keras takes over what metrics
        # count within the loss, on both backends.
        for metric in self._metrics_to_count(y):
            metric.add(ops.stop_gradient(nats), valid)
        penalties = [self._aggregate_additional_loss(loss) for loss in self.losses]
        return sum(penalties, ops.sum(masked_mean_terms(loss, valid)))

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict:
        if isinstance(y_pred, dict) or self._wants_likelihood_alone(y, sample_weight):
            return self.get_metrics_result()
        return super().compute_metrics(x, y, y_pred, sample_weight)

    def _metrics_to_count(self, y: Any) -> list:
        """The metrics given to `compile`, which Keras keeps in one that holds them all."""
        held = [metric for metric in self.metrics if metric.name != "loss"]
        for holder in held:
            if not holder.built:  # Keras would build it when it hands over the first logits
                holder.build(y, keras.KerasTensor((*y.shape, None)))
        return [metric for holder in held for metric in getattr(holder, "metrics", [holder])]

    def _wants_likelihood_alone(self, y: Any, sample_weight: Any) -> bool:
        """Whether the loss and all metrics are made of the same likelihoods of targets, which one pass then gives."""
        return (
            isinstance(self.loss, MaskedCrossEntropy)
            and sample_weight is None
            and self._compile_loss._user_loss_weights is None  # Keras shows them nowhere else while it builds a graph
            and all(isinstance(metric, Nats) for metric in self._metrics_to_count(y))
        )

    def _refuse_what_wants_logits(self, y: Any, sample_weight: Any) -> None:
        if not self._wants_likelihood_alone(y, sample_weight) or self.loss.label_smoothing:
            wanting = [metric.name for metric in self._metrics_to_count(y) if not isinstance(metric, Nats)]
            raise InputError(
                f"The head of {self.model.name!r} is asked for the likelihood of the targets alone, which serves "
                "`MaskedCrossEntropy()` without label smoothing, `Nats` and the metrics made of it, without weights. "
                f"Received: loss {self.loss!r}, metrics {wanting}, sample_weight={sample_weight!r}. "
                "Leave them out, or use another head."
            )

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "model": keras.saving.serialize_keras_object(self.model),
            "streams": self.streams,
            "evaluation_streams": self.evaluation_streams,
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> "TruncatedBPTT":
        model = keras.saving.deserialize_keras_object(config.pop("model"), custom_objects=custom_objects)
        return cls(model, **config)
