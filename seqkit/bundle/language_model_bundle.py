"""A language model with its vocabulary, tokenizer and settings, as one thing."""

import json
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from seqkit.bundle.manifest import check_manifest, write_manifest
from seqkit.checks import InputError
from seqkit.decoding import Generator, Sampler
from seqkit.models import LanguageModel
from seqkit.text import Tokenizer, Vocabulary, tokenizer_from_config

TASK = "language_model"
# The models that may stand in a bundle. Their configs hold numbers and words only, so nothing else is ever made from
# one, even where the program around it has switched off the safe mode of Keras.
MODELS = {"seqkit>LanguageModel": LanguageModel}
_MOST_CONFIG = 1 << 20  # bytes
FILES = ("model.keras", "settings.json", "tokenizer.json", "vocabulary.json")


class UnknownTokenWarning(UserWarning):
    """A prompt holds tokens the model has never seen; they are read as `<unk>`."""


@dataclass(frozen=True)
class Continuation:
    """What a language model wrote after a prompt.

    Attributes:
        prompt: The prompt as it was given.
        text: What follows it, without `<eos>`.
        log_probs: Log-probability of each drawn token under the model itself, a final `<eos>` included.
        ended: Whether the model ended the text, and not the length.
    """

    prompt: str
    text: str
    log_probs: np.ndarray
    ended: bool


@dataclass(frozen=True)
class LanguageModelBundle:
    """A language model with its vocabulary, tokenizer and settings, saved and loaded as one thing.

    Args:
        model: A model with the step contract.
        vocabulary: Its tokens.
        tokenizer: How text becomes tokens.
        settings: How the model was made; JSON-ready.

    Raises:
        InputError: if the vocabulary does not fit the model.

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
    _generators: list = field(default_factory=list, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.vocabulary) != self.model.vocabulary_size:
            raise InputError(
                "The vocabulary does not fit the weights. "
                f"Expected: {self.model.vocabulary_size} tokens, as the model has. Received: {len(self.vocabulary)}. "
                "Use the vocabulary the model was trained with."
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
        self, prompts: Sequence[str], *, length: int, sampler: Sampler, seed: int = 0
    ) -> tuple[Continuation, ...]:
        """Continues each prompt; the empty one starts a new text.

        Args:
            prompts: Texts.
            length: Positive integer. Tokens to draw at most; `<eos>` ends a text before.
            sampler: How tokens are chosen.
            seed: Non-negative integer. The same seed draws the same texts.

        Raises:
            InputError: if `prompts` is one text, or another argument is outside the values named above.
        """
        if isinstance(prompts, str):
            raise InputError(f"`prompts` must be a list of texts. Received: one text. Use [{prompts!r}].")
        if not self._generators:
            self._generators.append(Generator(self.model))
        known = self.vocabulary
        generated = self._generators[0](
            [self.encode(prompt) for prompt in prompts],
            length=length,
            sampler=sampler,
            seed=seed,
            stop=known.eos_id,
            suppress=(known.pad_id, known.bos_id, known.unk_id),
        )
        result = []
        for prompt, ids, log_probs in zip(prompts, generated.ids, generated.log_probs, strict=True):
            ended = len(ids) > 0 and ids[-1] == known.eos_id
            text = self.tokenizer.join(known.decode(ids[:-1] if ended else ids))
            result.append(Continuation(prompt, text, log_probs, bool(ended)))
        return tuple(result)

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
            _write(part / "tokenizer.json", self.tokenizer.get_config())
            _write(part / "settings.json", self.settings)
            write_manifest(part, TASK, FILES)
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
        check_manifest(folder, {TASK: FILES})
        path = folder / "model.keras"
        try:
            _check_model_class(path)
            model = keras.saving.load_model(path, custom_objects=MODELS, compile=False, safe_mode=True)
        except InputError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, OSError, RuntimeError, zipfile.BadZipFile) as error:
            raise InputError(f"{path}: Keras refuses to load it: {str(error).strip().splitlines()[0]}") from error
        vocabulary, config = Vocabulary.load(folder / "vocabulary.json"), _read(folder / "tokenizer.json")
        try:
            tokenizer = tokenizer_from_config(config)
        except InputError as error:
            raise InputError(f"{folder / 'tokenizer.json'}: {error}") from error
        try:
            return cls(model, vocabulary, tokenizer, _read(folder / "settings.json"))
        except InputError as error:
            raise InputError(f"{folder / 'vocabulary.json'}: {error}") from error


def _check_model_class(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        # Keras stores its members as they are. What unpacks to more than the file holds was not written by Keras.
        if sum(member.file_size for member in archive.infolist()) > path.stat().st_size:
            raise InputError(f"{path}: unpacks to more than its own size, as no model of Keras does.")
        if archive.getinfo("config.json").file_size > _MOST_CONFIG:
            raise InputError(f"{path}: its config is too large for a model of seqkit.")
        config = json.loads(archive.read("config.json"))
    name = config.get("registered_name") if isinstance(config, dict) else None
    if name not in MODELS:
        raise InputError(f"{path}: not a language model of seqkit. Expected: {', '.join(MODELS)}. Received: {name!r}.")


def _write(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def _read(path: Path) -> dict:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not whole JSON: {error}. Copy the bundle again.") from error
    if not isinstance(value, dict):
        raise InputError(f"{path}: must hold a JSON object. Received: {type(value).__name__}.")
    return value
