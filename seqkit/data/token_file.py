"""A long row of token ids on disk."""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from seqkit.checks import InputError, check_positive_int


class TokenFile:
    """A long row of ids on disk, read piece by piece: a corpus of any size in constant memory.

    It is sliced like an array, `tokens[start:stop]`, and gives int32 arrays. Pieces are read, not mapped, so that the
    memory of the process stays what it was. The file holds nothing but the ids, little-endian, in the smallest type
    that holds the vocabulary.

    Args:
        path: The file.
        vocabulary_size: Number of different ids; it decides the type on disk.
        start: First token of this view.
        stop: Where the view ends; the end of the file if it is left out.

    Raises:
        InputError: if the file is missing, is no whole number of ids, or the view lies outside of it.

    Example:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tokens = TokenFile.write(Path(folder) / "tokens.bin", [[4, 5], [6]], vocabulary_size=7)
    ...     len(tokens), tokens[1:3].tolist()
    (3, [5, 6])
    """

    def __init__(self, path: str | Path, vocabulary_size: int, start: int = 0, stop: int | None = None) -> None:
        self.path = Path(path)
        self.vocabulary_size = vocabulary_size
        self._type = _type_for(vocabulary_size)
        try:
            self._file = open(self.path, "rb", buffering=0)  # noqa: SIM115 - the view lives as long as its reader
            size = os.fstat(self._file.fileno()).st_size
        except OSError as error:
            raise InputError(f"{self.path}: cannot be read: {error.strerror}.") from error
        if size % self._type.itemsize:
            raise InputError(
                f"{self.path}: {size} bytes is not a whole number of ids of {self._type.itemsize} bytes. "
                "Encode it again."
            )
        stop = size // self._type.itemsize if stop is None else stop
        if not 0 <= start <= stop <= size // self._type.itemsize:
            raise InputError(f"{self.path}: holds {size // self._type.itemsize} ids. Received: a view {start}:{stop}.")
        self._start, self._stop = start, stop

    @classmethod
    def write(cls, path: str | Path, pieces: Iterable[Iterable[int]], *, vocabulary_size: int) -> "TokenFile":
        """Writes pieces of ids one after the other and opens the result.

        Args:
            path: The file to write.
            pieces: Arrays or lists of ids, such as one a chunk of text.
            vocabulary_size: Number of different ids.

        Raises:
            InputError: if an id is no integer or outside the vocabulary; the file is then removed.
        """
        path = Path(path)
        kind = _type_for(check_positive_int("vocabulary_size", vocabulary_size))
        try:
            with open(path, "wb") as file:
                for piece in pieces:
                    ids = np.asarray(piece)
                    if ids.size and ids.dtype.kind not in "iu":
                        raise InputError(f"{path}: ids must be integers. Received: {ids.dtype}.")
                    if ids.size and not 0 <= ids.min() <= ids.max() < vocabulary_size:
                        raise InputError(
                            f"{path}: ids must lie in [0, {vocabulary_size}). Received: {ids.min()} to {ids.max()}."
                        )
                    file.write(ids.astype(kind).tobytes())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return cls(path, vocabulary_size)

    def __len__(self) -> int:
        return self._stop - self._start

    def __getitem__(self, piece: slice) -> np.ndarray:
        """The ids `[start:stop]` as int32; as with an array, what lies past the end is left out."""
        start, stop, stride = piece.indices(len(self))
        if stride != 1:
            raise IndexError(f"a TokenFile is read in one direction, one by one. Received a stride of {stride}.")
        width = self._type.itemsize
        count = max(0, stop - start) * width
        # pread keeps no position, so several threads may read at once.
        data = os.pread(self._file.fileno(), count, (self._start + start) * width)
        if len(data) != count:
            raise InputError(f"{self.path}: ends before id {self._start + stop}. Was it cut while in use?")
        return np.frombuffer(data, self._type).astype(np.int32)

    def view(self, start: int, stop: int) -> "TokenFile":
        """A part of the row, read from the same file; it must lie within this one."""
        if not 0 <= start <= stop <= len(self):
            raise InputError(f"{self.path}: this row holds {len(self)} ids. Received: a view {start}:{stop}.")
        return TokenFile(self.path, self.vocabulary_size, self._start + start, self._start + stop)

    def close(self) -> None:
        """Closes the file; the row cannot be read any more."""
        self._file.close()

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()


def _type_for(vocabulary_size: int) -> np.dtype:
    for kind in ("<u1", "<u2", "<i4"):
        if vocabulary_size <= np.iinfo(kind).max + 1:
            return np.dtype(kind)
    raise InputError(f"`vocabulary_size` must be at most {2**31}. Received: vocabulary_size={vocabulary_size}.")
