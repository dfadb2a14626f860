"""Files and streams of text."""

import itertools
import re
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqkit.checks import InputError
from seqkit.text import ByteTokenizer, CharTokenizer, WordTokenizer, read_text, split_stream, stream_text

NASTY = "ab'\u2019, \t\n\r\x85\u2028\u0301\ufeffé日😀"
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")) | st.text(NASTY)
chunk_sizes = st.integers(1, 9)
unhurried = settings(deadline=None)  # files are slow on a busy machine


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("reading") / "corpus.txt"


# Reading


@unhurried
@given(text=texts.filter(lambda text: text.removeprefix("\ufeff")), chunk=chunk_sizes)
def test_a_file_is_read_exactly_but_for_its_byte_order_mark(file, text, chunk):
    file.write_bytes(text.encode())
    assert read_text(file) == text.removeprefix("\ufeff")
    pieces = list(stream_text(file, chunk))
    assert "".join(pieces) == text.removeprefix("\ufeff")
    assert all(0 < len(piece) <= chunk for piece in pieces)


@unhurried
@given(texts, st.binary(max_size=3), st.integers(0, 60), chunk_sizes)
def test_a_bad_byte_is_named_with_its_offset_in_the_file(file, text, noise, place, chunk):
    data = text.encode()
    data = data[:place] + noise + data[place:]
    file.write_bytes(data)
    try:
        data.decode()  # Python's decoder for whole strings is the oracle
        fault, before = None, data
    except UnicodeDecodeError as error:
        fault, before = f"byte {error.start}: 0x{data[error.start]:02x} is not valid UTF-8", data[: error.start]
    if b"\0" in before:
        fault = f"byte {before.index(0)}: a NUL; this looks like a binary file"
    if data in (b"", b"\xef\xbb\xbf"):
        fault = "the file is empty"
    for read in (read_text, lambda path: "".join(stream_text(path, chunk))):
        if fault is None:
            assert read(file) == data.decode().removeprefix("\ufeff")
        else:
            with pytest.raises(InputError, match=re.escape(fault)) as refusal:
                read(file)
            assert str(refusal.value).startswith(str(file))


@pytest.mark.parametrize("chunk", range(1, 8))
def test_a_character_cut_off_by_the_end_of_the_file_is_named(file, chunk):
    file.write_bytes("ab\u65e5\U0001f600".encode()[:-1])
    with pytest.raises(InputError, match="byte 5: 0xf0 is not valid UTF-8"):
        list(stream_text(file, chunk))


@pytest.mark.parametrize("chunk", range(1, 8))
def test_of_two_faults_the_first_is_named_whatever_the_chunk(file, chunk):
    file.write_bytes(b"ab\xe2\0\xff")  # an unfinished character, then a NUL
    with pytest.raises(InputError, match="byte 2: 0xe2"):
        list(stream_text(file, chunk))
    file.write_bytes(b"ab\0\xff")
    with pytest.raises(InputError, match="byte 2: a NUL"):
        list(stream_text(file, chunk))


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(file, content):
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"corpus\.txt: the file is empty"):
        read_text(file)


@pytest.mark.parametrize("name", ["missing.txt", ".", "nul\0"])
def test_what_cannot_be_opened_is_named(tmp_path, name):
    with pytest.raises(InputError, match="cannot be read"):
        read_text(tmp_path / name)


@pytest.mark.parametrize("chunk", [0, -1, 1.5])
def test_a_chunk_that_is_no_size_is_refused_at_once(file, chunk):
    with pytest.raises(InputError, match="`chunk` must be"):
        stream_text(file, chunk)


def test_a_file_is_streamed_in_bounded_memory(file):
    file.write_bytes(b"to be or not to be, that is the question.\n" * 25_000)  # 1 MB
    tracemalloc.start()
    try:
        tokens = sum(map(len, split_stream(stream_text(file, chunk=1 << 12), WordTokenizer(punctuation=False))))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert tokens == 25_000 * 10
    assert peak < 1 << 18


# Splitting a stream


@unhurried
@given(
    st.lists(st.text() | st.text(NASTY)),
    st.sampled_from([CharTokenizer(), ByteTokenizer(), WordTokenizer(), WordTokenizer(punctuation=False)]),
)
def test_a_stream_splits_into_the_tokens_of_the_whole(chunks, tokenizer):
    lists = list(split_stream(iter(chunks), tokenizer))
    assert list(itertools.chain.from_iterable(lists)) == tokenizer.split("".join(chunks))


def test_tokens_come_as_soon_as_they_are_sure():
    def endless():
        yield "one two th"
        raise AssertionError("read on before it gave what it had")

    assert next(split_stream(endless(), WordTokenizer())) == ["one", "two"]


def test_a_text_without_any_place_to_cut_is_looked_at_once():
    looked_at = []

    class Watched(WordTokenizer):
        def cut(self, text):
            looked_at.append(len(text))
            return super().cut(text)

    assert list(split_stream(["x" * 10] * 300, Watched())) == [["x" * 3000]]
    assert sum(looked_at) == 3000
