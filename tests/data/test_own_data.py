"""The data we wrote ourselves is what its cards say."""

import hashlib
import re
from collections import Counter
from pathlib import Path

import pytest

from seqkit.data import read_columns
from seqkit.tagging import spans

ENTITIES = Path(__file__).parents[2] / "datasets" / "entities"
SPLITS = ("train", "valid", "test")


@pytest.mark.parametrize("split", SPLITS)
def test_entities_are_as_many_as_the_card_says(split):
    file = ENTITIES / f"{split}.conll"
    sentences = read_columns(file)
    kinds = Counter(span.type for sentence in sentences for span in spans(sentence.tags))
    tokens = sum(len(sentence.tokens) for sentence in sentences)
    found = [
        sentences[-1].document + 1,
        len(sentences),
        tokens,
        *(kinds[kind] for kind in ("PER", "LOC", "ORG", "MISC")),
    ]
    found += [file.stat().st_size, f"`{hashlib.sha256(file.read_bytes()).hexdigest()}`"]
    row = re.search(rf"\| `{split}\.conll` \| (.+) \|", (ENTITIES / "card.md").read_text(encoding="utf-8"))
    assert row[1].split(" | ") == [str(value) for value in found]


def test_no_sentence_stands_twice():
    sentences = [sentence.tokens for split in SPLITS for sentence in read_columns(ENTITIES / f"{split}.conll")]
    assert len(sentences) >= 400
    assert len(set(sentences)) == len(sentences)


def test_reviews_are_as_many_as_the_card_says():
    folder = ENTITIES.parent / "reviews"
    content = (folder / "reviews.tsv").read_bytes()
    header, *rows = (line.split("\t") for line in content.decode().splitlines())
    assert header == ["stars", "text"]
    assert len({text for _, text in rows}) == len(rows) >= 600
    stars = Counter(stars for stars, _ in rows)
    found = [len(rows), *(stars[star] for star in "12345"), sum(len(text.split()) for _, text in rows), len(content)]
    found += [f"`{hashlib.sha256(content).hexdigest()}`"]
    row = re.search(r"\| `reviews\.tsv` \| (.+) \|", (folder / "card.md").read_text(encoding="utf-8"))
    assert row[1].split(" | ") == [str(value) for value in found]
