"""The page's colours, each for a light and for a dark screen."""

from typing import NamedTuple

__all__ = ["COLOURS", "Shades"]


class Shades(NamedTuple):
    """One colour, as CSS writes it."""

    light: str
    dark: str


COLOURS = {
    "paper": Shades("#fdfdfc", "#14171c"),
    "panel": Shades("#f4f5f3", "#1c2027"),
    "ink": Shades("#1d242e", "#e4e8ee"),
    "muted": Shades("#5d6875", "#98a4b3"),
    "rule": Shades("#e1e4e8", "#2c323b"),
    "bar": Shades("#b9c1cb", "#4d5867"),
    "accent": Shades("#0a66c2", "#62aef7"),
}
