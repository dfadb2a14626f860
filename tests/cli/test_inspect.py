"""`python -m seqkit inspect`: the page it writes, and how it says no."""

import keras
import pytest

from seqkit.bundle import LanguageModelBundle
from seqkit.cli import main
from seqkit.models import language_model
from seqkit.text import CharTokenizer, Vocabulary

LETTERS = 'abc ()"\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp("inspect") / "bundle"
    vocabulary = Vocabulary(list(LETTERS))
    model = language_model(vocabulary_size=len(vocabulary), units=8, depth=2, embedding=4)
    LanguageModelBundle(model, vocabulary, CharTokenizer(), {}).save(folder)
    return folder


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text('ab (cab "a b") c\n' * 20)
    return path


def test_it_writes_a_page_and_says_what_it_found(folder, text, tmp_path, capsys):
    out = tmp_path / "page.html"
    assert main(["inspect", str(folder), "--text", str(text), "--out", str(out), "--lags", "9", "--unit", "3"]) == 0
    said, page = capsys.readouterr().out, out.read_text(encoding="utf-8")
    assert said.splitlines()[-1] == str(out)
    for name in ("this model (lstm)", "simple_rnn, untrained", "minimal_gru, untrained", "gru, untrained"):
        assert name in said
        assert name in page
    assert "unit 3 of layer 1, as asked for" in page
    assert "All 340 char tokens" in page
    assert page.count("gate</figcaption>") == 6


def test_a_long_text_is_read_from_its_beginning_and_the_page_says_so(folder, text, tmp_path):
    out = tmp_path / "page.html"
    arguments = ["--text", str(text), "--out", str(out), "--length", "100", "--lags", "9"]
    assert main(["inspect", str(folder), *arguments]) == 0
    assert "The first 100 char tokens" in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--unit", "8"], "one of 8 in one of 2 layers"),
        (["--unit", "-1"], "`unit` must"),
        (["--unit", "0", "--layer", "2"], "one of 8 in one of 2 layers"),
        (["--layer", "1"], "Add --unit"),
        (["--length", "0"], "`length` must"),
        (["--length", "20"], "more text"),
        (["--lags", "0"], "`lags` must"),
    ],
)
def test_wrong_arguments_end_with_one_line_and_no_page(folder, text, tmp_path, capsys, arguments, said):
    out = tmp_path / "page.html"
    assert main(["inspect", str(folder), "--text", str(text), "--out", str(out), *arguments]) == 2
    error = capsys.readouterr().err.strip()
    assert said in error
    assert "\n" not in error
    assert not out.exists()


def test_nothing_is_overwritten_and_a_missing_or_empty_text_is_named(folder, text, tmp_path, capsys):
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    for arguments, said in (
        (["--text", str(text), "--out", str(text)], "exists already"),
        (["--text", str(tmp_path / "none.txt"), "--out", str(tmp_path / "p.html")], "none.txt"),
        (["--text", str(empty), "--out", str(tmp_path / "p.html")], "the file is empty"),
    ):
        assert main(["inspect", str(folder), *arguments]) == 2
        assert said in capsys.readouterr().err
