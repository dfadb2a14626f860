"""Recurrent language models: a distribution over the next token, at every step."""

from typing import Any

import keras
from keras import ops

from seqkit.checks import check_fraction, check_positive_int
from seqkit.layers import OneHot, RecurrentStack
from seqkit.models.placement import check_distribution


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
        input_dropout: float = 0.0,
        dropout: float = 0.0,
        output_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.vocabulary_size = check_positive_int("vocabulary_size", vocabulary_size)
        self.cell = cell
        self.units = units
        self.depth = depth
        self.embedding = embedding
        self.input_dropout = check_fraction("input_dropout", input_dropout)
        self.dropout = dropout
        self.output_dropout = check_fraction("output_dropout", output_dropout)
        self.seed = seed
        policy = self.dtype_policy
        if embedding is None:
            self.input_layer = OneHot(vocabulary_size, name="one_hot", dtype=policy)
        else:
            width = check_positive_int("embedding", embedding)
            self.input_layer = keras.layers.Embedding(vocabulary_size, width, name="embedding", dtype=policy)
        self.input_dropout_layer = keras.layers.Dropout(
            input_dropout, seed=self._seed(1), name="input_dropout", dtype=policy
        )
        self.encoder = RecurrentStack(
            cell, units, depth=depth, dropout=dropout, seed=self._seed(3), name="encoder", dtype=policy
        )
        self.output_dropout_layer = keras.layers.Dropout(
            output_dropout, seed=self._seed(2), name="output_dropout", dtype=policy
        )
        self.head = keras.layers.Dense(vocabulary_size, name="head", dtype=policy)

    def _seed(self, number: int) -> int | None:
        """A seed for each place that drops features; the encoder's own, one a layer, come last."""
        return None if self.seed is None else self.seed * 1000 + number

    def build(self, input_shape: tuple) -> None:
        width = self.vocabulary_size if self.embedding is None else self.embedding
        if not self.input_layer.built:
            self.input_layer.build(tuple(input_shape))
        self.encoder.build((*input_shape, width))
        self.head.build((*input_shape, self.units))
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
        features = self.input_dropout_layer(self.input_layer(ids), training=training)
        outputs, state = self.encoder(features, initial_state=state, training=training)
        return self.head(self.output_dropout_layer(outputs, training=training)), state

    def call(self, ids: Any, training: bool = False) -> Any:
        logits, _ = self.step(ids, self.initial_state(ops.shape(ids)[0]), training=training)
        return logits

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "cell": self.cell,
            "units": self.units,
            "depth": self.depth,
            "embedding": self.embedding,
            "input_dropout": self.input_dropout,
            "dropout": self.dropout,
            "output_dropout": self.output_dropout,
            "seed": self.seed,
        }


def language_model(
    *,
    vocabulary_size: int,
    cell: str = "lstm",
    units: int = 256,
    depth: int = 1,
    embedding: int | None = 64,
    input_dropout: float = 0.0,
    dropout: float = 0.0,
    output_dropout: float = 0.0,
    seed: int | None = None,
    dtype: Any = None,
    name: str = "language_model",
) -> LanguageModel:
    """A recurrent language model: from each token, and all before it, the logits of the next.

    h_t, s_t = encoder(embed(x_t), s_{t-1});  logits_t = W h_t + b;  p(x_{t+1} | x_1 ... x_t) = softmax(logits_t)

    Args:
        vocabulary_size: Number of ids, the special ones included.
        cell: One of 'simple_rnn', 'minimal_gru', 'gru', 'lstm'.
        units: Width of every recurrent layer.
        depth: Number of recurrent layers.
        embedding: Width of the embedding, or `None` for one-hot vectors.
        input_dropout: Float in [0, 1). Share of the embedded features dropped while training.
        dropout: Float in [0, 1). Share dropped between one recurrent layer and the next.
        output_dropout: Float in [0, 1). Share of the last layer's outputs dropped.
        seed: Optional integer for the dropout masks. Weights follow `keras.utils.set_random_seed`.
        dtype: Dtype or policy of every part, such as 'mixed_bfloat16'.
        name: Name of the model.

    Returns:
        A built model with the parts 'embedding' or 'one_hot', 'input_dropout', 'encoder', 'output_dropout', 'head', and
        the step contract: `initial_state(batch)` and `step(ids, state) -> (logits, state)`.

    Input shape: integers `(batch, time)`.
    Output shape: logits `(batch, time, vocabulary_size)`.
    Masking: none is needed, for padding on the right comes after all that counts; mark padded targets with -1.

    Raises:
        InputError: if an argument is outside the values named above, or a `keras.distribution` is set on a backend that
            ignores it.

    Example:

    >>> model = language_model(vocabulary_size=10, cell="gru", units=8)
    >>> logits, state = model.step(np.array([[1, 2, 3]]), model.initial_state(1))
    >>> tuple(logits.shape), tuple(state[0].hidden.shape)
    ((1, 3, 10), (1, 8))

    References: Mikolov et al. 2010; Zaremba et al. 2014.
    """
    check_distribution()
    model = LanguageModel(
        vocabulary_size,
        cell=cell,
        units=units,
        depth=depth,
        embedding=embedding,
        input_dropout=input_dropout,
        dropout=dropout,
        output_dropout=output_dropout,
        seed=seed,
        dtype=dtype,
        name=name,
    )
    model.build((None, None))
    return model
