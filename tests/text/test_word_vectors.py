"""Word vectors from files as GloVe, word2vec and fastText write them, and from wrong ones."""

import gzip

import numpy as np
import pytest

from seqkit.checks import InputError
from seqkit.text import Vocabulary, read_vectors

VOCABULARY = Vocabulary(["The", "the", "New York", "cat", "DOG", "sat"])
LINES = ["the 1 2 3", "New York 4 5 6", "cat 0.5 -1e-1 7", "dog 1 1 1", "bird 9 9 9", "cat 8 8 8", "The 3 2 1"]


def write(folder, lines, name="vectors.txt"):
    content = "".join(f"{line}\n" for line in lines).encode()
    (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return folder / name


EXPECTED = np.zeros((10, 3))
EXPECTED[4:9] = [[3, 2, 1], [1, 2, 3], [4, 5, 6], [0.5, -0.1, 7], [1, 1, 1]]


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (LINES, "glove.txt"),
        (["7 3", *LINES], "word2vec.vec"),
        ([f"{line} " for line in ["7 3", *LINES]], "fasttext.vec"),
        (LINES, "glove.txt.gz"),
    ],
)
def test_every_form_says_the_same(tmp_path, lines, name):
    vectors = read_vectors(write(tmp_path, lines, name), VOCABULARY, width=3)
    np.testing.assert_allclose(vectors.matrix, EXPECTED, rtol=1e-6)
    assert vectors.found.tolist() == [False] * 4 + [True] * 5 + [False]
    assert vectors.by_small_letters == 1  # DOG; The is there as it stands, though later
    assert vectors.coverage == pytest.approx(5 / 6)


def test_without_a_width_the_first_line_says_it(tmp_path):
    assert read_vectors(write(tmp_path, LINES), VOCABULARY).matrix.shape == (10, 3)
    assert read_vectors(write(tmp_path, ["9 3", *LINES]), VOCABULARY).matrix.shape == (10, 3)


def test_an_embedding_keeps_its_own_rows_where_there_is_no_vector(tmp_path):
    weights = np.full((10, 3), 7.0, "float32")
    found = read_vectors(write(tmp_path, LINES), VOCABULARY).into(weights)
    np.testing.assert_allclose(found[4:9], EXPECTED[4:9], rtol=1e-6)
    assert (found[[0, 1, 2, 3, 9]] == 7).all()
    with pytest.raises(InputError, match="Received: \\(10, 4\\)"):
        read_vectors(write(tmp_path, LINES), VOCABULARY).into(np.zeros((10, 4)))


def test_memory_does_not_grow_with_the_file(tmp_path):
    import tracemalloc

    small, large = (write(tmp_path, [f"w{k} 1 2 3" for k in range(n)], f"{n}.txt") for n in (100, 50_000))
    peaks = []
    for file in (small, large):
        tracemalloc.start()
        read_vectors(file, VOCABULARY)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 50_000


@pytest.mark.parametrize(
    ("lines", "width", "message"),
    [
        (LINES, 4, "line 1: expected a word and 4 numbers. Received: 3 numbers"),
        (LINES, 2, "line 1: expected a word and 2 numbers. Received: 3 numbers"),
        (["7 4", *LINES], 3, "line 1: vectors of width 4. Expected width 3"),
        (["the 1 2 3", "cat 1 2"], None, "line 2: expected a word and 3 numbers. Received: 2 numbers"),
        (["the 1 2 3", "cat 1 x 2"], None, "line 2: expected 3 numbers after the word"),
        (["the 1 2 3", "cat 1 nan 2"], None, "line 2: a number that is not finite"),
        (["the"], None, "line 1: expected a word and 1 numbers"),
        ([], None, "holds no vector"),
        (["7 3"], None, "holds no vector"),
    ],
)
def test_wrong_files_are_refused_by_line(tmp_path, lines, width, message):
    with pytest.raises(InputError) as error:
        read_vectors(write(tmp_path, lines), VOCABULARY, width=width)
    assert message in str(error.value)
    assert "vectors.txt" in str(error.value)


def test_files_that_cannot_be_read_are_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_vectors(tmp_path / "none.txt", VOCABULARY)
    (tmp_path / "a.txt").write_bytes("the 1 2\ncaf\xe9 1 2\n".encode("latin-1"))
    with pytest.raises(InputError, match="line 2: not valid UTF-8"):
        read_vectors(tmp_path / "a.txt", VOCABULARY)
    whole = write(tmp_path, LINES * 100, "cut.txt.gz").read_bytes()
    (tmp_path / "cut.txt.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"cut\.txt\.gz: cannot be read"):
        read_vectors(tmp_path / "cut.txt.gz", VOCABULARY)
