"""A dataclass becomes a command line, and back."""

import dataclasses

import pytest

from seqkit.settings import choice, parse

CELLS = ("gru", "lstm")


@dataclasses.dataclass(frozen=True)
class Common:
    seed: int = 0  # seed of everything
    minutes: float | None = None  # budget, in minutes: 100 % of the time
    smoke: bool = False  # a run of seconds, on 1 % of the text


@dataclasses.dataclass(frozen=True)
class Settings(Common):
    units: int = 128  # hidden units; # is a number sign
    learning_rate: float = 2e-3  # at the start
    data: str = "python"  # a name or a path
    window: int | None = 100
    carry: bool = True  # state flows on
    cell: str = choice("lstm", CELLS)  # recurrent cell


def refused(capsys, *argv, **arguments):
    """What the command line says when it refuses."""
    with pytest.raises(SystemExit) as caught:
        parse(Settings, argv, **arguments)
    assert caught.value.code == 2
    return capsys.readouterr().err


def test_no_argument_gives_the_defaults():
    assert parse(Settings, []) == Settings()


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["--units", "7"], {"units": 7}),
        (["--units=7"], {"units": 7}),
        (["--learning-rate", "1e-4"], {"learning_rate": 1e-4}),
        (["--learning-rate", "3"], {"learning_rate": 3.0}),
        (["--minutes", "0.5", "--seed", "4"], {"minutes": 0.5, "seed": 4}),
        (["--minutes", "none"], {}),
        (["--window", "none"], {"window": None}),
        (["--window", "9"], {"window": 9}),
        (["--data", "none"], {"data": "none"}),  # a path like any other: no `| None` there
        (["--data", "a b"], {"data": "a b"}),
        (["--smoke"], {"smoke": True}),
        (["--no-carry"], {"carry": False}),
        (["--carry"], {}),
        (["--cell", "gru"], {"cell": "gru"}),
    ],
)
def test_flags_set_their_fields_and_no_others(argv, expected):
    found = parse(Settings, argv)
    assert found == dataclasses.replace(Settings(), **expected)
    for item in dataclasses.fields(found):
        default = item.default
        assert type(getattr(found, item.name)) is type(expected.get(item.name, default)), item.name


def test_every_value_survives_the_way_through_the_command_line():
    wanted = Settings(3, 1.25, True, 9, 1e-05, "x y", None, False, "gru")
    argv = []
    for item in dataclasses.fields(wanted):
        flag, value = item.name.replace("_", "-"), getattr(wanted, item.name)
        if isinstance(value, bool):
            argv.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            argv += [f"--{flag}", "none" if value is None else str(value)]
    assert parse(Settings, argv) == wanted


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--units", "1.5"], ["--units", "1.5"]),
        (["--units", "none"], ["--units", "none"]),
        (["--units", ""], ["--units"]),
        (["--units"], ["--units"]),
        (["--learning-rate", "fast"], ["--learning-rate", "fast"]),
        (["--cell", "lstn"], ["--cell", "lstn", "gru", "lstm"]),
        (["--bogus", "1"], ["--bogus"]),
        (["stray"], ["stray"]),
        (["--unit", "7"], ["--unit"]),  # half a name is a typing error, not a choice
    ],
)
def test_a_wrong_command_line_is_refused_with_the_culprit(capsys, argv, words):
    said = refused(capsys, *argv, prog="python -m recipes.toy")
    assert "usage: python -m recipes.toy" in said
    last = said.splitlines()[-1]
    assert all(word in last for word in words)


def test_help_is_the_comment_beside_each_field(capsys):
    with pytest.raises(SystemExit) as caught:
        parse(Settings, ["--help"], prog="toy", description="A model of 5 % of the text.")
    said = " ".join(capsys.readouterr().out.split())
    assert caught.value.code == 0
    assert "A model of 5 % of the text." in said
    comments = (
        "seed of everything",
        "budget, in minutes: 100 % of the time",
        "a run of seconds, on 1 % of the text",
        "at the start",
    )
    for comment in (*comments, "a name or a path", "state flows on", "recurrent cell", "hidden units; # is a number"):
        assert comment in said, comment
    for default in ("(default: 128)", "(default: 0.002)", "(default: python)", "(default: lstm)", "(default: none)"):
        assert default in said, default


def test_smoke_has_defaults_of_its_own():
    smoke = {"units": 8, "data": "tiny", "window": None}
    assert parse(Settings, [], smoke=smoke) == Settings()
    assert parse(Settings, ["--smoke"], smoke=smoke) == Settings(smoke=True, **smoke)
    # What is asked for goes before, even where it is the usual default.
    found = parse(Settings, ["--units", "128", "--smoke"], smoke=smoke)
    assert found == Settings(smoke=True, data="tiny", window=None, units=128)


def test_arguments_are_those_of_the_process_if_left_out(monkeypatch):
    monkeypatch.setattr("sys.argv", ["toy", "--units", "3"])
    assert parse(Settings).units == 3


def test_the_default_of_a_choice_is_one_of_them():
    @dataclasses.dataclass(frozen=True)
    class Fine:
        cell: str = choice("gru", CELLS)

    assert Fine().cell == "gru"
    assert parse(Fine, []).cell == "gru"
