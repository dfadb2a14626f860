"""A text larger than memory: what the process holds does not grow with the file.

Each run is a process of its own, because memory once taken is seldom given back. Its peak is `VmHWM`, which counts
from the start of the program; `ru_maxrss` would also count the process that started it. The baseline is taken after
the imports and one small warm-up, so that what is measured is the text alone.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="/proc/self/status tells the peak")

PROGRAM = r"""
import collections, json, os, sys, tempfile, time
from pathlib import Path

import numpy as np

import seqkit.text
from seqkit.data import RandomWindows, SequentialWindows, TokenFile

folder, size, chunk, random_batches, dataset_batches = Path(sys.argv[1]), *map(int, sys.argv[2:])
LINE = np.frombuffer("To be, or not to be: that is the quéstion.\n".encode(), dtype=np.uint8)
tokenizer = seqkit.text.CharTokenizer()
seconds = {}


def status(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / 1024  # MB
    raise KeyError(name)


def generate(path, size):
    "Random small letters, every 4096 bytes a line of text: nothing that a file system or a reader could guess."
    rng, written = np.random.default_rng(0), 0
    with open(path, "wb") as file:
        while written < size:
            block = rng.integers(97, 123, min(1 << 20, size - written), dtype=np.uint8)
            for start in range(0, len(block) - len(LINE), 4096):
                block[start : start + len(LINE)] = LINE
            written += file.write(block.tobytes())


def encode(path, target):
    vocabulary = seqkit.text.Vocabulary.build("abcdefghijklmnopqrstuvwxyzTé,.: \n")
    chunks = seqkit.text.stream_text(path, chunk)
    pieces = (vocabulary.encode(tokens) for tokens in seqkit.text.split_stream(chunks, tokenizer))
    return TokenFile.write(target, pieces, vocabulary_size=len(vocabulary)), vocabulary


def read(tokens):
    "Some batches of random windows from places all over the epochs, then the whole corpus in order, once."
    rng, sums = np.random.default_rng(1), collections.Counter()
    windows = RandomWindows(tokens, window=100, batch=32, seed=0)
    for _ in range(random_batches):
        ids, targets = windows.batch_at(int(rng.integers(1000)), int(rng.integers(windows.steps_per_epoch)))
        sums["random"] += int((targets != -1).sum())
    if dataset_batches:
        start = windows.steps_per_epoch // 2
        for ids, targets in windows.dataset(5, epoch=3, position=start).take(dataset_batches):
            sums["dataset"] += int(np.sum(targets.numpy() != -1))
    for inputs, targets in SequentialWindows(tokens, window=512, streams=64).batches():
        sums["sequential"] += int((targets != -1).sum())
        sums["checksum"] += int(targets[targets != -1].sum())
    return sums


def timed(name, function, *arguments):
    start = time.monotonic()
    result = function(*arguments)
    seconds[name] = round(time.monotonic() - start, 1)
    return result


generate(folder / "small.txt", 1 << 16)
read(encode(folder / "small.txt", folder / "small.bin")[0])
timed("generate", generate, folder / "text.txt", size)
before = status("VmRSS")
tokens, vocabulary = timed("encode", encode, folder / "text.txt", folder / "ids.bin")
sums = timed("read", read, tokens)
grown = status("VmHWM") - before
# The same sum in another way, byte by byte: `é` is two bytes and one token.
counts = np.zeros(256, dtype=np.int64)
for start in range(0, size, 1 << 20):
    with open(folder / "text.txt", "rb") as file:
        file.seek(start)
        counts += np.bincount(np.frombuffer(file.read(1 << 20), dtype=np.uint8), minlength=256)
ids = dict(zip(vocabulary.tokens, range(len(vocabulary))))
expected = sum(int(counts[ord(c)]) * ids[c] for c in ids if len(c) == 1 and c != "é") + int(counts[0xC3]) * ids["é"]
print(json.dumps({
    "baseline_mb": round(before, 1), "grown_mb": round(grown, 1), "file_mb": round(size / 2**20, 1),
    "tokens": len(tokens), "characters": size - int(counts[0xC3]), "first": int(tokens[:1][0]),
    "expected_checksum": expected, "seconds": seconds, **sums,
}))
"""


def measure(folder, **numbers):
    arguments = [str(numbers[name]) for name in ("size", "chunk", "random_batches", "dataset_batches")]
    try:
        result = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(folder), *arguments], capture_output=True, text=True, check=False
        )
    finally:
        for path in folder.iterdir():  # pytest would keep them
            path.unlink()
    assert result.returncode == 0, result.stderr[-3000:]
    return json.loads(result.stdout.splitlines()[-1])


def check_all_was_read(found):
    """The memory of a process that read nothing would be flat as well."""
    assert found["tokens"] == found["characters"]
    assert found["sequential"] == found["tokens"] - 1
    assert found["checksum"] == found["expected_checksum"] - found["first"]


def test_memory_stays_far_below_the_size_of_the_file(tmp_path):
    found = measure(tmp_path, size=16 << 20, chunk=1 << 14, random_batches=200, dataset_batches=0)
    check_all_was_read(found)
    assert found["random"] > 0.99 * 200 * 32 * 100
    assert found["grown_mb"] < found["file_mb"] / 3


@pytest.mark.slow
def test_a_gigabyte_of_text_takes_no_more_memory_than_a_little(tmp_path):
    found = measure(tmp_path, size=10**9, chunk=1 << 20, random_batches=3000, dataset_batches=2000)
    print(json.dumps(found, indent=1))
    check_all_was_read(found)
    assert found["random"] > 0.99 * 3000 * 32 * 100
    assert found["dataset"] > 0.99 * 2000 * 32 * 100
    assert found["grown_mb"] < 150
