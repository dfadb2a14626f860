"""Recurrent language models: a distribution over the next token, at every step."""

from typing import Any

import keras
from keras import ops

from seqkit.checks import InputError, check_choice, check_fraction, check_nonnegative, check_positive_int
from seqkit.layers import (
    ActivationRegularization,
    AdaptiveSoftmax,
    Embedding,
    OneHot,
    RecurrentStack,
    TiedHead,
    dropout_layer,
)

# The closed choice that builders, settings and command lines share.
HEADS = ("softmax", "tied", "adaptive")

ARGUMENTS = (
    "vocabulary_size",
    "cell",
    "units",
    "depth",
    "embedding",
    "embedding_dropout",
    "input_dropout",
    "dropout",
    "output_dropout",
    "dropout_mask",
    "weight_drop",
    "activation_regularization",
    "temporal_regularization",
    "head",
    "cutoffs",
    "forget_bias",
    "seed",
)


@keras.saving.register_keras_serializable(package="seqkit")
class LanguageModel(keras.Model):
    """A recurrent language model; `language_model` builds one and documents the arguments.

    Called on ids `(batch, time)` it starts from zero state. `step` and `initial_state` are the contract by which
    truncated BPTT, evaluation and generation carry the state on.
    """

    def __init__(
        self,
        vocabulary_size: int,
        cell: str = "lstm",
        units: int = 256,
        depth: int = 1,
        embedding: int | None = 64,
        embedding_dropout: float = 0.0,
        input_dropout: float = 0.0,
        dropout: float = 0.0,
        output_dropout: float = 0.0,
        dropout_mask: str = "step",
        weight_drop: float = 0.0,
        activation_regularization: float = 0.0,
        temporal_regularization: float = 0.0,
        head: str = "softmax",
        cutoffs: tuple[int, ...] | None = None,
        forget_bias: float | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.vocabulary_size = check_positive_int("vocabulary_size", vocabulary_size)
        self.cell = cell
        self.units = units
        self.depth = depth
        self.embedding = embedding
        self.embedding_dropout = check_fraction("embedding_dropout", embedding_dropout)
        self.input_dropout = check_fraction("input_dropout", input_dropout)
        self.dropout = dropout
        self.output_dropout = check_fraction("output_dropout", output_dropout)
        self.dropout_mask = dropout_mask
        self.weight_drop = weight_drop
        self.activation_regularization = check_nonnegative("activation_regularization", activation_regularization)
        self.temporal_regularization = check_nonnegative("temporal_regularization", temporal_regularization)
        self.head = check_choice("head", head, HEADS)
        self.cutoffs = cutoffs
        self.forget_bias = forget_bias
        self.seed = seed
        self._refuse_contradictions()
        policy = self.dtype_policy
        self.input_layer = (
            OneHot(vocabulary_size, name="one_hot", dtype=policy)
            if embedding is None
            else Embedding(
                vocabulary_size,
                check_positive_int("embedding", embedding),
                dropout=embedding_dropout,
                seed=self._seed(0),
                name="embedding",
                dtype=policy,
            )
        )
        self.input_dropout_layer = dropout_layer(
            dropout_mask, input_dropout, seed=self._seed(1), name="input_dropout", dtype=policy
        )
        self.encoder = RecurrentStack(
            cell,
            units,
            depth=depth,
            dropout=dropout,
            dropout_mask=dropout_mask,
            weight_drop=weight_drop,
            forget_bias=forget_bias,
            seed=self._seed(3),
            name="encoder",
            dtype=policy,
        )
        self.temporal_layer = ActivationRegularization(
            temporal=temporal_regularization, name="temporal_regularization", dtype=policy
        )
        self.output_dropout_layer = dropout_layer(
            dropout_mask, output_dropout, seed=self._seed(2), name="output_dropout", dtype=policy
        )
        self.activation_layer = ActivationRegularization(
            activation=activation_regularization, name="activation_regularization", dtype=policy
        )
        self.projection = (
            keras.layers.Dense(embedding, use_bias=False, name="projection", dtype=policy)
            if head == "tied" and embedding != units
            else None
        )
        self.head_layer = self._head(policy)

    def _head(self, policy: Any) -> keras.layers.Layer:
        if self.head == "tied":
            return TiedHead(self.vocabulary_size, name="head", dtype=policy)
        if self.head == "adaptive":
            return AdaptiveSoftmax(self.vocabulary_size, self.cutoffs, name="head", dtype=policy)
        return keras.layers.Dense(self.vocabulary_size, name="head", dtype=policy)

    def _refuse_contradictions(self) -> None:
        if self.embedding is None and (self.head == "tied" or self.embedding_dropout):
            name = "head" if self.head == "tied" else "embedding_dropout"
            raise InputError(
                f"`{name}` needs an embedding. Received: {name}={getattr(self, name)!r}, embedding=None (one-hot "
                "vectors). Give `embedding` a width, or leave it out."
            )
        if self.cutoffs is not None and self.head != "adaptive":
            raise InputError(
                f"`cutoffs` belong to head='adaptive'. Received: cutoffs={self.cutoffs!r}, head={self.head!r}."
            )

    def _seed(self, number: int) -> int | None:
        """A seed for each place that drops something; the encoder's own, one a layer, come last."""
        return None if self.seed is None else self.seed * 1000 + number

    def build(self, input_shape: tuple) -> None:
        width = self.vocabulary_size if self.embedding is None else self.embedding
        if not self.input_layer.built:
            self.input_layer.build(tuple(input_shape))
        self.encoder.build((*input_shape, width))
        if self.projection is not None:
            self.projection.build((*input_shape, self.units))
        if self.head == "tied":
            self.head_layer.build((*input_shape, width), (self.vocabulary_size, width))
        else:
            self.head_layer.build((*input_shape, self.units))
        self.built = True

    def initial_state(self, batch: Any) -> tuple:
        """The state before the first token: zeros, one named state a layer, each tensor `(batch, units)`."""
        return self.encoder.initial_state(batch)

    def step(self, ids: Any, state: tuple, training: bool = False) -> tuple[Any, tuple]:
        """Reads some more tokens.

        Args:
            ids: Integers `(batch, time)`; `time` may be 1.
            state: What the last step returned, or `initial_state(batch)`.
            training: Whether features are dropped.

        Returns:
            Logits `(batch, time, vocabulary)` of the token after each one read, and the state after the last.
        """
        features, state = self.features(ids, state, training=training)
        tied = (self.input_layer.embeddings,) if self.head == "tied" else ()
        return self.head_layer(features, *tied), state

    def features(self, ids: Any, state: tuple, training: bool = False) -> tuple[Any, tuple]:
        """Reads some more tokens as `step` does, up to what the head sees: `(batch, time, width)`, and the state."""
        inputs = self.input_layer(ids) if self.embedding is None else self.input_layer(ids, training=training)
        inputs = self.input_dropout_layer(inputs, training=training)
        outputs, state = self.encoder(inputs, initial_state=state, training=training)
        outputs = self.output_dropout_layer(self.temporal_layer(outputs, training=training), training=training)
        outputs = self.activation_layer(outputs, training=training)
        return outputs if self.projection is None else self.projection(outputs), state

    def call(self, ids: Any, training: bool = False) -> Any:
        logits, _ = self.step(ids, self.initial_state(ops.shape(ids)[0]), training=training)
        return logits

    def get_config(self) -> dict:
        return {**super().get_config(), **{name: getattr(self, name) for name in ARGUMENTS}}

    def regularized(
        self,
        *,
        embedding_dropout: float | None = None,
        input_dropout: float | None = None,
        dropout: float | None = None,
        output_dropout: float | None = None,
        dropout_mask: str | None = None,
        weight_drop: float | None = None,
        activation_regularization: float | None = None,
        temporal_regularization: float | None = None,
    ) -> "LanguageModel":
        """A model with weights of its own, which start as these are, and other regularisers; `None` keeps one as it is.

        For a loaded model that shall be trained further: `model.regularized(weight_drop=0.5)`, or off again with 0.

        Raises:
            InputError: if an argument is outside the values that `language_model` names.
        """
        given = {
            "embedding_dropout": embedding_dropout,
            "input_dropout": input_dropout,
            "dropout": dropout,
            "output_dropout": output_dropout,
            "dropout_mask": dropout_mask,
            "weight_drop": weight_drop,
            "activation_regularization": activation_regularization,
            "temporal_regularization": temporal_regularization,
        }
        model = type(self).from_config(self.get_config() | {k: v for k, v in given.items() if v is not None})
        model.build((None, None))
        model.set_weights(self.get_weights())
        return model
