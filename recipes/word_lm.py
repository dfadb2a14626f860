"""A language model of words: from raw text to new text.

Run:      python -m recipes.word_lm             (the help texts of Python's language, 3 minutes)
          python -m recipes.word_lm --data ptb --minutes 10 --compare runs/char_lm   (beside a run of characters)
Expect:   of the second, test perplexity 127 (106 mixed with a 5-gram), seed 0, on two cores
"""

import string
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from recipes import char_lm
from seqkit.checks import InputError
from seqkit.data import TextCorpus, TextSource
from seqkit.evaluation import Report, Section, comparison_section, comparison_text, level_comparison
from seqkit.runs import command
from seqkit.settings import choice, parse
from seqkit.text import WordTokenizer

RECIPE = "word_lm"


@dataclass(frozen=True)
class Settings(char_lm.Settings):
    """What can be set: what the model of characters has, with other defaults."""

    data: str = "pydoc"  # 'pydoc' (the help texts of Python's language), 'ptb', a file or a folder
    level: str = choice("word", ("word",))  # what a token is
    min_count: int | None = None  # below which a word is unknown; 'none': 2, or 1 for a text that comes tokenised
    units: int = 256  # width of each recurrent layer
    embedding: int | None = 256  # width of the embedding; 'none' feeds one-hot vectors
    input_dropout: float = 0.3  # share of embedded features dropped while training
    output_dropout: float = 0.5  # share dropped before the softmax
    window: int = 35  # tokens in a window: how far back the gradient reaches
    learning_rate: float = 0.003  # its peak
    compare: str | None = None  # folder of a finished run of characters on the same text, to be shown side by side


SMOKE = {"data": string.__file__, "epochs": 1, "minutes": 0.1}
SMOKE |= {"units": 16, "embedding": 8, "window": 20, "batch": 4, "streams": 2}


def main(argv: Sequence[str] | None = None) -> None:
    """Loads, trains, evaluates, shows."""
    s = parse(Settings, argv, prog=f"python -m recipes.{RECIPE}", description=__doc__, smoke=SMOKE)
    other = None if s.compare is None else read_other(s.compare, s.data)

    def table(report: Report) -> list[Section]:
        return [] if other is None else [comparison_section(level_comparison([report, other]))]

    report = char_lm.go(RECIPE, s, lambda source: read(source, s), table)
    if other is not None:
        print(f"\n{comparison_text(level_comparison([report, other]))}")


def read_other(folder: str, data: str) -> Report:
    """The report to compare with; what could not be compared is refused before minutes are spent."""
    other = Report.load(Path(folder, "report.json"))
    level_comparison([other])
    if other.data != data or other.settings["level"] == "word":
        raise InputError(
            f"`compare` must be a run of characters or bytes on {data}. "
            f"Received: {folder}, a run of level {other.settings['level']!r} on {other.data}."
        )
    return other


def read(source: TextSource, s: Settings) -> TextCorpus:
    """The corpus; where it comes tokenised, its marks stand apart already, and its rare words are gone."""
    tokenizer = WordTokenizer(punctuation=not source.tokenised, newlines=True)
    # Without any unknown word in training, a model could not learn to expect one.
    return char_lm.read(source, s, tokenizer, usual_count=1 if source.tokenised else 2)


if __name__ == "__main__":
    sys.exit(command(main))
