"""Tokens to ids, ids to tokens, and the file between two runs."""

import itertools
import json
import os
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqkit.checks import InputError
from seqkit.text import Vocabulary, counting, vocabulary

SPECIALS = ("<pad>", "<unk>", "<bos>", "<eos>")
words = st.text() | st.sampled_from(SPECIALS) | st.sampled_from("abcd")
ordinary = st.text().filter(lambda token: token not in SPECIALS)
vocabularies = st.lists(ordinary, unique=True).map(Vocabulary)


# Encoding and decoding


def test_the_specials_have_the_ids_0_to_3():
    tokens = Vocabulary(["a"]).tokens
    ids = (Vocabulary.pad_id, Vocabulary.unk_id, Vocabulary.bos_id, Vocabulary.eos_id)
    assert ids == (0, 1, 2, 3)
    assert tokens == (Vocabulary.PAD, Vocabulary.UNK, Vocabulary.BOS, Vocabulary.EOS, "a") == (*SPECIALS, "a")


@given(vocabularies)
def test_token_and_id_are_one_to_one(vocabulary):
    ordinary = vocabulary.tokens[4:]
    ids = vocabulary.encode(ordinary)
    assert ids.dtype == np.int32
    assert ids.tolist() == list(range(4, len(vocabulary)))
    assert vocabulary.decode(ids) == list(ordinary)
    assert vocabulary.decode(range(len(vocabulary))) == list(vocabulary.tokens)


@given(vocabularies, st.lists(words))
def test_encode_equals_a_search_through_the_tokens(vocabulary, tokens):
    ordinary = list(vocabulary.tokens[4:])
    slow = [4 + ordinary.index(token) if token in ordinary else 1 for token in tokens]
    assert vocabulary.encode(tokens).tolist() == slow
    assert [token in vocabulary for token in tokens] == [token in ordinary for token in tokens]


@given(st.lists(words))
def test_a_text_cannot_smuggle_in_control_ids(tokens):
    vocabulary = Vocabulary(["a"]) if not set(tokens) - set(SPECIALS) else Vocabulary.build(tokens)
    assert set(vocabulary.encode([*tokens, *SPECIALS]).tolist()).isdisjoint({0, 2, 3})


def test_encode_takes_a_generator_and_nothing_at_all():
    vocabulary = Vocabulary("ab")
    assert vocabulary.encode(token for token in "abc").tolist() == [4, 5, 1]
    assert vocabulary.encode([]).shape == (0,)
    assert vocabulary.decode([]) == []


@pytest.mark.parametrize("ids", [[4, 5, 6, 1], [4, -1]])
def test_an_id_out_of_range_is_named_with_its_position(ids):
    position = next(i for i, one in enumerate(ids) if not 0 <= one < 6)
    with pytest.raises(InputError, match=f"between 0 and 5. Received: {ids[position]} at position {position}"):
        Vocabulary("ab").decode(np.array(ids))


@pytest.mark.parametrize("ids", [[[4, 5]], [[4], [4, 5]], [4.0], [True], 4, ["a"]])
def test_what_is_no_sequence_of_integers_is_not_decoded(ids):
    with pytest.raises(InputError, match="`ids` must be one sequence"):
        Vocabulary("ab").decode(ids)


@pytest.mark.parametrize("tokens", [[4, 5], ["a", b"b"], [["a"]], ["a", None]])
def test_tokens_that_are_no_strings_are_refused_everywhere(tokens):
    bad = next(token for token in tokens if not isinstance(token, str))
    for consume in (Vocabulary, Vocabulary.build, Vocabulary("a").encode):
        with pytest.raises(InputError, match="`tokens` must be strings") as refusal:
            consume(tokens)
        assert f"{bad!r} at position {tokens.index(bad)}" in str(refusal.value)


@pytest.mark.parametrize("tokens", [["a", "b", "a"], ["a", "b", "<unk>"], ["a", "b", "<pad>"]])
def test_the_constructor_refuses_a_second_copy_naming_it(tokens):
    with pytest.raises(InputError, match=f"each token once .* Received: '{tokens[2]}' at position 2"):
        Vocabulary(tokens)


def test_a_lone_surrogate_is_refused_because_no_file_could_hold_it():
    with pytest.raises(InputError, match=r"lone surrogate in 'b\\udfff' at position 1"):
        Vocabulary(["a", "b\udfff"])


def test_equality_is_equality_of_tokens_in_order():
    assert Vocabulary("ab") == Vocabulary(["a", "b"])
    assert hash(Vocabulary("ab")) == hash(Vocabulary(["a", "b"]))
    assert Vocabulary("ab") != Vocabulary("ba")
    assert Vocabulary("ab") != Vocabulary("ab").tokens


# Building


@given(st.lists(words), st.integers(1, 3), st.none() | st.integers(5, 9))
def test_build_keeps_what_a_brute_force_count_keeps(corpus, min_count, max_size):
    ranking = [
        token
        for count in range(len(corpus), min_count - 1, -1)
        for token in sorted(set(corpus) - set(SPECIALS), key=lambda token: [ord(c) for c in token])
        if corpus.count(token) == count
    ]
    if not ranking:
        with pytest.raises(InputError, match=f"at least min_count={min_count} times"):
            Vocabulary.build(corpus, max_size=max_size, min_count=min_count)
        return
    built = Vocabulary.build(iter(corpus), max_size=max_size, min_count=min_count)
    assert built.tokens == (*SPECIALS, *ranking)[:max_size]


@given(st.lists(words, min_size=1).filter(lambda tokens: set(tokens) - set(SPECIALS)), st.randoms())
def test_build_does_not_depend_on_the_order_of_the_corpus(corpus, random):
    shuffled = random.sample(corpus, len(corpus))
    assert Vocabulary.build(shuffled) == Vocabulary.build(corpus)


def test_build_counts_a_stream_without_keeping_it(monkeypatch):
    monkeypatch.setattr(counting, "BATCH", 7)
    stream = itertools.islice(itertools.cycle("abcab"), 1000)
    assert counting.count_tokens(stream) == Counter(a=400, b=400, c=200)


def test_a_token_that_is_no_string_is_found_late_in_a_stream(monkeypatch):
    monkeypatch.setattr(counting, "BATCH", 7)
    with pytest.raises(InputError, match="Received: 3 at position 20"):
        Vocabulary.build([*"a" * 20, 3])


@pytest.mark.parametrize("arguments", [{"max_size": 4}, {"max_size": 0}, {"max_size": 5.0}, {"min_count": 0}])
def test_sizes_and_counts_that_make_no_sense_are_refused(arguments):
    with pytest.raises(InputError, match=f"`{next(iter(arguments))}` must be"):
        Vocabulary.build("abc", **arguments)


# The file


@settings(deadline=None)
@given(vocabularies)
def test_a_saved_vocabulary_loads_equal(tmp_path_factory, vocabulary):
    path = tmp_path_factory.getbasetemp() / "vocabulary.json"
    vocabulary.save(path)
    assert Vocabulary.load(path) == vocabulary
    assert Vocabulary.from_json(json.loads(json.dumps(vocabulary.to_json()))) == vocabulary


def test_the_file_lists_the_tokens_in_the_order_of_their_ids(tmp_path):
    Vocabulary(["b", "\u00e9"]).save(tmp_path / "v.json")
    stored = json.loads((tmp_path / "v.json").read_text(encoding="utf-8"))
    assert stored == {"format": "seqkit.vocabulary", "version": 1, "tokens": [*SPECIALS, "b", "\u00e9"]}


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "v.json"
    Vocabulary("ab").save(path)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(InputError, match=r"v\.json: cannot be written \(No space left on device\)"):
        Vocabulary("abc").save(path)
    assert Vocabulary.load(path) == Vocabulary("ab")
    assert os.listdir(tmp_path) == ["v.json"]


@pytest.mark.parametrize("where", ["missing/v.json", "file/v.json", "."])
def test_a_place_that_cannot_be_written_is_named(tmp_path, where):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=rf"{(tmp_path / where).name}: cannot be written"):
        Vocabulary("ab").save(tmp_path / where)


def test_a_file_that_breaks_off_anywhere_is_refused_by_name(tmp_path):
    path = tmp_path / "v.json"
    Vocabulary(["a", "\u00e9", "\u65e5"]).save(path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"v\.json"):
            Vocabulary.load(path)


def stored(**changes):
    return json.dumps({"format": "seqkit.vocabulary", "version": 1, "tokens": [*SPECIALS, "a"]} | changes)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "Expected a vocabulary"),
        ('"seqkit.vocabulary"', "Expected a vocabulary"),
        (stored(format="other"), "Expected a vocabulary"),
        (stored(more=1), "Expected the keys format, version, tokens"),
        (stored(version=2), "Expected version 1 of the format. Received: 2"),
        (stored(version=True), "Expected version 1 of the format. Received: True"),
        (stored(version="1"), "Expected version 1 of the format. Received: '1'"),
        (stored(tokens="<pad>"), "Expected tokens: a list that begins with <pad>"),
        (stored(tokens=["a"]), "Expected tokens: a list that begins with <pad>"),
        (stored(tokens=[*SPECIALS[::-1], "a"]), "Expected tokens: a list that begins with <pad>"),
        (stored(tokens=[*SPECIALS, "a", 3]), "must be strings.* Received: 3 at position 1"),
        (stored(tokens=[*SPECIALS, "a", ["b"]]), r"must be strings.* Received: \['b'\] at position 1"),
        (stored(tokens=[*SPECIALS, "a", "a"]), "each token once.* Received: 'a' at position 1"),
        (stored(tokens=[*SPECIALS, "<eos>"]), "each token once.* Received: '<eos>' at position 0"),
        (stored(tokens=[*SPECIALS, "\ud800"]), "lone surrogate"),
        (stored() + stored(), "no readable JSON"),
        ("[" * 100_000, "no readable JSON"),
        ('{"version": ' + "9" * 5000 + "}", "no readable JSON"),
    ],
)
def test_a_file_of_unknown_origin_is_checked(tmp_path, content, message):
    (tmp_path / "v.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=rf"v\.json: .*{message}"):
        Vocabulary.load(tmp_path / "v.json")


def test_a_file_that_is_no_text_is_refused_naming_the_byte(tmp_path):
    (tmp_path / "v.json").write_bytes(b'{"format": "\xff"}')
    with pytest.raises(InputError, match=r"v\.json, byte 12: 0xff"):
        Vocabulary.load(tmp_path / "v.json")


def test_a_file_of_absurd_size_is_refused_before_it_is_parsed(tmp_path, monkeypatch):
    monkeypatch.setattr(vocabulary, "LARGEST_FILE", 99)
    (tmp_path / "v.json").write_text("[" * 100, encoding="utf-8")
    with pytest.raises(InputError, match=r"v\.json: more than 99 characters"):
        Vocabulary.load(tmp_path / "v.json")
