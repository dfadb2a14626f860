"""Texts with a label each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seqkit.checks import InputError, check_fraction, check_nonnegative_int


@dataclass(frozen=True)
class LabelledTexts:
    """Texts with a label each; `read_table`, `read_lines` and `read_folders` make them.

    Attributes:
        texts: The texts.
        labels: One label a text, as it stands in the data.
        name: Where they come from, for messages.

    Raises:
        InputError: if there are not as many labels as texts, or no text at all.
    """

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    name: str

    def __post_init__(self) -> None:
        if len(self.texts) != len(self.labels) or not self.texts:
            raise InputError(
                f"{self.name}: expected texts and as many labels. Received: {len(self.texts)} texts, "
                f"{len(self.labels)} labels."
            )

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def classes(self) -> tuple[str, ...]:
        """The different labels, numbers in their order and the rest by code point."""
        return tuple(sorted(set(self.labels), key=_by_number))

    def encode(self, classes: Sequence[str]) -> np.ndarray:
        """The place of each label among the classes, int32 `(texts,)`.

        Raises:
            InputError: naming the label and its text, if a label is not among the classes.
        """
        places = {label: place for place, label in enumerate(classes)}
        for number, label in enumerate(self.labels):
            if label not in places:
                raise InputError(
                    f"{self.name}, text {number + 1}: label {label!r} was never seen in training. "
                    f"Expected one of {', '.join(map(repr, classes))}."
                )
        return np.array([places[label] for label in self.labels], np.int32)

    def split(self, shares: Sequence[float], seed: int) -> tuple["LabelledTexts", ...]:
        """Parts of the given shares, and what is left as the last: shuffled, stratified, and disjoint by text.

        Texts that are equal but for whitespace and capitals stay together. Of each label every part gets its share, to
        within one group of equal texts.

        Args:
            shares: Floats in [0, 1), together below 1: the share of each part but the last.
            seed: Non-negative integer. The same seed gives the same parts.

        Raises:
            InputError: if an argument is outside the values named above, or a part would be empty.

        Example:

        >>> texts = LabelledTexts(tuple("abcdefgh"), tuple("01010101"), "letters")
        >>> small, rest = texts.split([0.25], seed=0)
        >>> sorted(small.labels), len(rest)
        (['0', '1'], 6)
        """
        shares = [check_fraction("shares", share) for share in shares]
        if sum(shares) >= 1:
            raise InputError(f"`shares` must leave something for the last part. Received: shares={shares!r}.")
        rng = np.random.default_rng(check_nonnegative_int("seed", seed))
        parts: list[list[int]] = [[] for _ in range(len(shares) + 1)]
        for groups in self._groups().values():
            rng.shuffle(groups)
            bounds = np.round(np.cumsum([0, *shares]) * sum(map(len, groups))).astype(int)
            placed = 0
            for group in groups:
                parts[int(np.searchsorted(bounds, placed, side="right")) - 1].extend(group)
                placed += len(group)
        for part in parts:
            if not part:
                raise InputError(f"{self.name}: {len(self)} texts are too few for the shares {shares!r}.")
            rng.shuffle(part)
        return tuple(self.take(part) for part in parts)

    def take(self, places: Sequence[int]) -> "LabelledTexts":
        """Some of the texts, in the given order."""
        chosen = [int(place) for place in places]
        return LabelledTexts(
            tuple(self.texts[place] for place in chosen), tuple(self.labels[place] for place in chosen), self.name
        )

    def _groups(self) -> dict[str, list[list[int]]]:
        """Label -> groups of the places of equal texts; a group goes with the label of its first text."""
        same: dict[str, list[int]] = {}
        for place, text in enumerate(self.texts):
            same.setdefault(" ".join(text.split()).casefold(), []).append(place)
        groups: dict[str, list[list[int]]] = {label: [] for label in self.classes}
        for group in same.values():
            groups[self.labels[group[0]]].append(group)
        return groups


def _by_number(label: str) -> tuple[int, float, str]:
    try:
        return 0, float(label), label
    except ValueError:
        return 1, 0.0, label
