"""Where words begin and end."""

import re
import sys
import unicodedata

import pytest

from seqkit.checks import InputError
from seqkit.text import WordTokenizer

EVERY_CHARACTER = [chr(point) for point in range(sys.maxunicode + 1)]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't panic!", ["Don't", "panic", "!"]),
        ("rock'n'roll", ["rock'n'roll"]),
        ("l\u2019\u00e9t\u00e9", ["l\u2019\u00e9t\u00e9"]),
        ("'tis the dogs' own", ["'", "tis", "the", "dogs", "'", "own"]),
        ("a''b", ["a", "'", "'", "b"]),
        ("U.S. $3.50", ["U", ".", "S", ".", "$", "3", ".", "50"]),
        ("snake_case x-ray", ["snake_case", "x", "-", "ray"]),
        ("...", [".", ".", "."]),
        (" \t\n\x85\u2028", []),
    ],
)
def test_words_keep_inner_apostrophes_and_other_characters_stand_alone(text, tokens):
    assert WordTokenizer().split(text) == tokens


@pytest.mark.parametrize(
    "word", ["\u00e9tude", "Vi\u1ec7t", "\u0939\u093f\u0928\u094d\u0926\u0940", "\u0e17\u0e35\u0e48"]
)
def test_combining_marks_do_not_break_a_word(word):
    decomposed = unicodedata.normalize("NFD", word)
    assert any(unicodedata.category(character).startswith("M") for character in decomposed)
    assert WordTokenizer().split(f"({decomposed} {decomposed}'s)") == ["(", decomposed, decomposed + "'s", ")"]


def test_combining_marks_stay_with_a_symbol_and_alone_they_are_tokens():
    assert WordTokenizer().split("\u2764\ufe0f! \u0301a") == ["\u2764\ufe0f", "!", "\u0301", "a"]


def test_every_combining_mark_of_unicode_joins_the_letter_before_it():
    marks = [character for character in EVERY_CHARACTER if unicodedata.category(character) in ("Mn", "Mc", "Me")]
    assert len(marks) > 2000
    assert WordTokenizer().split(" ".join("a" + mark for mark in marks)) == ["a" + mark for mark in marks]


def test_str_split_and_regular_expressions_agree_about_whitespace_in_all_of_unicode():
    by_split = {character for character in EVERY_CHARACTER if not character.split()}
    assert by_split == set(re.findall(r"\s", "".join(EVERY_CHARACTER)))
    assert by_split == {character for character in EVERY_CHARACTER if character.isspace()}


def test_without_punctuation_only_whitespace_separates():
    assert WordTokenizer(punctuation=False).split("Don't  stop,\u2028(now) ") == ["Don't", "stop,", "(now)"]


def test_the_cut_comes_just_after_the_last_whitespace():
    assert WordTokenizer().cut("to be, or") == len("to be, ")
    assert WordTokenizer().cut("to be\n") == len("to be\n")
    assert WordTokenizer().cut("tobe") == 0
    assert WordTokenizer().cut("") == 0


@pytest.mark.parametrize("value", [1, None, "yes"])
def test_punctuation_must_be_a_bool(value):
    with pytest.raises(InputError, match="`punctuation` must be True or False"):
        WordTokenizer(value)


def test_newlines_are_tokens_where_they_are_wanted():
    tokenizer = WordTokenizer(newlines=True)
    text = "To be,\n\n  or not\r\n\u2028to be\n"
    tokens = tokenizer.split(text)
    assert tokens == ["To", "be", ",", "\n", "\n", "or", "not", "\n", "to", "be", "\n"]
    assert [text[begin:end] for begin, end in tokenizer.spans(text)] == tokens
    assert tokenizer.join(tokens) == "To be ,\n\nor not\nto be\n"
    assert tokenizer.split(tokenizer.join(tokens)) == tokens
    assert WordTokenizer(punctuation=False, newlines=True).split("do n't\n <unk>") == ["do", "n't", "\n", "<unk>"]
    with pytest.raises(InputError, match="`newlines` must be True or False"):
        WordTokenizer(newlines=1)
