"""Text files in UTF-8, whole or as a stream."""

import codecs
import os
from collections.abc import Iterable, Iterator

from seqkit.checks import InputError, check_positive_int
from seqkit.text.tokenizer import Tokenizer

BYTE_ORDER_MARK = "\ufeff"


def read_text(path: str | os.PathLike[str]) -> str:
    r"""Reads a whole text file: strict UTF-8, newlines as they stand in the file, a leading byte order mark dropped.

    Args:
        path: The file.

    Raises:
        InputError: if the file is missing, a folder, unreadable or empty, or holds a NUL byte or invalid UTF-8; the
            message names the file and the offset of the byte.

    Example:

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "greeting.txt")
    ...     _ = file.write_bytes(b"gr\xc3\xbcezi\r\n")
    ...     read_text(file)
    'grüezi\r\n'
    """
    return "".join(stream_text(path))


def stream_text(path: str | os.PathLike[str], chunk: int = 1 << 20) -> Iterator[str]:
    """Reads a text file of any size piece by piece; the pieces together are what `read_text` returns.

    Args:
        path: The file. It is opened when the first piece is asked for.
        chunk: Bytes read at a time. Pieces end between characters, wherever the bytes end.

    Raises:
        InputError: as `read_text`, as soon as reading reaches the place; if `chunk` is not a positive integer.
    """
    return _stream(path, check_positive_int("chunk", chunk))


def split_stream(chunks: Iterable[str], tokenizer: Tokenizer) -> Iterator[list[str]]:
    """Splits a text that comes in chunks; the lists together are `tokenizer.split` of the whole text.

    Args:
        chunks: Consecutive pieces of one text, cut anywhere, as `stream_text` yields them.
        tokenizer: Says where a piece may be cut. What follows is held back until the next cut, so memory is bounded by
            the size of a chunk and by the longest stretch without one: for words, without whitespace.

    Example:

    >>> from seqkit.text import WordTokenizer
    >>> list(split_stream(["to be, o", "r not to b", "e"], WordTokenizer()))
    [['to', 'be', ','], ['or', 'not', 'to'], ['be']]
    """
    held: list[str] = []
    for chunk in chunks:
        # Looking for the cut in the new chunk alone keeps the work linear when no cut comes for a long time.
        position = tokenizer.cut(chunk)
        if position:
            yield tokenizer.split("".join([*held, chunk[:position]]))
            held = []
        held.append(chunk[position:])
    if rest := "".join(held):
        yield tokenizer.split(rest)


def _stream(path: str | os.PathLike[str], chunk: int) -> Iterator[str]:
    name = os.fspath(path)
    try:
        file = open(path, "rb")  # noqa: SIM115 - closed below; only the opening belongs into this `try`
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"{name}: cannot be read ({reason}). Give the path of a text file in UTF-8.") from error
    with file:
        decoder = codecs.getincrementaldecoder("utf-8")()
        offset = 0  # of the block in the file
        begun = False
        empty = True  # also when there is nothing after the byte order mark
        while True:
            block = file.read(chunk)
            text = _decode(decoder, block, offset, name)
            offset += len(block)
            if text and not begun:
                begun = True
                text = text.removeprefix(BYTE_ORDER_MARK)
            if text:
                empty = False
                yield text
            if not block:
                break
    if empty:
        raise InputError(f"{name}: the file is empty. Give the path of a text file with some text in it.")


def _decode(decoder: codecs.IncrementalDecoder, block: bytes, offset: int, name: str) -> str:
    """Decodes the next block of the file; an empty block is its end."""
    held = len(decoder.getstate()[0])  # bytes of an unfinished character from the block before
    nul = block.find(b"\0")
    # A NUL finishes the text before it, so that of two faults the first is reported, whatever the size of a block.
    final = nul >= 0 or not block
    try:
        text = decoder.decode(block[:nul] if nul >= 0 else block, final)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}, byte {offset - held + error.start}: 0x{error.object[error.start]:02x} is not valid UTF-8 here. "
            "Expected a text file in UTF-8. Convert it from its encoding first, or repair this place."
        ) from error
    if nul >= 0:
        raise InputError(
            f"{name}, byte {offset + nul}: a NUL; this looks like a binary file. "
            "Expected a text file in UTF-8. Convert or unpack it first."
        )
    return text
