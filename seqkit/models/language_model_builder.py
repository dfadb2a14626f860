"""The builder of language models."""

from typing import Any

from seqkit.models.language_model import LanguageModel
from seqkit.models.placement import check_distribution


def language_model(
    *,
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
        embedding_dropout: Float in [0, 1). Share of the words that have no vector while training, drawn once a call.
        input_dropout: Float in [0, 1). Share of the embedded features dropped while training.
        dropout: Float in [0, 1). Share dropped between one recurrent layer and the next.
        output_dropout: Float in [0, 1). Share of the last layer's outputs dropped.
        dropout_mask: 'step' draws the masks of these three for every step, 'sequence' one for all steps of a window
            ("variational" or "locked" dropout).
        weight_drop: Float in [0, 1). Share of the entries of each recurrent kernel dropped, drawn once a call.
        activation_regularization: Float, at least 0. Price of large outputs of the last layer ("AR").
        temporal_regularization: Float, at least 0. Price of outputs that change from step to step ("TAR").
        head: 'softmax' gives every word a vector of its own. 'tied' takes the embedding's; where `units` is not the
            width of that, a 'projection' without bias comes before it. 'adaptive' is an `AdaptiveSoftmax`, for
            vocabularies of 100,000 and more: what it gives as logits are log-probabilities, and `TruncatedBPTT` trains
            it at a cost that follows how often words occur.
        cutoffs: First ids of the clusters of head 'adaptive'; `None` leaves them to the layer.
        forget_bias: Initial bias of the gate that keeps the old state, see `ForgetBias`; `None` leaves it to the layer
            (1 for the LSTM, 0 for the others).
        seed: Optional integer for all that is dropped. Weights follow `keras.utils.set_random_seed`.
        dtype: Dtype or policy of every part, such as 'mixed_bfloat16'.
        name: Name of the model.

    Returns:
        A built model with the parts 'embedding' or 'one_hot', 'input_dropout', 'encoder', 'output_dropout', 'head', and
        'projection' if there is one, and the step contract: `initial_state(batch)` and
        `step(ids, state) -> (logits, state)`. `model.regularized(...)` is the same model with other regularisers.

    Input shape: integers `(batch, time)`.
    Output shape: logits `(batch, time, vocabulary_size)`.
    Masking: none is needed, for padding on the right comes after all that counts; mark padded targets with -1.

    Raises:
        InputError: if an argument is outside the values named above, one needs an embedding and there is none,
            or a `keras.distribution` is set on a backend that ignores it.

    Example:

    >>> model = language_model(vocabulary_size=10, cell="gru", units=8)
    >>> logits, state = model.step(np.array([[1, 2, 3]]), model.initial_state(1))
    >>> tuple(logits.shape), tuple(state[0].hidden.shape)
    ((1, 3, 10), (1, 8))

    References: Mikolov et al. 2010; Zaremba et al. 2014; Press & Wolf 2017 (tied weights); Gal & Ghahramani 2016
    (one mask for all steps); Merity et al. 2018 (the other regularisers).
    """
    check_distribution()
    model = LanguageModel(
        vocabulary_size,
        cell=cell,
        units=units,
        depth=depth,
        embedding=embedding,
        embedding_dropout=embedding_dropout,
        input_dropout=input_dropout,
        dropout=dropout,
        output_dropout=output_dropout,
        dropout_mask=dropout_mask,
        weight_drop=weight_drop,
        activation_regularization=activation_regularization,
        temporal_regularization=temporal_regularization,
        head=head,
        cutoffs=cutoffs,
        forget_bias=forget_bias,
        seed=seed,
        dtype=dtype,
        name=name,
    )
    model.build((None, None))
    return model
