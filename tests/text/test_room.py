"""The room as a whole: its table of contents and what importing it costs."""

import subprocess
import sys

import seqkit.text


def test_the_public_names_are_these():
    assert sorted(seqkit.text.__all__) == [
        "ByteTokenizer",
        "CharTokenizer",
        "Coverage",
        "LEVELS",
        "Tokenizer",
        "Vocabulary",
        "WordTokenizer",
        "coverage",
        "read_text",
        "split_stream",
        "stream_text",
        "tokenizer_for",
        "tokenizer_from_config",
    ]
    assert all(hasattr(seqkit.text, name) for name in seqkit.text.__all__)


def test_importing_the_room_imports_no_framework():
    program = "import sys, seqkit.text; print({'tensorflow', 'keras', 'jax', 'torch'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"
