"""Which values pass, and what the message says to the one that does not."""

import math

import numpy as np
import pytest

from seqkit.checks import (
    InputError,
    check_choice,
    check_fraction,
    check_nonnegative_int,
    check_positive,
    check_positive_int,
    check_probability,
)

NO_NUMBERS = ("1", None, [1], True, False, np.True_, math.nan, math.inf, -math.inf, 1j)
SMALL = 1e-300

TABLE = {
    check_positive_int: ((1, 10**30, np.int64(3), np.uint8(1)), (0, -1, 1.0, 0.5, np.float32(2), *NO_NUMBERS)),
    check_nonnegative_int: ((0, 1, np.int32(0)), (-1, 0.0, 0.5, np.int64(-1), *NO_NUMBERS)),
    check_positive: ((SMALL, 1, 0.5, np.float32(0.25), 10**30), (0, 0.0, -SMALL, -1, *NO_NUMBERS)),
    check_fraction: ((0, 0.0, 0.5, 1 - 2**-53, np.float32(0.5)), (1, 1.0, -SMALL, 1.5, -1, *NO_NUMBERS)),
    check_probability: ((SMALL, 0.5, 1, 1.0, np.float64(1)), (0, 0.0, -0.5, 1 + 2**-52, 2, *NO_NUMBERS)),
}
good = [(check, value) for check, (values, _) in TABLE.items() for value in values]
bad = [(check, value) for check, (_, values) in TABLE.items() for value in values]


def name(item):
    return item.__name__ if callable(item) else repr(item)


@pytest.mark.parametrize(("check", "value"), good, ids=name)
def test_what_is_right_comes_back_as_it_is(check, value):
    assert check("units", value) == value


@pytest.mark.parametrize(("check", "value"), bad, ids=name)
def test_what_is_wrong_is_named_with_what_was_expected(check, value):
    expected = {
        check_positive_int: "must be an integer of at least 1",
        check_nonnegative_int: "must be an integer of at least 0",
        check_positive: "must be a finite number above 0",
        check_fraction: "must lie in [0, 1)",
        check_probability: "must lie in (0, 1]",
    }[check]
    with pytest.raises(InputError) as caught:
        check("units", value)
    assert str(caught.value) == f"`units` {expected}. Received: units={value!r}."


def test_one_of_the_choices_passes():
    assert check_choice("cell", "gru", ("gru", "lstm")) == "gru"
    assert check_choice("depth", 2, (1, 2)) == 2


@pytest.mark.parametrize("value", ["GRU", "", None, 0, ["gru"], ("gru", "lstm")])
def test_another_value_is_refused_with_all_choices(value):
    with pytest.raises(InputError) as caught:
        check_choice("cell", value, ("gru", "lstm"))
    assert str(caught.value) == f"`cell` must be one of 'gru', 'lstm'. Received: cell={value!r}."


def test_a_mistake_of_the_user_is_a_value_error():
    assert issubclass(InputError, ValueError)
