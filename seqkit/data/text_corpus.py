"""A text as rows of token ids, ready to be cut into windows."""

import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from seqkit.checks import InputError
from seqkit.data.text_source import Document, TextSource
from seqkit.data.token_file import TokenFile
from seqkit.text import Coverage, Tokenizer, Vocabulary, coverage, split_stream


@dataclass(frozen=True)
class TextCorpus:
    """A text as rows of token ids, one row a split; `text_corpus` makes one.

    A row begins with `<bos>`, which is read but never predicted (`context_only`). Documents are laid end to end, each
    as `<bos> tokens <eos>`; a text that was split by position has no `<eos>`, for its parts do not end where a text
    ends. The rows lie in a temporary folder that goes with the corpus.

    Attributes:
        name: Name of the source.
        tokenizer: How the text was split into tokens.
        vocabulary: The tokens known, taken from the training split alone.
        splits: For each split its row of ids.
        characters: For each split the number of its characters.
        coverage: For each split, how much of it the vocabulary knows; a sequence is a line.
    """

    name: str
    tokenizer: Tokenizer
    vocabulary: Vocabulary
    splits: dict[str, TokenFile]
    characters: dict[str, int]
    coverage: dict[str, Coverage]

    @property
    def context_only(self) -> tuple[int, ...]:
        """Ids that are read but never predicted."""
        return (self.vocabulary.bos_id,)


def text_corpus(
    source: TextSource, tokenizer: Tokenizer, *, vocabulary_size: int | None = None, min_count: int = 1
) -> TextCorpus:
    """Reads a source, builds the vocabulary from its training split and encodes every split.

    The text streams through memory in chunks: a corpus may be larger than memory.

    Args:
        source: Where the text comes from, as `text_source` finds it.
        tokenizer: How the text is split into tokens.
        vocabulary_size: Optional cap on the vocabulary, the four special tokens included.
        min_count: Occurrences below which a token is unknown.

    Raises:
        InputError: if a file is empty, binary or not UTF-8, or a split holds no token.
    """
    if vocabulary_size is not None and vocabulary_size <= len(Vocabulary.SPECIALS):
        raise InputError(
            f"`vocabulary_size` must be at least {len(Vocabulary.SPECIALS) + 1}, for the others are special tokens. "
            f"Received: vocabulary_size={vocabulary_size}."
        )
    parts = source.documents if source.text is None else _split_by_position(source.text, source.shares, tokenizer)
    vocabulary = Vocabulary.build(
        (token for document in parts["train"] for token in _tokens(document, tokenizer)),
        max_size=vocabulary_size,
        min_count=min_count,
    )
    folder = Path(tempfile.mkdtemp(prefix="seqkit-corpus-"))
    try:
        corpus = _encoded(source, parts, tokenizer, vocabulary, folder)
    except BaseException:
        shutil.rmtree(folder)
        raise
    weakref.finalize(corpus, shutil.rmtree, folder)
    return corpus


def _encoded(
    source: TextSource,
    parts: dict[str, tuple[Document, ...]],
    tokenizer: Tokenizer,
    vocabulary: Vocabulary,
    folder: Path,
) -> TextCorpus:
    splits = {
        split: TokenFile.write(
            folder / f"{split}.bin",
            _row(documents, tokenizer, vocabulary, ends=bool(source.documents)),
            vocabulary_size=len(vocabulary),
        )
        for split, documents in parts.items()
    }
    for split, row in splits.items():
        if len(row) <= len(parts[split]) * (2 if source.documents else 1):  # nothing but the marks
            raise InputError(
                f"{source.name}: the split {split!r} holds no token: {', '.join(d.name for d in parts[split])}. "
                "Use more text, or another level."
            )
    return TextCorpus(
        name=source.name,
        tokenizer=tokenizer,
        vocabulary=vocabulary,
        splits=splits,
        characters={
            split: sum(len(chunk) for document in documents for chunk in document.chunks())
            for split, documents in parts.items()
        },
        coverage={
            split: coverage(
                vocabulary,
                (tokenizer.split(line) for document in documents for line in _lines(document.chunks())),
            )
            for split, documents in parts.items()
        },
    )


def encode_text(document: Document, tokenizer: Tokenizer, vocabulary: Vocabulary, path: Path) -> TokenFile:
    """Encodes one text, such as one to evaluate a model on, as the row `<bos> tokens` in a file at `path`."""
    row = _row((document,), tokenizer, vocabulary, ends=False)
    return TokenFile.write(path, row, vocabulary_size=len(vocabulary))


def _row(
    documents: Iterable[Document], tokenizer: Tokenizer, vocabulary: Vocabulary, *, ends: bool
) -> Iterator[Iterable[int]]:
    for document in documents:
        yield [vocabulary.bos_id]
        for tokens in split_stream(document.chunks(), tokenizer):
            yield vocabulary.encode(tokens)
        if ends:
            yield [vocabulary.eos_id]


def _tokens(document: Document, tokenizer: Tokenizer) -> Iterator[str]:
    for tokens in split_stream(document.chunks(), tokenizer):
        yield from tokens


def _lines(chunks: Iterable[str]) -> Iterator[str]:
    held: list[str] = []
    for chunk in chunks:
        *complete, rest = chunk.split("\n")
        for line in complete:
            yield "".join([*held, line]) + "\n"
            held = []
        held.append(rest)
    if last := "".join(held):
        yield last


def _split_by_position(
    text: Document, shares: dict[str, float], tokenizer: Tokenizer
) -> dict[str, tuple[Document, ...]]:
    """Cuts one text at its shares, in characters, each cut moved back to where no token is broken."""
    total = sum(len(chunk) for chunk in text.chunks())
    share, borders = 0.0, [0]
    for part in shares.values():
        share += part
        # The sum of the shares can miss 1 by a rounding error; the text ends where it ends.
        wanted = total if len(borders) == len(shares) else int(share * total)
        borders.append(_border(text, wanted, tokenizer))
    parts: dict[str, tuple[Document, ...]] = {}
    for split, begin, end in zip(shares, borders[:-1], borders[1:], strict=True):
        if begin >= end:
            raise InputError(
                f"{text.name}: too short to be split: {total} characters leave nothing for the split {split!r}. "
                "Use more text."
            )
        parts[split] = (_piece(text, begin, end),)
    return parts


def _border(text: Document, wanted: int, tokenizer: Tokenizer) -> int:
    """The last position up to `wanted` at which no token is torn; the end of the text needs no cut."""
    done, border = 0, 0
    for chunk in text.chunks():
        if position := tokenizer.cut(chunk[: wanted - done]):
            border = done + position
        done += len(chunk)
        if done > wanted:
            return border
    return done


def _piece(text: Document, begin: int, end: int) -> Document:
    def chunks() -> Iterator[str]:
        done = 0
        for chunk in text.chunks():
            if piece := chunk[max(begin - done, 0) : max(end - done, 0)]:
                yield piece
            done += len(chunk)
            if done >= end:
                return

    return Document(f"{text.name}[{begin}:{end}]", chunks)
