"""Tokenizers by name and from untrusted configs."""

import pytest

from seqkit.checks import InputError
from seqkit.text import LEVELS, WordTokenizer, tokenizer_for, tokenizer_from_config


def test_every_level_names_its_tokenizer():
    assert LEVELS == ("char", "word", "byte")
    assert [tokenizer_for(level).level for level in LEVELS] == list(LEVELS)


def test_an_unknown_level_is_refused_with_the_choices():
    with pytest.raises(InputError, match=r"`level` must be one of 'char', 'word', 'byte'\. Received: level='chars'"):
        tokenizer_for("chars")


def test_a_config_brings_its_arguments():
    assert tokenizer_from_config({"punctuation": False, "newlines": False, "level": "word"}) == WordTokenizer(
        punctuation=False
    )


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (None, "must be a dictionary with a 'level'"),
        (["word"], "must be a dictionary with a 'level'"),
        ({}, "must be a dictionary with a 'level'"),
        ({"level": "sentence"}, "`level` must be one of"),
        ({"level": ["word"]}, "`level` must be one of"),
        ({"level": "word"}, "must have the keys 'level', 'punctuation'"),
        ({"level": "word", "punctuation": True, "case": 1}, "must have the keys 'level', 'punctuation'"),
        ({"level": "char", "punctuation": True}, "must have the keys 'level'. Received"),
        ({"level": "word", "punctuation": 1, "newlines": False}, "`punctuation` must be True or False"),
    ],
)
def test_a_config_of_unknown_origin_is_checked(config, message):
    with pytest.raises(InputError, match=message):
        tokenizer_from_config(config)
