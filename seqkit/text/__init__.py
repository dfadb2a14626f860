"""Text to tokens and back: tokenizers that know their offsets, the vocabulary, and reading files of any size."""

from seqkit.text.bytes import ByteTokenizer as ByteTokenizer
from seqkit.text.characters import CharTokenizer as CharTokenizer
from seqkit.text.coverage import Coverage as Coverage
from seqkit.text.coverage import coverage as coverage
from seqkit.text.levels import LEVELS as LEVELS
from seqkit.text.levels import tokenizer_for as tokenizer_for
from seqkit.text.levels import tokenizer_from_config as tokenizer_from_config
from seqkit.text.reading import read_text as read_text
from seqkit.text.reading import split_stream as split_stream
from seqkit.text.reading import stream_text as stream_text
from seqkit.text.tokenizer import Tokenizer as Tokenizer
from seqkit.text.vocabulary import Vocabulary as Vocabulary
from seqkit.text.word_features import WordFeatures as WordFeatures
from seqkit.text.word_shape import word_shape as word_shape
from seqkit.text.word_vectors import WordVectors as WordVectors
from seqkit.text.word_vectors import read_vectors as read_vectors
from seqkit.text.words import WordTokenizer as WordTokenizer

__all__ = [
    "read_text",
    "stream_text",
    "split_stream",
    "Tokenizer",
    "CharTokenizer",
    "WordTokenizer",
    "ByteTokenizer",
    "LEVELS",
    "tokenizer_for",
    "tokenizer_from_config",
    "Vocabulary",
    "Coverage",
    "coverage",
    "WordFeatures",
    "WordVectors",
    "read_vectors",
    "word_shape",
]
