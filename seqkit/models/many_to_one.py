"""The builder of classifiers: one output for the whole sequence."""

from typing import Any

import keras

from seqkit.checks import check_choice, check_positive_int
from seqkit.layers import AttentionPooling, Pooling
from seqkit.models.placement import check_distribution
from seqkit.models.sequence_inputs import encoded_words

# The closed choices that builders, settings and command lines share.
POOLINGS = ("attention", "last", "max", "mean")
CLASSIFIER_HEADS = ("softmax", "sigmoid", "regression")


def many_to_one(
    *,
    vocabulary_size: int,
    num_outputs: int,
    cell: str = "lstm",
    units: int = 128,
    depth: int = 1,
    bidirectional: bool = True,
    embedding: int = 100,
    num_characters: int | None = None,
    characters: str = "cnn",
    character_embedding: int = 25,
    character_units: int = 50,
    num_shapes: int | None = None,
    shape_embedding: int = 10,
    first_rare: int | None = None,
    rare_dropout: float = 0.0,
    embedding_dropout: float = 0.0,
    input_dropout: float = 0.0,
    dropout: float = 0.0,
    output_dropout: float = 0.0,
    dropout_mask: str = "sequence",
    weight_drop: float = 0.0,
    pooling: str = "max",
    attention_units: int = 64,
    head: str = "softmax",
    seed: int | None = None,
    dtype: Any = None,
    name: str = "many_to_one",
) -> keras.Model:
    """A classifier or regressor: one output for the whole sequence.

    h = encoder([word; characters; shape]);  y = W pool(h) + b;  softmax: p(class) = softmax(y);
    sigmoid: p(label k) = sigmoid(y_k), each by itself;  regression: y

    Train head 'softmax' with `MaskedCrossEntropy`, 'sigmoid' with `MaskedBinaryCrossEntropy` and 'regression' with
    `MaskedSquaredError`.

    Args:
        vocabulary_size: Number of word ids, the special ones included; 0 is padding.
        num_outputs: Number of classes, labels or values.
        cell: One of 'simple_rnn', 'minimal_gru', 'gru', 'lstm'.
        units: Width of every recurrent layer in each direction.
        depth: Number of recurrent layers.
        bidirectional: Whether to read from right to left as well.
        embedding: Width of the words' vectors.
        num_characters: Number of character ids, 0 being padding; `None` for no input of characters.
        characters: How characters are read: 'cnn' or 'lstm', see `CharacterEncoder`.
        character_embedding: Width of the characters' vectors.
        character_units: Width of the vector that the characters of a word give.
        num_shapes: Number of word-shape ids, 0 being padding; `None` for no input of shapes.
        shape_embedding: Width of the shapes' vectors.
        first_rare: Id of the first rare word, see `RareWordDropout`.
        rare_dropout: Float in [0, 1). Share of rare words that are `<unk>` while training.
        embedding_dropout: Float in [0, 1). Share of the words that have no vector while training, drawn once a call.
        input_dropout: Float in [0, 1). Share of features dropped before the encoder.
        dropout: Float in [0, 1). Share dropped between one recurrent layer and the next.
        output_dropout: Float in [0, 1). Share of the encoder's outputs dropped.
        dropout_mask: 'sequence' draws the masks of these three once for all steps of a sequence, 'step' for every step.
        weight_drop: Float in [0, 1). Share of the entries of each recurrent kernel dropped, drawn once a call.
        pooling: One of 'attention', 'last', 'max', 'mean', see `Pooling` and `AttentionPooling`.
        attention_units: Width of the small network of pooling 'attention'.
        head: One of 'softmax', 'sigmoid', 'regression'. The model is the same and returns logits, or values; the head
            says what they mean, and which loss goes with them.
        seed: Optional integer for all that is dropped. Weights follow `keras.utils.set_random_seed`.
        dtype: Dtype or policy of every part, such as 'mixed_bfloat16'.
        name: Name of the model.

    Returns:
        A model with the parts 'embedding', 'encoder', 'pooling' and 'head'.

    Input shape: integers `(batch, time)`; where characters or shapes are asked for, a dict of 'words' `(batch, time)`,
        'characters' `(batch, time, characters)` and 'shapes' `(batch, time)`.
    Output shape: logits or values `(batch, num_outputs)`.
    Masking: steps whose word is 0 are padding and change nothing; a row without any word gives the bias of the head.

    Raises:
        InputError: if an argument is outside the values named above, or a `keras.distribution` is set on a backend that
            ignores it.

    Example:

    >>> model = many_to_one(vocabulary_size=10, num_outputs=2, units=4, embedding=4, pooling="attention")
    >>> tuple(model(np.array([[5, 6, 0]])).shape)
    (1, 2)

    References: Conneau et al. 2017, section 3.2 (max pooling over a bidirectional LSTM); Yang et al. 2016 (attention).
    """
    check_distribution()
    check_positive_int("num_outputs", num_outputs)
    check_choice("pooling", pooling, POOLINGS)
    check_choice("head", head, CLASSIFIER_HEADS)
    inputs, features = encoded_words(
        vocabulary_size=vocabulary_size,
        cell=cell,
        units=units,
        depth=depth,
        bidirectional=bidirectional,
        embedding=embedding,
        num_characters=num_characters,
        characters=characters,
        character_embedding=character_embedding,
        character_units=character_units,
        num_shapes=num_shapes,
        shape_embedding=shape_embedding,
        first_rare=first_rare,
        rare_dropout=rare_dropout,
        embedding_dropout=embedding_dropout,
        input_dropout=input_dropout,
        dropout=dropout,
        output_dropout=output_dropout,
        dropout_mask=dropout_mask,
        weight_drop=weight_drop,
        seed=seed,
        dtype=dtype,
    )
    pool = (
        AttentionPooling(attention_units, name="pooling", dtype=dtype)
        if pooling == "attention"
        else Pooling(pooling, bidirectional=bidirectional, name="pooling", dtype=dtype)
    )
    outputs = keras.layers.Dense(num_outputs, name="head", dtype=dtype)(pool(features))
    return keras.Model(inputs if len(inputs) > 1 else inputs["words"], outputs, name=name)
