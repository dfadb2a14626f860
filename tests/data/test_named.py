"""Where `locate` looks, what it refuses, and that the cards tell the same as the table."""

import functools
import hashlib
import http.server
import os
import re
import threading
from pathlib import Path

import pytest

from seqkit.checks import InputError
from seqkit.data.named import NAMES, SOURCES, Source, SourceFile, locate

CARDS = Path(__file__).parents[2] / "datasets"
CORPORA = os.environ.get("SEQKIT_DATA")  # read before `home` hides it from the tests
TEXTS = {"train.txt": b"one two three", "test.txt": b"two"}


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home of the test's own, so that no test sees or fills the user's cache."""
    monkeypatch.delenv("SEQKIT_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path


@pytest.fixture
def publish(monkeypatch):
    """Makes `toy` a known data set that lies at the address given."""

    def at(address):
        files = tuple(
            SourceFile(name, f"{address}/{name}", hashlib.sha256(text).hexdigest(), len(text))
            for name, text in TEXTS.items()
        )
        monkeypatch.setitem(SOURCES, "toy", Source("toy", files))

    return at


@pytest.fixture
def online(home, publish):
    """`toy` on a server; yields the folder that it serves."""
    folder = fill(home / "server")
    handler = functools.partial(Quiet, directory=folder)
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as server:
        publish(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield folder
        server.shutdown()
        thread.join()


@pytest.fixture
def offline(publish):
    """`toy` at a port where nobody listens."""
    publish("http://127.0.0.1:9")


def fill(folder, texts=TEXTS):
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / name).write_bytes(text)
    return folder


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_downloads_into_the_cache_once(home, online):
    folder = locate("toy")
    assert folder == home / "cache" / "seqkit" / "toy"
    assert contents(folder) == TEXTS
    for name in TEXTS:
        (online / name).unlink()
    assert locate("toy") == folder  # from the cache: the server has nothing left


def test_cache_in_the_home_folder(home, online, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert locate("toy") == home / "home" / ".cache" / "seqkit" / "toy"


def test_own_folder_comes_before_the_cache(home, offline, monkeypatch):
    cached = fill(home / "cache" / "seqkit" / "toy")
    assert locate("toy") == cached
    monkeypatch.setenv("SEQKIT_DATA", str(home / "mine"))
    (home / "mine").mkdir()
    assert locate("toy") == cached  # the folder exists, but holds no `toy`
    own = fill(home / "mine" / "toy")
    assert locate("toy") == own


def test_cache_is_completed(home, online):
    fill(home / "cache" / "seqkit" / "toy", {"test.txt": TEXTS["test.txt"]})
    assert contents(locate("toy")) == TEXTS


@pytest.mark.parametrize("place", ["mine/toy", "cache/seqkit/toy"])
def test_other_file_is_refused_by_name(home, online, monkeypatch, place):
    folder = fill(home / place, TEXTS | {"test.txt": b"three"})
    (home / "mine").mkdir(exist_ok=True)
    monkeypatch.setenv("SEQKIT_DATA", str(home / "mine"))
    with pytest.raises(InputError) as caught:
        locate("toy")
    assert f"{folder / 'test.txt'} is not the expected file" in str(caught.value)
    for text in (TEXTS["test.txt"], b"three"):  # expected and received
        assert hashlib.sha256(text).hexdigest() in str(caught.value)
    assert contents(folder)["test.txt"] == b"three"


def test_missing_file_in_own_folder_is_named(home, online, monkeypatch):
    folder = fill(home / "mine" / "toy", {"train.txt": TEXTS["train.txt"]})
    monkeypatch.setenv("SEQKIT_DATA", str(home / "mine"))
    with pytest.raises(InputError, match=re.escape(f"{folder / 'test.txt'} is missing. Put the file from http://")):
        locate("toy")


def test_own_folder_that_is_not_there(home, online, monkeypatch):
    monkeypatch.setenv("SEQKIT_DATA", str(home / "typo"))
    with pytest.raises(InputError, match=r"SEQKIT_DATA must name a folder\. Received: SEQKIT_DATA='.*typo'"):
        locate("toy")


def test_offline_says_what_to_put_where(home, offline):
    with pytest.raises(InputError, match="Cannot reach") as caught:
        locate("toy")
    assert str(caught.value).splitlines()[1:] == [
        f"Without a network, put these files into {home / 'cache/seqkit/toy'} or into the folder toy of SEQKIT_DATA:",
        "  train.txt  (13 bytes)  http://127.0.0.1:9/train.txt",
        "  test.txt  (3 bytes)  http://127.0.0.1:9/test.txt",
    ]


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("tinyshakespear", " Did you mean 'tinyshakespeare'?"),
        ("PTB", " Did you mean 'ptb'?"),
        ("../ptb", " Did you mean 'ptb'?"),
        ("wikitext", ""),
    ],
)
def test_unknown_name(name, guess):
    with pytest.raises(InputError) as caught:
        locate(name)
    assert str(caught.value) == (
        "Unknown data set. Expected: one of 'tinyshakespeare', 'ptb', or a path to data of your own. "
        f"Received: {name!r}.{guess}"
    )


def card(name):
    return (CARDS / name / "card.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_card_tells_the_same_as_the_table(name):
    rows = re.findall(r"\| \[`(.+)`\]\((.+)\) \| (\d+) \| `([0-9a-f]{64})` \|", card(name))
    table = [(file.name, file.url, str(file.size), file.sha256) for file in SOURCES[name].files]
    assert rows == table


@pytest.fixture
def real(monkeypatch):
    """Locates a real corpus in the user's own `SEQKIT_DATA`, or skips the test."""

    def find(name):
        if not CORPORA:
            pytest.skip("SEQKIT_DATA is not set")
        if not Path(CORPORA, name).is_dir():
            pytest.skip(f"no folder {name} under SEQKIT_DATA={CORPORA}")
        monkeypatch.setenv("SEQKIT_DATA", CORPORA)
        return locate(name)

    return find


@pytest.mark.data
@pytest.mark.parametrize("name", NAMES)
def test_real_files_have_their_size(real, name):
    folder = real(name)
    assert folder == Path(CORPORA, name)
    for file in SOURCES[name].files:
        assert (folder / file.name).stat().st_size == file.size


@pytest.mark.data
def test_counts_on_the_card_of_tinyshakespeare(real):
    text = (real("tinyshakespeare") / "input.txt").read_text(encoding="utf-8")
    cut = int(0.9 * len(text))
    for part, piece in (("train", text[:cut]), ("validation", text[cut:]), ("whole", text)):
        row = f"| {part} | {len(piece)} | {len(set(piece))} | {piece.count(chr(10))} |"
        assert row in card("tinyshakespeare")
    words, empty = text.split(), text.splitlines().count("")
    assert f"{len(words)} words, {len(set(words))} of them distinct" in card("tinyshakespeare")
    assert f"empty lines ({empty})" in card("tinyshakespeare")
    assert (text.count("3"), text.count("$")) == (27, 1)


@pytest.mark.data
@pytest.mark.parametrize("part", ["train", "valid", "test"])
def test_counts_on_the_card_of_ptb(real, part):
    lines = (real("ptb") / f"ptb.{part}.txt").read_text(encoding="utf-8").splitlines()
    tokens = [token for line in lines for token in (*line.split(), "<eos>")]
    characters = "\n".join(line.strip() for line in lines)
    counts = (len(lines), len(tokens), len(set(tokens)), tokens.count("<unk>"), len(characters), len(set(characters)))
    assert f"| {part} | {' | '.join(map(str, counts))} |" in card("ptb")
