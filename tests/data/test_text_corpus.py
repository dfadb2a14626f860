"""A text becomes rows of ids: nothing is lost, nothing is added but the marks, nothing leaks out of training."""

import gc
import itertools
import tempfile
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqkit.checks import InputError
from seqkit.data import Document, TextSource, encode_text, text_corpus, text_source
from seqkit.text import ByteTokenizer, CharTokenizer, Vocabulary, WordTokenizer

BOS, EOS, UNK = Vocabulary.bos_id, Vocabulary.eos_id, Vocabulary.unk_id
CHAR, BYTE, WORD = CharTokenizer(), ByteTokenizer(), WordTokenizer()
# Carriage returns, combining marks, astral planes and the spelling of a special token: what a text may hold.
TEXT = "He said: “grüezi”\r\nЖ日本😀 e\u0301 <bos> it's\n\n" * 40
unhurried = settings(deadline=None, max_examples=40)


def pieces(text, cuts):
    """`text` cut at these places, some pieces empty."""
    places = [0, *sorted(place % (len(text) + 1) for place in cuts), len(text)]
    return [text[begin:end] for begin, end in itertools.pairwise(places)]


def document(text, cuts=(), name="toy"):
    return Document(name, lambda: iter(pieces(text, cuts)))


def one_text(text, cuts=()):
    return TextSource("toy", text=document(text, cuts))


def documents(cuts=(), **splits):
    return TextSource(
        "toy", documents={split: tuple(document(text, cuts) for text in texts) for split, texts in splits.items()}
    )


def decode(corpus, split):
    row = corpus.splits[split][:]
    assert row[0] == BOS
    return corpus.tokenizer.join(corpus.vocabulary.decode(row[1:]))


@pytest.mark.parametrize("tokenizer", [CHAR, BYTE], ids=["char", "byte"])
def test_a_text_split_by_position_comes_back_exactly(tokenizer):
    corpus = text_corpus(one_text(TEXT), tokenizer)
    assert list(corpus.splits) == ["train", "valid", "test"]
    assert "".join(decode(corpus, split) for split in corpus.splits) == TEXT
    assert corpus.characters == {split: len(decode(corpus, split)) for split in corpus.splits}
    assert corpus.tokenizer == tokenizer
    assert corpus.name == "toy"
    for split, row in corpus.splits.items():
        assert EOS not in row[:], split  # the parts do not end where a text ends
        assert np.count_nonzero(row[:] == BOS) == 1
        assert len(row) == len(tokenizer.split(decode(corpus, split))) + 1


@pytest.mark.parametrize("tokenizer", [CHAR, BYTE], ids=["char", "byte"])
def test_documents_come_back_exactly_each_between_its_marks(tokenizer):
    texts = {"train": ("aé\r\nb", "b日a"), "valid": ("ab",), "test": ("éa", "b", "日日")}
    corpus = text_corpus(documents(**texts), tokenizer)
    for split, parts in texts.items():
        row = corpus.splits[split][:].tolist()
        expected = []
        for part in parts:
            expected += [BOS, *corpus.vocabulary.encode(tokenizer.split(part)).tolist(), EOS]
        assert row == expected
        assert UNK not in row
        inner = [[]]
        for index in row:
            if index == EOS:
                inner.append([])
            elif index != BOS:
                inner[-1].append(index)
        assert [tokenizer.join(corpus.vocabulary.decode(ids)) for ids in inner[:-1]] == list(parts)
    assert corpus.characters == {split: sum(map(len, parts)) for split, parts in texts.items()}
    assert corpus.context_only == (BOS,)


def test_words_come_back_up_to_whitespace():
    text = "It's a small, small world .\n" * 50
    corpus = text_corpus(one_text(text), WORD)
    assert " ".join(decode(corpus, split) for split in corpus.splits).split() == " ".join(WORD.split(text)).split()
    # Characters are those of the text, whitespace included, whatever a token is.
    assert sum(corpus.characters.values()) == len(text)


@pytest.mark.parametrize("length", [40, 41, 59, 1000, 1234, 99_999])
def test_a_text_is_cut_at_its_shares(length):
    text = ("abcdefghij" * (length // 10 + 1))[:length]
    corpus = text_corpus(one_text(text), CHAR)
    begin, end = decode(corpus, "train"), decode(corpus, "test")
    assert abs(len(begin) - 0.9 * length) < 1
    assert abs(len(end) - 0.05 * length) <= 1
    assert text.startswith(begin)
    assert text.endswith(end)


def test_the_shares_of_a_source_are_its_own():
    source = TextSource("toy", text=document("ab" * 50), shares={"train": 0.75, "valid": 0.25})
    assert text_corpus(source, CHAR).characters == {"train": 75, "valid": 25}


@pytest.mark.parametrize("step", [10_000, 97, 10, 3, 1])  # pieces longer and shorter than a word
def test_no_word_is_torn_where_the_text_is_cut(step):
    words = [f"w{k}" + "x" * (k % 37) for k in range(300)]
    text = " ".join(words)
    corpus = text_corpus(one_text(text, range(step, len(text), step)), WORD)
    known = set(corpus.vocabulary.tokens[4:])
    assert known <= set(words)
    lengths = {split: len(row) - 1 for split, row in corpus.splits.items()}
    assert sum(lengths.values()) == len(words)
    assert corpus.splits["train"][1:].tolist() == corpus.vocabulary.encode(words[: lengths["train"]]).tolist()


@pytest.mark.parametrize(
    ("tokenizer", "alphabet"),
    [(CHAR, "ab\n日😀\u0301"), (BYTE, "ab\n日😀\u0301"), (WORD, "ab\n '日\u0301,")],
    ids=["char", "byte", "word"],
)
@unhurried
@given(data=st.data())
def test_it_does_not_matter_where_the_pieces_of_a_text_end(tokenizer, alphabet, data):
    # Enough ordinary words around the odd part that every split has some.
    odd = data.draw(st.text(alphabet, max_size=40))
    place = data.draw(st.integers(0, 40))
    text = "ab a " * place + odd + " ab b" * (80 - place)
    cuts = data.draw(st.lists(st.integers(0, 10_000), max_size=30))
    every = list(range(len(text)))
    whole, torn, crumbs = (text_corpus(one_text(text, c), tokenizer) for c in ((), cuts, every))
    for other in (torn, crumbs):
        assert other.vocabulary == whole.vocabulary
        assert other.characters == whole.characters
        assert other.coverage == whole.coverage
        assert {s: row[:].tolist() for s, row in other.splits.items()} == {
            s: row[:].tolist() for s, row in whole.splits.items()
        }


@pytest.mark.parametrize("tokenizer", [CHAR, BYTE, WORD], ids=["char", "byte", "word"])
@unhurried
@given(text=st.text("ab\n\r 日é'\u0301", min_size=1, max_size=30), cuts=st.lists(st.integers(0, 1000), max_size=10))
def test_it_does_not_matter_where_the_pieces_of_a_document_end(tokenizer, text, cuts):
    if not tokenizer.split(text):
        text += "a"
    splits = {"train": (text, "ab ba"), "valid": (text,), "test": (text,)}
    whole, torn = text_corpus(documents(**splits), tokenizer), text_corpus(documents(cuts, **splits), tokenizer)
    assert torn.characters == whole.characters
    assert torn.coverage == whole.coverage
    for split, parts in splits.items():
        expected = [x for part in parts for x in (BOS, *whole.vocabulary.encode(tokenizer.split(part)).tolist(), EOS)]
        assert whole.splits[split][:].tolist() == expected
        assert torn.splits[split][:].tolist() == expected


def test_only_the_training_split_fills_the_vocabulary():
    corpus = text_corpus(documents(train=("abab",), valid=("abc",), test=("ddda",)), CHAR)
    assert set(corpus.vocabulary.tokens[4:]) == set("ab")
    assert corpus.splits["valid"][:].tolist()[3] == UNK
    assert corpus.splits["test"][1:4].tolist() == [UNK] * 3
    # By position: a character that comes only at the very end is unknown there.
    late = text_corpus(one_text("abc" * 100 + "z"), CHAR)
    assert "z" not in late.vocabulary
    assert late.splits["test"][-1:].tolist() == [UNK]


@unhurried
@given(
    st.lists(st.text("abcd", min_size=1, max_size=40), min_size=1, max_size=4),
    st.text("abcdefg\n", min_size=1, max_size=60),
    st.integers(1, 4),
    st.none() | st.integers(6, 9),
)
def test_counts_and_coverage_are_those_of_a_plain_counter(train, test, min_count, size):
    train = [*train, "a" * 4]
    counts = Counter("".join(train))
    kept = sorted((c for c in counts if counts[c] >= min_count), key=lambda c: (-counts[c], c))
    kept = kept[: size - 4] if size else kept
    source = documents(train=tuple(train), valid=("a",), test=(test,))
    corpus = text_corpus(source, CHAR, vocabulary_size=size, min_count=min_count)
    assert corpus.vocabulary.tokens[4:] == tuple(kept)
    unknown = Counter(c for c in test if c not in kept)
    found = corpus.coverage["test"]
    assert (found.tokens, found.unknown) == (len(test), sum(unknown.values()))
    assert found.most_frequent_unknown == tuple(sorted(unknown.items(), key=lambda item: (-item[1], item[0])))
    assert found.unknown == np.count_nonzero(corpus.splits["test"][:] == UNK)
    lost = sum(counts[c] for c in counts if c not in kept)
    assert corpus.coverage["train"].unknown == lost
    assert corpus.coverage["train"].tokens == sum(map(len, train))


def test_coverage_takes_a_line_for_a_sequence():
    corpus = text_corpus(documents(train=("ab\nabcd\na",), valid=("a",), test=("ab\nabc\n",)), CHAR)
    train = corpus.coverage["train"]
    assert (train.sequences, train.tokens) == (3, 9)
    assert corpus.coverage["test"].sequences == 2
    assert (train.lengths.min, train.lengths.max) == (1, 5)  # "a" and "abcd\n": the newline is a token of its line


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (one_text("ab"), "toy: .*short"),
        (one_text("oneword" * 30), "toy: .*short"),  # no place to cut it into words
        (documents(train=("a b",), valid=(" \n",), test=("c",)), "valid"),
        (documents(train=(" ",), valid=("a",), test=("c",)), "train|token"),
    ],
)
def test_a_split_without_a_token_is_refused(source, message):
    with pytest.raises(InputError, match=message):
        text_corpus(source, WORD)


def test_a_vocabulary_too_small_for_anything_is_refused():
    with pytest.raises(InputError, match=r"size` must be at least 5.*Received: \w+_size=4"):
        text_corpus(one_text(TEXT), CHAR, vocabulary_size=4)
    with pytest.raises(InputError, match="min_count"):
        text_corpus(one_text(TEXT), CHAR, min_count=0)


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_the_rows_go_with_the_corpus(temporary):
    """Without a word: a warning at the end of a script that did nothing wrong would be ours."""
    corpus = text_corpus(one_text(TEXT), CHAR)
    assert any(path.is_file() for path in temporary.rglob("*"))
    del corpus
    gc.collect()
    assert list(temporary.iterdir()) == []


def test_a_corpus_that_fails_leaves_nothing_behind(temporary, tmp_path):
    (tmp_path / "odd.txt").write_bytes(b"some text " * 1000 + b"\x00" + b"more " * 1000)
    with pytest.raises(InputError, match=r"odd\.txt, byte 10000"):
        text_corpus(text_source(tmp_path / "odd.txt"), CHAR)
    with pytest.raises(InputError):
        text_corpus(documents(train=("a b",), valid=(" \n",), test=("c",)), WORD)
    gc.collect()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("tokenizer", [CHAR, BYTE, WORD], ids=["char", "byte", "word"])
def test_one_text_is_encoded_after_a_first_mark(tmp_path, tokenizer):
    text = "to be, or né 日"
    vocabulary = Vocabulary.build(tokenizer.split("to be or nobody, é"))
    expected = [BOS, *vocabulary.encode(tokenizer.split(text)).tolist()]
    row = encode_text(document(text, [1, 3, 4, 8, 9, 12]), tokenizer, vocabulary, tmp_path / "row")
    assert row[:].tolist() == expected
    assert UNK in expected
    assert (tmp_path / "row").stat().st_size == len(expected)  # a byte an id where the vocabulary is small
