"""Counted n-grams on disk: the same model to the last bit, and nothing else is taken for one."""

import io
import zipfile

import numpy as np
import pytest

from seqkit.baselines import KneserNey
from seqkit.checks import InputError


def a_model(order=5, length=3000, size=30):
    rng = np.random.default_rng(order)
    return KneserNey(np.minimum(rng.geometric(0.2, length), size - 1), size, order)


@pytest.fixture
def path(tmp_path):
    a_model().save(tmp_path / "ngram.npz")
    return tmp_path / "ngram.npz"


@pytest.mark.parametrize("order", [1, 2, 5])
@pytest.mark.parametrize("length", [0, 1, 3, 2000])
def test_what_is_loaded_gives_the_same_probabilities(tmp_path, order, length):
    model = KneserNey(np.random.default_rng(0).integers(0, 7, length), 7, order)
    model.save(tmp_path / "ngram.npz")
    loaded = KneserNey.load(tmp_path / "ngram.npz")
    assert (loaded.vocabulary_size, loaded.order, loaded.tokens) == (7, order, length)
    text = np.random.default_rng(1).integers(0, 7, 500)
    assert loaded.log_probs(text).tobytes() == model.log_probs(text).tobytes()
    for end in range(1, 20):
        assert loaded.distribution(text[:end]).tobytes() == model.distribution(text[:end]).tobytes()
    loaded.save(tmp_path / "again.npz")
    with np.load(tmp_path / "ngram.npz") as first, np.load(tmp_path / "again.npz") as second:
        assert {n: first[n].tolist() for n in first} == {n: second[n].tolist() for n in second}


def test_it_is_small_and_holds_no_pickle(path):
    ngrams = sum(len(codes) for codes in a_model()._counts.codes)
    assert path.stat().st_size < 6 * ngrams + 5000
    with np.load(path, allow_pickle=False) as archive:
        assert all(archive[name].dtype.kind == "u" for name in archive.files)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    for path in (tmp_path / "none.npz", tmp_path):
        with pytest.raises(InputError, match=path.name):
            KneserNey.load(path)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_refused(path, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(InputError, match=r"ngram\.npz"):
        KneserNey.load(path)


def rewritten(path, change):
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    change(arrays)
    np.savez(path, **arrays)


def swap(name, place, value):
    def change(arrays):
        arrays[name] = arrays[name].astype(np.uint64)
        arrays[name][place] = value

    return change


CHANGES = {
    "a member is missing": lambda a: a.pop("counts_3"),
    "a member too many": lambda a: a.update(more=np.zeros(1, np.uint8)),
    "sizes are missing": lambda a: a.pop("sizes"),
    "sizes of another shape": lambda a: a.update(sizes=np.zeros(2, np.uint64)),
    "signed": lambda a: a.update(counts_2=a["counts_2"].astype(np.int64)),
    "floats": lambda a: a.update(steps_2=a["steps_2"].astype(np.float64)),
    "two dimensions": lambda a: a.update(counts_1=a["counts_1"][None]),
    "lengths differ": lambda a: a.update(counts_4=a["counts_4"][1:]),
    "a vocabulary of none": swap("sizes", 0, 0),
    "another vocabulary": swap("sizes", 0, 31),
    "a huge vocabulary": swap("sizes", 0, 1 << 63),
    "order 0": swap("sizes", 1, 0),
    "order 6": swap("sizes", 1, 6),
    "order 4": swap("sizes", 1, 4),
    "an n-gram twice": swap("steps_3", 5, 0),
    "an n-gram out of range": swap("steps_3", 5, 1 << 40),
    "a step that wraps": swap("steps_3", 5, (1 << 64) - 1),
    "an n-gram that never occurred": swap("counts_3", 2, 0),
    "a count too large": swap("counts_3", 2, (1 << 64) - 1),
    "counts too large together": lambda a: a.update(counts_2=np.full(len(a["counts_2"]), 1 << 61, np.uint64)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_what_does_not_fit_together_is_refused(path, change):
    rewritten(path, change)
    with pytest.raises(InputError, match=r"ngram\.npz: holds no n-grams"):
        KneserNey.load(path)


def test_objects_are_not_unpickled(path):
    rewritten(path, lambda arrays: arrays.update(counts_3=np.array([print], object)))
    with pytest.raises(InputError, match=r"ngram\.npz"):
        KneserNey.load(path)


def test_what_unpacks_to_much_is_not_unpacked(path):
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(10_000_000, np.uint8))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sizes.npy", buffer.getvalue())
    assert path.stat().st_size < 100_000
    with pytest.raises(InputError, match="unpacks to more"):
        KneserNey.load(path)


def test_an_array_that_claims_to_be_huge_is_refused(path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<u8", "fortran_order": False, "shape": (1 << 40,)})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sizes.npy", header.getvalue())
    with pytest.raises(InputError, match=r"ngram\.npz"):
        KneserNey.load(path)
