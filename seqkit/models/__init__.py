"""Builders: functions with keyword arguments that return a `keras.Model`."""

from seqkit.models.language_model import HEADS as HEADS
from seqkit.models.language_model import LanguageModel as LanguageModel
from seqkit.models.language_model_builder import language_model as language_model
from seqkit.models.many_to_many import TAGGER_HEADS as TAGGER_HEADS
from seqkit.models.many_to_many import many_to_many as many_to_many
from seqkit.models.many_to_one import CLASSIFIER_HEADS as CLASSIFIER_HEADS
from seqkit.models.many_to_one import POOLINGS as POOLINGS
from seqkit.models.many_to_one import many_to_one as many_to_one

__all__ = [
    "CLASSIFIER_HEADS",
    "HEADS",
    "POOLINGS",
    "TAGGER_HEADS",
    "LanguageModel",
    "language_model",
    "many_to_many",
    "many_to_one",
]
