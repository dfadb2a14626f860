"""Counted n-grams on disk."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np

from seqkit.baselines.ngram_counts import MOST_TOKENS, NGramCounts
from seqkit.checks import InputError
from seqkit.files import write_atomically

_MOST_CODE = 1 << 62  # so that nothing that is computed from one runs over


def write_counts(path: str | os.PathLike[str], counts: NGramCounts) -> None:
    """Writes an archive of arrays: codes as their steps, since they are sorted, and all in the smallest integers."""
    arrays = {"sizes": np.array([counts.vocabulary_size, counts.order, counts.tokens], np.uint64)}
    for n, (codes, number) in enumerate(zip(counts.codes, counts.counts, strict=True), start=1):
        if n > 1:  # those of one token are all there are
            arrays[f"steps_{n}"] = _small(np.diff(codes, prepend=0))
        arrays[f"counts_{n}"] = _small(number)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    write_atomically(path, buffer.getvalue())


def read_counts(path: str | os.PathLike[str]) -> NGramCounts:
    """Reads what `write_counts` wrote, and trusts nothing in it.

    Raises:
        InputError: naming the file, if it is missing, damaged, or holds anything else.
    """
    path = Path(path)
    try:
        arrays = _arrays(path)
        found = _counts(arrays)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}). Give the path of saved n-grams.") from error
    except (ValueError, KeyError, EOFError, NotImplementedError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: holds no n-grams of seqkit, or is damaged: {error}.") from error
    return found


def _small(values: np.ndarray) -> np.ndarray:
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


def _arrays(path: Path) -> dict[str, np.ndarray]:
    with zipfile.ZipFile(path) as archive:
        # Nothing is compressed in it. What unpacks to more than the file holds was not written here.
        members = archive.infolist()
        if sum(member.file_size for member in members) > path.stat().st_size:
            raise ValueError("it unpacks to more than its own size")
        return {member.filename.removesuffix(".npy"): _array(io.BytesIO(archive.read(member))) for member in members}


def _array(file: io.BytesIO) -> np.ndarray:
    """One array; what NumPy would unpickle, or make room for unseen, is refused."""
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("an array of an unknown format")
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    if len(shape) != 1 or dtype.kind != "u":
        raise ValueError("something that is no row of whole numbers")
    data = file.read()
    if len(data) != shape[0] * dtype.itemsize:
        raise ValueError(f"{len(data)} bytes for {shape[0]} numbers")
    return np.frombuffer(data, dtype)


def _counts(arrays: dict[str, np.ndarray]) -> NGramCounts:
    if arrays["sizes"].shape != (3,):
        raise ValueError("sizes are not three numbers")
    vocabulary_size, order, tokens = (int(size) for size in arrays["sizes"])
    lengths = min(order, max(tokens, 1))
    if not 1 <= order <= MOST_TOKENS or not 1 <= vocabulary_size < _MOST_CODE:
        raise ValueError(f"an order of {order} and a vocabulary of {vocabulary_size}")
    names = {"sizes", *(f"counts_{n}" for n in range(1, lengths + 1)), *(f"steps_{n}" for n in range(2, lengths + 1))}
    if set(arrays) != names:
        raise ValueError(f"it holds {', '.join(sorted(arrays))}")
    if len(arrays["counts_1"]) != vocabulary_size:
        raise ValueError(f"{len(arrays['counts_1'])} counts for a vocabulary of {vocabulary_size}")
    codes, counts = [np.arange(vocabulary_size)], [_whole(arrays["counts_1"])]
    for n in range(2, lengths + 1):
        steps, number = arrays[f"steps_{n}"], _whole(arrays[f"counts_{n}"])
        most = len(codes[-1]) * vocabulary_size  # codes of this length lie below it
        # In floating point, which cannot run over; it is exact enough to tell what is far too large.
        if len(steps) != len(number) or most > _MOST_CODE or steps.sum(dtype=np.float64) > 2 * most:
            raise ValueError(f"{len(steps)} n-grams of {n} tokens do not fit")
        known = np.cumsum(steps, dtype=np.int64)
        if len(steps) and (not steps[1:].all() or known[-1] >= most or not number.all()):
            raise ValueError(f"n-grams of {n} tokens are out of order")
        codes.append(known)
        counts.append(number)
    return NGramCounts(vocabulary_size, order, tokens, tuple(codes), tuple(counts))


def _whole(values: np.ndarray) -> np.ndarray:
    if values.max(initial=0) >= _MOST_CODE or values.sum(dtype=np.float64) >= _MOST_CODE:
        raise ValueError("a count too large to be one")
    return values.astype(np.int64)
