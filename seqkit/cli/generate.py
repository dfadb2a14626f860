"""Write new text with a language model."""

import argparse
import itertools
from typing import TYPE_CHECKING

from seqkit.checks import InputError, check_positive_int
from seqkit.runs import load_backend

if TYPE_CHECKING:
    from seqkit.bundle import LanguageModelBundle
    from seqkit.decoding import Constraint, Sampler

_LENGTH, _REMEMBERED = 400, 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of the command. Those that may contradict each other have no default: only so one sees them given."""
    parser.add_argument("folder", metavar="DIR", help="folder of a finished run, or a bundle")
    parser.add_argument("--prompt", default="", help="text to continue (default: none, a new text)")
    parser.add_argument("--length", type=int, help=f"tokens to write at most (default: {_LENGTH}; of a stream: no end)")
    parser.add_argument("--samples", type=int, help="number of texts (default: 1)")
    parser.add_argument("--seed", type=int, help="the same seed writes the same text (default: 0)")
    drawing = parser.add_argument_group("how tokens are drawn")
    drawing.add_argument("--temperature", type=float, help="below 1 likelier, above 1 wilder (default: 1.0)")
    drawing.add_argument("--top-k", type=int, help="draw from the k likeliest tokens only")
    drawing.add_argument("--top-p", type=float, help="draw from the likeliest tokens that hold this share of the mass")
    drawing.add_argument("--greedy", action="store_true", help="always take the likeliest token")
    drawing.add_argument("--repetition-penalty", type=float, help="above 1: tokens that came before come less often")
    drawing.add_argument("--no-repeat-ngram", type=int, metavar="N", help="let no N tokens come a second time")
    drawing.add_argument("--ngram", action="store_true", help="draw from the n-grams of the training text instead")
    ways = parser.add_argument_group("other ways to write")
    ways.add_argument("--stream", action="store_true", help="print each token as it comes, for as long as you like")
    ways.add_argument("--beams", type=int, help="draw nothing: follow so many texts and show the likeliest")
    ways.add_argument("--length-penalty", type=float, help="with --beams: above 0 favours longer texts (default: 0)")


def run(arguments: argparse.Namespace) -> None:
    """Prints each text after its prompt."""
    _refuse_contradictions(arguments)
    load_backend()
    from seqkit.bundle import load

    samples = check_positive_int("samples", 1 if arguments.samples is None else arguments.samples)
    length = _LENGTH if arguments.length is None else arguments.length
    seed = 0 if arguments.seed is None else arguments.seed
    if arguments.beams is not None:
        bundle = load(arguments.folder)
        penalty = 0.0 if arguments.length_penalty is None else arguments.length_penalty
        best = bundle.beam(
            arguments.prompt, length=length, beams=arguments.beams, n_best=samples, length_penalty=penalty
        )
        _show(bundle, arguments.prompt, [candidate.text for candidate in best])
        return
    sampler, constraints = _sampler(arguments), _constraints(arguments)
    bundle = load(arguments.folder)
    if arguments.stream:
        _print_stream(bundle, arguments, sampler, constraints, seed)
        return
    texts = bundle.generate(
        [arguments.prompt] * samples,
        length=length,
        sampler=sampler,
        seed=seed,
        constraints=constraints,
        writer="ngram" if arguments.ngram else "model",
    )
    _show(bundle, arguments.prompt, [text.text for text in texts])


def _show(bundle: "LanguageModelBundle", prompt: str, texts: list[str]) -> None:
    for number, text in enumerate(texts):
        if number:
            print("\n" + "-" * 72)
        print(prompt + _glue(bundle, prompt) + text)


def _print_stream(
    bundle: "LanguageModelBundle",
    arguments: argparse.Namespace,
    sampler: "Sampler",
    constraints: "tuple[Constraint, ...]",
    seed: int,
) -> None:
    prompt = arguments.prompt
    pieces = bundle.stream(prompt, sampler=sampler, seed=seed, length=arguments.length, constraints=constraints)
    for piece in itertools.chain([prompt + _glue(bundle, prompt)], pieces):
        print(piece, end="", flush=True)
    print()


def _glue(bundle: "LanguageModelBundle", prompt: str) -> str:
    return " " if bundle.tokenizer.level == "word" and prompt else ""


def _refuse_contradictions(arguments: argparse.Namespace) -> None:
    """Refuses flags that would say nothing beside others."""
    ways = {"--greedy": arguments.greedy, "--top-k": arguments.top_k, "--top-p": arguments.top_p}
    drawing = ways | {
        "--temperature": arguments.temperature,
        "--repetition-penalty": arguments.repetition_penalty,
        "--no-repeat-ngram": arguments.no_repeat_ngram,
        "--ngram": arguments.ngram,
        "--stream": arguments.stream,
        "--seed": arguments.seed,
    }
    if len(_given(ways)) > 1:
        raise InputError(f"Give one way of choosing tokens. Received: {' and '.join(_given(ways))}.")
    if arguments.beams is not None and _given(drawing):
        raise InputError(f"With --beams nothing is drawn. Received: --beams and {' and '.join(_given(drawing))}.")
    if arguments.beams is None and arguments.length_penalty is not None:
        raise InputError("`--length-penalty` ranks what a search finds. Received: no --beams. Add --beams N.")
    unheard = _given({"--samples": arguments.samples, "--ngram": arguments.ngram})
    if arguments.stream and unheard:
        raise InputError(f"A stream is one text of the model. Received: --stream and {' and '.join(unheard)}.")


def _given(flags: dict) -> list[str]:
    return [flag for flag, value in flags.items() if value is not None and value is not False]


def _constraints(arguments: argparse.Namespace) -> "tuple[Constraint, ...]":
    from seqkit.decoding import NoRepeatNGram, RepetitionPenalty

    # A stream without end cannot remember all of it.
    last = _REMEMBERED if arguments.stream and arguments.length is None else None
    found: list[Constraint] = []
    if arguments.repetition_penalty is not None:
        found.append(RepetitionPenalty(arguments.repetition_penalty, last=last))
    if arguments.no_repeat_ngram is not None:
        found.append(NoRepeatNGram(arguments.no_repeat_ngram, last=last))
    return tuple(found)


def _sampler(arguments: argparse.Namespace) -> "Sampler":
    from seqkit.decoding import Greedy, Temperature, TopK, TopP

    temperature = 1.0 if arguments.temperature is None else arguments.temperature
    if arguments.greedy:
        return Greedy()
    if arguments.top_k is not None:
        return TopK(k=arguments.top_k, temperature=temperature)
    if arguments.top_p is not None:
        return TopP(p=arguments.top_p, temperature=temperature)
    return Temperature(temperature)
