"""The run folder: what is refused before it is made, and what is left of it when something fails."""

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from seqkit.checks import InputError
from seqkit.runs import Run, RunSettings, command


@dataclass(frozen=True)
class Settings(RunSettings):
    units: int = 7
    text: str = "é\u2028"


def tree(folder):
    """Every path below a folder, with the content of files."""
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}


def finish(folder):
    """Leaves what marks a run as finished."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text("{}")
    return folder


def test_a_run_makes_its_folder_and_keeps_it(tmp_path):
    with Run("char_lm", Settings(out=str(tmp_path / "a" / "b"), seed=3)) as run:
        assert run.folder == tmp_path / "a" / "b"
        (run.folder / "report.json").write_text("{}")
    assert sorted(tree(tmp_path / "a" / "b")) == ["report.json", "settings.json"]


def test_settings_are_stored_whole(tmp_path):
    with Run("char_lm", Settings(out=str(tmp_path / "a"), minutes=0.1, data="my.txt")) as run:
        stored = json.loads((run.folder / "settings.json").read_bytes())
    expected = {
        "data": "my.txt",
        "seed": 0,
        "epochs": None,
        "minutes": 0.1,
        "smoke": False,
        "units": 7,
        "text": "é\u2028",
    }
    assert {key: stored[key] for key in expected} == expected


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "mine").mkdir()
    with Run("char_lm", RunSettings(out=str(tmp_path / "mine"))) as run:
        assert run.folder == tmp_path / "mine"
    assert list(tree(tmp_path / "mine")) == ["settings.json"]


def test_without_out_runs_are_numbered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folders = []
    for _ in range(3):
        with Run("char_lm", RunSettings()) as run:
            folders.append(Path(os.path.abspath(run.folder)))
            finish(run.folder)
    assert folders == [tmp_path / "runs" / name for name in ("char_lm", "char_lm-2", "char_lm-3")]


def test_a_run_of_another_recipe_is_numbered_by_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    finish(tmp_path / "runs" / "ner")
    with Run("char_lm", RunSettings()) as run:
        assert run.folder.name == "char_lm"


def test_a_taken_default_name_is_left_alone_whatever_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "char_lm").write_text("a file")
    finish(tmp_path / "runs" / "char_lm-2")
    before = tree(tmp_path)
    with Run("char_lm", RunSettings()) as run:
        assert run.folder.name == "char_lm-3"
    assert before.items() <= tree(tmp_path).items()


def test_two_runs_begun_at_once_never_share_a_folder(tmp_path, monkeypatch):
    """Both look for a free name before either takes it, as two terminals may."""
    monkeypatch.chdir(tmp_path)
    first, second = Run("char_lm", RunSettings()), Run("char_lm", RunSettings())
    with first, contextlib.suppress(InputError), second:
        assert second.folder != first.folder
    assert (first.folder / "settings.json").exists()


def test_a_run_finished_meanwhile_is_not_touched(tmp_path):
    """It was free when it was checked; by the time it is wanted another run has finished there."""
    late = Run("char_lm", RunSettings(out=str(tmp_path / "run")))
    finish(tmp_path / "run")
    (tmp_path / "run" / "settings.json").write_text("{}")
    before = tree(tmp_path)
    with pytest.raises(InputError, match="run"), late:
        pass
    assert tree(tmp_path) == before


def refused(out, tmp_path):
    """The folder is refused by name, by both ways in, and nothing changes on disk."""
    before = tree(tmp_path)
    messages = []
    for way in (lambda out: Run("char_lm", RunSettings(out=out)),):
        with pytest.raises(InputError) as caught:
            way(str(out))
        messages.append(str(caught.value))
    assert tree(tmp_path) == before
    assert all("out" in message for message in messages)
    assert all("\n" not in message for message in messages)
    return messages[0]


def test_a_finished_run_is_never_overwritten(tmp_path):
    message = refused(finish(tmp_path / "done"), tmp_path)
    assert "done" in message
    assert "finished" in message


@pytest.mark.parametrize("name", ["notes.txt", ".hidden", "folder/"])
def test_a_folder_with_anything_in_it_is_refused(tmp_path, name):
    (tmp_path / "mine").mkdir()
    if name.endswith("/"):
        (tmp_path / "mine" / name).mkdir()
    else:
        (tmp_path / "mine" / name).write_text("mine")
    assert "mine" in refused(tmp_path / "mine", tmp_path)


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    assert "file" in refused(tmp_path / "file", tmp_path)


@pytest.mark.parametrize("below", ["run", "a/b/run"])
def test_a_folder_below_a_file_is_refused(tmp_path, below):
    (tmp_path / "file").write_text("mine")
    assert "file" in refused(tmp_path / "file" / below, tmp_path)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc, where not even root can make a folder")
@pytest.mark.parametrize("out", ["/proc/seqkit", "/proc/seqkit/run"])
def test_a_place_where_nothing_can_be_written_is_refused(tmp_path, out):
    with pytest.raises(InputError, match=r"/proc/seqkit.*`out`"), Run("char_lm", RunSettings(out=out)):
        pass
    assert not Path(out).exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_parent_without_permission_is_refused(tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    assert "closed" in refused(tmp_path / "closed" / "run", tmp_path)


def test_a_link_that_leads_nowhere_is_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "nowhere" / "deep")
    with pytest.raises(InputError, match=r"link.*`out`"), Run("char_lm", RunSettings(out=str(tmp_path / "link"))):
        pass
    assert not (tmp_path / "nowhere").exists()


def test_a_name_no_disk_can_hold_is_refused(tmp_path):
    assert "xxx" in refused(tmp_path / ("x" * 300), tmp_path)


def test_checking_leaves_nothing_behind(tmp_path):
    folder = Run("char_lm", RunSettings(out=str(tmp_path / "a" / "b"))).folder
    assert folder == tmp_path / "a" / "b"
    assert tree(tmp_path) == {}


def train_until(error, out):
    """A training that fails with half a bundle written."""
    with Run("char_lm", RunSettings(out=str(out))) as run:
        (run.folder / "bundle").mkdir()
        (run.folder / "bundle" / "model.keras").write_bytes(b"half")
        raise error("the reason")


@pytest.mark.parametrize("error", [ValueError, InputError, KeyboardInterrupt, SystemExit, MemoryError])
def test_when_training_fails_the_folder_goes_and_the_error_stays(tmp_path, error):
    with pytest.raises(error, match="the reason"):
        train_until(error, tmp_path / "run")
    assert tree(tmp_path) == {}


def test_a_failure_removes_only_what_the_run_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    finish(tmp_path / "runs" / "char_lm")
    before = tree(tmp_path)
    with pytest.raises(ValueError, match="reason"), Run("char_lm", RunSettings()):
        raise ValueError("reason")
    assert tree(tmp_path) == before


def test_a_failed_run_takes_no_number(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="reason"), Run("char_lm", RunSettings()):
        raise ValueError("reason")
    with Run("char_lm", RunSettings()) as run:
        assert run.folder.name == "char_lm"


def test_an_empty_folder_of_the_users_own_is_empty_again_after_a_failure(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(ValueError, match="reason"), Run("char_lm", RunSettings(out=str(tmp_path / "mine"))):
        raise ValueError("reason")
    assert "mine/settings.json" not in tree(tmp_path)


def test_a_users_mistake_is_one_line_and_status_2(capsys):
    def main():
        raise InputError("`units` must be larger. Received: units=0.")

    assert command(main) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "error: `units` must be larger. Received: units=0.\n")


def test_success_is_status_0_and_silent(capsys):
    calls = []
    assert command(lambda: calls.append(1)) == 0
    assert calls == [1]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("error", [ValueError, KeyError, OSError, ZeroDivisionError])
def test_a_defect_of_ours_is_not_hidden(error):
    def main():
        raise error("ours")

    with pytest.raises(error, match="ours"):
        command(main)
