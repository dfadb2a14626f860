"""The builder of taggers: a label for every step."""

from collections.abc import Sequence
from typing import Any

import keras

from seqkit.checks import check_choice, check_positive_int
from seqkit.layers import CRF
from seqkit.models.placement import check_distribution
from seqkit.models.sequence_inputs import encoded_words

# The closed choice that builders, settings and command lines share.
TAGGER_HEADS = ("softmax", "crf")


def many_to_many(
    *,
    vocabulary_size: int,
    num_tags: int,
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
    head: str = "softmax",
    forbidden: Sequence[Sequence[int | None]] | None = None,
    seed: int | None = None,
    dtype: Any = None,
    name: str = "many_to_many",
) -> keras.Model:
    """A tagger: a label for every step, from all of the sequence (T_y = T_x).

    h = encoder([word; characters; shape]);  emissions_t = W h_t + b;  softmax: p(y_t) = softmax(emissions_t);
    crf: p(y) over whole sequences, see `CRF`

    Train head 'softmax' with `MaskedCrossEntropy` and head 'crf' with `CRFLoss`.

    Args:
        vocabulary_size: Number of word ids, the special ones included; 0 is padding.
        num_tags: Number of tags.
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
        head: 'softmax' labels each step by itself, 'crf' the sequence as a whole.
        forbidden: Pairs of tags that never follow each other, for head 'crf'; see `CRF`.
        seed: Optional integer for all that is dropped. Weights follow `keras.utils.set_random_seed`.
        dtype: Dtype or policy of every part, such as 'mixed_bfloat16'.
        name: Name of the model.

    Returns:
        A model with the parts 'embedding', 'encoder', 'emission' and, with head 'crf', 'head'.

    Input shape: integers `(batch, time)`; where characters or shapes are asked for, a dict of 'words' `(batch, time)`,
        'characters' `(batch, time, characters)` and 'shapes' `(batch, time)`.
    Output shape: logits `(batch, time, num_tags)`, or the CRF's potentials `(batch, time, num_tags, num_tags)`.
    Masking: steps whose word is 0 are padding and change nothing; mark their targets with -1.

    Raises:
        InputError: if an argument is outside the values named above, or a `keras.distribution` is set on a backend that
            ignores it.

    Example:

    >>> model = many_to_many(vocabulary_size=10, num_tags=3, units=4, embedding=4, head="crf")
    >>> tuple(model(np.array([[5, 6, 0]])).shape)
    (1, 3, 3, 3)

    References: Huang et al. 2015; Lample et al. 2016; Ma & Hovy 2016.
    """
    check_distribution()
    check_positive_int("num_tags", num_tags)
    check_choice("head", head, TAGGER_HEADS)
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
    outputs = keras.layers.Dense(num_tags, name="emission", dtype=dtype)(features)
    if head == "crf":
        outputs = CRF(num_tags, forbidden=forbidden, name="head", dtype=dtype)(outputs)
    return keras.Model(inputs if len(inputs) > 1 else inputs["words"], outputs, name=name)
