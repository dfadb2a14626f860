"""The command line, mostly in this process: what it prints, and how it says no."""

import json
import math
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from seqkit.baselines import KneserNey
from seqkit.bundle import LanguageModelBundle, load
from seqkit.cli import main
from seqkit.decoding import Greedy, NoRepeatNGram, RepetitionPenalty, Temperature, TopK, TopP
from seqkit.evaluation import Report, likelihood
from seqkit.models import language_model
from seqkit.text import CharTokenizer, Vocabulary, WordTokenizer

LETTERS = "abcdef \n"
TEXT = "".join(np.random.default_rng(0).choice(list(LETTERS), 700))


def save(folder, tokens, tokenizer):
    """A bundle whose n-grams are counted in random ids."""
    keras.utils.set_random_seed(0)
    vocabulary = Vocabulary(list(tokens))
    ngram = KneserNey(np.random.default_rng(0).integers(4, len(vocabulary), 300), len(vocabulary))
    model = language_model(vocabulary_size=len(vocabulary), units=8, embedding=4)
    model.set_weights([2.0 * w for w in model.get_weights()])
    LanguageModelBundle(model, vocabulary, tokenizer, {"level": tokenizer.level}, ngram).save(folder)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run, made by hand: its bundle, report and history."""
    folder = tmp_path_factory.mktemp("cli") / "run"
    folder.mkdir()
    save(folder / "bundle", LETTERS, CharTokenizer())
    Report(
        recipe="char_lm",
        data="letters",
        seed=0,
        settings={"level": "char"},
        metrics={"test": {"nats": 1.2345, "perplexity": math.exp(1.2345)}},
        baselines={"uniform": {"nats": 2.0794, "perplexity": 8.0}},
        parameters=1234,
        train={"seconds": 60.0, "epochs": 1, "updates": 100, "tokens_per_second": 20000.0},
        peak_memory_mb=512.0,
        environment={"python": "3.11"},
        evaluation={"split": "test", "streams": 1},
    ).save(folder / "report.json")
    (folder / "history.csv").write_text("update,nats,gradient_norm,clip_rate\n50,2.0,0.5,0.1\n100,1.5,0.4,0.0\n")
    return folder


@pytest.fixture(scope="module")
def bundle(run):
    """The same bundle in the hands of the library; its compiled loops serve every test."""
    return load(run)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    file = tmp_path_factory.mktemp("text") / "letters.txt"
    file.write_bytes(TEXT.encode())
    return file


def call(capsys, *argv):
    """Status, standard output and standard error of a command."""
    try:
        status = main([str(a) for a in argv])
    except SystemExit as end:  # argparse
        status = end.code
    out, err = capsys.readouterr()
    return status, out, err


def done(capsys, *argv):
    status, out, err = call(capsys, *argv)
    assert (status, err) == (0, "")
    return out


def refused(capsys, *argv):
    """Status 2, nothing on standard output, and one line that says what is wrong."""
    status, out, err = call(capsys, *argv)
    assert (status, out) == (2, ""), err
    lines = [line for line in err.splitlines() if line.strip()]
    if lines[0].startswith("usage:"):
        assert "error: " in lines[-1]
    else:
        assert len(lines) == 1, err
        assert lines[0].startswith("error: ")
    assert "Traceback" not in err
    return lines[-1]


# --- generate ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "sampler"),
    [
        ([], Temperature()),
        (["--top-k", "2", "--temperature", "3"], TopK(k=2, temperature=3.0)),
        (["--top-p", "0.5"], TopP(p=0.5)),
        (["--greedy"], Greedy()),
    ],
    ids=str,
)
def test_generate_prints_the_prompt_and_what_the_bundle_writes(capsys, run, bundle, flags, sampler):
    found = done(capsys, "generate", run, "--prompt", "abc", "--length", "50", "--seed", "7", *flags)
    [expected] = bundle.generate(["abc"], length=50, sampler=sampler, seed=7)
    assert found == "abc" + expected.text + "\n"


@pytest.fixture
def endless(run, tmp_path):
    """A bundle whose model never ends a text."""
    bundle = load(run)
    kernel, bias = bundle.model.get_layer("head").get_weights()
    bias[bundle.vocabulary.eos_id] = -1e9
    bundle.model.get_layer("head").set_weights([kernel, bias])
    bundle.save(tmp_path / "endless")
    return tmp_path / "endless"


def test_generate_keeps_a_text_from_repeating_itself(capsys, endless):
    plain = ["--prompt", "abc", "--length", "50", "--seed", "7"]
    found = done(capsys, "generate", endless, *plain, "--repetition-penalty", "1.3", "--no-repeat-ngram", "2")
    constraints = (RepetitionPenalty(1.3), NoRepeatNGram(2))
    [expected] = load(endless).generate(["abc"], length=50, sampler=Temperature(), seed=7, constraints=constraints)
    assert found == "abc" + expected.text + "\n"
    assert found != done(capsys, "generate", endless, *plain)


def test_generate_from_ngrams(capsys, run, bundle):
    found = done(capsys, "generate", run, "--prompt", "abc", "--length", "50", "--ngram", "--top-k", "3")
    [expected] = bundle.generate(["abc"], length=50, sampler=TopK(k=3), writer="ngram")
    assert found == "abc" + expected.text + "\n"


@pytest.mark.parametrize("flags", [["--seed", "5"], ["--greedy", "--no-repeat-ngram", "3"]])
def test_a_stream_prints_what_is_generated_and_ends_with_its_length(capsys, run, flags):
    whole = done(capsys, "generate", run, "--prompt", "abc", "--length", "60", *flags)
    assert done(capsys, "generate", run, "--prompt", "abc", "--length", "60", "--stream", *flags) == whole


@pytest.mark.parametrize(("ending", "status"), [("nobody reads on", 141), ("an interrupt", 130)])
def test_a_stream_has_no_end_and_stops_in_peace(endless, ending, status):
    argv = [sys.executable, "-m", "seqkit", "generate", str(endless), "--stream", "--no-repeat-ngram", "4"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert len(process.stdout.read(2000)) == 2000
        if ending == "an interrupt":
            process.send_signal(signal.SIGINT)
            process.stdout.read()
        else:
            process.stdout.close()
        assert process.wait(timeout=60) == status
        assert process.stderr.read() == ""


def test_beams_show_the_likeliest_texts(capsys, run, bundle):
    flags = ["--beams", "5", "--samples", "2", "--length-penalty", "0.6"]
    found = done(capsys, "generate", run, "--prompt", "abc", "--length", "12", *flags)
    first, second = bundle.beam("abc", length=12, beams=5, n_best=2, length_penalty=0.6)
    assert found == f"abc{first.text}\n\n{'-' * 72}\nabc{second.text}\n"


def test_generate_takes_a_bundle_and_no_prompt_and_seed_0(capsys, run, bundle):
    found = done(capsys, "generate", run / "bundle", "--length", "40")
    first, other = (bundle.generate([""], length=40, sampler=Temperature(), seed=seed)[0].text for seed in (0, 1))
    assert found == first + "\n"
    assert first != other


def test_samples_are_different_texts_after_the_same_prompt(capsys, run, bundle):
    found = done(capsys, "generate", run, "--prompt", "abc", "--length", "40", "--samples", "3")
    expected = bundle.generate(["abc"] * 3, length=40, sampler=Temperature(), seed=0)
    assert len({c.text for c in expected}) == 3
    places = [found.index("abc" + c.text) for c in expected]
    assert places == sorted(places)


def test_words_are_set_apart_from_the_prompt(capsys, tmp_path):
    folder = save(tmp_path / "words", ["the", "cat", "sat"], WordTokenizer())
    words = done(capsys, "generate", folder, "--prompt", "the cat", "--length", "9").split()
    [expected] = load(folder).generate(["the cat"], length=9, sampler=Temperature(), seed=0)
    assert words == ["the", "cat", *expected.text.split()]


@pytest.mark.filterwarnings("always::seqkit.bundle.UnknownTokenWarning")
def test_unknown_characters_of_a_prompt_are_named_and_the_text_is_written(capsys, run):
    status, out, err = call(capsys, "generate", run, "--prompt", "abZé", "--length", "20")
    assert status == 0
    assert out.startswith("abZé")
    assert "Z" in err
    assert "é" in err
    assert len(err.strip().splitlines()) == 1
    assert "Warning" not in err


def test_another_process_says_the_same_and_nothing_else(run, bundle):
    """The one test of the real command: a fresh interpreter, its status, and a quiet standard error."""
    argv = [sys.executable, "-m", "seqkit", "generate", str(run), "--prompt", "abZ", "--length", "40", "--seed", "3"]
    found = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
    with pytest.warns(UserWarning, match="Z"):
        [expected] = bundle.generate(["abZ"], length=40, sampler=Temperature(), seed=3)
    assert found.returncode == 0, found.stderr
    assert found.stdout == "abZ" + expected.text + "\n"
    assert "Z" in found.stderr
    assert len(found.stderr.strip().splitlines()) == 1, found.stderr


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--temperature 0", "temperature"),
        ("--temperature -1", "temperature"),
        ("--temperature nan", "temperature"),
        ("--temperature inf", "temperature"),
        ("--temperature warm", "temperature"),
        ("--top-k 0", "k"),
        ("--top-k -3", "k"),
        ("--top-k 13", "`k`.*13.*12"),
        ("--top-k 2.5", "top-k"),
        ("--top-p 0", "p"),
        ("--top-p 1.5", "p"),
        ("--top-p nan", "p"),
        ("--top-k 3 --greedy", "--top-k|--greedy"),
        ("--top-p 0.5 --greedy", "--top-p|--greedy"),
        ("--top-k 3 --top-p 0.5", "--top-k|--top-p"),
        ("--beams 3 --greedy", "--beams and --greedy"),
        ("--beams 3 --seed 1", "--beams and --seed"),
        ("--beams 3 --stream", "--beams and --stream"),
        ("--beams 2 --samples 3", "`n_best`"),
        ("--beams 0", "beams"),
        ("--length-penalty 1", "Add --beams"),
        ("--beams 2 --length-penalty -1", "length_penalty"),
        ("--stream --samples 2", "--stream and --samples"),
        ("--stream --ngram", "--stream and --ngram"),
        ("--repetition-penalty 0", "factor"),
        ("--no-repeat-ngram 0", "size"),
        ("--length 0", "length"),
        ("--length -5", "length"),
        ("--samples 0", "samples"),
        ("--seed -1", "seed"),
        ("--seed x", "seed"),
        ("--lenght 5", "lenght"),
    ],
)
def test_generate_refuses_wrong_values_by_name(capsys, run, flags, said):
    assert re.search(said, refused(capsys, "generate", run, "--prompt", "ab", *flags.split()))


# --- evaluate ---------------------------------------------------------------------------------------------------------


def figures(printed):
    """Nats, perplexity and bits per character as they are printed."""
    return [
        float(re.search(rf"{name}\s+([\d.]+)", printed)[1])
        for name in ("nats a token", "perplexity", "bits per character")
    ]


def reference(bundle, text, streams=1):
    """The library's own figures, for a text after `<bos>`."""
    ids = np.array([bundle.vocabulary.bos_id, *bundle.vocabulary.encode(bundle.tokenizer.split(text))])
    found = likelihood(bundle.model, ids, streams=streams, characters=len(text))
    return [found.nats, found.perplexity, found.bits_per_character]


@pytest.mark.parametrize("streams", [1, 4])
def test_evaluate_prints_the_likelihood_of_the_text(capsys, run, bundle, text, streams):
    printed = done(capsys, "evaluate", run, "--data", text, "--streams", streams)
    np.testing.assert_allclose(figures(printed), reference(bundle, TEXT, streams), rtol=1e-4)
    assert "700 tokens" in printed
    assert "0 unknown" in printed


def test_evaluate_is_the_chain_rule(capsys, run, bundle, text):
    """By hand: one pass of the model over the whole text."""
    ids = [2, *(4 + LETTERS.index(c) for c in TEXT)]
    logits = keras.ops.convert_to_numpy(bundle.model(np.array([ids[:-1]])))[0].astype("float64")
    logs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    nats = -logs[np.arange(700), ids[1:]].mean()
    expected = [nats, math.exp(nats), nats / math.log(2)]
    np.testing.assert_allclose(figures(done(capsys, "evaluate", run, "--data", text)), expected, rtol=1e-4)


def test_the_batch_changes_no_figure(capsys, run, text):
    printed = {
        figures(done(capsys, "evaluate", run, "--data", text, "--streams", 7, "--batch", b))[0] for b in (1, 3, 7)
    }
    assert max(printed) - min(printed) <= 1e-4


def test_evaluate_counts_what_the_model_does_not_know(capsys, run, tmp_path):
    (tmp_path / "odd.txt").write_text("abcXYabcZ" * 20)
    printed = done(capsys, "evaluate", run, "--data", tmp_path / "odd.txt")
    assert "180 tokens" in printed
    assert "60 unknown" in printed


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "mine.txt"),
        (b"ab\xff" + b"c" * 50, r"mine.txt.*2"),
        (b"\x7fELF\x00\x01" * 50, "mine.txt"),
        (None, "mine.txt"),
    ],
    ids=["empty", "invalid", "binary", "missing"],
)
def test_evaluate_refuses_what_is_no_text(capsys, run, tmp_path, content, said):
    if content is not None:
        (tmp_path / "mine.txt").write_bytes(content)
    assert re.search(said, refused(capsys, "evaluate", run, "--data", tmp_path / "mine.txt"))


def test_evaluate_refuses_a_folder(capsys, run, tmp_path):
    assert str(tmp_path) in refused(capsys, "evaluate", run, "--data", tmp_path)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--streams 0", "streams"),
        ("--streams -2", "streams"),
        ("--streams 100000", "streams"),
        ("--streams 2 --batch 0", "batch"),
        ("--streams x", "streams"),
    ],
)
def test_evaluate_refuses_wrong_values_by_name(capsys, run, text, flags, said):
    assert said in refused(capsys, "evaluate", run, "--data", text, *flags.split())


# --- report -----------------------------------------------------------------------------------------------------------


def test_report_shows_the_result_and_writes_the_page_anew(capsys, run, tmp_path):
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    printed = done(capsys, "report", copy)
    assert Report.load(copy / "report.json").summary() in printed
    assert str(copy / "report.html") in printed
    page = (copy / "report.html").read_bytes()
    assert b"1.234" in page or b"1.235" in page
    (copy / "report.html").write_text("old")
    assert done(capsys, "report", copy) == printed
    assert (copy / "report.html").read_bytes() == page


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *(("report.json", content) for content in (None, b"", b"{", b"[]", b"\xff\xfe\x00")),
        *(("history.csv", content) for content in (None, b"", b"\xff\xfe\x00", b"update,nats\n1,2.0\n2,x\n")),
    ],
)
def test_report_refuses_a_damaged_run_and_keeps_its_page(capsys, run, tmp_path, name, content):
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    (copy / "report.html").write_text("old")
    (copy / name).unlink()
    if content is not None:
        (copy / name).write_bytes(content)
    assert name.split(".")[0] in refused(capsys, "report", copy)
    assert (copy / "report.html").read_text() == "old"


# --- all three --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["generate", "evaluate", "report"])
@pytest.mark.parametrize("folder", ["nowhere", "file", "empty"])
def test_a_folder_that_is_no_run_is_named(capsys, tmp_path, text, command, folder):
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    extra = ["--data", text] if command == "evaluate" else []
    assert str(tmp_path / folder) in refused(capsys, command, tmp_path / folder, *extra)


@pytest.mark.parametrize("command", ["generate", "evaluate"])
def test_a_damaged_bundle_is_refused_by_file(capsys, run, tmp_path, text, command):
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    model = copy / "bundle" / "model.keras"
    model.write_bytes(model.read_bytes()[:-100])
    extra = ["--data", text] if command == "evaluate" else []
    assert "model.keras" in refused(capsys, command, copy, *extra)
    manifest = json.loads((copy / "bundle" / "manifest.json").read_bytes())
    assert manifest["files"]["model.keras"]["bytes"] != model.stat().st_size


@pytest.mark.parametrize(
    "argv", [[], ["genrate", "x"], ["generate"], ["evaluate", "x"], ["report"], ["report", "a", "b"]]
)
def test_a_wrong_command_line_shows_its_usage(capsys, argv):
    status, out, err = call(capsys, *argv)
    assert (status, out) == (2, "")
    assert err.startswith("usage: python -m seqkit")


@pytest.mark.parametrize("argv", [["--help"], ["generate", "--help"], ["evaluate", "--help"], ["report", "--help"]])
def test_help_is_no_mistake(capsys, argv):
    status, out, err = call(capsys, *argv)
    assert (status, err) == (0, "")
    assert out.startswith("usage: python -m seqkit")
