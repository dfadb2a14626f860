"""The page: whole HTML and SVG, safe, self-contained, the same bytes twice, and with the data really in it."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from seqkit.checks import InputError
from seqkit.evaluation.curves import learning_curves
from seqkit.evaluation.ladder import ladder_chart
from seqkit.evaluation.page import render_page, write_page
from seqkit.evaluation.report import Report
from seqkit.evaluation.section import Section
from seqkit.evaluation.visible import visible

NAN = float("nan")
SVG = "{http://www.w3.org/2000/svg}"
VOID = {"meta", "link", "br", "hr", "img"}


def a_report(**changes):
    fields = {
        "recipe": "char_lm",
        "data": "shakespeare",
        "seed": 0,
        "settings": {"level": "char", "learning_rate": 0.002, "tied": False, "minutes": None},
        "metrics": {"valid": {"nats": 1.5, "perplexity": 4.4817}},
        "baselines": {"uniform": {"nats": 4.1744}, "5-gram": {"nats": 1.95}},
        "parameters": 1000,
        "train": {"seconds": 60.0, "epochs": 2, "updates": 400, "tokens_per_second": 20000.0},
        "peak_memory_mb": 512.0,
        "environment": {"python": "3.11", "seqkit": "0.1.0"},
        "evaluation": {"streams": 1},
        "coverage": {"tokens": 111540, "unknown_rate": 0.25},
        "samples": ({"temperature": 0.8, "prompt": "", "text": "Good night.", "nats": 1.234},),
    }
    return Report(**fields | changes)


def a_history():
    """Ten rows of training and, between them, two rows that hold only validation."""
    update = np.arange(40, 401, 40)
    train = pd.DataFrame(
        {
            "update": update,
            "epoch": update / 200,
            "seconds": update * 0.15,
            "nats": 1.4 + np.exp(-update / 100),
            "gradient_norm": 0.5,
            "clip_rate": 0.1,
            "learning_rate": 0.002,
            "tokens_per_second": 20000.0,
        }
    )
    valid = pd.DataFrame({"update": [200, 400], "seconds": [30.5, 60.5], "val_nats": [1.7, 1.5]})
    return pd.concat([train, valid]).sort_values("seconds")


class Page(HTMLParser):
    """Refuses tags that do not nest, and collects ids, texts and tag names."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.tags, self.texts = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.ids += [value for name, value in attributes if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data):
        self.texts.append(data)


def parsed(drawing):
    return ElementTree.fromstring(drawing.svg)


def texts(drawing):
    return [element.text for element in parsed(drawing).iter(f"{SVG}text")]


def points(drawing, column):
    path = parsed(drawing).find(f".//{SVG}g[@id='{drawing_name(drawing)}-{column}']/{SVG}path").get("d")
    return np.array(re.findall(r"[ML] (\S+) (\S+)", path), dtype=float)


def drawing_name(drawing):
    return re.search(r'id="(.*)-figure_1"', drawing.svg)[1]


def test_page_nests_and_no_id_occurs_twice():
    page = Page(render_page(a_report(), a_history()))
    assert len(page.ids) == len(set(page.ids)) > 100
    assert page.tags.count("svg") == 7  # ladder, loss twice, four panels
    assert "script" not in page.tags


def test_references_inside_the_drawings_are_met():
    text = render_page(a_report(), a_history())
    wanted = set(re.findall(r'url\(#([^)]+)\)|xlink:href="#([^"]+)"', text))
    assert {a or b for a, b in wanted} <= set(Page(text).ids)
    assert wanted


def test_nothing_comes_from_the_network():
    text = render_page(a_report(), a_history())
    assert set(re.findall(r"[\w:]+=\"https?://[^\"]*\"", text)) == {
        'xmlns="http://www.w3.org/2000/svg"',
        'xmlns:xlink="http://www.w3.org/1999/xlink"',
    }
    assert not re.search(r"https?://", re.sub(r'xmlns(:xlink)?="[^"]*"', "", text))
    assert not re.search(r"@import|\bsrc=|<link|url\((?!#)", text)


def test_same_report_gives_the_same_bytes(tmp_path):
    write_page(tmp_path / "a.html", a_report(), a_history())
    write_page(tmp_path / "b.html", a_report(), a_history())
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"a.html", "b.html"}


def test_page_says_the_result_and_the_facts():
    said = " ".join(" ".join(Page(render_page(a_report(), a_history())).texts).split())
    assert "Validation: 1.500 nats a character (perplexity 4.48)." in said
    assert "Better than every baseline, from uniform (4.174) to 5-gram (1.950)." in said
    assert "temperature 0.8, 1.234 nats a character" in said
    assert "learning rate 0.002" in said
    assert "tied no" in said
    assert "minutes none" in said
    assert "tokens 111,540" in said
    assert "Made by seqkit 0.1.0." in said


def test_texts_from_outside_are_escaped():
    nasty = "<script>alert(1)</script>&\"'"
    report = a_report(
        recipe=nasty,
        data=nasty,
        settings={nasty: nasty},
        baselines={nasty: {"nats": 2.0}},
        samples=({"temperature": 1, "prompt": nasty, "text": nasty, "nats": 1.0},),
    )
    text = render_page(report, a_history(), [Section(nasty, "<p id='mine'>kept</p>")])
    page = Page(text)
    assert "<script" not in text
    assert "script" not in page.tags
    assert nasty in page.texts
    assert "mine" in page.ids


def test_samples_keep_their_whitespace():
    text = render_page(
        a_report(samples=({"temperature": 1, "prompt": "", "text": "\n  a\tb\n", "nats": 1.0},)), a_history()
    )
    assert "<span>\n  a\tb\n</span></pre>" in text


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("a<eos>b", ["&lt;eos&gt;"]),
        ("<unk><pad>", ["&lt;unk&gt;", "&lt;pad&gt;"]),
        ("bell\x07 return\r", ["U+0007", "U+000D"]),
        ("turned \u202e and \ufeff", ["U+202E", "U+FEFF"]),
        ("half \ud83d of a pair", ["U+D83D"]),
        ("\n\t plain <EOS> 👩\u200d💻 é", []),
    ],
)
def test_what_cannot_be_seen_is_named(text, marked):
    assert re.findall('<span class="token">(.*?)</span>', visible(text)) == marked


def test_a_page_with_control_characters_everywhere_can_be_written(tmp_path):
    odd = "\x00\ud800\x1b[0m"
    report = a_report(recipe=odd, data=odd, settings={odd: odd}, baselines={odd: {"nats": 2.0}})
    write_page(tmp_path / "page.html", report, a_history(), [Section(odd, "")])
    ElementTree.fromstring(ladder_chart(report).svg)  # XML knows no control characters


def test_curves_hold_the_data():
    wide, narrow, *panels = (curve.drawing for curve in learning_curves(a_history(), "character"))
    for drawing in (wide, narrow):
        assert points(drawing, "nats").shape == (10, 2)
        assert points(drawing, "val_nats").shape == (2, 2)
        # A straight line leads from updates to pixels, and one from nats.
        x, y = points(drawing, "nats").T
        history = a_history().dropna(subset="nats")
        assert abs(np.corrcoef(x, history["update"])[0, 1]) == pytest.approx(1, abs=1e-9)
        assert np.corrcoef(y, history["nats"])[0, 1] == pytest.approx(-1, abs=1e-9)  # SVG counts downwards
    assert wide.title == "loss, nats a character"
    assert {"updates", "perplexity", "training, last 1.418", "validation, best 1.5", "15 s", "45 s"} <= set(texts(wide))
    assert [panel.title for panel in panels] == [
        "gradient norm before clipping",
        "updates clipped",
        "learning rate",
        "characters a second",
    ]
    assert all(points(panel, drawing_name(panel).replace("-", "_")).shape == (10, 2) for panel in panels)
    assert "20k" in texts(panels[3])


def test_the_axis_of_seconds_stands_where_the_updates_are():
    (drawing, *_) = (curve.drawing for curve in learning_curves(a_history()))
    place = {element.text: float(element.get("x")) for element in parsed(drawing).iter(f"{SVG}text")}
    per_update = (place["400"] - place["100"]) / 300
    # Training rows: 0.15 s an update. The validation at 200 updates then takes half a second, hence the tolerance.
    assert place["30 s"] - place["15 s"] == pytest.approx(15 / 0.15 * per_update, rel=1e-3)
    assert place["45 s"] - place["15 s"] == pytest.approx(30 / 0.15 * per_update, rel=0.03)


def test_the_axis_of_perplexity_is_exp_of_nats():
    (drawing, *_) = (curve.drawing for curve in learning_curves(pd.DataFrame({"update": [1, 2], "nats": [4.0, 1.0]})))
    labels = {element.text: float(element.get("y")) for element in parsed(drawing).iter(f"{SVG}text")}
    per_nat = labels["1.0"] - labels["2.0"]
    assert labels["5"] - labels["50"] == pytest.approx(np.log(10) * per_nat, rel=1e-4)


@pytest.mark.parametrize(
    ("history", "places"),
    [
        ({}, []),
        ({"nats": [1.0]}, []),
        ({"update": [5, 6], "nats": [NAN, NAN]}, []),
        ({"update": [5], "seconds": [1.0], "nats": [2.0], "val_nats": [2.1]}, ["wide", "narrow"]),
        ({"update": [0], "nats": [0.0], "gradient_norm": [0.0]}, ["wide", "narrow", "half"]),
        ({"update": [5, 6, 7], "nats": [3.0, NAN, 2.0], "val_nats": [NAN, 2.5, NAN]}, ["wide", "narrow"]),
        ({"update": [5, 6, 7], "nats": [3.0, 1e30, float("inf")]}, ["wide", "narrow"]),
        ({"update": [1, 2], "seconds": [0.0, 4e-4], "nats": [1.40, 1.42]}, ["wide", "narrow"]),
        ({"epoch": [1, 2], "perplexity": [90.0, 80.0], "val_perplexity": [NAN, 85.0]}, ["wide", "narrow"]),
        ({"seconds": [1, 2], "tokens_per_second": [10, 20]}, ["half"]),
    ],
)
def test_histories_with_gaps(history, places):
    history = pd.DataFrame(history)
    curves = learning_curves(history)
    assert [curve.place for curve in curves] == places
    for curve in curves:
        parsed(curve.drawing)
    Page(render_page(a_report(), history))


def test_a_single_point_is_marked():
    (drawing, *_) = (curve.drawing for curve in learning_curves(pd.DataFrame({"update": [5], "nats": [2.0]})))
    assert len(parsed(drawing).findall(f".//{SVG}g[@id='loss-wide-nats']//{SVG}use")) == 1


def test_clocks_that_run_backwards_leave_no_axis_of_seconds():
    history = pd.DataFrame({"update": [10, 20, 10, 20], "seconds": [10, 20, 10, 20], "nats": [4.0, 3.0, 4.0, 3.0]})
    drawing = learning_curves(history)[0].drawing
    assert not [text for text in texts(drawing) if text.endswith(" s")]


def test_history_with_words_is_refused():
    with pytest.raises(InputError, match=r"`history\.nats` must hold numbers only: .*\. Mend the column or drop it\."):
        learning_curves(pd.DataFrame({"update": [1, 2], "nats": ["low", 2.0]}))


def test_bars_are_as_long_as_their_numbers():
    drawing = ladder_chart(a_report(baselines={"uniform": {"nats": 3.0}, "2-gram": {"nats": 6.0}}))
    paths = [path.get("d") for path in parsed(drawing).iter(f"{SVG}path") if "clip-path" in path.attrib]
    widths = [np.ptp(np.array(re.findall(r"[ML] (\S+)", path), dtype=float)) for path in paths]
    assert np.divide(widths, widths[0]) == pytest.approx([1, 2, 4], rel=1e-5)  # 1.5, 3 and 6 nats
    assert texts(drawing) == ["this model", "1.500", "uniform", "3.000", "2-gram", "6.000"]
    assert drawing.title == "nats a character, lower is better"


def test_names_of_baselines_are_not_taken_for_formulas_or_foreign_glyphs():
    drawing = ladder_chart(a_report(baselines={"$x_1$ 語 " + "n" * 50: {"nats": 2.0}}))
    assert "$x_1$ 語 " + "n" * 35 + "…" in texts(drawing)


def test_no_baselines_no_ladder():
    page = Page(render_page(a_report(baselines={}), pd.DataFrame()))
    assert "svg" not in page.tags
    assert "No baseline was measured." in page.texts


def test_drawings_use_the_colours_of_the_page():
    text = render_page(a_report(), a_history())
    body = text[text.index("<body>") :]
    assert not re.search(r"#[0-9a-f]{6}\b(?!\")", re.sub(r'(url\(#|href="#|id=")[^")]*', "", body))
    assert "prefers-color-scheme: dark" in text
    assert set(re.findall(r"var\((--\w+)\)", text)) <= set(re.findall(r"(--\w+): #", text))
