"""The README's code runs; its figures come with the command that gave them."""

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, flags=re.DOTALL | re.MULTILINE)


def test_the_readme_opens_with_the_two_commands():
    first, second = blocks("sh")[:2]
    assert "python3 -m venv" in first
    assert "-m recipes.char_lm" in first
    assert "python3 -m venv" in second
    assert "-m pytest" in second


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_python_blocks_run(number, tmp_path):
    run = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", blocks("python")[number]],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert run.returncode == 0, run.stderr[-2000:]


def commands():
    """Every `python -m` command of the README, without those that set up or train for minutes."""
    lines = [line.strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith(("python -m seqkit", "python -m recipes"))]


def test_every_command_of_the_readme_is_understood(tmp_path):
    """Flags that a recipe no longer has, or commands that are gone, would leave the README behind."""
    from seqkit.settings import parse

    for command in commands():
        words = command.split(" #")[0].split()
        if words[2].startswith("recipes."):
            parse(importlib.import_module(words[2]).Settings, words[3:])
        else:
            assert words[2] == "seqkit", command


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readme")
    command = [sys.executable, "-m", "recipes.char_lm", "--smoke", "--out", "runs/char_lm"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    (folder / "my.txt").write_text("def main():\n    return 0\n" * 20, encoding="utf-8")
    return folder


@pytest.mark.parametrize("command", [line for line in commands() if line.startswith("python -m seqkit")])
def test_commands_on_a_finished_run_work(command, run_folder):
    run = subprocess.run(
        command.replace("python", sys.executable, 1),
        shell=True,
        cwd=run_folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stdout.strip()
