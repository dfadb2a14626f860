"""A language model with its vocabulary, tokenizer and settings, as one thing."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from seqkit.baselines import KneserNey
from seqkit.bundle.candidate import Candidate
from seqkit.bundle.continuation import Continuation
from seqkit.bundle.json_file import read_json, write_json
from seqkit.bundle.manifest import check_manifest, write_manifest
from seqkit.bundle.model_file import load_model
from seqkit.checks import InputError, check_choice
from seqkit.decoding import Constraint, Generator, NGramGenerator, Sampler, Temperature, beam_search, stream
from seqkit.text import Tokenizer, Vocabulary, tokenizer_from_config

TASK = "language_model"
FILES = ("model.keras", "settings.json", "tokenizer.json", "vocabulary.json")
NGRAM = "ngram.npz"
WRITERS = ("model", "ngram")


class UnknownTokenWarning(UserWarning):
    """A prompt holds tokens the model has never seen; they are read as `<unk>`."""


@dataclass(frozen=True)
class LanguageModelBundle:
    """A language model with its vocabulary, tokenizer and settings, saved and loaded as one thing.

    Args:
        model: A model with the step contract.
        vocabulary: Its tokens.
        tokenizer: How text becomes tokens.
        settings: How the model was made; JSON-ready.
        ngram: The n-grams of the same training text, to write with and to compare with.

    Raises:
        InputError: if the vocabulary does not fit the model or the n-grams.

    Example:

    >>> from seqkit.decoding import Greedy
    >>> from seqkit.models import language_model
    >>> from seqkit.text import CharTokenizer
    >>> vocabulary = Vocabulary("abc")
    >>> model = language_model(vocabulary_size=len(vocabulary), units=4)
    >>> bundle = LanguageModelBundle(model, vocabulary, CharTokenizer(), {})
    >>> [continuation] = bundle.generate(["ab"], length=5, sampler=Greedy())
    >>> continuation.prompt, len(continuation.log_probs) <= 5
    ('ab', True)
    """

    model: keras.Model
    vocabulary: Vocabulary
    tokenizer: Tokenizer
    settings: dict[str, Any]
    ngram: KneserNey | None = None
    _generators: list = field(default_factory=list, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.vocabulary) != self.model.vocabulary_size:
            raise InputError(
                "The vocabulary does not fit the weights. "
                f"Expected: {self.model.vocabulary_size} tokens, as the model has. Received: {len(self.vocabulary)}. "
                "Use the vocabulary the model was trained with."
            )
        if self.ngram is not None and self.ngram.vocabulary_size != len(self.vocabulary):
            raise InputError(
                "The vocabulary does not fit the n-grams. "
                f"Expected: {self.ngram.vocabulary_size} tokens, as they have. Received: {len(self.vocabulary)}. "
                "Count them in the ids of this vocabulary."
            )

    def encode(self, text: str) -> np.ndarray:
        """The ids of a text after `<bos>`; unknown tokens become `<unk>` and are named in an `UnknownTokenWarning`."""
        tokens = self.tokenizer.split(text)
        unknown = list(dict.fromkeys(token for token in tokens if token not in self.vocabulary))
        if unknown:
            shown = ", ".join(map(repr, unknown[:10])) + (", ..." if len(unknown) > 10 else "")
            warnings.warn(
                f"{len(unknown)} different tokens are unknown to the model and are read as <unk>: {shown}.",
                UnknownTokenWarning,
                stacklevel=3,
            )
        return np.concatenate([[self.vocabulary.bos_id], self.vocabulary.encode(tokens)]).astype(np.int32)

    def generate(
        self,
        prompts: Sequence[str],
        *,
        length: int,
        sampler: Sampler,
        seed: int = 0,
        constraints: Sequence[Constraint] = (),
        writer: str = "model",
    ) -> tuple[Continuation, ...]:
        """Continues each prompt; the empty one starts a new text.

        Args:
            prompts: Texts.
            length: Positive integer. Tokens to draw at most; `<eos>` ends a text before.
            sampler: How tokens are chosen.
            seed: Non-negative integer. The same seed draws the same texts.
            constraints: What tokens may come, given those before, such as `(NoRepeatNGram(3),)`.
            writer: "model" or "ngram".

        Raises:
            InputError: if `prompts` is one text, or another argument is outside the values named above.
        """
        if isinstance(prompts, str):
            raise InputError(f"`prompts` must be a list of texts. Received: one text. Use [{prompts!r}].")
        generate: Generator | NGramGenerator = self._generator
        if check_choice("writer", writer, WRITERS) == "ngram":
            if self.ngram is None:
                raise InputError('`writer` cannot be "ngram": this bundle holds no n-grams. Use writer="model".')
            generate = NGramGenerator(self.ngram)
        generated = generate(
            [self.encode(prompt) for prompt in prompts],
            length=length,
            sampler=sampler,
            seed=seed,
            constraints=constraints,
            **self._ends,
        )
        return tuple(
            Continuation(prompt, text, log_probs, ended)
            for prompt, ids, log_probs in zip(prompts, generated.ids, generated.log_probs, strict=True)
            for text, ended in [self._spelled(ids)]
        )

    def samples(
        self, prompt: str, *, temperatures: Sequence[float], length: int, seed: int = 0
    ) -> tuple[dict[str, Any], ...]:
        """A text after the same prompt for each temperature, as reports hold them.

        Args:
            prompt: A text; the empty one starts a new text.
            temperatures: Positive floats.
            length: Positive integer. Tokens to draw at most.
            seed: Non-negative integer. The same seed draws the same texts.

        Returns:
            For each its `temperature`, `prompt`, `text`, and `nats`: how surprising a token was to the model, on
            average.

        Raises:
            InputError: if an argument is outside the values named above.
        """
        found = []
        for temperature in temperatures:
            [text] = self.generate([prompt], length=length, sampler=Temperature(temperature), seed=seed)
            nats = -float(text.log_probs.mean())
            found.append({"temperature": temperature, "prompt": prompt, "text": text.text, "nats": nats})
        return tuple(found)

    def stream(
        self,
        prompt: str,
        *,
        sampler: Sampler,
        seed: int = 0,
        length: int | None = None,
        constraints: Sequence[Constraint] = (),
    ) -> Iterator[str]:
        """Continues a prompt piece by piece, until the model ends the text: what `generate` writes after it alone.

        Args:
            prompt: A text; the empty one starts a new text.
            sampler: How tokens are chosen.
            seed: Non-negative integer. The same seed draws the same text.
            length: Optional positive integer. Tokens to draw at most.
            constraints: As for `generate`; without a `length` each needs to look at a number of `last` tokens.

        Returns:
            An iterator of pieces of text, one a token. Memory stays constant however many are taken.

        Raises:
            InputError: if an argument is outside the values named above. It is raised by the call, not by the first
                piece.
        """
        drawn = stream(
            self._generator,
            self.encode(prompt),
            sampler=sampler,
            seed=seed,
            length=length,
            constraints=constraints,
            **self._ends,
        )
        known = self.vocabulary
        tokens = (known.decode([token.id])[0] for token in drawn if token.id != known.eos_id)
        return self.tokenizer.pieces(tokens)

    def beam(
        self, prompt: str, *, length: int, beams: int = 4, n_best: int = 1, length_penalty: float = 0.0
    ) -> tuple[Candidate, ...]:
        """Looks for the likeliest texts after a prompt, the best first (see `seqkit.decoding.beam_search`).

        Args:
            prompt: A text; the empty one starts a new text.
            length: Positive integer. Tokens of a text at most.
            beams: Positive integer. Texts followed at once.
            n_best: Positive integer, at most `beams`. How many of the best to return.
            length_penalty: Float, 0 or above; 0 ranks by log-probability, which favours short texts.

        Raises:
            InputError: if an argument is outside the values named above.
        """
        found = beam_search(
            self._generator,
            self.encode(prompt),
            length=length,
            beams=beams,
            n_best=n_best,
            length_penalty=length_penalty,
            **self._ends,
        )
        return tuple(
            Candidate(prompt, text, one.log_prob, one.score, ended)
            for one in found
            for text, ended in [self._spelled(one.ids)]
        )

    @property
    def _generator(self) -> Generator:
        if not self._generators:
            self._generators.append(Generator(self.model))
        return self._generators[0]

    @property
    def _ends(self) -> dict[str, Any]:
        """What ends a text, and what never comes in one."""
        known = self.vocabulary
        return {"stop": known.eos_id, "suppress": (known.pad_id, known.bos_id, known.unk_id)}

    def _spelled(self, ids: np.ndarray) -> tuple[str, bool]:
        """The text of ids, and whether `<eos>` ended it."""
        ended = len(ids) > 0 and bool(ids[-1] == self.vocabulary.eos_id)
        return self.tokenizer.join(self.vocabulary.decode(ids[:-1] if ended else ids)), ended

    def save(self, folder: str | Path) -> None:
        """Writes the bundle, whole or not at all.

        Raises:
            InputError: if `folder` exists already.
        """
        folder = Path(folder)
        if folder.exists():
            raise InputError(f"{folder}: exists already, and a bundle is never overwritten. Choose another folder.")
        part = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            self.model.save(part / "model.keras")
            self.vocabulary.save(part / "vocabulary.json")
            write_json(part / "tokenizer.json", self.tokenizer.get_config())
            write_json(part / "settings.json", self.settings)
            if self.ngram is not None:
                self.ngram.save(part / NGRAM)
            write_manifest(part, TASK, FILES if self.ngram is None else (*FILES, NGRAM))
            part.chmod(0o755)  # mkdtemp lets nobody else in
            part.rename(folder)
        except BaseException:
            shutil.rmtree(part)
            raise

    @classmethod
    def load(cls, folder: str | Path) -> "LanguageModelBundle":
        """Reads a bundle and trusts nothing in it: sizes and checksums first, Keras in safe mode.

        Raises:
            InputError: naming the file, if the bundle is missing, damaged or does not fit together.
        """
        folder = Path(folder)
        _, names = check_manifest(folder, {TASK: FILES}, optional=(NGRAM,))
        model = load_model(folder / "model.keras")
        vocabulary, config = Vocabulary.load(folder / "vocabulary.json"), read_json(folder / "tokenizer.json")
        ngram = KneserNey.load(folder / NGRAM) if NGRAM in names else None
        try:
            tokenizer = tokenizer_from_config(config)
        except InputError as error:
            raise InputError(f"{folder / 'tokenizer.json'}: {error}") from error
        try:
            return cls(model, vocabulary, tokenizer, read_json(folder / "settings.json"), ngram)
        except InputError as error:
            raise InputError(f"{folder / 'vocabulary.json'}: {error}") from error
