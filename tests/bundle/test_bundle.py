"""The bundle: the same numbers in another process, and nothing in a damaged or hostile folder gets through."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from keras.src.backend.common import global_state

import seqkit
from seqkit.bundle import LanguageModelBundle, UnknownTokenWarning, load
from seqkit.checks import InputError
from seqkit.decoding import Greedy, Temperature
from seqkit.evaluation import log_prob
from seqkit.models import LanguageModel, language_model
from seqkit.text import ByteTokenizer, CharTokenizer, Vocabulary, WordTokenizer

CELLS = ("simple_rnn", "minimal_gru", "gru", "lstm")
FILES = ("manifest.json", "model.keras", "settings.json", "tokenizer.json", "vocabulary.json")
SEQUENCES = [[2, 4, 5, 6, 7, 8, 9, 3], [2, 9, 9], [2, *([4, 6, 8] * 20)]]

# What another process does with the bundles of a folder: it prints log-probabilities to the last bit, and texts.
READER = """
import json, sys
from pathlib import Path
import seqkit
from seqkit.decoding import Temperature
from seqkit.evaluation import log_prob
for folder in sorted(Path(sys.argv[1]).iterdir()):
    bundle = seqkit.load(folder)
    numbers = [float(x).hex() for x in log_prob(bundle.model, json.loads(sys.argv[2]))]
    [continuation] = bundle.generate(["cab"], length=30, sampler=Temperature(), seed=5)
    print(json.dumps([folder.name, numbers, continuation.text, bundle.settings]))
"""


def make(tokens="abcdef", tokenizer=None, settings=None, seed=0, **changes):
    keras.utils.set_random_seed(seed)
    vocabulary = Vocabulary(list(tokens))
    model = language_model(**{"vocabulary_size": len(vocabulary), "units": 8, "embedding": 4} | changes)
    model.set_weights([2.0 * w for w in model.get_weights()])
    return LanguageModelBundle(model, vocabulary, tokenizer or CharTokenizer(), settings or {"level": "char"})


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle") / "saved"
    make().save(folder)
    return folder


@pytest.fixture
def copy(saved, tmp_path):
    """A bundle of the test's own, to be damaged."""
    return Path(shutil.copytree(saved, tmp_path / "copy"))


def reseal(folder):
    """Makes the manifest agree with the files, as a person with bad intentions would."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for name in manifest["files"]:
        data = (folder / name).read_bytes()
        manifest["files"][name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def change_manifest(folder, change):
    manifest = json.loads((folder / "manifest.json").read_bytes())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def rewrite_archive(path, change):
    """Replaces the members of a zip file by `change(members)`, a dict from name to bytes."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def refused(folder, name):
    """Loading must fail as a user's mistake whose message names the file."""
    with pytest.raises(InputError) as caught:
        load(folder)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value).strip()
    return str(caught.value)


def test_another_process_reads_the_same_numbers(tmp_path):
    here = {}
    for cell in CELLS:
        bundle = make(cell=cell, depth=2, settings={"level": "char", "cell": cell, "minutes": None, "rate": 0.1})
        bundle.save(tmp_path / cell)
        [continuation] = bundle.generate(["cab"], length=30, sampler=Temperature(), seed=5)
        numbers = [float(x).hex() for x in log_prob(bundle.model, SEQUENCES)]
        here[cell] = [cell, numbers, continuation.text, bundle.settings]
    reader = subprocess.run(
        [sys.executable, "-c", READER, str(tmp_path), json.dumps(SEQUENCES)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert reader.returncode == 0, reader.stderr
    there = [json.loads(line) for line in reader.stdout.splitlines()]
    assert [row[0] for row in there] == sorted(CELLS)
    for row in there:
        assert row == here[row[0]]


def test_settings_vocabulary_and_tokenizer_come_back(tmp_path):
    settings = {"level": "word", "minutes": None, "learning_rate": 0.1 + 0.2, "nested": {"é\n\u2028": [1, True]}}
    bundle = make(["the", "cat,", "é", "\u2028"], WordTokenizer(punctuation=False), settings)
    bundle.save(tmp_path / "b")
    found = load(tmp_path / "b")
    assert found.settings == settings
    assert found.vocabulary.tokens == bundle.vocabulary.tokens
    assert found.tokenizer.split("the cat, sat") == ["the", "cat,", "sat"]


def test_the_top_level_loads_a_run_or_a_bundle(saved, tmp_path):
    shutil.copytree(saved, tmp_path / "run" / "bundle")
    expected = log_prob(load(saved).model, SEQUENCES)
    assert log_prob(seqkit.load(str(tmp_path / "run")).model, SEQUENCES).tolist() == expected.tolist()
    assert log_prob(seqkit.load(tmp_path / "run" / "bundle").model, SEQUENCES).tolist() == expected.tolist()


def test_saving_what_was_loaded_gives_the_same_bundle_again(saved, tmp_path):
    load(saved).save(tmp_path / "again")
    assert (
        log_prob(load(tmp_path / "again").model, SEQUENCES).tolist() == log_prob(load(saved).model, SEQUENCES).tolist()
    )
    for name in ("settings.json", "tokenizer.json", "vocabulary.json"):
        assert (tmp_path / "again" / name).read_bytes() == (saved / name).read_bytes()


def test_the_manifest_states_size_and_checksum_of_every_file(saved):
    assert sorted(path.name for path in saved.iterdir()) == sorted(FILES)
    listed = json.loads((saved / "manifest.json").read_bytes())["files"]
    assert sorted(listed) == sorted(FILES[1:])
    for name, facts in listed.items():
        data = (saved / name).read_bytes()
        assert facts == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def test_nothing_in_a_bundle_is_pickled(saved):
    with zipfile.ZipFile(saved / "model.keras") as archive:
        assert sorted(archive.namelist()) == ["config.json", "metadata.json", "model.weights.h5"]


# --- generation -------------------------------------------------------------------------------------------------------


def test_each_prompt_is_given_back_and_continued():
    bundle = make()
    found = bundle.generate(["ab", "", "fedcba"], length=12, sampler=Temperature(), seed=1)
    assert [c.prompt for c in found] == ["ab", "", "fedcba"]
    for continuation in found:
        assert set(continuation.text) <= set("abcdef")
        assert len(continuation.log_probs) == len(continuation.text) + continuation.ended
        assert continuation.ended or len(continuation.text) == 12


def test_log_probs_are_those_of_the_text():
    bundle = make()
    found = bundle.generate(["ab", "", "fedcba"], length=12, sampler=Temperature(0.5), seed=2)
    for continuation in found:
        prompt = [2, *bundle.vocabulary.encode(continuation.prompt)]
        drawn = [*bundle.vocabulary.encode(continuation.text), *([3] if continuation.ended else [])]
        whole = log_prob(bundle.model, [[*prompt, *drawn]])[0]
        before = log_prob(bundle.model, [prompt])[0] if len(prompt) > 1 else 0.0
        assert continuation.log_probs.sum() == pytest.approx(whole - before, abs=1e-4)


def test_the_end_of_a_text_is_not_spelled():
    """A model that always ends: `<eos>` has all the weight."""
    bundle = make()
    bundle.model.set_weights([np.zeros_like(w) for w in bundle.model.get_weights()])
    bias = bundle.model.get_layer("head").bias
    bias.assign([0, 0, 0, 30, 0, 0, 0, 0, 0, 0])
    [continuation] = bundle.generate(["abc"], length=5, sampler=Greedy())
    assert (continuation.text, continuation.ended, len(continuation.log_probs)) == ("", True, 1)


def test_no_other_special_token_is_ever_written():
    """Not even by a model that wants nothing but `<pad>`, `<unk>` and `<bos>`."""
    bundle = make()
    bundle.model.set_weights([np.zeros_like(w) for w in bundle.model.get_weights()])
    bundle.model.get_layer("head").bias.assign([30, 30, 30, 0, 5, 5, 5, 5, 5, 5])
    found = bundle.generate(["abc", ""], length=50, sampler=Temperature())
    assert all(set(c.text) <= set("abcdef") for c in found)
    assert all(len(c.text) + c.ended == len(c.log_probs) for c in found)


def test_a_bundle_of_words_writes_words():
    words = ["the", "cat", "sat", ",", "mat"]
    bundle = make(words, WordTokenizer())
    [continuation] = bundle.generate(["the cat"], length=9, sampler=Temperature(), seed=3)
    assert continuation.text.split()
    assert set(continuation.text.split()) <= set(words)
    assert len(continuation.text.split()) + continuation.ended == len(continuation.log_probs)


def test_a_bundle_of_bytes_reads_and_writes_any_text():
    bundle = make([chr(b) for b in range(256)], ByteTokenizer())
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # to bytes, nothing is unknown
        found = bundle.generate(["né", "日本", "🙂", ""], length=40, sampler=Temperature(), seed=3)
    for continuation in found:
        continuation.text.encode("utf-8")  # no half surrogate, whatever bytes were drawn
        assert len(continuation.log_probs) <= 40
        assert continuation.text


def test_bytes_that_spell_a_character_come_out_as_one():
    bundle = make([chr(b) for b in "é".encode()], ByteTokenizer())
    bundle.model.set_weights([np.zeros_like(w) for w in bundle.model.get_weights()])
    head = bundle.model.get_layer("head")
    head.bias.assign([-30, -30, -30, -30, 0, 0])
    [continuation] = bundle.generate([""], length=200, sampler=Temperature())
    assert set(continuation.text) == {"é", "\ufffd"}


def test_unknown_characters_are_named_and_generation_goes_on():
    bundle = make()
    with pytest.warns(UnknownTokenWarning, match="'z'") as caught:
        [continuation] = bundle.generate(["abzcé"], length=7, sampler=Greedy())
    assert "'é'" in str(caught[0].message)
    assert "'a'" not in str(caught[0].message)
    assert len(continuation.log_probs) == len(continuation.text) + continuation.ended
    assert continuation.prompt == "abzcé"


def test_unknown_characters_are_read_as_unk():
    bundle = make()
    with pytest.warns(UnknownTokenWarning):
        ids = bundle.encode("azb")
    assert ids.tolist() == [2, 4, 1, 5]
    assert bundle.encode("").tolist() == [2]


def test_a_prompt_cannot_smuggle_in_a_control_token():
    bundle = make(["<", "e", "o", "s", ">"])
    assert bundle.encode("<eos>").tolist() == [2, 4, 5, 6, 7, 8]
    words = make(["a"], WordTokenizer(punctuation=False))
    with pytest.warns(UnknownTokenWarning, match="<eos>"):
        assert words.encode("a <eos>").tolist() == [2, 4, 1]


@pytest.mark.parametrize(
    ("changes", "name"), [({"length": 0}, "length"), ({"seed": -1}, "seed"), ({"prompts": []}, "prompts")], ids=str
)
def test_wrong_arguments_are_refused(changes, name):
    arguments = {"prompts": ["ab"], "length": 3, "sampler": Greedy()} | changes
    with pytest.raises(InputError, match=f"`{name}`"):
        make().generate(arguments.pop("prompts"), **arguments)


def test_a_vocabulary_must_fit_the_model():
    model = language_model(vocabulary_size=9, units=4)
    with pytest.raises(InputError, match=r"vocabulary.*9.*10"):
        LanguageModelBundle(model, Vocabulary("abcdef"), CharTokenizer(), {})


# --- saving -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [None, "notes.txt"])
def test_saving_never_touches_a_folder_that_is_there(tmp_path, content):
    folder = tmp_path / "there"
    folder.mkdir()
    if content:
        (folder / content).write_text("mine")
    with pytest.raises(InputError, match="there"):
        make().save(folder)
    assert [path.name for path in folder.iterdir()] == ([content] if content else [])
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_saving_never_touches_a_file_that_is_there(tmp_path):
    (tmp_path / "there").write_text("mine")
    with pytest.raises(InputError, match="there"):
        make().save(tmp_path / "there")
    assert (tmp_path / "there").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_saving_into_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises((InputError, OSError), match="file"):
        make().save(tmp_path / "file" / "bundle")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("culprit", [(LanguageModel, "get_config"), (Vocabulary, "to_json")], ids=str)
def test_a_save_that_fails_leaves_nothing(tmp_path, monkeypatch, culprit):
    def fail(*args):
        raise OSError("no space left on device")

    bundle = make()
    monkeypatch.setattr(*culprit, fail)
    with pytest.raises(OSError, match="no space left"):
        bundle.save(tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []


def test_settings_that_are_no_json_leave_nothing(tmp_path):
    with pytest.raises((InputError, TypeError)):
        make(settings={"model": object()}).save(tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []


# --- damage -----------------------------------------------------------------------------------------------------------


def test_a_missing_folder_is_named(tmp_path):
    assert "nowhere" in refused(tmp_path / "nowhere", "nowhere")
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "empty")
    (tmp_path / "file").write_text("x")
    refused(tmp_path / "file", "file")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(copy, name):
    (copy / name).unlink()
    refused(copy, name)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_truncated_file_is_named(copy, name, share):
    """Cut to nothing, in the middle, by one byte: a manifest without its last newline would still be whole."""
    data = (copy / name).read_bytes().rstrip()
    (copy / name).write_bytes(data[: max(int(share * len(data)) - 1, 0)])
    refused(copy, name)


@pytest.mark.parametrize("name", FILES[1:])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.999])
def test_a_flipped_bit_is_found(copy, name, share):
    data = bytearray((copy / name).read_bytes())
    data[int(share * len(data))] ^= 1
    (copy / name).write_bytes(data)
    refused(copy, name)


def test_a_flipped_bit_anywhere_in_the_manifest_is_found(copy):
    """No byte of it may turn into another exception, or into a bundle that loads."""
    good = (copy / "manifest.json").read_bytes()
    for place in range(len(good.rstrip())):
        bad = bytearray(good)
        bad[place] ^= 1
        (copy / "manifest.json").write_bytes(bad)
        with pytest.raises(InputError):
            load(copy)


@pytest.mark.parametrize("name", FILES[1:])
def test_appended_bytes_are_found(copy, name):
    with (copy / name).open("ab") as file:
        file.write(b" ")
    refused(copy, name)


def test_a_bundle_of_one_task_made_of_two_is_found(copy, tmp_path):
    """Files that are whole, but not those of this bundle."""
    make(seed=1).save(tmp_path / "other")
    shutil.copy(tmp_path / "other" / "model.keras", copy / "model.keras")
    refused(copy, "model.keras")


# --- bad intentions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "3", '"x"', "{}", "{", "\xff", '{"format": 1}', '{"format": 1, "files": []}', "[" * 100000],
    ids=lambda text: repr(text[:20]),
)
def test_a_manifest_that_is_none_is_refused(copy, text):
    (copy / "manifest.json").write_bytes(text.encode("latin-1"))
    refused(copy, "manifest.json")


@pytest.mark.parametrize("version", [0, 2, 999, "1", None, [1], 1.5])
def test_a_manifest_of_another_version_is_refused(copy, version):
    change_manifest(copy, lambda manifest: manifest.update(format=version))
    refused(copy, "manifest.json")


@pytest.mark.parametrize("task", ["speech", "", None, 1, ["language_model"]])
def test_a_bundle_of_another_task_is_refused(copy, task):
    change_manifest(copy, lambda manifest: manifest.update(task=task))
    refused(copy, "manifest.json")


@pytest.mark.parametrize(
    "facts", [None, [], {}, {"bytes": 1}, {"bytes": "22", "sha256": 3}, {"bytes": -1, "sha256": ""}]
)
def test_a_manifest_with_odd_facts_is_refused(copy, facts):
    change_manifest(copy, lambda manifest: manifest["files"].update({"settings.json": facts}))
    with pytest.raises(InputError, match=r"manifest\.json|settings\.json"):
        load(copy)


def test_a_huge_manifest_is_refused_unread(copy):
    with (copy / "manifest.json").open("r+b") as file:
        file.truncate(2**40)  # sparse: a terabyte that takes no room
    refused(copy, "manifest.json")


@pytest.mark.parametrize("name", ["settings.json", "tokenizer.json", "vocabulary.json", "model.keras"])
def test_a_huge_file_is_refused_unread(copy, name):
    with (copy / name).open("r+b") as file:
        file.truncate(2**40)
    refused(copy, name)


@pytest.mark.parametrize(
    "name", ["../outside", "/etc/passwd", "a/../../outside", "sub/inner.json", "extra.json", "", "."]
)
def test_a_manifest_that_lists_something_else_is_refused(copy, name):
    data = b"outside"
    (copy.parent / "outside").write_bytes(data)
    (copy / "extra.json").write_bytes(data)
    (copy / "sub").mkdir()
    (copy / "sub" / "inner.json").write_bytes(data)
    facts = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    change_manifest(copy, lambda manifest: manifest["files"].update({name: facts}))
    refused(copy, "manifest.json")


@pytest.mark.parametrize("name", ["model.keras", "vocabulary.json", "manifest.json"])
def test_a_link_out_of_the_folder_is_refused(copy, name):
    os.rename(copy / name, copy.parent / "outside")
    (copy / name).symlink_to(copy.parent / "outside")
    refused(copy, name)


def test_a_folder_in_place_of_a_file_is_refused(copy):
    (copy / "settings.json").unlink()
    (copy / "settings.json").mkdir()
    refused(copy, "settings.json")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("settings.json", b"[1]"),
        ("settings.json", b"{"),
        ("settings.json", b"\xff\xfe"),
        ("tokenizer.json", b"{}"),
        ("tokenizer.json", b'{"level": "os.system"}'),
        ("tokenizer.json", b'{"level": ["char"]}'),
        ("tokenizer.json", b'{"level": "char", "extra": 1}'),
        ("vocabulary.json", b"{}"),
        ("vocabulary.json", b'{"format": "seqkit.vocabulary", "version": 1, "tokens": "abc"}'),
        ("vocabulary.json", b"[" * 100000),
        ("model.keras", b"PK\x03\x04 no archive"),
        ("model.keras", b""),
    ],
)
def test_a_file_that_is_well_sealed_but_nonsense_is_named(copy, name, content):
    (copy / name).write_bytes(content)
    reseal(copy)
    refused(copy, name)


@pytest.mark.parametrize("tokens", ["abcde", "abcdefg"])
def test_a_vocabulary_that_does_not_fit_the_weights_is_refused(copy, tokens):
    Vocabulary(tokens).save(copy / "vocabulary.json")
    reseal(copy)
    message = refused(copy, "vocabulary.json")
    assert "10" in message
    assert str(4 + len(tokens)) in message


def test_a_truncated_model_is_refused_though_sealed(copy):
    data = (copy / "model.keras").read_bytes()
    (copy / "model.keras").write_bytes(data[: len(data) // 2])
    reseal(copy)
    refused(copy, "model.keras")


@pytest.mark.parametrize("member", ["config.json", "model.weights.h5"])
@pytest.mark.parametrize("content", [None, b"nonsense"])
def test_a_model_with_a_bad_member_is_refused(copy, member, content):
    def change(members):
        members[member] = content
        if content is None:
            del members[member]

    rewrite_archive(copy / "model.keras", change)
    reseal(copy)
    refused(copy, "model.keras")


def test_weights_of_another_shape_are_refused(copy, tmp_path):
    """The config of one model with the weights of another."""
    make(units=9).save(tmp_path / "other")
    with zipfile.ZipFile(tmp_path / "other" / "model.keras") as archive:
        weights = archive.read("model.weights.h5")
    rewrite_archive(copy / "model.keras", lambda members: members.update({"model.weights.h5": weights}))
    reseal(copy)
    refused(copy, "model.keras")


@pytest.mark.parametrize(
    "poison",
    [
        {"module": "os", "class_name": "system", "config": {"command": "touch PWNED"}, "registered_name": None},
        {"module": "builtins", "class_name": "eval", "config": {"source": "1"}, "registered_name": "eval"},
        {"class_name": "no_such_class", "config": {}, "module": "seqkit.nowhere", "registered_name": "x"},
    ],
    ids=lambda poison: poison["class_name"],
)
def test_a_config_that_names_any_function_is_refused(copy, poison, monkeypatch):
    monkeypatch.chdir(copy.parent)
    rewrite_archive(copy / "model.keras", lambda members: members.update({"config.json": json.dumps(poison).encode()}))
    reseal(copy)
    refused(copy, "model.keras")
    assert not (copy.parent / "PWNED").exists()


@pytest.mark.parametrize("allowed", [False, True])
def test_a_lambda_layer_is_refused_and_not_run(copy, monkeypatch, allowed):
    """Keras keeps its function as marshalled byte code: loading it runs whatever a stranger wrote.

    Not even where the program around it has allowed Keras to do so.
    """
    monkeypatch.setenv("SEQKIT_RUN", "no")
    harm = keras.layers.Lambda(lambda x: (__import__("os").environ.update(SEQKIT_RUN="yes"), x)[1])
    keras.Sequential([keras.Input((3,)), harm]).save(copy / "model.keras")
    assert os.environ["SEQKIT_RUN"] == "yes"
    monkeypatch.setenv("SEQKIT_RUN", "no")
    reseal(copy)
    if allowed:
        keras.config.enable_unsafe_deserialization()
    try:
        refused(copy, "model.keras")
    finally:
        global_state.set_global_attribute("safe_mode_saving", None)
    assert os.environ["SEQKIT_RUN"] == "no"


def test_a_model_without_the_step_contract_is_refused(copy):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(10)])
    model.save(copy / "model.keras")
    reseal(copy)
    refused(copy, "model.keras")


@pytest.mark.parametrize("member", ["../escaped.txt", "/tmp/seqkit-escaped.txt", "assets/../../escaped.txt"])
def test_an_archive_member_cannot_leave_its_folder(copy, tmp_path, monkeypatch, member):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(copy)
    rewrite_archive(copy / "model.keras", lambda members: members.update({member: b"escaped"}))
    reseal(copy)
    with warnings.catch_warnings(), contextlib.suppress(InputError):
        warnings.simplefilter("ignore")  # Keras says that it leaves the member out
        load(copy)
    assert not list(tmp_path.rglob("*escaped*"))
    assert not Path("/tmp/seqkit-escaped.txt").exists()
