"""The report: round trip, refusals, and the lines in the terminal."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from seqkit.checks import InputError
from seqkit.evaluation import report as report_module
from seqkit.evaluation.metric import METRICS
from seqkit.evaluation.report import Report
from seqkit.evaluation.standing import comparison, rungs
from seqkit.files import write_atomically

FIELDS = {
    "recipe": "char_lm",
    "data": "shakespeare",
    "seed": 3,
    "settings": {"level": "char", "units": 384, "dropout": 0.2, "minutes": None, "temperatures": (0.5, 1.0)},
    "metrics": {"valid": {"nats": 1.4913, "perplexity": 4.4428}, "test": {"nats": 1.5204, "perplexity": 4.5741}},
    "baselines": {"uniform": {"nats": 4.1744}, "5-gram": {"nats": 1.9502, "perplexity": 7.0301}},
    "parameters": 1875137,
    "train": {"seconds": 203.4, "epochs": 3, "updates": 4600, "tokens_per_second": 28910.3},
    "peak_memory_mb": 872.25,
    "environment": {"python": "3.11.7", "cores": 2},
    "evaluation": {"split": "valid", "streams": 1},
    "coverage": {"tokens": 111540, "unknown_rate": 0.0},
    "samples": ({"temperature": 0.8, "prompt": "", "text": "Æ\n\ud800 <b>", "nats": 1.3},),
    "mixtures": {},
}


def a_report(**changes):
    return Report(**FIELDS | changes)


def test_round_trip_is_exact(tmp_path):
    a_report().save(tmp_path / "report.json")
    assert Report.load(tmp_path / "report.json") == a_report()


def test_file_holds_the_fields_of_the_contract_in_order(tmp_path):
    a_report().save(tmp_path / "report.json")
    stored = json.loads((tmp_path / "report.json").read_bytes())
    assert list(stored) == list(FIELDS)
    assert list(stored["settings"]) == ["level", "units", "dropout", "minutes", "temperatures"]
    assert stored["metrics"]["test"]["nats"] == 1.5204


def test_saving_twice_gives_the_same_bytes_and_no_other_file(tmp_path):
    a_report().save(tmp_path / "a.json")
    Report.load(tmp_path / "a.json").save(tmp_path / "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"a.json", "b.json"}


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "page.html"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "new \ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_saving_into_no_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"nowhere/report\.json: cannot be written \(No such file or directory\)"):
        a_report().save(tmp_path / "nowhere" / "report.json")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"recipe": 1}, "`recipe` must be text. Received: 1."),
        ({"seed": -1}, "`seed` must be an integer of at least 0. Received: -1."),
        ({"parameters": True}, "`parameters` must be an integer of at least 0. Received: True."),
        ({"peak_memory_mb": "8"}, "`peak_memory_mb` must be a finite `int` or `float`. Received: '8'."),
        (
            {"metrics": {"valid": {"nats": float("nan")}}},
            "`metrics.valid.nats` must be a finite `int` or `float`. Received: nan.",
        ),
        (
            {"baselines": {"5-gram": {"nats": float("inf")}}},
            "`baselines.5-gram.nats` must be a finite `int` or `float`. Received: inf.",
        ),
        ({"baselines": {"5-gram": {"f1": 0.5}}}, "`baselines.5-gram.nats` is missing. Received: f1."),
        ({"metrics": {}}, "`metrics` must hold at least one of train, valid, test. Received: nothing."),
        ({"metrics": {"dev": {"nats": 1.0}}}, "`metrics` must be keyed by train, valid, test. Received: 'dev'."),
        ({"metrics": {"valid": 3}}, "`metrics.valid` must be a dict with text as keys. Received: 3."),
        (
            {"evaluation": {"streams": 1}},
            "`evaluation.split` must name the split the baselines were measured on, one of valid, test. "
            "Received: None.",
        ),
        (
            {"metrics": {"valid": {"own": 1.0}}},
            f"`metrics.valid` must hold a metric that ranks models: {', '.join(METRICS)}. Received: own.",
        ),
        (
            {"train": {"seconds": 1.0, "epochs": 1, "updates": 1}},
            "`train.tokens_per_second` is missing. Received: seconds, epochs, updates.",
        ),
        (
            {"settings": {"optimizer": {"betas": (0.9, {1})}}},
            "`settings.optimizer.betas.1` must be text, a number, a boolean, None, or tuples and dicts of these. "
            "Received: {1}.",
        ),
        (
            {"settings": {"rates": [float("-inf")]}},
            "`settings.rates.0` must be a finite `int` or `float`. Received: -inf.",
        ),
        ({"coverage": {1: 2}}, "`coverage` must be a dict with text as keys. Received: {1: 2}."),
        ({"samples": []}, "`samples` must be a tuple of dicts. Received: []."),
        (
            {"samples": ({"text": "a"},)},
            "`samples.0` must have the keys temperature, prompt, text, nats. Received: text.",
        ),
        (
            {"samples": (FIELDS["samples"][0] | {"text": 5},)},
            "`samples.0.text` must be text. Received: 5.",
        ),
    ],
)
def test_wrong_fields_are_refused_by_name(changes, message):
    with pytest.raises(InputError) as refusal:
        a_report(**changes)
    assert str(refusal.value) == message


def test_a_number_spoilt_later_is_not_saved(tmp_path):
    report = a_report(train=dict(FIELDS["train"]))
    report.train["seconds"] = float("nan")
    with pytest.raises(InputError, match=r"`train\.seconds` must be a finite"):
        report.save(tmp_path / "report.json")
    assert not list(tmp_path.iterdir())


def spoilt(change):
    fields = json.loads(json.dumps(FIELDS))
    change(fields)
    return json.dumps(fields)


AGAIN = "Evaluate the run again to replace the file."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (spoilt(lambda f: f.pop("seed")), f"`seed` is missing. {AGAIN}"),
        (
            spoilt(lambda f: f.update(extra=1)),
            f"`extra` is no field of a report; they are {', '.join(FIELDS)}. {AGAIN}",
        ),
        (
            spoilt(lambda f: f["train"].update(seconds="long")),
            f"`train.seconds` must be a finite `int` or `float`. Received: 'long'. {AGAIN}",
        ),
        (
            spoilt(lambda f: f["metrics"]["valid"].update(nats=float("nan"))),
            f"`metrics.valid.nats` must be a finite `int` or `float`. Received: nan. {AGAIN}",
        ),
        (
            spoilt(lambda f: f["metrics"]["valid"].update(nats=10**400)),
            "`metrics.valid.nats` must be a finite `int` or `float`. "
            f"Received: 100000000000000000...0000000000000000000. {AGAIN}",
        ),
        (
            spoilt(lambda f: f["evaluation"].update(split=["valid"])),
            "`evaluation.split` must name the split the baselines were measured on, one of valid, test. "
            f"Received: ('valid',). {AGAIN}",
        ),
        ("[]", f"`report` must be a JSON object. Received: (). {AGAIN}"),
        ('{"recipe": "char', f"not whole JSON: Unterminated string starting at: line 1 column 12 (char 11). {AGAIN}"),
        ("", f"not whole JSON: Expecting value: line 1 column 1 (char 0). {AGAIN}"),
    ],
)
def test_a_damaged_file_is_refused_by_name_and_key(tmp_path, text, message):
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(InputError) as refusal:
        Report.load(path)
    assert str(refusal.value) == f"{path}: {message}"


@pytest.mark.parametrize("content", [b"\xff\xfe{", b"[" * 200_000, b'{"recipe": ' * 50_000])
def test_bytes_that_are_no_json_are_refused(tmp_path, content):
    path = tmp_path / "report.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"report\.json: not whole JSON: "):
        Report.load(path)


def test_every_truncation_is_refused(tmp_path):
    whole = json.dumps(FIELDS)
    path = tmp_path / "report.json"
    for length in range(0, len(whole), 7):
        path.write_text(whole[:length])
        with pytest.raises(InputError, match="not whole JSON"):
            Report.load(path)


def test_no_file_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"none\.json: cannot be read: No such file or directory\. Give the path"):
        Report.load(tmp_path / "none.json")


def test_report_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        a_report().seed = 4


def test_summary():
    assert a_report().summary().splitlines() == [
        "Validation: 1.491 nats a character (perplexity 4.44). "
        "Better than every baseline, from uniform (4.174) to 5-gram (1.950).",
        "",
        "                     nats  perplexity",
        "this model (test)   1.520        4.57",
        "this model (valid)  1.491        4.44",
        "5-gram (valid)      1.950        7.03",
        "uniform (valid)     4.174",
        "",
        "1,875,137 parameters, trained for 3 min 23 s (epochs 3, updates 4,600, characters a second 28,910), "
        "peak memory 872 MB",
    ]


@pytest.mark.parametrize(
    ("f1", "baselines", "said", "ladder"),
    [
        (0.8, {}, "No baseline was measured.", ["this model"]),
        (0.8, {"linear": 0.7}, "Better than the only baseline, linear (70.0%).", ["this model", "linear"]),
        (0.8, {"linear": 0.8}, "Not better than the baseline linear (80.0%).", ["linear", "this model"]),
        (
            0.8,
            {"majority": 0.1, "linear": 0.7, "repeat": 0.2},
            "Better than every baseline, from majority (10.0%) to linear (70.0%).",
            ["this model", "linear", "repeat", "majority"],
        ),
        (
            0.5,
            {"majority": 0.1, "linear": 0.7},
            "Not better than the baseline linear (70.0%).",
            ["linear", "this model", "majority"],
        ),
    ],
)
def test_higher_is_better_for_f1(f1, baselines, said, ladder):
    report = a_report(
        metrics={"test": {"f1": f1}}, baselines={n: {"f1": v} for n, v in baselines.items()}, evaluation={}
    )
    assert comparison(report) == said
    assert [rung.name for rung in rungs(report)] == ladder


def test_the_first_metric_that_ranks_is_the_headline():
    report = a_report(metrics={"valid": {"own": 2.0, "accuracy": 0.5, "nats": 1.0}}, baselines={}, evaluation={})
    assert report.headline is METRICS["accuracy"]


def test_the_report_and_the_page_import_neither_keras_nor_matplotlib():
    # The room's own `__init__` is left out: other files of the room do need Keras.
    files = Path(report_module.__file__).parent
    code = (
        "import sys, types; room = types.ModuleType('seqkit.evaluation');"
        f"room.__path__ = [{str(files)!r}]; sys.modules['seqkit.evaluation'] = room;"
        "import seqkit.evaluation.report, seqkit.evaluation.page;"
        "print(sorted({'keras', 'tensorflow', 'jax', 'matplotlib', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_mixture_is_shown_but_is_nothing_to_beat():
    report = a_report(
        metrics={"valid": {"nats": 1.5}},
        baselines={"bigram": {"nats": 2.0}},
        mixtures={"60% this model, 40% bigram": {"nats": 1.4}},
        evaluation={},
    )
    summary = report.summary()
    assert "Better than the only baseline, bigram (2.000)." in summary
    lines = [line.split("  ")[0] for line in summary.splitlines()]
    places = [
        lines.index(name) for name in ("60% this model, 40% bigram (valid)", "this model (valid)", "bigram (valid)")
    ]
    assert places == sorted(places)
    with pytest.raises(InputError, match=r"`mixtures\.both\.nats` is missing"):
        a_report(mixtures={"both": {"accuracy": 1.0}})
