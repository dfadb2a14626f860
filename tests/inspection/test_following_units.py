"""What units follow: features of a text told by hand, and units planted among noise."""

import numpy as np
import pytest

from seqkit.checks import InputError
from seqkit.inspection import FEATURES, following_units, text_features
from seqkit.text import ByteTokenizer, CharTokenizer, WordTokenizer

TEXT = 'f(a[0],\n "b c") )]'


def test_features_after_each_character_are_those_read_off_by_hand():
    found = text_features(TEXT, CharTokenizer().spans(TEXT))
    assert tuple(found) == FEATURES
    rows = {
        "inside quotes": "000000000111100000",  # f ( a [ 0 ] , \n space " b space c " ) space ) ]
        "bracket depth": "011221111111110000",
        "position in line": "123456701234567890",
        "position in word": "123456700123012301",
    }
    # The line has ten characters after its newline, the last word two.
    expected = {name: [float(digit) for digit in row] for name, row in rows.items()}
    expected["inside quotes"] = [1.0 if 9 <= place < 13 else 0.0 for place in range(18)]
    expected["position in line"][8:] = [float(k) for k in range(1, 11)]
    expected["position in word"][7:] = [0.0, 0.0, 1.0, 2.0, 0.0, 1.0, 2.0, 3.0, 0.0, 1.0, 2.0]
    for name in FEATURES:
        assert found[name].tolist() == expected[name], name


def test_a_token_has_the_feature_of_its_last_character():
    characters = text_features(TEXT, CharTokenizer().spans(TEXT))
    spans = WordTokenizer(newlines=True).spans(TEXT)
    words = text_features(TEXT, spans)
    for name in FEATURES:
        assert words[name].tolist() == [characters[name][end - 1] for _, end in spans]


def test_curly_quotes_open_and_close_by_themselves_and_bytes_share_their_character():
    found = text_features("“é”", ByteTokenizer().spans("“é”"))
    assert found["inside quotes"].tolist() == [1, 1, 1, 1, 1, 0, 0, 0]


def test_spans_outside_of_the_text_are_refused():
    with pytest.raises(InputError, match="within the text"):
        text_features("abc", [(2, 4)])


def test_planted_units_are_found_and_noise_is_not():
    rng = np.random.default_rng(0)
    time = 600
    features = {"one": rng.integers(0, 2, time).astype("float32"), "two": (np.arange(time) % 11).astype("float32")}
    features["constant"] = np.ones(time, "float32")
    hidden = rng.normal(size=(time, 2, 300))
    assert following_units(hidden, features) == ()  # 600 units, none by chance
    hidden[:, 1, 7] = 2 * features["one"] - 1
    hidden[:, 0, 200] = -features["two"] + rng.normal(size=time)
    found = following_units(hidden, features)
    assert [(follower.feature, follower.layer, follower.unit) for follower in found] == [("one", 1, 7), ("two", 0, 200)]
    first = np.corrcoef(hidden[:300, 0, 200], features["two"][:300])[0, 1]
    second = np.corrcoef(hidden[300:, 0, 200], features["two"][300:])[0, 1]
    assert found[1].chosen_by == pytest.approx(first)
    assert found[1].correlation == pytest.approx(second)
    assert found[0].correlation == pytest.approx(1.0)


def test_a_unit_that_turns_around_follows_nothing():
    feature = (np.arange(200) % 5).astype("float32")
    hidden = np.random.default_rng(0).normal(size=(200, 1, 4))
    hidden[:100, 0, 1], hidden[100:, 0, 1] = feature[:100], -feature[100:]
    assert following_units(hidden, {"feature": feature}) == ()


def test_the_best_come_in_order_and_no_more_than_asked_for():
    feature = np.random.default_rng(2).normal(size=4000)
    noise = np.random.default_rng(3).normal(size=(4000, 1, 6))
    hidden = feature[:, None, None] + noise * np.array([3.0, 0.1, 0.5, 0.2, 1.0, 0.3])
    found = following_units(hidden, {"feature": feature}, best=4, least=0.9)
    assert [follower.unit for follower in found] == [1, 3, 5]  # 0.995, 0.98, 0.96; the next has 0.89
    assert len(following_units(hidden, {"feature": feature}, best=2)) == 2


@pytest.mark.parametrize(("changes", "said"), [({"best": 0}, "best"), ({"least": 0}, "least"), ({"least": 2}, "least")])
def test_wrong_arguments_are_refused(changes, said):
    with pytest.raises(InputError, match=f"`{said}` must"):
        following_units(np.zeros((4, 1, 1)), {"a": np.zeros(4)}, **changes)


def test_a_feature_of_another_length_is_refused():
    with pytest.raises(InputError, match="for each of 4 steps"):
        following_units(np.zeros((4, 1, 1)), {"a": np.zeros(5)})
