"""Write new text with a language model."""

import argparse
from typing import TYPE_CHECKING

from seqkit.checks import InputError
from seqkit.runs import load_backend

if TYPE_CHECKING:
    from seqkit.decoding import Sampler


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of the command."""
    parser.add_argument("folder", metavar="DIR", help="folder of a finished run, or a bundle")
    parser.add_argument("--prompt", default="", help="text to continue (default: none, a new text)")
    parser.add_argument("--length", type=int, default=400, help="tokens to write at most (default: 400)")
    parser.add_argument(
        "--temperature", type=float, default=1.0, help="below 1 likelier, above 1 wilder (default: 1.0)"
    )
    parser.add_argument("--top-k", type=int, help="draw from the k likeliest tokens only")
    parser.add_argument("--top-p", type=float, help="draw from the likeliest tokens that hold this share of the mass")
    parser.add_argument("--greedy", action="store_true", help="always take the likeliest token")
    parser.add_argument("--samples", type=int, default=1, help="number of texts (default: 1)")
    parser.add_argument("--seed", type=int, default=0, help="the same seed writes the same text (default: 0)")


def run(arguments: argparse.Namespace) -> None:
    """Prints each text after its prompt."""
    load_backend()
    from seqkit.bundle import load
    from seqkit.checks import check_positive_int

    sampler = _sampler(arguments)
    bundle = load(arguments.folder)
    prompts = [arguments.prompt] * check_positive_int("samples", arguments.samples)
    texts = bundle.generate(prompts, length=arguments.length, sampler=sampler, seed=arguments.seed)
    for number, text in enumerate(texts):
        if number:
            print("\n" + "-" * 72)
        glue = " " if bundle.tokenizer.level == "word" and text.prompt else ""
        print(text.prompt + glue + text.text)


def _sampler(arguments: argparse.Namespace) -> "Sampler":
    from seqkit.decoding import Greedy, Temperature, TopK, TopP

    chosen = [
        name
        for name, given in (
            ("--greedy", arguments.greedy),
            ("--top-k", arguments.top_k is not None),
            ("--top-p", arguments.top_p is not None),
        )
        if given
    ]
    if len(chosen) > 1:
        raise InputError(f"Give one way of choosing tokens. Received: {' and '.join(chosen)}.")
    if arguments.greedy:
        return Greedy()
    if arguments.top_k is not None:
        return TopK(k=arguments.top_k, temperature=arguments.temperature)
    if arguments.top_p is not None:
        return TopP(p=arguments.top_p, temperature=arguments.temperature)
    return Temperature(arguments.temperature)
