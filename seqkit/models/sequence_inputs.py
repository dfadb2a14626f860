"""What the builders that read whole sequences have in common: from ids to features of each step."""

from typing import Any

import keras

from seqkit.checks import InputError
from seqkit.layers import (
    CharacterEncoder,
    Embedding,
    MaskedConcatenate,
    RareWordDropout,
    SequenceEncoder,
    dropout_layer,
)

__all__ = ["encoded_words"]


def encoded_words(
    *,
    vocabulary_size: int,
    cell: str,
    units: int,
    depth: int,
    bidirectional: bool,
    embedding: int,
    num_characters: int | None,
    characters: str,
    character_embedding: int,
    character_units: int,
    num_shapes: int | None,
    shape_embedding: int,
    first_rare: int | None,
    rare_dropout: float,
    embedding_dropout: float,
    input_dropout: float,
    dropout: float,
    output_dropout: float,
    dropout_mask: str,
    weight_drop: float,
    seed: int | None,
    dtype: Any,
) -> tuple[dict[str, Any], Any]:
    """The symbolic inputs by name, and the outputs of the encoder `(batch, time, width)` with the mask of the words."""

    def seeded(number: int) -> int | None:
        """A seed for each place that drops something; the encoder's own, one a layer, come last."""
        return None if seed is None else seed * 1000 + number

    words = keras.Input((None,), dtype="int32", name="words")
    inputs = {"words": words}
    ids = words
    if rare_dropout:
        if first_rare is None:
            raise InputError(
                f"`rare_dropout` needs `first_rare`, the id from which on words are rare. "
                f"Received: rare_dropout={rare_dropout!r}, first_rare=None."
            )
        ids = RareWordDropout(rare_dropout, first_rare, seed=seeded(4), name="rare_dropout", dtype=dtype)(ids)
    embed = Embedding(
        vocabulary_size,
        embedding,
        mask_zero=True,
        dropout=embedding_dropout,
        seed=seeded(0),
        name="embedding",
        dtype=dtype,
    )
    parts = [embed(ids)]
    if num_characters is not None:
        inputs["characters"] = keras.Input((None, None), dtype="int32", name="characters")
        spell = CharacterEncoder(
            num_characters,
            character_units,
            kind=characters,
            embedding=character_embedding,
            dropout=input_dropout,
            seed=seeded(5),
            name="characters_encoder",
            dtype=dtype,
        )
        parts.append(spell(inputs["characters"]))
    if num_shapes is not None:
        inputs["shapes"] = keras.Input((None,), dtype="int32", name="shapes")
        parts.append(
            keras.layers.Embedding(num_shapes, shape_embedding, name="shape_embedding", dtype=dtype)(inputs["shapes"])
        )
    features = MaskedConcatenate(name="features", dtype=dtype)(parts) if len(parts) > 1 else parts[0]
    features = dropout_layer(dropout_mask, input_dropout, seed=seeded(1), name="input_dropout", dtype=dtype)(features)
    encode = SequenceEncoder(
        cell,
        units,
        depth=depth,
        bidirectional=bidirectional,
        dropout=dropout,
        dropout_mask=dropout_mask,
        weight_drop=weight_drop,
        seed=seeded(6),
        name="encoder",
        dtype=dtype,
    )
    outputs = encode(features)
    return inputs, dropout_layer(dropout_mask, output_dropout, seed=seeded(2), name="output_dropout", dtype=dtype)(
        outputs
    )
