"""Downloads from a local server that misbehaves on demand; the oracle is what it sent and what lies on disk."""

import email.message
import hashlib
import http.server
import importlib
import io
import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.request import Request

import pytest

from seqkit.checks import InputError
from seqkit.data.download import Progress, download, to_stderr

room = importlib.import_module("seqkit.data.download")  # in the package, this name may well be the function

CONTENT = random.Random(0).randbytes(300_000)
SIZE = len(CONTENT)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Pages(http.server.BaseHTTPRequestHandler):
    """One page a method. `/cut/2` goes wrong the first two times it is asked for, and is `/file` from then on."""

    def do_GET(self):
        page, _, faults = self.path.strip("/").partition("/")
        self.server.requests.append((self.path, self.headers["Range"]))
        if faults and len(self.server.requests) > int(faults):
            page = "file"
        getattr(self, page)()

    def head(self, code, **fields):
        self.send_response(code)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def body(self, data):
        self.wfile.write(data)
        self.server.sent += len(data)

    def begin(self):
        """Sends the head that the request deserves and returns the bytes to follow it."""
        if self.headers["Range"] is None:
            self.head(200, Content_Length=SIZE)
            return CONTENT
        start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        if start >= SIZE:
            self.head(416, Content_Range=f"bytes */{SIZE}")
            return b""
        self.head(206, Content_Length=SIZE - start, Content_Range=f"bytes {start}-{SIZE - 1}/{SIZE}")
        return CONTENT[start:]

    def file(self):
        self.body(self.begin())

    def slow(self):
        data = self.begin()
        for start in range(0, len(data), 30_000):
            self.body(data[start : start + 30_000])
            time.sleep(0.02)

    def spoilt(self):
        self.head(200, Content_Length=SIZE)
        self.body(CONTENT[:-1])
        time.sleep(0.2)
        self.body(b"x")

    def whole_only(self):  # knows no ranges
        self.head(200, Content_Length=SIZE)
        self.body(CONTENT)

    def nameless(self):  # neither ranges nor a length
        self.head(200)
        self.body(CONTENT)

    def other_start(self):
        self.partial(0, SIZE)

    def other_end(self):
        self.partial(1000, 2000)

    def partial(self, start, stop):
        if self.headers["Range"]:
            self.head(206, Content_Length=stop - start, Content_Range=f"bytes {start}-{stop - 1}/{SIZE}")
            self.body(CONTENT[start:stop])
        else:
            self.file()

    def cut(self):
        self.body(self.begin()[:100_000])

    def reset(self):
        self.body(self.begin()[:100_000])
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def silent(self):
        self.body(self.begin()[:100_000])
        self.server.lost_patience = not self.server.closing.wait(3)

    def endless(self):
        self.head(200)
        try:
            for _ in range(500):
                self.body(CONTENT)
        except OSError:
            self.server.hung_up.set()

    def login(self):
        self.head(200, Content_Length=5)
        self.body(b"login")

    def missing(self):
        self.send_error(404)

    def moved(self):
        self.head(302, Location="/file")

    def to_file(self):
        self.head(302, Location="file:///etc/hostname")

    def to_data(self):
        self.head(302, Location="data:text/plain,hello")

    def to_ftp(self):
        self.head(302, Location="ftp://127.0.0.1/file")

    def nowhere(self):
        self.head(302, Location="http://[")

    def circle(self):
        self.head(302, Location="/circle")

    def log_message(self, *args):
        pass


class Site(http.server.ThreadingHTTPServer):
    daemon_threads = False  # closing the site joins its threads

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Pages)
        self.requests, self.sent, self.lost_patience = [], 0, False
        self.closing, self.hung_up = threading.Event(), threading.Event()

    def url(self, page):
        return f"http://127.0.0.1:{self.server_port}/{page}"

    def handle_error(self, request, client_address):
        pass  # a client that hangs up is part of the play


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(room, "PAUSES", (0.0, 0.0))
    with Site() as site:
        thread = threading.Thread(target=site.serve_forever, args=(0.01,))
        thread.start()
        yield site
        site.closing.set()
        site.shutdown()
        thread.join()


@pytest.fixture
def target(tmp_path):
    return tmp_path / "cache" / "file.bin"


def part_of(target):
    return target.with_name("file.bin.part")


def leave_part(target, data):
    """As if an earlier run had been cut off."""
    target.parent.mkdir()
    part_of(target).write_bytes(data)


def fetch(url, target, *, sha256=SHA256, size=SIZE, progress=None):
    download(url, target, sha256=sha256, size=size, progress=progress)


def assert_whole(target):
    assert target.read_bytes() == CONTENT
    assert os.listdir(target.parent) == [target.name]  # no part, no lock


def assert_nothing(target):
    assert os.listdir(target.parent) == []


@pytest.mark.parametrize("size", [SIZE, None])
@pytest.mark.parametrize("page", ["file", "whole_only", "nameless", "moved"])
def test_whole_file(site, target, page, size):
    fetch(site.url(page), target, size=size)
    assert_whole(target)
    assert site.sent == SIZE


def test_file_that_is_there_is_not_fetched_again(site, target):
    for _ in range(2):
        fetch(site.url("file"), target)
    assert len(site.requests) == 1


def test_other_file_in_the_place_is_refused_and_kept(site, target):
    target.parent.mkdir()
    target.write_text("my own")
    with pytest.raises(InputError, match=r"file\.bin is not the expected file.*Move it away"):
        fetch(site.url("file"), target)
    assert target.read_text() == "my own"
    assert site.requests == []


@pytest.mark.parametrize("there", [0, 1, 150_000, SIZE - 1, SIZE])
def test_part_is_resumed(site, target, there):
    leave_part(target, CONTENT[:there])
    fetch(site.url("file"), target)
    assert_whole(target)
    assert site.sent == SIZE - there


@pytest.mark.parametrize(("page", "requests"), [("whole_only", 1), ("other_start", 2), ("other_end", 2)])
def test_server_that_does_not_resume_starts_over(site, target, page, requests):
    leave_part(target, CONTENT[:1000])
    fetch(site.url(page), target)
    assert_whole(target)
    assert len(site.requests) == requests


@pytest.mark.parametrize("size", [SIZE, None])
def test_part_that_is_too_long_starts_over(site, target, size):
    leave_part(target, CONTENT + b"more")
    fetch(site.url("file"), target, size=size)  # without a size it is the server that says 416
    assert_whole(target)


@pytest.mark.parametrize("page", ["cut", "reset", "silent"])
def test_cut_connection_is_taken_up_again(site, target, page, monkeypatch):
    monkeypatch.setattr(room, "TIMEOUT", 0.2)
    fetch(site.url(f"{page}/2"), target)
    assert_whole(target)
    assert not site.lost_patience  # it was the client who hung up on the silent server
    if page != "reset":  # which may drop bytes that were under way
        assert [wanted for _, wanted in site.requests] == [None, "bytes=100000-", "bytes=200000-"]
        assert site.sent == SIZE


def test_connection_cut_for_good_keeps_the_part(site, target, monkeypatch):
    monkeypatch.setattr(room, "PAUSES", (0.0,))
    with pytest.raises(InputError, match=r"ended after 200000 of 300000 bytes.*other means and save it as") as caught:
        fetch(site.url("cut/9"), target)
    assert str(target) in str(caught.value)
    assert len(site.requests) == 2
    assert part_of(target).read_bytes() == CONTENT[:200_000]
    fetch(site.url("file"), target)
    assert site.sent == SIZE


def test_attempts_are_bounded(site, target, monkeypatch):
    monkeypatch.setattr(Pages, "cut", lambda page: page.body(page.begin()[:10]))
    with pytest.raises(InputError, match="ended after 30 of"):
        fetch(site.url("cut/99"), target)
    assert len(site.requests) == 1 + len(room.PAUSES)


def test_wrong_checksum_removes_the_part(site, target):
    with pytest.raises(InputError) as caught:
        fetch(site.url("file"), target, sha256=64 * "0")
    for told in (site.url("file"), 64 * "0", SHA256):
        assert told in str(caught.value)
    assert_nothing(target)


def test_spoilt_part_does_not_spoil_the_run_after_it(site, target):
    leave_part(target, b"x" + CONTENT[1:1000])
    with pytest.raises(InputError, match="run again"):
        fetch(site.url("file"), target)
    fetch(site.url("file"), target)
    assert_whole(target)


def test_more_bytes_than_the_size_stop_at_once(site, target):
    with pytest.raises(InputError, match="more than the 300000 bytes"):
        fetch(site.url("endless"), target)
    assert site.hung_up.wait(5)
    assert site.sent < 100 * SIZE  # what the buffers of two sockets hold, out of 500 times the size
    assert_nothing(target)


def test_announced_size_is_refused_before_the_part_is_touched(site, target):
    leave_part(target, CONTENT[:1000])
    with pytest.raises(InputError, match="offers 5 bytes where 300000 were expected"):
        fetch(site.url("login"), target)
    assert part_of(target).read_bytes() == CONTENT[:1000]


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("missing", "404 Not Found"),
        ("to_file", "302 .*file:///etc/hostname.* is not allowed"),
        ("to_data", "302 .*data:text/plain,hello.* is not allowed"),
        ("to_ftp", "302 .*ftp://127.0.0.1/file.* is not allowed"),
        ("circle", "302 .*infinite loop"),
    ],
)
@pytest.mark.parametrize("there", [b"", CONTENT[:7]])
def test_refusals_are_told_and_not_repeated(site, target, page, reason, there):
    leave_part(target, there)
    with pytest.raises(InputError, match=f"(?s)It answered: {reason}.*save it as"):
        fetch(site.url(page), target)
    assert len(site.requests) == 1 or page == "circle"
    assert not target.exists()
    assert part_of(target).exists() == bool(there)


def test_redirect_never_gives_up_encryption():
    answer = (io.BytesIO(), 302, "Found", email.message.Message())
    redirects = room._Redirects()
    assert redirects.redirect_request(Request("http://a.org"), *answer, "https://b.org").full_url == "https://b.org"
    with pytest.raises(HTTPError, match="not allowed") as caught:
        redirects.redirect_request(Request("https://a.org"), *answer, "http://b.org")
    caught.value.close()


def test_redirect_to_no_address(site, target):
    with pytest.raises(InputError, match="Cannot reach"):
        fetch(site.url("nowhere"), target)


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://a.org/b", "data:,hello", "input.txt"])
def test_only_http(url, target):
    with pytest.raises(InputError, match=r"`url` must begin with http:// or https://\. Received: url="):
        fetch(url, target)


def test_offline_is_told_at_once(target, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("waited for a host that is out of reach"))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/file"
    with pytest.raises(InputError, match=r"Cannot reach .*refused.*Fetch http://127.*by other means") as caught:
        fetch(url, target)
    assert str(target) in str(caught.value)
    assert_nothing(target)


def test_place_that_cannot_be_written(site, tmp_path):
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(InputError, match=r"Cannot write .*choose another"):
        fetch(site.url("file"), tmp_path / "cache" / "file.bin")


def test_one_downloads_while_the_others_wait(site, target):
    stages = []
    with ThreadPoolExecutor(4) as pool:
        url, note = site.url("slow"), lambda progress: stages.append(progress.stage)
        for future in [pool.submit(fetch, url, target, progress=note) for _ in range(4)]:
            future.result()
    assert_whole(target)
    assert len(site.requests) == 1
    assert stages.count("start") == stages.count("end") == 1


def test_failure_of_one_does_not_fail_the_one_waiting(site, target):
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(fetch, site.url("spoilt/1"), target) for _ in range(2)]
        failures = [run.exception() for run in runs]
    assert failures.count(None) == 1
    assert "is not the expected file" in str(failures[0] or failures[1])
    assert_whole(target)


HOLDER = """
import fcntl, sys, time
with open(sys.argv[1], "ab", buffering=0) as part:
    fcntl.flock(part, fcntl.LOCK_EX)
    print("locked", flush=True)
    part.write(sys.stdin.buffer.read())
    print("written", flush=True)
    time.sleep(20)
"""


def test_lock_of_a_killed_process_is_lifted_and_its_part_resumed(site, target):
    target.parent.mkdir()
    command = [sys.executable, "-c", HOLDER, str(part_of(target))]
    waiting = threading.Event()
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process,
        ThreadPoolExecutor(1) as pool,
    ):
        assert process.stdout.readline() == b"locked\n"
        future = pool.submit(fetch, site.url("file"), target, progress=lambda _: waiting.set())
        assert waiting.wait(5)
        process.stdin.write(CONTENT[:1000])
        process.stdin.close()
        assert process.stdout.readline() == b"written\n"
        assert site.requests == []
        process.kill()
        future.result()
    assert_whole(target)
    assert site.sent == SIZE - 1000


def test_progress_counts_from_the_part_to_the_whole(site, target):
    leave_part(target, CONTENT[:60_000])
    seen = []
    fetch(site.url("slow"), target, progress=seen.append)
    assert seen[0] == Progress("file.bin", received=60_000, total=SIZE, stage="start")
    assert seen[-1] == Progress("file.bin", received=SIZE, total=SIZE, stage="end")
    received = [progress.received for progress in seen]
    assert received == sorted(received)


@pytest.mark.parametrize(("interval", "reports"), [(0.0, range(7, 100)), (60.0, range(2, 3))])
def test_progress_keeps_its_interval(site, target, monkeypatch, interval, reports):
    monkeypatch.setattr("seqkit.data.progress.INTERVAL", interval)
    seen = []
    fetch(site.url("slow"), target, progress=seen.append)
    assert len(seen) in reports


def test_progress_on_standard_error(capsys, monkeypatch):
    states = [Progress("a.txt", received, 2000, stage) for received, stage in ((0, "start"), (1000, "running"))]
    states.append(Progress("a.txt", 2000, 2000, "end"))
    for state in states:
        to_stderr(state)
    assert capsys.readouterr().err == "a.txt: 0 of 2,000 bytes (0 %)\na.txt: 2,000 of 2,000 bytes (100 %)\n"

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    for state in states:
        to_stderr(state)
    lines = capsys.readouterr().err.split("\r")[1:]
    assert [line.rstrip(" ") for line in lines] == [
        "a.txt: 0 of 2,000 bytes (0 %)",
        "a.txt: 1,000 of 2,000 bytes (50 %)",
        f"{'a.txt: 2,000 of 2,000 bytes (100 %)':<78}\n",
    ]
