"""A sentence and its tags."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TaggedSentence:
    """The tokens of a sentence with one tag each, and where they come from.

    Attributes:
        tokens: The tokens.
        tags: One tag a token.
        line: Line of the file, counted from 1, in which the first token stands.
        document: Number of the document, counted from 0, in which the sentence stands.
    """

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    line: int
    document: int
