"""The frame of every page: its head, its colours, its type."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2

from seqkit.evaluation.colours import COLOURS
from seqkit.evaluation.visible import printable, visible

__all__ = ["render"]

_HERE = Path(__file__).parent


def render(template: Path, **values: Any) -> str:
    """A page from a template that extends `frame.html.j2`; every string it is given is escaped.

    Args:
        template: Path of a template. It may fill the blocks `title`, `style`, `main` and `version`, and has the filters
            `visible` (strings with what cannot be seen set apart), `printable` (one line) and `plain` (settings).
        values: What the template speaks of.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([template.parent, _HERE]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"visible": visible, "printable": printable, "plain": _plain}
    return environment.get_template(template.name).render(colours=COLOURS, **values)


def _plain(value: Any) -> str:
    """A setting or a fact as a person writes it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 100_000 else str(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_plain, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(inner)}" for key, inner in value.items()) or "none"
    return value
