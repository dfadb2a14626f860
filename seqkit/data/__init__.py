"""Raw records to `tf.data`, and the named datasets."""

from seqkit.data.batch_sequence import BatchSequence as BatchSequence
from seqkit.data.batches import Batches as Batches
from seqkit.data.bucket_lengths import bucket_lengths as bucket_lengths
from seqkit.data.bucketed_batches import BucketedBatches as BucketedBatches
from seqkit.data.column_file import read_columns as read_columns
from seqkit.data.download import download as download
from seqkit.data.labelled_files import TABLES as TABLES
from seqkit.data.labelled_files import read_folders as read_folders
from seqkit.data.labelled_files import read_lines as read_lines
from seqkit.data.labelled_files import read_table as read_table
from seqkit.data.labelled_texts import LabelledTexts as LabelledTexts
from seqkit.data.named import NAMES as NAMES
from seqkit.data.named import locate as locate
from seqkit.data.permutation import Permutation as Permutation
from seqkit.data.random_windows import RandomWindows as RandomWindows
from seqkit.data.sampling import SAMPLINGS as SAMPLINGS
from seqkit.data.sampling import training_windows as training_windows
from seqkit.data.sequential_windows import SequentialWindows as SequentialWindows
from seqkit.data.tagged_sentence import TaggedSentence as TaggedSentence
from seqkit.data.text_corpus import TextCorpus as TextCorpus
from seqkit.data.text_corpus import encode_text as encode_text
from seqkit.data.text_corpus import text_corpus as text_corpus
from seqkit.data.text_source import Document as Document
from seqkit.data.text_source import TextSource as TextSource
from seqkit.data.text_source import text_source as text_source
from seqkit.data.token_file import TokenFile as TokenFile
from seqkit.data.windows import Windows as Windows

__all__ = [
    "NAMES",
    "SAMPLINGS",
    "TABLES",
    "BatchSequence",
    "Batches",
    "BucketedBatches",
    "Document",
    "LabelledTexts",
    "Permutation",
    "RandomWindows",
    "SequentialWindows",
    "TaggedSentence",
    "TextCorpus",
    "TextSource",
    "TokenFile",
    "Windows",
    "bucket_lengths",
    "download",
    "encode_text",
    "locate",
    "read_columns",
    "read_folders",
    "read_lines",
    "read_table",
    "text_corpus",
    "text_source",
    "training_windows",
]
