"""The file of a model, read without trust."""

import json
import zipfile
from pathlib import Path

import keras

from seqkit.checks import InputError
from seqkit.models import LanguageModel

# The models that may stand in a bundle. Their configs hold numbers and words only, so nothing else is ever made from
# one, even where the program around it has switched off the safe mode of Keras.
MODELS = {"seqkit>LanguageModel": LanguageModel}
_MOST_CONFIG = 1 << 20  # bytes


def load_model(path: Path) -> keras.Model:
    """Loads one of `MODELS`, with Keras in safe mode.

    Raises:
        InputError: naming the file, if it holds anything else or is damaged.
    """
    try:
        _check_model_class(path)
        return keras.saving.load_model(path, custom_objects=MODELS, compile=False, safe_mode=True)
    except InputError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, OSError, RuntimeError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: Keras refuses to load it: {str(error).strip().splitlines()[0]}") from error


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
