"""Files with one token a line: real ones, other layouts, and wrong ones refused by line."""

import os
from pathlib import Path

import pytest

from seqkit.checks import InputError
from seqkit.data import read_columns
from seqkit.tagging import spans

NEWS = """-DOCSTART- -X- -X- O

Ann NNP B-NP I-PER
Lee NNP I-NP I-PER
won VBD B-VP O

# a comment
Rome NNP B-NP I-LOC

-DOCSTART- -X- -X- O

Bob NNP B-NP I-PER
Eve NNP B-NP B-PER
"""


def write(folder, text, name="news.conll", encoding="utf-8"):
    (folder / name).write_bytes(text.encode(encoding))
    return folder / name


def test_sentences_documents_and_lines(tmp_path):
    found = read_columns(write(tmp_path, NEWS), scheme="IOB1")
    assert [sentence.tokens for sentence in found] == [("Ann", "Lee", "won"), ("Rome",), ("Bob", "Eve")]
    assert [sentence.tags for sentence in found] == [("B-PER", "I-PER", "O"), ("B-LOC",), ("B-PER", "B-PER")]
    assert [(sentence.line, sentence.document) for sentence in found] == [(3, 0), (8, 0), (12, 1)]


@pytest.mark.parametrize(
    "text",
    [
        NEWS.replace("\n", "\r\n"),
        NEWS.replace(" ", "\t").replace("#\ta\tcomment", "# a comment"),
        "\ufeff" + NEWS,
        NEWS.rstrip(),
        NEWS.replace("\n\n", "\n  \n\n\n"),
    ],
    ids=["windows", "tabs", "byte order mark", "no last newline", "more empty lines"],
)
def test_other_layouts_say_the_same(tmp_path, text):
    expected = [(s.tokens, s.tags) for s in read_columns(write(tmp_path, NEWS, "plain"), scheme="IOB1")]
    assert [(s.tokens, s.tags) for s in read_columns(write(tmp_path, text), scheme="IOB1")] == expected


def test_columns_are_chosen_and_tokens_may_hold_spaces_between_tabs(tmp_path):
    file = write(tmp_path, "B-LOC\tNew York\n\nO\tis\n")
    found = read_columns(file, token_column=1, tag_column=0)
    assert [sentence.tokens for sentence in found] == [("New York",), ("is",)]


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        ("Ann NNP B-PER\nLee I-PER\n", {}, "line 2: expected 3 columns, as in the first sentence. Received: 2"),
        ("a O\n\nb O\nc X O\n", {}, "line 4: expected 2 columns"),
        ("a O\nb I_PER\n", {}, "line 2: tag 'I_PER' is not in the scheme BIO. Expected 'O' or 'B-TYPE' or 'I-TYPE'."),
        ("\n\na O\nb I-PER\n", {}, "line 4: tag 'I-PER' begins a span"),
        ("a O\n", {"tag_column": 2}, "line 1: `token_column` and `tag_column` must be two of its 2 columns"),
        ("a O\n", {"tag_column": 0}, "must be two of its 2 columns"),
        ("a O\n", {"token_column": 5}, "must be two of its 2 columns"),
        ("only words\n", {}, "tag 'words' is not in the scheme"),
        ("-DOCSTART- O\n\n", {}, "holds no sentence"),
        ("", {}, "the file is empty"),
        ("a O\n", {"scheme": "IOB2"}, "`scheme`"),
    ],
)
def test_wrong_files_are_refused_by_name_and_line(tmp_path, text, arguments, message):
    with pytest.raises(InputError) as error:
        read_columns(write(tmp_path, text), **arguments)
    assert message in str(error.value)
    if "`" not in message or "line" in message:
        assert "news.conll" in str(error.value)


def test_another_encoding_is_refused_by_byte(tmp_path):
    with pytest.raises(InputError, match="byte 1: 0xfc is not valid UTF-8"):
        read_columns(write(tmp_path, "Zürich B-LOC\n".replace("Z", "Z"), encoding="latin-1"))


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "sentences", "tokens", "entities"),
    [
        ("eng.train", 14041, 203621, 23499),
        ("eng.testa", 3250, 51362, 5942),
        ("eng.testb", 3453, 46435, 5648),
    ],
)
def test_the_counts_of_conll_2003_are_the_published_ones(name, sentences, tokens, entities):
    if "SEQKIT_DATA" not in os.environ:
        pytest.skip("SEQKIT_DATA is not set")
    found = read_columns(Path(os.environ["SEQKIT_DATA"]) / "conll2003" / name, scheme="IOB1")
    assert len(found) == sentences
    assert sum(len(sentence.tokens) for sentence in found) == tokens
    assert sum(len(spans(sentence.tags)) for sentence in found) == entities
