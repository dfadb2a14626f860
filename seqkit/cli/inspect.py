"""See inside a language model while it reads a text."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from seqkit.checks import InputError, check_nonnegative_int, check_positive_int
from seqkit.runs import load_backend

if TYPE_CHECKING:
    from seqkit.text import Tokenizer

LEAST = 0.3  # correlation from which on a unit is said to follow something


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of the command."""
    parser.add_argument("folder", metavar="DIR", help="folder of a finished run, or a bundle")
    parser.add_argument("--text", required=True, metavar="FILE", help="text in UTF-8, read from its beginning")
    parser.add_argument("--out", default="inspect.html", metavar="FILE", help="page to write (default: inspect.html)")
    parser.add_argument("--length", type=int, default=2000, help="tokens to read at most (default: 2000)")
    parser.add_argument("--lags", type=int, default=50, help="how far to follow the gradient back (default: 50)")
    parser.add_argument("--unit", type=int, help="number of one more unit whose colours to show")
    parser.add_argument("--layer", type=int, help="its layer, counted from 0 (default: the last)")


def run(arguments: argparse.Namespace) -> None:
    """Writes the page and prints what it says first."""
    out = Path(arguments.out)
    if out.exists():
        raise InputError(f"{out}: exists already, and nothing is overwritten. Choose another `--out`.")
    if arguments.layer is not None and arguments.unit is None:
        raise InputError(f"`--layer` says where `--unit` is. Received: --layer {arguments.layer} alone. Add --unit.")
    length, lags = check_positive_int("length", arguments.length), check_positive_int("lags", arguments.lags)
    load_backend()
    from seqkit import inspection
    from seqkit.bundle import load
    from seqkit.files import write_atomically

    bundle = load(arguments.folder)
    model = bundle.model
    unit = None
    if arguments.unit is not None:
        layer = model.depth - 1 if arguments.layer is None else check_nonnegative_int("layer", arguments.layer)
        unit = (layer, check_nonnegative_int("unit", arguments.unit))
    text, spans, whole = read(Path(arguments.text), bundle.tokenizer, length)
    ids = bundle.encode(text)  # with <bos> ahead
    activations = inspection.hidden_activations(model, ids)
    hidden = activations.hidden[1:]
    followers = inspection.following_units(hidden, inspection.text_features(text, spans), least=LEAST)
    own = inspection.gradient_by_lag(model, ids, lags=lags, name=f"this model ({model.cell})")
    fresh = inspection.fresh_lag_curves(model, ids, lags=lags)
    extent = f"{'All' if whole else 'The first'} {len(spans):,} {bundle.tokenizer.level} tokens of {arguments.text}"
    page = inspection.render_inspection(
        arguments.folder,
        text,
        spans,
        hidden,
        curves=(own, *fresh),
        saturations=inspection.gate_saturation(activations),
        followers=followers,
        features=inspection.FEATURES,
        least=LEAST,
        unit=unit,
        extent=f"{extent}, read from zero state.",
    )
    write_atomically(out, page)
    for curve in (own, *fresh):
        print(f"{curve.name:<18}  {curve.relative[-1]:.1e} of the gradient is left after {lags} tokens")
    for found in followers:
        print(f"unit {found.unit} of layer {found.layer} follows {found.feature}: correlation {found.correlation:+.2f}")
    print(out)


def read(path: Path, tokenizer: "Tokenizer", length: int) -> tuple[str, list[tuple[int, int]], bool]:
    """The beginning of a text, where its tokens stand, and whether that is all of it.

    Raises:
        InputError: if the file cannot be read or holds no token.
    """
    from seqkit.text import stream_text

    text, spans, whole = "", [], True
    for chunk in stream_text(path):
        text += chunk
        spans = tokenizer.spans(text)
        if len(spans) > length:
            whole = False
            break
    if not spans:
        raise InputError(f"{path}: holds no token. Give it a text.")
    spans = spans[:length]
    return text[: spans[-1][1]], spans, whole
