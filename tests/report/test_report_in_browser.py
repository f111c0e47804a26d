"""The page in a real browser: by keyboard, on a phone, in the dark, of many utterances."""

import re

import numpy as np
import pytest
import soundfile
from page_colours import brightness, contrast
from scored_experiments import (
    HOSTILE,
    HOSTILE_TEXT,
    OCCLUSION,
    add_attention,
    add_histories,
    add_occlusion,
    add_probe,
    make_experiment,
)

from sentemo.report.audio import data_uri
from sentemo.report.content import read_report_content
from sentemo.report.page import render_page
from sentemo.visualization.emotion_colours import emotion_colours

MANY = 10_000


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A report of everything."""
    folder = tmp_path_factory.mktemp("my report")
    soundfile.write(folder / "a.wav", np.random.default_rng(0).uniform(-0.3, 0.3, 4800), 16000)
    data = folder / "data"
    exp = make_experiment(folder / "exp", data, folder / "a.wav", dimensions=True)
    add_histories(exp)
    add_attention(exp)
    found = read_report_content(exp, data)
    for entry, utt in zip(found.entries, found.utterances, strict=True):
        entry["audio"] = data_uri(utt)
    (folder / "report.html").write_text(render_page(found))
    return folder / "report.html"


@pytest.fixture
def open_page(new_page, tmp_path):
    """Open a page; afterwards keep a picture, and insist on no error and no request."""
    complaints, pages = [], []

    def opened(path, **options):
        page = new_page(**options)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("request", lambda request: complaints.append(request.url))
        page.goto(path.as_uri())
        # Not `set`: the page itself is asked for once.
        assert [c for c in complaints if not c.startswith("data:")] == [path.as_uri()]
        complaints.clear()
        pages.append(page)
        return page

    yield opened
    for number, page in enumerate(pages, start=1):
        page.screenshot(path=tmp_path / f"page{number}.png")  # to look at: pytest keeps it a while
        assert page.evaluate("window.hacked") is None
        page.close()
    assert [complaint for complaint in complaints if not complaint.startswith("data:")] == []


def shown(page):
    return page.locator("#list > li")


def count(page):
    return page.locator("#count").inner_text()


def choose(page, name, option):
    """Choose as one does without a mouse: go there, type the option's first letters."""
    page.locator(f"[name={name}]").focus()
    page.keyboard.type(option)


def test_filters_and_order_work_by_keyboard_and_say_how_many_are_left(path, open_page):
    page = open_page(path)
    assert count(page).startswith("60 of 60 utterances")
    marks = shown(page).locator(".mark").all_inner_texts()
    assert marks == sorted(marks, reverse=True) and marks[0] == "✗ wrong"
    shares = [
        float(text.split()[0])
        for text in page.locator(".wrong .head strong + span").all_inner_texts()
    ]
    assert shares == sorted(shares, reverse=True)
    assert page.locator("#count").get_attribute("aria-live") == "polite"
    choose(page, "answer", "wrong")
    wrong = int(count(page).split()[0])
    assert 0 < wrong < 60 and ", 0 correct" in count(page)
    assert shown(page).locator(".mark").all_inner_texts() == ["✗ wrong"] * min(wrong, 50)
    choose(page, "speaker", "spk2")
    assert 0 < int(count(page).split()[0]) < wrong
    choose(page, "order", "least")
    shares = [
        float(text.split()[0]) for text in page.locator(".head strong + span").all_inner_texts()
    ]
    assert shares == sorted(shares)
    page.get_by_role("button", name="Clear").press("Enter")
    page.locator("#count").filter(has_text=re.compile("^60 ")).wait_for()
    page.get_by_label("id or words").focus()
    page.keyboard.type("IMG SRC")
    assert count(page).startswith("1 of 60")
    assert shown(page).locator(".words").inner_text() == HOSTILE_TEXT
    assert shown(page).locator(".id").inner_text() == HOSTILE


def test_more_utterances_come_when_asked_and_the_keyboard_goes_on_with_them(path, open_page):
    page = open_page(path)
    assert shown(page).count() == 50
    page.get_by_role("button", name="Show 10 more of 10").press("Enter")
    assert shown(page).count() == 60
    assert (
        page.evaluate(
            "[...document.querySelectorAll('#list > li')].indexOf(document.activeElement)"
        )
        == 50
    )
    assert page.locator("#more").is_hidden()


def test_a_cell_of_the_confusion_matrix_and_a_speaker_show_their_utterances(path, open_page):
    page = open_page(path)
    cell = page.locator(".cell button[data-label=happy][data-predicted=neutral]")
    expected = cell.locator("b").inner_text()
    cell.press("Enter")
    assert count(page).startswith(f"{expected} of 60")
    assert {"reference happy"} == set(shown(page).locator("text=reference").all_inner_texts())
    page.get_by_role("button", name="Show the utterances of speaker spk1").press("Enter")
    assert count(page).startswith("12 of 60")


def test_an_utterance_opens_to_its_probabilities_dimensions_and_attention(path, open_page):
    page = open_page(path)
    page.get_by_label("id or words").fill("utt00000")
    words = shown(page).locator(".words span")
    assert words.all_inner_texts() == ["not", "so", "<b>bad</b>"]
    weights = [words.nth(n).evaluate("e => getComputedStyle(e).fontWeight") for n in range(3)]
    lines = [words.nth(n).evaluate("e => getComputedStyle(e).textDecorationLine") for n in range(3)]
    assert int(weights[2]) > int(weights[1]) and lines == ["none", "underline", "underline"]
    shown(page).locator("summary").press("Enter")
    shown(page).locator("svg.curve").wait_for()
    assert shown(page).locator("tbody tr").count() == 9  # classes, dimensions, words
    assert shown(page).get_by_role("row", name="<b>bad</b>").locator("td").nth(1).inner_text() == (
        "high"
    )
    assert (
        shown(page).get_by_role("img").get_attribute("aria-label") == "Attention over 0.30 seconds"
    )
    texts = shown(page).locator("svg.curve text").all_text_contents()
    assert {"0", "1", "0 s", "0.3 s"} <= set(texts)
    (even,) = shown(page).locator("svg.curve .even").all()
    assert even.bounding_box()["width"] > 300
    page.get_by_label("id or words").fill("utt00001")
    assert "too short" not in shown(page).inner_text()  # said once, above


def test_what_the_silence_of_each_word_cost_stands_beside_its_attention(path, open_page, tmp_path):
    exp = make_experiment(tmp_path / "exp", tmp_path / "data", path.with_name("a.wav"))
    add_attention(exp)
    probe = {"utterance": "utt00003", "fold": 5, **OCCLUSION}
    probe["pieces"] = [{"start": n / 10, "end": n / 10 + 0.1, "lost": n / 10} for n in range(3)]
    add_occlusion(exp, probe)
    (tmp_path / "report.html").write_text(render_page(read_report_content(exp, tmp_path / "data")))
    page = open_page(tmp_path / "report.html", viewport={"width": 390, "height": 800})
    choose(page, "occluded", "silenced")
    assert count(page).startswith("2 of 60")
    page.get_by_label("id or words").fill("utt00000")
    assert shown(page).locator(".words .costly").all_inner_texts() == ["not"]
    shown(page).locator("summary").press("Enter")
    costs = shown(page).locator("tr", has=page.locator("td", has_text="0.10 to 0.20"))
    assert "\u22122.0" in costs.inner_text()
    bars = shown(page).get_by_label("Points lost when pieces are silenced").locator("rect")
    heights = [bar.bounding_box()["height"] for bar in bars.all()]
    assert heights[0] > heights[2] > heights[1] > 0
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_label("id or words").fill("utt00003")
    shown(page).locator("summary").press("Enter")
    moment = shown(page).get_by_role("row", name="0.20 to 0.30")
    assert moment.locator("td").inner_text() == "20.0"


def test_pictures_are_drawn_and_named_and_tables_have_headers(path, open_page):
    page = open_page(path)
    charts = page.locator("svg.chart")
    assert charts.count() == 7  # three dimensions, reliability, risk, loss, UA
    for chart in charts.all():
        assert len(chart.get_attribute("aria-label")) > 20
        box = chart.bounding_box()
        assert box["width"] > 200 and box["height"] > 100
    for table in page.locator("table").all():
        assert table.locator("th[scope=col]").count() > 1
        assert table.locator("th[scope=row]").count() == table.locator("tbody tr").count()
    for field in page.locator("input, select").all():
        assert field.evaluate("field => field.labels.length") == 1


def test_the_sound_of_an_utterance_plays(path, open_page):
    page = open_page(path)
    audio = page.locator("audio").first
    assert audio.get_attribute("aria-label").startswith("Play ")
    audio.evaluate("async audio => { audio.muted = true; await audio.play() }")
    assert audio.evaluate("audio => audio.duration") == pytest.approx(0.3, abs=0.1)


def test_on_a_phone_nothing_moves_sideways(path, open_page):
    page = open_page(path, viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    shown(page).locator("summary").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_by_day_and_by_night(path, open_page, scheme):
    page = open_page(path, color_scheme=scheme)
    ground, ink, muted = (
        brightness(page.evaluate(f"getComputedStyle(document.querySelector('{where}')).{what}"))
        for where, what in (("body", "backgroundColor"), ("body", "color"), (".note", "color"))
    )
    assert (ground < 0.1) == (scheme == "dark")
    assert contrast(ground, ink) > 7 and contrast(ground, muted) > 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_emotion_has_its_colour_whatever_the_order_of_labels(path, open_page, scheme):
    page = open_page(path, color_scheme=scheme)
    shown(page).locator("summary").first.press("Enter")
    ground = brightness(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    for label, number in (("happy", 0), ("neutral", 1)):
        (colours,) = emotion_colours([label])
        bar = shown(page).locator(f".share.emotion{number}").first
        drawn = bar.evaluate("e => getComputedStyle(e, '::before').backgroundColor")
        assert drawn == as_rgb(colours[scheme == "dark"])
        assert contrast(ground, brightness(drawn)) > 3


def as_rgb(colour):
    return f"rgb({', '.join(str(int(colour[n : n + 2], 16)) for n in (1, 3, 5))})"


def test_on_a_phone_the_results_and_the_confusions_fit(path, open_page):
    page = open_page(path, viewport={"width": 390, "height": 844})
    for table in page.locator("#results .scroll, #confusion .scroll, #speakers .scroll").all():
        assert table.evaluate("e => e.scrollWidth <= e.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_layers_of_a_probe_are_seen_on_a_phone_by_day_and_by_night(
    experiment, data, open_page, tmp_path, scheme
):
    exp = experiment(dimensions=True)
    add_probe(exp, layers=24)
    path = tmp_path / "probe.html"
    path.write_text(render_page(read_report_content(exp, data)))
    page = open_page(path, color_scheme=scheme, viewport={"width": 390, "height": 844})
    layers = page.locator("#layers")
    layers.locator("summary").press("Enter")
    assert layers.locator("tbody tr").count() == 26
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    chart = layers.locator("svg").first
    frame = chart.bounding_box()
    for text in chart.locator("text").all():
        box = text.bounding_box()
        assert frame["x"] <= box["x"] and box["x"] + box["width"] <= frame["x"] + frame["width"]
        assert frame["y"] <= box["y"]
    ground = brightness(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    fill, stroke = (
        brightness(chart.locator(f"{where} >> nth=0").evaluate(f"e => getComputedStyle(e).{what}"))
        for where, what in ((".mark.test", "fill"), (".mark.held-out", "stroke"))
    )
    assert contrast(ground, fill) > 3 and contrast(ground, stroke) > 3
    assert "Validation chose layer 3" in chart.get_attribute("aria-label")


def test_of_ten_thousand_utterances_a_part_is_drawn_and_all_are_filtered(
    experiment, data, open_page, tmp_path
):
    exp = experiment(utterances=MANY)
    path = tmp_path / "many.html"
    path.write_text(render_page(read_report_content(exp, data)))
    page = open_page(path)
    assert count(page).startswith("10000 of 10000")
    assert shown(page).count() == 50
    choose(page, "speaker", "spk3")
    assert count(page).startswith("2000 of 10000")
    assert shown(page).count() == 50
