"""A row of ids on disk behaves like the array it was written from."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqkit.checks import InputError
from seqkit.data import TokenFile

IDS = np.random.default_rng(0).integers(0, 300, 1000)
bounds = st.none() | st.integers(-1100, 1100)


@pytest.fixture(scope="module")
def row(tmp_path_factory):
    return TokenFile.write(tmp_path_factory.mktemp("row") / "ids.bin", np.split(IDS, [1, 400]), vocabulary_size=300)


@settings(deadline=None)
@given(start=bounds, stop=bounds)
def test_slices_are_those_of_the_array(row, start, stop):
    piece = row[start:stop]
    assert piece.tolist() == IDS[start:stop].tolist()
    assert piece.dtype == np.int32


@settings(deadline=None)
@given(st.data())
def test_a_view_is_a_part_of_the_row(row, data):
    start = data.draw(st.integers(0, len(IDS)))
    stop = data.draw(st.integers(start, len(IDS)))
    view, part = row.view(start, stop), IDS[start:stop]
    inner_start = data.draw(st.integers(0, len(part)))
    inner_stop = data.draw(st.integers(inner_start, len(part)))
    inner = view.view(inner_start, inner_stop)
    assert len(view) == len(part)
    assert view[:].tolist() == part.tolist()
    assert view[-3 : len(part) + 5].tolist() == part[-3:].tolist()
    assert inner[:].tolist() == part[inner_start:inner_stop].tolist()


@pytest.mark.parametrize(("start", "stop"), [(3, 1001), (-1, 3), (5, 4), (1001, 1001)])
def test_a_view_outside_of_the_row_is_refused(row, start, stop):
    with pytest.raises(InputError, match=rf"ids\.bin.*1000.*{start}:{stop}"):
        row.view(start, stop)


def test_a_view_outside_of_a_view_is_refused(row):
    with pytest.raises(InputError, match=r"ids\.bin"):
        row.view(100, 110).view(0, 11)  # id 110 belongs to somebody else, such as the test split


def test_a_view_may_be_opened_from_the_file(row, tmp_path):
    TokenFile.write(tmp_path / "ids", [IDS], vocabulary_size=300)
    assert TokenFile(tmp_path / "ids", 300, start=10, stop=20)[:].tolist() == IDS[10:20].tolist()
    assert TokenFile(tmp_path / "ids", vocabulary_size=300, start=990)[:].tolist() == IDS[990:].tolist()
    with pytest.raises(InputError, match="ids"):
        TokenFile(tmp_path / "ids", 300, start=10, stop=1001)


@pytest.mark.parametrize(
    ("vocabulary_size", "form"),
    [(1, "<u1"), (256, "<u1"), (257, "<u2"), (65536, "<u2"), (65537, "<u4"), (2**31, "<u4")],
)
def test_ids_take_the_smallest_type_that_holds_the_vocabulary(tmp_path, vocabulary_size, form):
    ids = [0, vocabulary_size // 2, vocabulary_size - 1]
    row = TokenFile.write(tmp_path / "ids", [ids], vocabulary_size=vocabulary_size)
    # Larger types may come in steps of their own: what counts is that no smaller one would do, and little-endian.
    assert (tmp_path / "ids").read_bytes() == np.array(ids).astype(form).tobytes()
    assert row[:].tolist() == ids


def test_pieces_of_any_kind_follow_each_other(tmp_path):
    pieces = ([1, 2], [], np.array([3], dtype=np.uint8), np.zeros(0, int), (4, 5))
    row = TokenFile.write(str(tmp_path / "ids"), (piece for piece in pieces), vocabulary_size=6)
    assert row[:].tolist() == [1, 2, 3, 4, 5]
    assert TokenFile(tmp_path / "ids", vocabulary_size=6)[1:3].tolist() == [2, 3]


@pytest.mark.parametrize(("vocabulary_size", "bad"), [(4, 4), (4, -1), (256, 256), (65536, 2**16), (70000, 2**32 + 1)])
def test_an_id_outside_the_vocabulary_leaves_no_file_behind(tmp_path, vocabulary_size, bad):
    with pytest.raises(InputError, match=rf"ids\.bin: ids must lie in \[0, {vocabulary_size}\)\. Received: .*{bad}"):
        TokenFile.write(tmp_path / "ids.bin", [[0, 1], [2, bad, 3]], vocabulary_size=vocabulary_size)
    assert list(tmp_path.iterdir()) == []


def test_pieces_that_fail_leave_no_file_behind(tmp_path):
    def pieces():
        yield [1]
        raise InputError("corpus.txt, byte 7: a NUL")

    with pytest.raises(InputError, match="byte 7"):
        TokenFile.write(tmp_path / "ids.bin", pieces(), vocabulary_size=4)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_lost_half_an_id_is_refused(tmp_path):
    TokenFile.write(tmp_path / "ids.bin", [IDS], vocabulary_size=300)
    (tmp_path / "ids.bin").write_bytes((tmp_path / "ids.bin").read_bytes()[:-1])
    with pytest.raises(InputError, match=r"ids\.bin: 1999 bytes .*whole number of ids of 2 bytes"):
        TokenFile(tmp_path / "ids.bin", vocabulary_size=300)


def test_a_file_cut_while_in_use_is_named(tmp_path):
    row = TokenFile.write(tmp_path / "ids.bin", [IDS], vocabulary_size=300)
    with open(tmp_path / "ids.bin", "r+b") as file:
        file.truncate(100)
    assert row[:50].tolist() == IDS[:50].tolist()
    with pytest.raises(InputError, match=r"ids\.bin"):
        row[40:60]


@pytest.mark.parametrize("missing", ["none.bin", "."])
def test_a_file_that_is_not_there_is_named(tmp_path, missing):
    with pytest.raises(InputError, match=str(tmp_path)):
        TokenFile(tmp_path / missing, vocabulary_size=4)


def test_a_closed_row_cannot_be_read(tmp_path):
    row = TokenFile.write(tmp_path / "ids", [[1, 2]], vocabulary_size=4)
    view = row.view(0, 1)
    row.close()
    row.close()  # twice does no harm
    with pytest.raises(ValueError, match="closed"):
        row[:]
    assert view[:].tolist() == [1]  # a view reads on its own


@pytest.mark.parametrize("piece", [slice(None, None, 2), slice(None, None, -1)])
def test_only_plain_slices_are_read(row, piece):
    with pytest.raises((IndexError, InputError), match=r"stride|step|direction"):
        row[piece]


@pytest.mark.parametrize("vocabulary_size", [0, -1, 2.5, True, "5", 2**31 + 1])
def test_a_vocabulary_size_that_is_none_is_refused(tmp_path, vocabulary_size):
    with pytest.raises(InputError, match="`vocabulary_size` must be"):
        TokenFile.write(tmp_path / "ids", [[0]], vocabulary_size=vocabulary_size)
    assert list(tmp_path.iterdir()) == []


def test_threads_do_not_disturb_each_other(tmp_path):
    """`tf.data` reads from threads of its own: training and validation rows may lie in one file."""
    ids = np.arange(200_000)
    row = TokenFile.write(tmp_path / "ids", [ids], vocabulary_size=len(ids))
    wrong = []

    def read(seed):
        for start in np.random.default_rng(seed).integers(0, len(ids) - 100, 2000):
            if not np.array_equal(row[start : start + 100], ids[start : start + 100]):
                wrong.append(int(start))

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
