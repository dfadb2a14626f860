"""Where a text is found, and which part of it trains, validates and tests."""

import os
import shutil
from collections import Counter

import pytest

from seqkit.checks import InputError
from seqkit.data import text_corpus, text_source
from seqkit.text import CharTokenizer

SPLITS = ["test", "train", "valid"]

corpora = [
    pytest.mark.data,
    pytest.mark.skipif("SEQKIT_DATA" not in os.environ, reason="SEQKIT_DATA names no folder with the corpora"),
]


def read(document):
    return "".join(document.chunks())


def names(source):
    return {split: {document.name for document in documents} for split, documents in source.documents.items()}


def fill(folder, texts):
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return folder


# A file.


def test_a_file_is_one_text_split_by_position(tmp_path):
    text = "Grüezi,\r\nmitenand! 日本😀\n" * 30
    source = text_source(fill(tmp_path, {"hello.txt": text}) / "hello.txt")
    assert read(source.text) == text
    assert read(source.text) == text  # anew each time
    assert source.documents == {}
    assert source.shares == {"train": 0.9, "valid": 0.05, "test": 0.05}
    assert "hello.txt" in source.name


@pytest.mark.parametrize("content", [b"", b"abc\x00def" * 50, b"\xff\xfe" * 50, "é".encode("latin-1") * 50])
def test_a_file_that_is_no_text_is_named(tmp_path, content):
    (tmp_path / "odd.txt").write_bytes(content)
    with pytest.raises(InputError, match=r"odd\.txt.*(empty|byte 3|byte 0)"):
        text_corpus(text_source(tmp_path / "odd.txt"), CharTokenizer())


def test_a_document_that_is_no_text_is_named(tmp_path):
    folder = fill(tmp_path / "docs", {f"{k}.txt": "some text\n" for k in range(5)})
    (folder / "7.txt").write_bytes(b"some\x00bytes")
    with pytest.raises(InputError, match=r"7\.txt.*byte 4"):
        text_corpus(text_source(folder), CharTokenizer())


@pytest.mark.parametrize("data", ["no_such_name", "tinyshakespear", "nowhere/at/all.txt"])
def test_what_is_not_found_is_refused_with_the_names_there_are(tmp_path, monkeypatch, data):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="'python', 'pydoc', 'tinyshakespeare', 'ptb'"):
        text_source(data)


# A folder.


def many(count=400, size=100):
    return {f"{k:03}.txt": f"{k:03}".ljust(size, ".") for k in range(count)}


def test_every_document_of_a_folder_lies_in_one_split(tmp_path):
    texts = many()
    source = text_source(fill(tmp_path / "docs", texts))
    assert source.text is None
    assert sorted(source.documents) == SPLITS
    found = [document for documents in source.documents.values() for document in documents]
    assert {document.name: read(document) for document in found} == texts
    assert len(found) == len(texts)


def test_the_shares_of_a_folder_are_those_of_its_bytes(tmp_path):
    source = text_source(fill(tmp_path / "docs", many()))
    sizes = {split: sum(len(read(document)) for document in documents) for split, documents in source.documents.items()}
    assert sizes == {"train": 36000, "valid": 2000, "test": 2000}
    # Of documents of different size it is the bytes that count, to within one document.
    texts = {f"{k:03}.txt": "x" * (1 + 7 * k % 500) for k in range(400)}
    source = text_source(fill(tmp_path / "uneven", texts))
    sizes = {split: sum(len(read(document)) for document in documents) for split, documents in source.documents.items()}
    whole = sum(sizes.values())
    for split in ("valid", "test"):
        assert sizes[split] == pytest.approx(0.05 * whole, abs=500)


def test_the_shares_count_bytes_not_characters(tmp_path):
    """Half of the documents hold characters of three bytes; each set still takes a twentieth of all bytes."""
    texts = {f"{k:03}.txt": ("日" if k % 2 else "x") * 90 for k in range(400)}
    source = text_source(fill(tmp_path / "docs", texts))
    sizes = {
        split: sum(len(read(document).encode()) for document in documents)
        for split, documents in source.documents.items()
    }
    for split in ("valid", "test"):
        assert sizes[split] == pytest.approx(0.05 * sum(sizes.values()), abs=270)


def test_a_split_depends_on_names_alone_where_sizes_are_alike(tmp_path):
    here = text_source(fill(tmp_path / "here", many()))
    other = {name: text[::-1] for name, text in many().items()}
    there = text_source(fill(tmp_path / "far" / "away", dict(sorted(other.items(), reverse=True))))
    assert names(here) == names(there)


def test_the_held_out_documents_are_scattered_over_the_names(tmp_path):
    """Sorted names often mean sorted content, such as chapters or days: no split may be a stretch of them."""
    source = text_source(fill(tmp_path / "docs", many()))
    held_out = sorted(int(name[:3]) for split in ("valid", "test") for name in names(source)[split])
    quarters = Counter(number // 100 for number in held_out)
    assert len(held_out) == 40
    assert min(quarters[quarter] for quarter in range(4)) >= 3  # ten expected; fewer than 3: below 1 in 1000
    assert max(quarters.values()) <= 20


def test_subfolders_are_searched_and_hidden_files_are_not(tmp_path):
    wanted = {"a.txt": "a", "b/c.txt": "c", "b/d/e.txt": "e", "f": "f", "b/no extension": "n"}
    hidden = {".DS_Store": "x", ".git/config": "x", "b/.e.txt.swp": "x", "b/.cache/x.txt": "x"}
    source = text_source(fill(tmp_path / "docs", wanted | hidden))
    found = {document.name: read(document) for documents in source.documents.values() for document in documents}
    assert found == wanted


def test_a_folder_below_a_hidden_one_is_no_hidden_file(tmp_path):
    folder = fill(tmp_path / ".cache" / "docs", {"a": "a", "b": "b", "c": "c"})
    assert sum(map(len, text_source(folder).documents.values())) == 3


def test_files_with_the_same_name_in_two_subfolders_are_two_documents(tmp_path):
    texts = {f"{folder}/readme.txt": folder for folder in "abcdef"}
    source = text_source(fill(tmp_path / "docs", texts))
    found = {document.name: read(document) for documents in source.documents.values() for document in documents}
    assert found == texts


def test_a_pattern_chooses_the_documents(tmp_path):
    texts = {f"{k}.txt": "text" for k in range(5)} | {f"sub/{k}.txt": "text" for k in range(5)} | {"x.md": "mark"}
    folder = fill(tmp_path / "docs", texts)
    chosen = set().union(*names(text_source(folder, pattern="*.txt")).values())
    assert chosen == set(texts) - {"x.md"}


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_folder_with_too_few_documents_is_refused(tmp_path, count):
    folder = fill(tmp_path / "docs", {f"{k}.txt": "text" for k in range(count)} | {"x.md": "mark"})
    with pytest.raises(InputError, match=rf"docs: .*at least 3.*{count} files.*'\*\.txt'"):
        text_source(folder, pattern="*.txt")


def test_three_documents_are_enough(tmp_path):
    folder = fill(tmp_path / "docs", {"a": "aa", "b": "bb", "c": "cc"})
    assert {split: len(documents) for split, documents in names(text_source(folder)).items()} == {
        "train": 1,
        "valid": 1,
        "test": 1,
    }


# The format of the Penn Treebank.


def treebank(folder, **texts):
    return fill(folder, {f"ptb.{split}.txt": text for split, text in texts.items()})


def test_the_lines_of_treebank_files_are_stripped(tmp_path):
    train, valid, test = " no it was n't \n <unk> N \n", " black monday \n", "last one"
    folder = treebank(tmp_path / "anything", train=train, valid=valid, test=test)
    source = text_source(folder)
    assert {split: [read(document) for document in documents] for split, documents in source.documents.items()} == {
        "train": ["no it was n't\n<unk> N"],
        "valid": ["black monday"],
        "test": ["last one"],
    }
    assert source.text is None
    shutil.copy(folder / "ptb.train.txt", folder / "notes.txt")  # more files make it no other folder
    assert names(text_source(folder)) == names(source)


@pytest.mark.parametrize("odd", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_only_a_newline_ends_a_line(tmp_path, odd):
    """Python's `splitlines` breaks at these as well, and a text so broken is not the text of the file."""
    folder = treebank(tmp_path / "ptb", train=f" a {odd} b \n c \n", valid=" v \n", test=" t \n")
    (train,) = text_source(folder).documents["train"]
    assert read(train) == f"a {odd} b\nc"


def test_treebank_files_of_any_length_are_stripped_alike(tmp_path):
    """Longer than any buffer: no line is lost or torn where two pieces meet."""
    lines = [f"  {'w' * (k % 71)} {k}\t" for k in range(60_000)]
    folder = treebank(tmp_path / "ptb", train="\n".join(lines) + "\n", valid=" v \n", test=" t \n")
    (train,) = text_source(folder).documents["train"]
    assert read(train) == "\n".join(line.strip() for line in lines)


# The corpora themselves.


class TestPublishedCounts:
    pytestmark = corpora

    def test_tinyshakespeare(self):
        """The split of char-rnn and nanoGPT: cut at int(0.9 * 1115394)."""
        source = text_source("tinyshakespeare")
        corpus = text_corpus(source, CharTokenizer())
        assert corpus.characters == {"train": 1003854, "valid": 111540}
        text = {split: "".join(corpus.vocabulary.decode(row[1:])) for split, row in corpus.splits.items()}
        assert (len(set(text["train"])), len(set(text["valid"]))) == (65, 61)
        assert {split: part.count("\n") for split, part in text.items()} == {"train": 35525, "valid": 4475}
        assert text["train"] + text["valid"] == read(source.text)
        assert len(corpus.vocabulary) == 65 + 4
        assert corpus.name == "tinyshakespeare"

    def test_penn_treebank(self):
        """The character version of Mikolov et al. 2012: 50 characters, `<unk>` spelled as five of them."""
        corpus = text_corpus(text_source("ptb"), CharTokenizer())
        assert corpus.characters == {"train": 5017481, "valid": 393041, "test": 442422}
        assert len(corpus.vocabulary) == 50 + 4
        assert {split: len(set(row[1:-1].tolist())) for split, row in corpus.splits.items()} == {
            "train": 50,
            "valid": 50,
            "test": 48,
        }
        assert {split: cover.unknown for split, cover in corpus.coverage.items()} == {"train": 0, "valid": 0, "test": 0}
        # A sentence a line: 42068, 3370 and 3761 of them.
        assert {split: cover.sequences for split, cover in corpus.coverage.items()} == {
            "train": 42068,
            "valid": 3370,
            "test": 3761,
        }
        opening = "".join(corpus.vocabulary.decode(corpus.splits["train"][1:25]))
        assert opening == "aer banknote berlitz cal"
