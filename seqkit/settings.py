"""A frozen dataclass of settings as command-line flags."""

import argparse
import ast
import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from seqkit.checks import InputError

__all__ = ["arguments_for", "choice", "parse"]

S = TypeVar("S")


def choice(default: str, choices: Sequence[str]) -> Any:
    """A field with closed choices: the same tuple serves the check, the help and the documentation.

    Example:

    >>> @dataclasses.dataclass(frozen=True)
    ... class Settings:
    ...     cell: str = choice("lstm", ("gru", "lstm"))
    >>> parse(Settings, ["--cell", "gru"]).cell
    'gru'
    """
    return dataclasses.field(default=default, metadata={"choices": tuple(choices)})


def parse(
    settings: type[S],
    argv: Sequence[str] | None = None,
    *,
    prog: str | None = None,
    description: str | None = None,
    smoke: Mapping[str, Any] | None = None,
) -> S:
    """Reads settings from a command line: one flag a field, its help the comment on the field's line.

    A field of type `int`, `float` or `str` takes one value; with `| None` it takes 'none' too. A `bool` field
    is a switch.

    Args:
        settings: A frozen dataclass whose fields all have defaults.
        argv: Arguments; those of the process if left out.
        prog: How the command is called, for its help.
        description: The text above the list of flags.
        smoke: Defaults that stand in for the usual ones when `--smoke` is given.

    Raises:
        SystemExit: as `argparse` does: status 2 for a wrong command line, 0 after `--help`.

    Example:

    >>> @dataclasses.dataclass(frozen=True)
    ... class Settings:
    ...     units: int = 128
    ...     minutes: float | None = None
    >>> parse(Settings, ["--minutes", "3"])
    Settings(units=128, minutes=3.0)
    """
    parser = argparse.ArgumentParser(
        prog=prog, description=description, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    hints = typing.get_type_hints(settings)
    comments = _comments(settings)
    for item in dataclasses.fields(settings):  # type: ignore[arg-type] # a dataclass, as the signature cannot say
        _add_flag(parser, item, hints[item.name], comments.get(item.name, ""))
    given = vars(parser.parse_args(argv))
    defaults = dict(smoke or {}) if given.get("smoke") else {}
    return settings(**{**defaults, **given})


def arguments_for(function: Callable, settings: Any, **others: Any) -> dict[str, Any]:
    """The settings that a function takes, by the names they share.

    Settings and the arguments of builders are called the same, so that each setting need not be handed on by name.

    Args:
        function: A function of keyword arguments, such as a builder of `seqkit.models`.
        settings: A dataclass of settings.
        others: Arguments that are no settings, or stand in for one.

    Raises:
        InputError: if the function takes no argument of the name of one of `others`.

    Example:

    >>> @dataclasses.dataclass(frozen=True)
    ... class Settings:
    ...     units: int = 128
    ...     minutes: float = 3.0
    >>> def build(*, units, classes): ...
    >>> arguments_for(build, Settings(), classes=5)
    {'units': 128, 'classes': 5}
    """
    taken = inspect.signature(function).parameters
    for name in others:
        if name not in taken:
            raise InputError(f"`{function.__name__}` takes no argument {name!r}. It takes: {', '.join(taken)}.")
    names = [item.name for item in dataclasses.fields(settings) if item.name in taken]
    return {name: getattr(settings, name) for name in names} | others


def _add_flag(parser: argparse.ArgumentParser, item: dataclasses.Field, hint: Any, comment: str) -> None:
    flag = "--" + item.name.replace("_", "-")
    shown = "none" if item.default is None else item.default
    # SUPPRESS: a flag that was not given leaves no trace, so that other defaults can stand in.
    if hint is bool:
        parser.add_argument(
            flag, action=argparse.BooleanOptionalAction, default=argparse.SUPPRESS, help=comment.replace("%", "%%")
        )
        return
    kind, optional = _kind(item.name, hint)
    parser.add_argument(
        flag,
        dest=item.name,
        type=_reader(kind, optional),
        choices=item.metadata.get("choices"),
        metavar=None if "choices" in item.metadata else kind.__name__.upper(),
        default=argparse.SUPPRESS,
        help=f"{comment} (default: {shown})".strip().replace("%", "%%"),
    )


def _kind(name: str, hint: Any) -> tuple[type, bool]:
    optional = isinstance(hint, types.UnionType) and type(None) in hint.__args__
    kinds = [part for part in hint.__args__ if part is not type(None)] if optional else [hint]
    if len(kinds) != 1 or kinds[0] not in (int, float, str):
        raise InputError(
            f"setting `{name}` must be an int, float, str or bool, or one of them or None. Received: {hint}."
        )
    return kinds[0], optional


def _reader(kind: type, optional: bool) -> Any:
    def read(text: str) -> Any:
        return None if optional and text.lower() == "none" else kind(text)

    read.__name__ = kind.__name__  # argparse names it when it refuses a value
    return read


def _comments(settings: type) -> dict[str, str]:
    """The comment at the end of each field's line, for the class and what it inherits from."""
    comments: dict[str, str] = {}
    for parent in reversed(settings.__mro__[:-1]):
        try:
            source = inspect.getsource(parent)
        except (OSError, TypeError):  # typed into a shell: there is no source, and the flags have no help
            continue
        lines = source.splitlines()
        for node in ast.walk(ast.parse(inspect.cleandoc(source) if source[:1].isspace() else source)):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.end_lineno:
                comment = lines[node.end_lineno - 1].partition("  # ")[2]
                comments[node.target.id] = comment.strip()
    return comments
