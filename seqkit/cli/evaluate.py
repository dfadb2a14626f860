"""Measure how well a language model predicts a text."""

import argparse
import tempfile
from pathlib import Path

from seqkit.checks import check_positive_int
from seqkit.runs import load_backend


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of the command."""
    parser.add_argument("folder", metavar="DIR", help="folder of a finished run, or a bundle")
    parser.add_argument("--data", required=True, metavar="FILE", help="text in UTF-8")
    parser.add_argument(
        "--streams",
        type=int,
        default=1,
        help="pieces the text is cut into, each read from zero state (default: 1, exact and slow)",
    )
    parser.add_argument("--batch", type=int, help="pieces read side by side; the figures do not depend on it")


def run(arguments: argparse.Namespace) -> None:
    """Prints the figures, and how many tokens the model does not know."""
    load_backend()
    from seqkit.bundle import load
    from seqkit.data import Document, encode_text
    from seqkit.evaluation import likelihood
    from seqkit.text import stream_text

    streams = check_positive_int("streams", arguments.streams)
    bundle = load(arguments.folder)
    document = Document(arguments.data, lambda: stream_text(arguments.data))
    characters = sum(map(len, document.chunks()))
    with tempfile.TemporaryDirectory(prefix="seqkit-evaluate-") as folder:
        tokens = encode_text(document, bundle.tokenizer, bundle.vocabulary, Path(folder, "tokens.bin"))
        unknown = sum(
            int((tokens[start : start + (1 << 20)] == bundle.vocabulary.unk_id).sum())
            for start in range(0, len(tokens), 1 << 20)
        )
        found = likelihood(bundle.model, tokens, streams=streams, batch=arguments.batch, characters=characters)
        tokens.close()
    print(f"nats a token        {found.nats:.4f}")
    print(f"perplexity          {found.perplexity:.4f}")
    print(f"bits per character  {found.bits_per_character:.4f}")
    print(f"{found.tokens} tokens ({unknown} unknown), {characters} characters, read as {streams} streams")
