"""The recipe of words: what differs from the one of characters."""

import json
import math
import string

import numpy as np
import pytest

import seqkit
from recipes import char_lm, word_lm
from seqkit.decoding import Greedy
from seqkit.runs import command
from tests.recipes.test_char_lm import a_text

# `test_a_refused_run_leaves_no_copy_of_the_corpus` of the other recipe is about this warning.
pytestmark = pytest.mark.filterwarnings("ignore:Implicitly cleaning up:ResourceWarning")

SMOKE = ["--smoke", "--epochs", "1", "--minutes", "none"]


def run(*argv):
    return command(lambda: word_lm.main(list(argv)))


@pytest.fixture(scope="module")
def tokenised(tmp_path_factory):
    """A corpus in the format of PTB, with a line end after every third word."""
    folder = tmp_path_factory.mktemp("tokenised")
    for seed, split in enumerate(("train", "valid", "test")):
        words = a_text(2400 if split == "train" else 600, seed).split()
        words[::50] = ["n't"] * len(words[::50])
        words[1::50] = ["<unk>"] * len(words[1::50])
        lines = [" ".join(words[k : k + 3]) for k in range(0, len(words), 3)]
        (folder / f"ptb.{split}.txt").write_text(" " + " \n ".join(lines) + " \n")
    return folder


@pytest.fixture(scope="module")
def folder(tokenised, tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "run"
    flags = [
        "--epochs",
        "6",
        "--learning-rate",
        "0.02",
        "--units",
        "24",
        "--output-dropout",
        "0",
        "--input-dropout",
        "0",
    ]
    assert run(*SMOKE, *flags, "--data", str(tokenised), "--out", str(out)) == 0
    return out


def test_line_ends_are_learnt_and_words_stay_whole(folder):
    bundle = seqkit.load(folder)
    assert {"n't", "\n"} <= set(bundle.vocabulary.tokens)
    assert "'" not in bundle.vocabulary.tokens
    [text] = bundle.generate(["the cat sat\n"], length=40, sampler=Greedy())
    assert [len(line.split()) for line in text.text.split("\n")[:-1]] == [3] * text.text.count("\n")


def test_bits_per_character_count_the_separators(folder, tokenised):
    report = json.loads((folder / "report.json").read_bytes())
    assert report["recipe"] == "word_lm"
    text = "\n".join(line.strip() for line in (tokenised / "ptb.test.txt").read_text().splitlines())
    tokens = len(text.split()) + text.count("\n") + 1  # and the end of the text
    test = report["metrics"]["test"]
    assert test["bits_per_character"] == pytest.approx(test["nats"] * tokens / math.log(2) / len(text), rel=1e-6)


def test_the_ladder_has_the_5_gram_and_the_mixture(folder):
    report = json.loads((folder / "report.json").read_bytes())
    assert list(report["baselines"]) == ["uniform", "unigram", "bigram", "5-gram"]
    [mixture] = report["mixtures"].values()
    assert mixture["nats"] <= min(report["baselines"]["5-gram"]["nats"], report["metrics"]["test"]["nats"]) + 0.01


def test_a_smoke_run_reads_what_the_interpreter_brings(tmp_path):
    assert run(*SMOKE, "--out", str(tmp_path / "run")) == 0
    assert np.isfinite(json.loads((tmp_path / "run" / "report.json").read_bytes())["metrics"]["test"]["nats"])


def test_the_help_texts_of_the_language_are_a_corpus():
    from seqkit.data import text_source

    source = text_source("pydoc")
    assert sorted(source.documents) == ["test", "train", "valid"]
    texts = {d.name: "".join(d.chunks()) for part in source.documents.values() for d in part}
    assert "lambda" in texts["lambda"]
    assert len(texts) > 50


@pytest.fixture(scope="module")
def characters(tokenised, tmp_path_factory):
    out = tmp_path_factory.mktemp("characters") / "run"
    argv = ["--smoke", "--epochs", "1", "--minutes", "none", "--data", str(tokenised), "--out", str(out)]
    assert command(lambda: char_lm.main(argv)) == 0
    return out


def test_a_run_of_words_is_compared_with_one_of_characters(tokenised, characters, tmp_path, capsys):
    out = tmp_path / "run"
    assert run(*SMOKE, "--data", str(tokenised), "--out", str(out), "--compare", str(characters)) == 0
    words, letters = (json.loads((folder / "report.json").read_bytes()) for folder in (out, characters))
    heading, *rows = capsys.readouterr().out.rstrip().splitlines()[-3:]
    assert " ".join(heading.split()) == (
        "tokens unknown tokens a line seconds an epoch nats a token perplexity bits a character"
    )
    text = "\n".join(line.strip() for line in (tokenised / "ptb.test.txt").read_text().splitlines())
    counts = {"word": len(text.split()) + text.count("\n"), "char": len(text)}
    for row, level, report in zip(rows, ("word", "char"), (words, letters), strict=True):
        name, tokens, _, _, seconds, nats, perplexity, bits = row.split()
        assert name == level
        assert int(tokens.replace(",", "")) == pytest.approx(counts[level], abs=len(text.splitlines()) + 1)
        assert float(seconds) == pytest.approx(report["train"]["seconds"] / report["train"]["epochs"], abs=0.051)
        test = report["metrics"]["test"]
        assert float(nats) == pytest.approx(test["nats"], abs=6e-4)
        assert float(perplexity) == pytest.approx(math.exp(test["nats"]), rel=1e-2)
        assert float(bits) == pytest.approx(test["bits_per_character"], abs=6e-4)
    assert "Characters or words" in (out / "report.html").read_text(encoding="utf-8")


def test_what_cannot_be_compared_is_refused_before_training(folder, characters, tokenised, tmp_path, capsys):
    for compare, data, said in (
        (folder, tokenised, "of level 'word'"),
        (characters, string.__file__, "must be a run of characters"),
        (tmp_path, tokenised, "report.json"),
    ):
        out = tmp_path / "run"
        assert run(*SMOKE, "--data", str(data), "--out", str(out), "--compare", str(compare)) == 2
        assert said in capsys.readouterr().err
        assert not out.exists()
