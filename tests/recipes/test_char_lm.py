"""The recipe as a command: what a run leaves behind, that it can be repeated, and what it refuses."""

import contextlib
import csv
import gc
import io
import json
import math
import re
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest

import seqkit
from recipes import char_lm
from seqkit.decoding import Greedy, Temperature
from seqkit.evaluation import Report
from seqkit.runs import command

SMOKE = ["--smoke", "--epochs", "1", "--minutes", "none"]  # seconds, and no run ends by the clock
WORDS = (
    "the",
    "cat",
    "sat",
    "on",
    "the",
    "mat",
    "and",
    "a",
    "dog",
    "sang",
    "while",
    "the",
    "bird",
    "sat",
    "on",
    "a",
    "log",
)

# `test_a_refused_run_leaves_no_copy_of_the_corpus` is about this warning; no other test need be.
pytestmark = pytest.mark.filterwarnings("ignore:Implicitly cleaning up:ResourceWarning")


def a_text(words=1500, seed=0):
    return " ".join(np.random.default_rng(seed).choice(WORDS, words)) + "\n"


def start(*argv):
    """Runs the recipe as the shell would; its exit status."""
    try:
        return command(lambda: char_lm.main(list(argv)))
    except SystemExit as end:  # argparse
        return end.code


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    file = tmp_path_factory.mktemp("data") / "words.txt"
    file.write_text(a_text())
    return file


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    """One smoke run, and what it said on standard output and on standard error."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        assert start(*SMOKE, "--data", str(data), "--out", str(folder), "--seed", "3", "--cell", "gru") == 0
    return folder, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def run(trained):
    return trained[0]


@pytest.fixture(scope="module")
def report(run):
    return json.loads((run / "report.json").read_bytes())


def numbers(value):
    """Every number in a nested JSON value."""
    if isinstance(value, dict):
        return [n for inner in value.values() for n in numbers(inner)]
    if isinstance(value, list):
        return [n for inner in value for n in numbers(inner)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


def test_a_run_leaves_what_the_contract_names(run):
    assert {"report.json", "report.html", "history.csv", "bundle"} <= {path.name for path in run.iterdir()}
    assert all(path.stat().st_size for path in run.rglob("*") if path.is_file())


def test_the_report_has_every_key_and_no_odd_number(report):
    expected = {"recipe", "data", "seed", "settings", "metrics", "baselines", "parameters", "train", "peak_memory_mb"}
    assert expected | {"environment"} <= set(report)
    assert (report["recipe"], report["seed"]) == ("char_lm", 3)
    assert set(report["metrics"]) >= {"valid", "test"}
    for metrics in (*report["metrics"].values(), *report["baselines"].values()):
        assert set(metrics) == {"nats", "perplexity", "bits_per_character"}
    assert set(report["baselines"]) >= {"uniform", "unigram", "bigram"}
    assert set(report["train"]) >= {"seconds", "epochs", "updates", "tokens_per_second"}
    assert all(math.isfinite(n) for n in numbers(report))
    assert report["train"]["epochs"] == 1
    assert report["train"]["updates"] > 0
    assert report["peak_memory_mb"] > 10


def test_the_report_stores_every_setting(report):
    settings = report["settings"]
    shared = {"cell", "units", "depth", "embedding", "dropout", "level", "sampling", "window", "batch", "learning_rate"}
    assert shared | {"vocabulary_size", "min_count", "clip_norm", "epochs", "minutes", "seed"} <= set(settings)
    given = {"cell": "gru", "seed": 3, "epochs": 1, "minutes": None, "smoke": True}
    assert {key: settings[key] for key in given} == given


def test_the_figures_belong_together(report, data):
    """Characters are tokens here, so that nats, perplexity and bits are three ways to say one number."""
    for metrics in (*report["metrics"].values(), *report["baselines"].values()):
        assert metrics["perplexity"] == pytest.approx(math.exp(metrics["nats"]), rel=1e-9)
        assert metrics["bits_per_character"] == pytest.approx(metrics["nats"] / math.log(2), rel=1e-3)
    letters = len(set(data.read_text()))
    assert math.log(letters) <= report["baselines"]["uniform"]["nats"] <= math.log(letters + 4) + 1e-9
    nats = [report["baselines"][name]["nats"] for name in ("uniform", "unigram", "bigram")]
    assert nats == sorted(nats, reverse=True)


def test_the_unigram_baseline_is_the_entropy_of_the_letters(report, data):
    """The text is drawn from one distribution, so train and test have nearly the same frequencies."""
    text = data.read_text()
    shares = np.array([text.count(c) for c in set(text)]) / len(text)
    assert report["baselines"]["unigram"]["nats"] == pytest.approx(-(shares * np.log(shares)).sum(), rel=0.03)


def test_the_history_is_a_table_of_numbers(run, report):
    rows = list(csv.DictReader((run / "history.csv").read_text().splitlines()))
    assert {"update", "nats", "gradient_norm", "clip_rate", "learning_rate"} <= set(rows[0])
    updates = [int(row["update"]) for row in rows]
    assert updates == sorted(updates)
    assert updates[-1] == report["train"]["updates"]
    assert all(math.isfinite(float(value)) for row in rows for value in row.values() if value)
    assert any(row.get("val_nats") for row in rows)


def test_the_page_stands_alone(run):
    page = (run / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//|@import|url\(\s*["']?http|<script""", page)
    assert "perplexity" in page
    assert all(name in page for name in ("uniform", "unigram", "bigram"))


def test_samples_are_shown_at_three_temperatures(report):
    assert len({sample["temperature"] for sample in report["samples"]}) == 3
    assert all(sample["text"] for sample in report["samples"])


def test_the_command_shows_the_result(trained, report):
    folder, out, err = trained
    assert f"{report['metrics']['test']['nats']:.3f}" in out + err
    assert str(folder / "report.html") in out
    assert "Traceback" not in err
    assert "WARNING" not in err


def test_what_a_run_leaves_can_be_loaded(run, report):
    bundle = seqkit.load(run)
    assert sum(int(np.prod(w.shape)) for w in bundle.model.trainable_weights) == report["parameters"]
    [continuation] = bundle.generate(["the "], length=20, sampler=Temperature(), seed=1)
    assert len(continuation.log_probs) == len(continuation.text) + continuation.ended
    assert set(continuation.text) <= set(a_text())
    assert Report.load(run / "report.json").parameters == report["parameters"]


def test_one_seed_gives_the_same_weights_bit_for_bit_and_another_does_not(run, data, tmp_path):
    for seed in ("3", "4"):
        assert start(*SMOKE, "--data", str(data), "--out", str(tmp_path / seed), "--seed", seed, "--cell", "gru") == 0
    first, same, other = (seqkit.load(folder).model.get_weights() for folder in (run, tmp_path / "3", tmp_path / "4"))
    assert all(a.tobytes() == b.tobytes() for a, b in zip(first, same, strict=True))
    assert any(a.tobytes() != b.tobytes() for a, b in zip(first, other, strict=True))
    assert (
        json.loads((tmp_path / "3" / "report.json").read_bytes())["metrics"]
        == (json.loads((run / "report.json").read_bytes())["metrics"])
    )


def test_a_limit_in_minutes_that_is_never_reached_changes_nothing(run, data, tmp_path):
    flags = ["--smoke", "--epochs", "1", "--minutes", "30", "--seed", "3", "--cell", "gru"]
    assert start(*flags, "--data", str(data), "--out", str(tmp_path / "limited")) == 0
    free, limited = (seqkit.load(folder).model.get_weights() for folder in (run, tmp_path / "limited"))
    assert all(a.tobytes() == b.tobytes() for a, b in zip(free, limited, strict=True))


def test_a_repeating_text_is_learnt_by_heart(tmp_path):
    """After 'ab' comes 'c' or 'd': the last letter alone does not say which."""
    (tmp_path / "song.txt").write_text("abcabd" * 500)
    tiny = {"units": 24, "embedding": 8, "window": 12, "batch": 8, "streams": 1, "epochs": 12, "learning-rate": 0.02}
    flags = ["--data", str(tmp_path / "song.txt"), "--out", str(tmp_path / "run"), "--level", "byte"]
    assert start(*flags, *(f"--{name}={value}" for name, value in tiny.items())) == 0
    found = seqkit.load(tmp_path / "run").generate(["abcabdabc", "cabdab"], length=36, sampler=Greedy())
    assert [c.text for c in found] == ["abd" + "abcabd" * 5 + "abc", "cabdab" * 6]
    assert math.exp(np.mean(found[0].log_probs)) > 0.95
    test = json.loads((tmp_path / "run" / "report.json").read_bytes())["metrics"]["test"]
    assert test["bits_per_character"] == pytest.approx(test["nats"] / math.log(2), rel=1e-2)  # bytes of ASCII


def test_a_model_of_words_counts_bits_per_character(data, tmp_path):
    assert (
        start(*SMOKE, "--data", str(data), "--out", str(tmp_path / "run"), "--level", "word", "--sampling", "random")
        == 0
    )
    report = json.loads((tmp_path / "run" / "report.json").read_bytes())
    assert report["settings"]["level"] == "word"
    text = data.read_text()
    per_word = len(text) / len(text.split())
    test = report["metrics"]["test"]
    assert test["bits_per_character"] == pytest.approx(test["nats"] / math.log(2) / per_word, rel=0.05)
    [continuation] = seqkit.load(tmp_path / "run").generate(["the cat"], length=10, sampler=Temperature())
    assert len(continuation.log_probs) <= 10
    assert set(continuation.text.split()) <= set(WORDS)


# --- refusals ---------------------------------------------------------------------------------------------------------


def refused(capsys, tmp_path, *argv):
    """Status 2, one line that says what is wrong, no traceback, and nothing new on disk."""
    before = tree(tmp_path), sorted(tmp_path.rglob("*"))
    assert start(*argv) == 2
    err = capsys.readouterr().err
    assert "Traceback" not in err
    lines = [line for line in err.splitlines() if line.strip()]
    if lines[0].startswith("usage:"):
        assert "error: " in lines[-1]
    else:
        assert len(lines) == 1, err
        assert lines[0].startswith("error: ")
    assert (tree(tmp_path), sorted(tmp_path.rglob("*"))) == before
    return lines[-1]


def give(tmp_path, content):
    file = tmp_path / "mine.txt"
    file.write_bytes(content)
    return ["--data", str(file), "--out", str(tmp_path / "run"), "--smoke"]


@pytest.mark.parametrize("content", [b"", b"\n", b"   \n\n ", b"a", b"short text", b"\xef\xbb\xbf"])
def test_a_text_that_is_too_short_is_refused(capsys, tmp_path, content):
    assert "mine.txt" in refused(capsys, tmp_path, *give(tmp_path, content))


def test_a_text_shorter_than_a_window_is_refused(capsys, tmp_path):
    line = refused(capsys, tmp_path, *give(tmp_path, b"abcdefg " * 100), "--window", "5000")
    assert "window" in line
    assert "5000" in line


@pytest.mark.parametrize("content", [b"\x7fELF\x02\x01\x00\x00" * 500, bytes(range(256)) * 20, b"text " * 900 + b"\0"])
def test_a_binary_file_is_refused(capsys, tmp_path, content):
    assert "mine.txt" in refused(capsys, tmp_path, *give(tmp_path, content))


@pytest.mark.parametrize("bad", [b"\xff", b"\xc3(", b"\xed\xa0\x80", b"\xc3"])
def test_invalid_utf8_is_refused_with_its_place(capsys, tmp_path, bad):
    line = refused(capsys, tmp_path, *give(tmp_path, b"good text " * 432 + bad))
    assert "mine.txt" in line
    assert "4320" in line.replace(",", "")


def test_invalid_utf8_in_a_folder_names_the_file(capsys, tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    for name in "abcdefgh":
        (folder / f"{name}.txt").write_text(a_text(200, seed=ord(name)))
    (folder / "e.txt").write_bytes(b"x" * 77 + b"\xff" + b"y" * 900)
    flags = ["--data", str(folder), "--out", str(tmp_path / "run"), "--pattern", "*.txt"]
    line = refused(capsys, tmp_path, "--smoke", *flags)
    assert "e.txt" in line
    assert "77" in line


def test_an_empty_folder_is_refused(capsys, tmp_path):
    (tmp_path / "texts").mkdir()
    line = refused(capsys, tmp_path, "--smoke", "--data", str(tmp_path / "texts"), "--out", str(tmp_path / "run"))
    assert "texts" in line


def test_a_pattern_that_fits_no_file_is_refused(capsys, tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text(a_text())
    flags = ["--data", str(tmp_path / "texts"), "--out", str(tmp_path / "run"), "--pattern", "*.rst"]
    assert "*.rst" in refused(capsys, tmp_path, "--smoke", *flags)


@pytest.mark.parametrize("name", ["./no/such/folder", "no/such.txt", "/no/such/folder"])
def test_a_missing_path_is_named(capsys, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert "such" in refused(capsys, tmp_path, "--smoke", "--data", name, "--out", "run")


@pytest.mark.parametrize(
    ("name", "meant"), [("tinyshakespear", "tinyshakespeare"), ("PTB", "ptb"), ("pyhton", "python")]
)
def test_an_unknown_name_gets_a_suggestion(capsys, tmp_path, monkeypatch, name, meant):
    monkeypatch.chdir(tmp_path)
    line = refused(capsys, tmp_path, "--smoke", "--data", name, "--out", "run")
    assert name in line
    assert meant in line


@pytest.mark.parametrize("files", [["report.json"], ["settings.json"], ["notes.txt"]])
def test_a_folder_in_use_is_refused(capsys, tmp_path, files):
    (tmp_path / "run").mkdir()
    for name in files:
        (tmp_path / "run" / name).write_text("{}")
    assert "run" in refused(capsys, tmp_path, *give(tmp_path, a_text().encode()))


def test_a_finished_run_is_refused(capsys, run, data):
    assert str(run) in refused(capsys, run, "--smoke", "--data", str(data), "--out", str(run))


@pytest.mark.parametrize("out", ["file", "file/run", "/proc/seqkit"])
def test_a_place_that_cannot_be_written_is_refused(capsys, tmp_path, data, monkeypatch, out):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    assert out in refused(capsys, tmp_path, "--smoke", "--data", str(data), "--out", out)


WRONG = """
--units 0
--units -1
--units 2.5
--units many
--depth 0
--embedding 0
--cell lstn
--level chars
--sampling sequentially
--schedule cos
--patience 0
--patience -1
--epochs 0
--epochs -1
--minutes 0
--minutes -1
--minutes nan
--minutes inf
--streams 0
--streams 100000
--batch 0
--batch 100000
--window 0
--window -5
--dropout 1
--dropout -0.1
--dropout nan
--input-dropout 1.5
--output-dropout 1
--learning-rate 0
--learning-rate -1
--learning-rate nan
--clip-norm 0
--clip-norm -1
--warmup -0.1
--warmup 1.5
--warmup nan
--vocabulary-size 0
--vocabulary-size 4
--min-count 0
--min-count 100000
--seed -1
--unit 8
--no-such-flag 1
"""


@pytest.mark.parametrize("flags", WRONG.strip().splitlines())
def test_a_wrong_setting_is_refused_by_name(capsys, tmp_path, data, flags):
    line = refused(capsys, tmp_path, "--smoke", "--data", str(data), "--out", str(tmp_path / "run"), *flags.split())
    name = flags.split()[0].removeprefix("--").replace("-", "[-_ ]")
    assert re.search(name, line), line


def test_without_out_nothing_is_left_under_runs_either(capsys, tmp_path, data, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(capsys, tmp_path, "--smoke", "--data", str(data), "--units", "0")
    refused(capsys, tmp_path, "--smoke", "--data", "nowhere.txt")
    assert not Path("runs").exists()


def test_a_wrong_setting_suggests_what_was_meant(capsys, tmp_path, data):
    line = refused(capsys, tmp_path, "--data", str(data), "--out", str(tmp_path / "run"), "--cell", "lstn")
    assert all(cell in line for cell in ("simple_rnn", "minimal_gru", "gru", "lstm"))


def test_a_refused_run_leaves_no_copy_of_the_corpus(capsys, tmp_path, data, monkeypatch):
    """Nor is it left to the garbage collector, of which Python warns: a run that is killed would keep it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert start("--smoke", "--data", str(data), "--out", str(tmp_path / "run"), "--units", "0") == 2
        gc.collect()
    said = capsys.readouterr().err + "".join(str(w.message) for w in caught)
    assert "cleaning up" not in said
    assert list(tmp_path.iterdir()) == []
