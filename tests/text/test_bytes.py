"""Text as bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqkit.checks import InputError
from seqkit.text import ByteTokenizer


@given(st.text())
def test_tokens_spell_the_bytes_of_utf8(text):
    assert [ord(token) for token in ByteTokenizer().split(text)] == list(text.encode())


@given(st.binary())
def test_any_bytes_join_and_invalid_ones_become_the_replacement_character(data):
    assert ByteTokenizer().join(map(chr, data)) == data.decode("utf-8", errors="replace")


def test_a_character_cut_short_becomes_one_replacement_character():
    assert ByteTokenizer().join(ByteTokenizer().split("h\u00e9")[:-1]) == "h\ufffd"


@pytest.mark.parametrize("method", ["split", "spans"])
def test_a_lone_surrogate_is_refused_naming_its_position(method):
    with pytest.raises(InputError, match=r"lone surrogate '\\udc80' at position 2"):
        getattr(ByteTokenizer(), method)("ab\udc80c")


def test_joining_tokens_of_another_level_is_refused():
    with pytest.raises(InputError, match="Received: '\u20ac'"):
        ByteTokenizer().join(["a", "\u20ac"])
