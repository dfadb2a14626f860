"""What a tagger sees of words, by hand and through JSON."""

import json

import numpy as np
import pytest

from seqkit.checks import InputError
from seqkit.text import WordFeatures, word_shape

SENTENCES = [["The", "the", "THE", "the", "cat"], ["Cat", "sat", "in", "1996", "1997"], ["Donaudampfschifffahrt"]]
FEATURES = WordFeatures.build(SENTENCES, rare_count=2, longest=6)


def test_words_share_an_id_whatever_their_capitals_and_digits():
    ids = FEATURES.encode(["the", "THE", "1996", "2024", "dog"])["words"]
    assert ids[0] == ids[1] == 4  # the most frequent
    assert ids[2] == ids[3]
    assert ids[4] == 1


def test_rare_words_come_from_the_first_rare_id_on():
    """'the' occurs four times; 'cat' and '0000' twice, the others once."""
    assert FEATURES.first_rare == 5
    assert WordFeatures.build(SENTENCES, rare_count=1).first_rare == 7
    assert WordFeatures.build(SENTENCES, rare_count=9).first_rare == 4


def test_of_a_long_word_the_first_and_last_characters_are_read():
    rows = FEATURES.encode(["Donaudampfschifffahrt", "sat", ""])["characters"]
    spelled = ["".join(FEATURES.characters.decode(row[row > 0])) for row in rows]
    assert spelled == ["Donhrt", "sat", ""]
    assert rows.shape == (3, 6)


@pytest.mark.parametrize(
    ("word", "shape"),
    [("", ""), ("Harry", "Xxx"), ("IBM", "XX"), ("B-52", "X-dd"), ("l'Été", "x'Xxx"), ("日本", "xx"), ("...", "..")],
)
def test_shapes(word, shape):
    assert word_shape(word) == shape


def test_a_sentence_without_a_token_has_arrays_without_a_row():
    found = FEATURES.encode([])
    assert {name: array.shape for name, array in found.items()} == {
        "words": (0,),
        "characters": (0, 6),
        "shapes": (0,),
    }


def test_json_brings_them_back():
    again = WordFeatures.from_json(json.loads(json.dumps(FEATURES.to_json())))
    assert again == FEATURES
    for name, array in again.encode(["The", "dog"]).items():
        np.testing.assert_array_equal(array, FEATURES.encode(["The", "dog"])[name])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"longest": 0}, "`longest`"),
        ({"first_rare": "4"}, "`first_rare`"),
        ({"words": {}}, "Expected a vocabulary"),
        ({"more": 1}, "Expected word features"),
    ],
)
def test_damaged_json_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        WordFeatures.from_json(FEATURES.to_json() | change)
