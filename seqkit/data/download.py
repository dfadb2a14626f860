"""One file over HTTP: taken up again where it was cut, checked against its SHA-256, put in place whole."""

import hashlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException, HTTPMessage, HTTPResponse
from io import BufferedRandom, BufferedReader
from pathlib import Path
from typing import IO
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from seqkit.checks import InputError, check_nonnegative_int
from seqkit.data.progress import Meter, Progress, to_stderr

if sys.platform != "win32":
    import fcntl

__all__ = ["check_file", "download"]

SCHEMES = ("http", "https")
TIMEOUT = 30.0  # seconds without a byte after which a connection counts as cut
PAUSES = (0.5, 1.0, 2.0)  # seconds to wait before each further attempt
CHUNK = 1 << 16  # bytes read at a time


def download(
    url: str,
    target: Path,
    *,
    sha256: str,
    size: int | None,
    progress: Callable[[Progress], None] | None = to_stderr,
) -> None:
    """Fetches `url` into `target`, which is either absent or whole and checked, never in between.

    The bytes go to `target.name + ".part"` beside it. What a cut connection or a killed process leaves there is where
    the next attempt takes up. A `target` that is there already is checked and not fetched again. Several
    processes may ask for one target: one of them downloads, the others wait for it.

    Args:
        url: Address over http or https. A redirect may lead to either, but not from https back to http.
        target: File to make, and its folder with it.
        sha256: SHA-256 of the whole file, in hexadecimal digits.
        size: Length of the whole file in bytes, or `None` where it is unknown. Not a byte more is accepted.
        progress: Is called at the start, at the end and a few times a second between; `None` for silence.

    Raises:
        InputError: if the file cannot be had or is not the expected one; the message says what to put where by hand.

    Example:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder, "hello.txt")
    ...     _ = target.write_text("hello")  # there already, so the network stays untouched
    ...     digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    ...     download("https://example.org/hello.txt", target, sha256=digest, size=5)
    """
    if not url.startswith(("http://", "https://")):
        raise InputError(f"`url` must begin with http:// or https://. Received: url={url!r}.")
    if size is not None:
        check_nonnegative_int("size", size)
    meter = Meter(target.name, size, progress)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if _is_there(target, url, sha256):
            return
        path = target.with_name(target.name + ".part")
        with _alone(path, url, meter) as part:
            if _is_there(target, url, sha256):  # brought by the process this one waited for
                return
            try:
                _receive(url, part, size, meter)
            except _Unavailable as error:
                raise InputError(f"{error}. Fetch {url} by other means and save it as {target}.") from error
            received = _digest(part)
            if received != sha256.lower():
                _empty(part)
                raise InputError(
                    f"{url} is not the expected file. Expected: SHA-256 {sha256}. Received: SHA-256 {received}. "
                    f"What was received is removed: run again for a fresh copy, or save the right file as {target}."
                )
            os.fsync(part.fileno())  # the name must not reach the disk before the bytes do
            os.replace(path, target)
    except OSError as error:  # of the disk: those of the network have become `_Unavailable` before
        raise InputError(
            f"Cannot write {target}: {error.strerror or error}. Make room, make it writable, or choose another place."
        ) from error


def check_file(path: Path, *, url: str, sha256: str) -> None:
    """Checks that `path` is the file that `url` gives.

    Args:
        path: File to read.
        url: Where the right file comes from, for the message.
        sha256: The SHA-256 it must have, in hexadecimal digits.

    Raises:
        InputError: if the file has another SHA-256 or cannot be read.

    Example:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "hello.txt")
    ...     _ = path.write_text("hallo")
    ...     check_file(path, url="https://example.org/hello.txt", sha256=64 * "0")
    Traceback (most recent call last):
    ...
    seqkit.checks.InputError: ...hello.txt is not the expected file. Expected: SHA-256 0000... Received: SHA-256 d375...
    """
    try:
        with path.open("rb") as file:
            received = _digest(file)
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror}. Move it away, or make it readable.") from error
    if received != sha256.lower():
        raise InputError(
            f"{path} is not the expected file. Expected: SHA-256 {sha256}. Received: SHA-256 {received}. "
            f"Move it away, or put the file from {url} in its place."
        )


class _Unavailable(Exception):
    """The network or the server does not give the file; the message begins the one for the user."""


class _Cut(_Unavailable):
    """The connection failed or ended early: another attempt may take up where this one stopped."""


class _RangeRefused(_Unavailable):
    """The server has nothing at the byte where we want to go on."""


class _Redirects(HTTPRedirectHandler):
    """Follows redirects to http and https only, and never gives up encryption on the way."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        scheme = urlsplit(newurl).scheme
        if scheme not in SCHEMES or (scheme == "http" and urlsplit(req.full_url).scheme == "https"):
            raise HTTPError(newurl, code, f"{msg} - redirection to {newurl!r} is not allowed", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@contextmanager
def _alone(path: Path, url: str, meter: Meter) -> Iterator[BufferedRandom]:
    """Opens `path` at its end, for one process at a time, and removes it afterwards if it is empty.

    The lock lies on the part file itself and belongs to the kernel: it ends with its process, however that ends, and
    leaves no lock file behind. Only its holder may rename or remove the file, so whoever was waiting meanwhile may
    find in hand a file that no longer has the name, and opens anew.
    """
    if sys.platform == "win32":  # no flock, and an open file cannot be renamed
        raise InputError(f"seqkit does not download on Windows. Fetch {url} and save it as {path.with_suffix('')}.")
    while True:
        with path.open("a+b") as part:
            try:
                fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                meter.show("waiting", 0)
                fcntl.flock(part, fcntl.LOCK_EX)
            if not _is_named(part, path):
                continue
            part.seek(0, os.SEEK_END)  # the end as it is now, not as it was before the wait
            try:
                yield part
            finally:
                if part.seek(0, os.SEEK_END) == 0 and _is_named(part, path):
                    path.unlink()
            return


def _receive(url: str, part: BufferedRandom, size: int | None, meter: Meter) -> None:
    """Appends to `part` what it lacks, over several connections if they are cut."""
    begin = part.tell()
    meter.show("start", begin)
    try:
        for pause in (*PAUSES, None):
            try:
                return _stream(url, part, size, meter)
            except _Cut:
                # Where not one byte has come, the host is out of reach: waiting would only delay the news.
                if pause is None or part.tell() == begin:
                    raise
                time.sleep(pause)
    finally:
        meter.show("end", part.tell())


def _stream(url: str, part: BufferedRandom, size: int | None, meter: Meter) -> None:
    """Appends to `part` what it lacks, over one connection."""
    if part.tell() == size:
        return
    response, start = _connect(url, part.tell())
    with response:
        total = size if response.length is None else start + response.length
        if size is not None and total != size:  # a login page, or another edition: do not even begin
            raise _Unavailable(f"{url} offers {total} bytes where {size} were expected")
        meter.total = total
        if start == 0:
            _empty(part)
        for chunk in _chunks(url, response):
            part.write(chunk)
            if size is not None and part.tell() > size:
                _empty(part)
                raise _Unavailable(f"{url} gives more than the {size} bytes that were expected")
            meter.show("running", part.tell())
    if total is not None and part.tell() < total:
        raise _Cut(f"The connection to {url} ended after {part.tell()} of {total} bytes")


def _connect(url: str, offset: int) -> tuple[HTTPResponse, int]:
    """Opens `url` at byte `offset`, or at byte 0 if the server does not go on from there; says which of the two."""
    if offset:
        with suppress(_RangeRefused):
            response = _open(Request(url, headers={"Range": f"bytes={offset}-"}))
            if response.status != 206:  # no ranges here: this is the whole file
                return response, 0
            if _is_the_rest(response, offset):
                return response, offset
            response.close()
    return _open(Request(url)), 0


def _is_the_rest(response: HTTPResponse, offset: int) -> bool:
    """Whether a partial answer runs from `offset` to the end of the file."""
    found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", response.headers.get("Content-Range", ""))
    if found is None or int(found[1]) != offset:
        return False
    return found[3] == "*" or int(found[2]) + 1 == int(found[3])


def _open(request: Request) -> HTTPResponse:
    url = request.full_url
    try:
        response: HTTPResponse = build_opener(_Redirects).open(request, timeout=TIMEOUT)
    except HTTPError as error:
        error.close()
        refusal = _RangeRefused if error.code == 416 else _Unavailable
        raise refusal(f"The server does not give {url}. It answered: {error.code} {error.reason}") from error
    except (OSError, HTTPException, ValueError) as error:  # the last where a redirect leads to no address at all
        raise _Cut(f"Cannot reach {url}: {getattr(error, 'reason', error)}") from error
    return response


def _chunks(url: str, response: HTTPResponse) -> Iterator[bytes]:
    """Yields the body as it arrives: `read` would hold back, and on a cut lose, up to a chunk of it."""
    while True:
        try:
            chunk = response.read1(CHUNK)
        except (OSError, HTTPException) as error:
            raise _Cut(f"The connection to {url} was cut: {error}") from error
        if not chunk:
            return
        yield chunk


def _is_there(target: Path, url: str, sha256: str) -> bool:
    """Whether `target` exists. A different file in its place is refused, not overwritten."""
    if target.exists():
        check_file(target, url=url, sha256=sha256)
        return True
    return False


def _is_named(file: BufferedRandom, path: Path) -> bool:
    """Whether `path` still leads to the open `file`."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _empty(part: BufferedRandom) -> None:
    part.seek(0)
    part.truncate()


def _digest(file: BufferedRandom | BufferedReader) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()
