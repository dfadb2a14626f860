"""Texts with labels: every kind of file, splits that keep their promises, and wrong files refused by place."""

import gzip
import json
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqkit.checks import InputError
from seqkit.data import LabelledTexts, read_folders, read_lines, read_table

ROWS = [("Perfect, truly.", "5"), ('She said "no".', "1"), ("Grüße aus 東京", "05")]


def written(folder, kind):
    texts, labels = zip(*ROWS, strict=True)
    content = {
        "csv": 'label,text\n5,"Perfect, truly."\n1,"She said ""no""."\n05,Grüße aus 東京\n',
        "tsv": "".join(f"{label}\t{text}\n" for label, text in [("label", "text"), *zip(labels, texts, strict=True)]),
        "jsonl": "".join(json.dumps({"text": text, "label": label, "id": 1}) + "\n" for text, label in ROWS),
    }[kind.removesuffix(".gz")]
    path = folder / f"data.{kind}"
    path.write_bytes(gzip.compress(content.encode()) if kind.endswith(".gz") else content.encode())
    return path


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "csv.gz", "jsonl.gz"])
def test_every_kind_of_table_says_the_same(tmp_path, kind):
    found = read_table(written(tmp_path, kind))
    assert list(zip(found.texts, found.labels, strict=True)) == ROWS


def test_lines_and_folders(tmp_path):
    (tmp_path / "sst").write_text("1 a fine film\n\n0 dull\n")
    assert read_lines(tmp_path / "sst").labels == ("1", "0")
    assert read_lines(tmp_path / "sst").texts == ("a fine film", "dull")
    for label, number in (("neg", 1), ("pos", 2)):
        (tmp_path / "c" / label).mkdir(parents=True)
        for k in range(number):
            (tmp_path / "c" / label / f"{k}.txt").write_text(f"{label} {k}")
    assert read_folders(tmp_path / "c").texts == ("neg 0", "pos 0", "pos 1")
    assert read_folders(tmp_path / "c").labels == ("neg", "pos", "pos")


def test_classes_are_numbers_in_order_and_labels_find_their_place():
    data = LabelledTexts(("a", "b", "c", "d"), ("10", "9", "x", "9"), "here")
    assert data.classes == ("9", "10", "x")
    assert data.encode(data.classes).tolist() == [1, 0, 2, 0]
    with pytest.raises(InputError, match="here, text 3: label 'x' was never seen in training"):
        data.encode(("9", "10"))


@given(st.lists(st.text("abc", min_size=1, max_size=5), min_size=30, max_size=60, unique=True), st.integers(0, 9))
def test_parts_are_disjoint_by_text_and_hold_everything(texts, seed):
    texts = (*texts, *texts[::3], *texts[::6])  # some of them twice, some three times
    labels = tuple("01"[len(text) % 2] for text in texts)
    parts = LabelledTexts(texts, labels, "random").split([0.3, 0.3], seed)
    rows = [row for part in parts for row in zip(part.texts, part.labels, strict=True)]
    assert sorted(rows) == sorted(zip(texts, labels, strict=True))
    assert sum(len(set(part.texts)) for part in parts) == len(set(texts))


def test_parts_are_stratified_though_the_file_is_sorted_by_class():
    data = LabelledTexts(tuple(map(str, range(1000))), ("a",) * 800 + ("b",) * 200, "sorted")
    for part, size in zip(data.split([0.1, 0.1], seed=1), (100, 100, 800), strict=True):
        assert Counter(part.labels) == {"a": 0.8 * size, "b": 0.2 * size}
        assert list(part.labels) != sorted(part.labels)
    assert data.split([0.1], seed=1) == data.split([0.1], seed=1) != data.split([0.1], seed=2)


def test_texts_that_differ_in_capitals_and_spaces_stay_together():
    texts = tuple(f"Text  {k}" if odd else f"text {k} " for k in range(50) for odd in (0, 1))
    first, rest = LabelledTexts(texts, ("a",) * 100, "twice").split([0.5], seed=0)
    assert not {" ".join(t.split()).lower() for t in first.texts} & {" ".join(t.split()).lower() for t in rest.texts}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "words,label\nx,1\n", "has no column 'text'. It has 'words', 'label'."),
        ("a.csv", "text,label\nx,1\n,2\n", "row 2: its text is empty"),
        ("a.csv", "text,label\nx,\n", "row 1: its label is empty"),
        ("a.csv", "text,label\n", "expected texts and as many labels. Received: 0 texts"),
        ("a.csv", "", "no readable CSV"),
        ("a.csv", "text,label\nx,1,2,3\ny,1\n", "no readable CSV"),
        ("a.jsonl", '{"text": "x", "label"', "no readable JSONL"),
        ("a.jsonl", '{"text": "x"}\n{"text": "y", "label": 1}\n', "row 1: its label is empty"),
        ("a.txt", "x", "expected a name that ends with .csv, .tsv, .jsonl"),
    ],
)
def test_wrong_tables_are_refused_by_name_and_row(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError) as error:
        read_table(tmp_path / name)
    assert message in str(error.value)
    assert name in str(error.value)


def test_mixed_encodings_missing_files_and_lines_without_a_text_are_refused(tmp_path):
    (tmp_path / "a.csv").write_bytes("text,label\nZürich,1\n".encode() + "Zürich,1\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"a\.csv.*not valid UTF-8"):
        read_table(tmp_path / "a.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_table(tmp_path / "none.csv")
    (tmp_path / "b").write_text("1 good\n0\n")
    with pytest.raises(InputError, match="line 2: expected a label, a space and a text"):
        read_lines(tmp_path / "b")
    with pytest.raises(InputError, match="expected a folder"):
        read_folders(tmp_path / "nowhere")
    (tmp_path / "c" / "empty").mkdir(parents=True)
    with pytest.raises(InputError, match="holds no file"):
        read_folders(tmp_path / "c")


@pytest.mark.parametrize(
    ("shares", "message"), [([0.5, 0.5], "leave something"), ([1.0], "`shares`"), ([0.001], "too few")]
)
def test_wrong_shares_are_refused(shares, message):
    with pytest.raises(InputError, match=message):
        LabelledTexts(("a", "b"), ("0", "1"), "two").split(shares, seed=0)


@pytest.mark.data
def test_real_files_have_their_counts():
    if "SEQKIT_DATA" not in os.environ:
        pytest.skip("SEQKIT_DATA is not set")
    root = Path(os.environ["SEQKIT_DATA"])
    assert [len(read_lines(root / "sst2" / f"stsa.binary.{part}")) for part in ("train", "dev", "test")] == [
        6920,
        872,
        1821,
    ]
    imdb = read_table(root / "imdb" / "test.jsonl.gz")
    assert len(imdb) == 25000
    assert sorted(Counter(imdb.labels).values()) == [12500, 12500]
