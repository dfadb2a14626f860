"""Raw records to `tf.data`, and the named datasets."""

from seqkit.data.download import download as download
from seqkit.data.named import NAMES as NAMES
from seqkit.data.named import locate as locate
from seqkit.data.permutation import Permutation as Permutation
from seqkit.data.random_windows import RandomWindows as RandomWindows
from seqkit.data.sampling import SAMPLINGS as SAMPLINGS
from seqkit.data.sampling import training_windows as training_windows
from seqkit.data.sequential_windows import SequentialWindows as SequentialWindows
from seqkit.data.text_corpus import TextCorpus as TextCorpus
from seqkit.data.text_corpus import encode_text as encode_text
from seqkit.data.text_corpus import text_corpus as text_corpus
from seqkit.data.text_source import Document as Document
from seqkit.data.text_source import TextSource as TextSource
from seqkit.data.text_source import text_source as text_source
from seqkit.data.token_file import TokenFile as TokenFile
from seqkit.data.window_sequence import WindowSequence as WindowSequence
from seqkit.data.windows import Windows as Windows

__all__ = [
    "NAMES",
    "SAMPLINGS",
    "Document",
    "Permutation",
    "RandomWindows",
    "SequentialWindows",
    "TextCorpus",
    "TextSource",
    "TokenFile",
    "WindowSequence",
    "Windows",
    "download",
    "encode_text",
    "locate",
    "text_corpus",
    "text_source",
    "training_windows",
]
