"""What holds for every tokenizer, on any text."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqkit.checks import InputError
from seqkit.text import ByteTokenizer, CharTokenizer, WordTokenizer, tokenizer_from_config

TOKENIZERS = (CharTokenizer(), ByteTokenizer(), WordTokenizer(), WordTokenizer(punctuation=False))

# The characters that break tokenizers: apostrophes, marks, joiners, every kind of whitespace, astral planes, NUL.
NASTY = "ab1_'\u2019-, \t\n\r\x1c\x85\xa0\u2028\u3000\x00\u0301\u093f\u200d\ufe0f\ufeffé日😀"
texts = st.text() | st.text(NASTY)
tokenizers = st.sampled_from(TOKENIZERS)
unhurried = settings(deadline=None)  # a busy machine is no failure


def without_whitespace(text):
    return "".join(character for character in text if not character.isspace())


@unhurried
@given(texts)
def test_join_undoes_split_of_characters_and_bytes(text):
    assert CharTokenizer().join(CharTokenizer().split(text)) == text
    assert ByteTokenizer().join(ByteTokenizer().split(text)) == text


@unhurried
@given(texts, st.booleans())
def test_join_undoes_split_of_words_up_to_whitespace(text, punctuation):
    tokenizer = WordTokenizer(punctuation)
    tokens = tokenizer.split(text)
    assert without_whitespace("".join(tokens)) == "".join(tokens) == without_whitespace(text)
    assert tokenizer.split(tokenizer.join(tokens)) == tokens


@unhurried
@given(texts, st.sampled_from((*TOKENIZERS, WordTokenizer(newlines=True))))
def test_pieces_together_are_what_is_joined(text, tokenizer):
    tokens = tokenizer.split(text)
    pieces = list(tokenizer.pieces(iter(tokens)))
    assert "".join(pieces) == tokenizer.join(tokens)
    assert len(tokens) <= len(pieces) <= len(tokens) + 1


def test_a_piece_comes_before_the_next_token_is_asked_for():
    for tokenizer in TOKENIZERS:
        tokens = iter(["a", "b"])
        assert next(tokenizer.pieces(tokens)) == "a"
        assert next(tokens) == "b"


@given(st.binary())
def test_bytes_that_spell_no_character_come_out_as_when_joined(data):
    tokens = [chr(byte) for byte in data]
    assert "".join(ByteTokenizer().pieces(tokens)) == ByteTokenizer().join(tokens)


@unhurried
@given(texts, st.sampled_from([t for t in TOKENIZERS if t.level != "byte"]))
def test_the_slices_at_the_spans_are_the_tokens(text, tokenizer):
    assert [text[start:end] for start, end in tokenizer.spans(text)] == tokenizer.split(text)


@unhurried
@given(texts)
def test_the_bytes_of_a_character_carry_its_span(text):
    tokenizer = ByteTokenizer()
    spans, tokens = tokenizer.spans(text), tokenizer.split(text)
    assert len(spans) == len(tokens)
    for position, character in enumerate(text):
        its = [token for token, span in zip(tokens, spans, strict=True) if span == (position, position + 1)]
        assert tokenizer.join(its) == character


@unhurried
@given(texts, texts, texts, tokenizers)
def test_a_cut_changes_no_token_whatever_stands_around_it(before, text, after, tokenizer):
    cut = tokenizer.cut(text)
    assert 0 <= cut <= len(text)
    if cut:  # 0 says: no such place
        left, right = before + text[:cut], text[cut:] + after
        assert tokenizer.split(left) + tokenizer.split(right) == tokenizer.split(before + text + after)


@unhurried
@given(texts, tokenizers)
def test_what_a_cut_holds_back_is_one_unfinished_word_at_most(text, tokenizer):
    held = text[tokenizer.cut(text) :]
    assert not held or (tokenizer.level == "word" and held.split() == [held])


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=str)
def test_a_config_survives_json_and_gives_an_equal_tokenizer(tokenizer):
    restored = tokenizer_from_config(json.loads(json.dumps(tokenizer.get_config())))
    assert restored == tokenizer
    assert hash(restored) == hash(tokenizer)


def test_tokenizers_with_other_arguments_differ():
    assert len(set(TOKENIZERS)) == len(TOKENIZERS)


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=str)
@pytest.mark.parametrize("method", ["split", "spans", "cut"])
@pytest.mark.parametrize("text", [b"bytes", ["a", "list"], None])
def test_what_is_no_string_is_refused_instead_of_split(tokenizer, method, text):
    with pytest.raises(InputError, match=f"`text` must be one string. Received: {type(text).__name__}"):
        getattr(tokenizer, method)(text)


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=str)
def test_joining_ids_is_refused_naming_the_first(tokenizer):
    with pytest.raises(InputError, match="Received: 7 at position 1"):
        tokenizer.join(iter(["a", 7]))


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=str)
def test_ids_in_place_of_tokens_are_refused_piece_by_piece(tokenizer):
    with pytest.raises(InputError, match="Received: 7 at position 1"):
        list(tokenizer.pieces(iter(["a", 7])))
