"""Both ways to cut a corpus into windows: what is met, in which order, and that one may start anywhere.

The corpus is mostly 0, 1, 2, ...: an id tells its place, and the right target of id i is i + 1.
"""

from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seqkit.checks import InputError
from seqkit.data import RandomWindows, SequentialWindows, TokenFile

# 0.9999 quantile of chi-square with 6 degrees of freedom.
CHI_SQUARE_9999_6 = 27.86


def random(tokens, window, rows, **arguments):
    return RandomWindows(tokens, window=window, batch=rows, **arguments)


def sequential(tokens, window, rows, **arguments):
    return SequentialWindows(tokens, window=window, streams=rows, **arguments)


both = pytest.mark.parametrize("kind", [random, sequential])


@st.composite
def cuts(draw, kind):
    """A corpus length, a window shorter than it, and a number of rows; remainders of every sort."""
    length = draw(st.integers(2, 130))
    window = draw(st.integers(1, length - 1))
    rows = draw(st.integers(1, length - 1 if kind is sequential else 140))
    return length, window, rows


unhurried = settings(deadline=None, max_examples=80)
random_cuts = given(cut=cuts(random), seed=st.integers(0, 2**31), epoch=st.integers(0, 5))
sequential_cuts = given(cut=cuts(sequential))


def split(batch):
    """ids, start (or None) and targets of a batch of either kind."""
    inputs, targets = batch
    if isinstance(inputs, dict):
        assert sorted(inputs) == ["ids", "start"]
        return inputs["ids"], inputs["start"], targets
    return inputs, None, targets


def flat(batch):
    return [np.asarray(part) for part in split(batch) if part is not None]


def same(one, other):
    one, other = list(one), list(other)
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        for left, right in zip(flat(a), flat(b), strict=True):
            assert left.dtype == right.dtype
            np.testing.assert_array_equal(left, right)


def check_rows(ids, targets):
    """Every row counts up, its targets one ahead, and padding stands at the end alone."""
    valid = targets != -1
    assert ids.dtype == targets.dtype == np.int32
    assert ids.shape == targets.shape
    assert not np.any(~valid[:, :-1] & valid[:, 1:])
    assert np.all(targets[valid] == ids[valid] + 1)
    assert np.all(ids[~valid] == 0)
    assert np.all((np.diff(ids, axis=1) == 1) | ~valid[:, 1:])


def epoch_of(windows, epoch=0):
    """All rows of an epoch, in order."""
    parts = [split(windows.batch_at(epoch, position)) for position in range(windows.steps_per_epoch)]
    return np.concatenate([ids for ids, _, _ in parts]), np.concatenate([targets for _, _, targets in parts])


# Both kinds.


@pytest.mark.parametrize(
    ("kind", "length", "window", "rows"),
    [
        (random, 12, 2, 5),  # 11 targets: 5 or 6 windows, so 1 or 2 batches that hold any
        (random, 13, 4, 3),
        (random, 40, 7, 4),
        (random, 2, 1, 1),
        (random, 9, 8, 100),
        (sequential, 9, 2, 2),
        (sequential, 40, 7, 4),  # 39 targets in streams of 9, 10, 10, 10
        (sequential, 11, 10, 10),
        (sequential, 2, 1, 1),
    ],
)
@pytest.mark.tensorflow
def test_the_pipeline_gives_the_same_as_numpy_from_any_start(kind, length, window, rows):
    windows = kind(np.arange(length), window, rows)
    whole = list(windows.batches(3))
    steps = windows.steps_per_epoch
    assert len(whole) == 3 * steps
    same(whole, [windows.batch_at(epoch, position) for epoch in range(3) for position in range(steps)])
    for epoch, position in {(0, 0), (0, steps - 1), (1, 0), (1, steps // 2), (2, steps - 1)}:
        tail = whole[epoch * steps + position :]
        again = kind(np.arange(length), window, rows)  # another process would make its own
        same(again.batches(3, epoch=epoch, position=position), tail)
        dataset = again.dataset(3, epoch=epoch, position=position)
        assert int(dataset.cardinality()) == len(tail)
        same(dataset.as_numpy_iterator(), tail)
        sequence = again.sequence(3, epoch=epoch, position=position)
        same([sequence[k] for k in reversed(range(len(sequence)))][::-1], tail)


@both
@pytest.mark.tensorflow
def test_a_pipeline_read_twice_gives_the_same_twice(kind):
    dataset = kind(np.arange(50), 4, 3).dataset(2)
    same(dataset.as_numpy_iterator(), dataset.as_numpy_iterator())


@both
@pytest.mark.tensorflow
def test_the_shapes_of_a_pipeline_are_static(kind):
    (inputs, targets) = kind(np.arange(50), 4, 3).dataset().element_spec
    ids = inputs if kind is random else inputs["ids"]
    for spec in (ids, targets):
        assert (spec.shape.as_list(), spec.dtype.name) == ([3, 4], "int32")
    if kind is sequential:
        assert (inputs["start"].shape.as_list(), inputs["start"].dtype.name) == ([3], "bool")


@both
@pytest.mark.tensorflow
def test_a_token_file_gives_the_windows_of_the_array(kind, tmp_path):
    ids = np.random.default_rng(0).integers(0, 300, 203)
    row = TokenFile.write(tmp_path / "ids", [ids], vocabulary_size=300)
    same(kind(row, 7, 4).batches(2), kind(ids, 7, 4).batches(2))
    same(kind(row.view(50, 150), 7, 4).batches(2), kind(ids[50:150], 7, 4).batches(2))
    same(kind(row, 7, 4).dataset(2).as_numpy_iterator(), kind(ids, 7, 4).batches(2))


@both
@pytest.mark.parametrize("form", [np.uint8, np.int16, np.int64])
def test_ids_of_any_integer_type_become_int32(kind, form):
    same(kind(np.arange(30, dtype=form), 4, 2).batches(), kind(np.arange(30), 4, 2).batches())


@both
@settings(deadline=None, max_examples=40)
@given(st.data())
def test_ids_that_are_only_read_change_nothing_but_targets(kind, data):
    ids = np.array(data.draw(st.lists(st.integers(2, 5), min_size=4, max_size=60)))
    window, rows = data.draw(st.integers(1, len(ids) - 1)), data.draw(st.integers(1, len(ids) - 1))
    plain = list(kind(ids, window, rows).batches(2))
    silenced = list(kind(ids, window, rows, context_only=(2, 4)).batches(2))
    for before, after in zip(plain, silenced, strict=True):
        *inputs, targets = flat(before)
        *still, fewer = flat(after)
        for left, right in zip(inputs, still, strict=True):
            assert np.array_equal(left, right)
        assert np.array_equal(fewer, np.where(np.isin(targets, (2, 4)), -1, targets))


@both
@pytest.mark.parametrize(("length", "window"), [(1, 1), (4, 5), (40, 64)])
def test_a_corpus_shorter_than_a_window_is_refused(kind, length, window):
    message = rf"`window` must be smaller than the corpus\. Received: window={window}, corpus of {length} tokens\. Use"
    with pytest.raises(InputError, match=message):
        kind(np.arange(length), window, 1)


@both
@pytest.mark.parametrize("bad", [0, -1, 2.5, True, "4", None])
def test_windows_and_rows_are_positive_integers(kind, bad):
    with pytest.raises(InputError, match="`window` must be an integer of at least 1"):
        kind(np.arange(9), bad, 2)
    with pytest.raises(InputError, match=r"`(batch|streams)` must be an integer of at least 1"):
        kind(np.arange(9), 2, bad)


@both
@pytest.mark.parametrize("how", ["batches", "dataset", "sequence"])
@pytest.mark.parametrize(
    ("epochs", "epoch", "position", "message"),
    [
        (1, 1, 0, r"start must lie within 1 epochs .*epoch=1, position=0"),
        (3, 4, 1, r"start must lie within 3 epochs .*epoch=4, position=1"),
        (2, 0, 4, r"start must lie within 2 epochs of 4 batches.*epoch=0, position=4"),
        (1, -1, 0, "`epoch` must be"),
        (1, 0, -1, "`position` must be"),
        (1, 0, 1.0, "`position` must be"),
        (0, 0, 0, "`epochs` must be"),
        (True, 0, 0, "`epochs` must be"),
    ],
)
def test_a_start_outside_the_epochs_is_refused_at_once(kind, how, epochs, epoch, position, message):
    windows = kind(np.arange(33), 4, 2)  # 32 targets, 8 windows, 4 batches
    assert windows.steps_per_epoch == 4
    with pytest.raises(InputError, match=message):
        getattr(windows, how)(epochs, epoch=epoch, position=position)


# Random sampling.


@unhurried
@random_cuts
@example(cut=(12, 2, 5), seed=0, epoch=0)
@example(cut=(130, 1, 1), seed=0, epoch=3)
@example(cut=(101, 100, 7), seed=1, epoch=2)
def test_random_meets_every_target_after_the_offset_once(cut, seed, epoch):
    length, window, rows = cut
    windows = random(np.arange(length), window, rows, seed=seed)
    offset = windows.offset(epoch)
    ids, targets = epoch_of(windows, epoch)
    check_rows(ids, targets)
    assert 0 <= offset < window
    assert np.sort(targets[targets != -1]).tolist() == list(range(offset + 1, length))
    filled = (targets != -1).sum(axis=1)
    used = int((filled > 0).sum())
    assert np.all(filled[:used] > 0)  # rows without a target come last
    assert used == -(-(length - 1 - offset) // window)  # no more windows than the targets need
    assert int((filled[:used] < window).sum()) == (1 if (length - 1 - offset) % window else 0)
    assert sorted(ids[:used, 0].tolist()) == list(range(offset, length - 1, window))


@unhurried
@random_cuts
def test_random_has_as_many_batches_in_every_epoch(cut, seed, epoch):
    length, window, rows = cut
    windows = random(np.arange(length), window, rows, seed=seed)
    most = -(-(length - 1) // window)  # windows of an epoch that discards nothing
    assert windows.steps_per_epoch == -(-most // rows)
    counts = [len(list(windows.batches(e + 1, epoch=e))) for e in range(epoch, epoch + 3)]
    assert counts == [windows.steps_per_epoch] * 3


def test_random_tells_the_partial_window_to_the_token():
    windows = random(np.arange(24), window=5, rows=3, seed=3)  # 23 targets
    seen = set()
    for epoch in range(30):
        offset = windows.offset(epoch)
        ids, targets = epoch_of(windows, epoch)
        at_the_end = np.flatnonzero((targets == 23).any(axis=1))
        assert len(at_the_end) == 1
        begin = int(ids[at_the_end[0], 0])
        found = targets[at_the_end[0]].tolist()
        left = (23 - offset) % 5 or 5
        assert found == [*range(begin + 1, 24)] + [-1] * (5 - left)
        assert begin == 23 - left
        seen.add(left)
    assert seen == {1, 2, 3, 4, 5}  # every remainder there is


def test_random_draws_the_offset_evenly():
    windows = random(np.arange(100), window=7, rows=4, seed=0)
    offsets = [windows.offset(epoch) for epoch in range(700)]
    counts = np.bincount(offsets, minlength=7)
    assert len(counts) == 7
    assert ((counts - 100) ** 2 / 100).sum() < CHI_SQUARE_9999_6
    assert offsets != [random(np.arange(100), window=7, rows=4, seed=1).offset(epoch) for epoch in range(700)]
    repeated = sum(a == b for a, b in pairwise(offsets))
    assert repeated == pytest.approx(100, abs=40)  # 699 / 7, four standard deviations


@pytest.mark.parametrize(
    ("length", "window", "rows"),
    [
        (100, 7, 4),
        (100, 10, 3),  # 99 targets: the last of ten windows fills a batch of its own
        (12, 2, 5),  # the last of six windows holds one target and fills a batch of its own
        (1002, 100, 1),
        (9, 8, 4),
    ],
)
def test_random_draws_the_offset_anew_whatever_the_remainders(length, window, rows):
    """Otherwise the borders of the windows, where no context is left, stand at the same tokens in every epoch."""
    windows = random(np.arange(length), window, rows)
    found = {windows.offset(epoch) for epoch in range(40 * window)}  # one is missing: once in 10**15
    assert found == set(range(window))


def test_random_shuffles_the_windows_of_every_epoch_anew():
    orders = {}
    for seed in range(3):
        windows = random(np.arange(401), window=4, rows=10, seed=seed)
        for epoch in range(6):
            ids, targets = epoch_of(windows, epoch)
            start = ids[(targets != -1).any(axis=1), 0]
            orders[seed, epoch] = tuple(start // 4)
            follows = int((np.diff(start) == 4).sum())
            assert follows < 10  # of 99; one on average where the order is random, 99 where it is not
    assert len(set(orders.values())) == len(orders)
    # The same window at the same place in two epochs: one on average.
    places = [sum(a == b for a, b in zip(orders[0, e], orders[0, e + 1], strict=False)) for e in range(5)]
    assert max(places) < 10


def test_random_reads_ahead_in_a_corpus_without_touching_the_rest():
    class Counted:
        """A corpus that notes what is read of it."""

        def __init__(self, length):
            self.ids, self.read = np.arange(length), 0

        def __len__(self):
            return len(self.ids)

        def __getitem__(self, piece):
            found = self.ids[piece]
            self.read += len(found)
            return found

    tokens = Counted(100_000)
    windows = random(tokens, window=10, rows=8)
    before = tokens.read
    list(islice(windows.batches(50, epoch=49, position=1000), 3))
    assert tokens.read - before <= 3 * 8 * 11  # three batches of windows, each with one token to predict at its end


@pytest.mark.parametrize("seed", [-1, 1.5, "0", None, True])
def test_a_seed_is_a_nonnegative_integer(seed):
    with pytest.raises(InputError, match="`seed` must be an integer of at least 0"):
        random(np.arange(9), 2, 2, seed=seed)


# Sequential partitioning.


@unhurried
@sequential_cuts
@example(cut=(130, 1, 129))
@example(cut=(2, 1, 1))
def test_streams_laid_end_to_end_are_the_corpus(cut):
    length, window, streams = cut
    windows = sequential(np.arange(length), window, streams)
    steps, count = windows.steps_per_epoch, length - 1
    parts = [split(windows.batch_at(0, position)) for position in range(steps)]
    ids = np.concatenate([ids for ids, _, _ in parts], axis=1)  # (streams, steps * window)
    targets = np.concatenate([targets for _, _, targets in parts], axis=1)
    check_rows(ids, targets)  # a row counts up across its windows: the streams are contiguous
    valid = targets != -1
    assert np.concatenate([row[keep] for row, keep in zip(targets, valid, strict=True)]).tolist() == [*range(1, length)]
    for stream in range(streams):
        begin, end = stream * count // streams, (stream + 1) * count // streams
        assert targets[stream][valid[stream]].tolist() == list(range(begin + 1, end + 1))
    longest = -(-count // streams)
    assert steps == -(-longest // window)
    for position, (_, start, _) in enumerate(parts):
        assert start.dtype == bool
        assert start.tolist() == [position == 0] * streams


def test_sequential_epochs_are_all_the_same():
    windows = sequential(np.arange(60), 7, 3)
    steps = windows.steps_per_epoch
    batches = list(windows.batches(3))
    same(batches[:steps], batches[steps : 2 * steps])
    same(batches[:steps], batches[2 * steps :])


def test_more_streams_than_targets_are_refused():
    assert sequential(np.arange(9), 2, 8).steps_per_epoch == 1
    with pytest.raises(InputError, match=r"`streams`.*number of targets\. Received: streams=9, 8 targets\. Use fewer"):
        sequential(np.arange(9), 2, 9)
