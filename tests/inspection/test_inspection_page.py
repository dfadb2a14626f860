"""The page of what is inside: safe, whole, and with the data really in it."""

import re

import numpy as np
import pytest
from markupsafe import Markup

from seqkit.checks import InputError
from seqkit.inspection import FEATURES, Follower, LagCurve, Saturation, render_inspection
from seqkit.inspection.coloured_text import SHADES, coloured_text
from seqkit.text import CharTokenizer
from tests.evaluation.test_page import Page

TEXT = 'if <script>alert("x")</script>:\n\tpass & "y"\u202e'


def a_page(**changes):
    spans = CharTokenizer().spans(TEXT)
    hidden = np.random.default_rng(0).uniform(-1, 1, (len(spans), 2, 3))
    given = {
        "curves": [
            LagCurve("this model", np.array([1.0, 0.5, 0.05])),
            LagCurve("gru, untrained", np.array([1, 0, 0.0])),
        ],
        "saturations": [Saturation(0, "forget", np.array([0.1, 0.2, 0.0]), np.array([0.3, 0.9, 0.25]))],
        "followers": [Follower("bracket depth", 1, 2, 0.6, -0.51)],
        "features": FEATURES,
        "least": 0.3,
        "extent": "All of it.",
    }
    return render_inspection("a <model>", TEXT, spans, hidden, **given | changes)


def test_it_nests_has_no_scripts_and_shows_the_text_as_it_is():
    text = a_page()
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    assert "script" not in page.tags
    assert "http" not in text.replace("http://www.w3.org/", "")
    shown = re.search("<pre>(.*?)</pre>", text, flags=re.DOTALL)[1]
    assert Markup(re.sub("<[^>]*>", "", shown)).unescape() == TEXT.replace("\u202e", "U+202E")


def test_it_says_what_was_found():
    said = " ".join(" ".join(Page(a_page()).texts).split())
    assert "A tenth of the gradient goes back 1 tokens" not in said
    assert "A tenth of the gradient goes back 1 token; unit 2 follows bracket depth (r = -0.51)." in said
    assert "All of it." in said
    assert "Inside a <model>" in said
    assert "layer 0, forget gate" in said


def test_the_unit_asked_for_comes_first_and_is_open():
    text = a_page(unit=(0, 1))
    assert text.index("unit 1 of layer 0, as asked for") < text.index("unit 2 of layer 1: bracket depth")
    assert text.count("<details open>") == 1
    assert re.search("<details open>\\s*<summary>unit 1 of layer 0", text)


def test_without_followers_it_says_so_and_shows_the_unit_that_varies_most():
    text = a_page(followers=[])
    assert "None of the units keeps a correlation of 0.3" in text
    assert text.count("<details") == 1
    assert "which varies most" in text


@pytest.mark.parametrize("unit", [(2, 0), (0, 3), (-1, 0)])
def test_a_unit_that_is_not_there_is_refused(unit):
    with pytest.raises(InputError, match="one of 3 in one of 2 layers"):
        a_page(unit=unit)


def test_shades_are_shares_of_the_largest_value():
    values = np.array([-2.0, -1.0, 0.01, 1.0, 2.0])
    html = coloured_text("abcde", [(k, k + 1) for k in range(5)], values)
    half = SHADES // 2
    assert html == (
        f'<b class="n{SHADES}">a</b><b class="n{half}">b</b>c<b class="p{half}">d</b><b class="p{SHADES}">e</b>'
    )


def test_between_tokens_there_is_no_colour_and_without_any_value_neither():
    assert coloured_text("ab c", [(0, 2), (3, 4)], np.array([1.0, 1.0])) == '<b class="p8">ab</b> <b class="p8">c</b>'
    assert coloured_text("ab", [(0, 1), (1, 2)], np.zeros(2)) == "ab"
