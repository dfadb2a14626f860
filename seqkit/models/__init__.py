"""Builders: functions with keyword arguments that return a `keras.Model`."""

from seqkit.models.language_model import HEADS as HEADS
from seqkit.models.language_model import LanguageModel as LanguageModel
from seqkit.models.language_model_builder import language_model as language_model

__all__ = ["HEADS", "LanguageModel", "language_model"]
