"""The page as a browser shows it: Chromium, headless, from the file itself."""

import base64
import itertools
import json

import pytest

from affdyn_jax.report.document.page import page
from tests.browsers import needs_browser, showing

pytestmark = needs_browser

PHONE, DESKTOP, PAPER = (390, 844), (1280, 900), (680, 960)  # paper: A4 without its margins


@pytest.fixture(scope="module")
def browser(tmp_path_factory, standin_document):
    """A browser that has loaded the page of a run with everything in it."""
    folder = tmp_path_factory.mktemp("browser")
    path = folder / "report.html"
    path.write_text(page(standin_document), "utf-8")
    with showing(path, folder / "profile") as driver:
        yield driver


def show(browser, size, scheme="light", media="screen"):
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})


def test_it_loads_nothing_and_has_no_errors(browser):
    messages = [json.loads(e["message"])["message"] for e in browser.get_log("performance")]
    asked = {
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    }
    assert browser.current_url in asked
    assert {url for url in asked if not url.startswith("data:")} == {browser.current_url}
    assert browser.get_log("browser") == []


VIEWS = list(itertools.product((PHONE, DESKTOP), ("light", "dark")))


@pytest.mark.parametrize(("size", "scheme"), VIEWS)
def test_every_picture_has_a_size_and_nothing_sticks_out(browser, standin_document, size, scheme):
    show(browser, size, scheme)
    pictures = browser.execute_script("""
        return [...document.querySelectorAll("img, svg")].map(picture => {
            const box = picture.getBoundingClientRect();
            return [picture.tagName, box.width, box.height, box.left, box.right];
        })""")
    assert len(pictures) == len(standin_document.pictures) + len(standin_document.charts)
    for _, width, height, left, right in pictures:
        assert width > 200
        assert height > 100
        assert left >= 0
        assert right <= size[0]
    loaded = "return [...document.images].every(image => image.complete && image.naturalWidth > 0)"
    assert browser.execute_script(loaded)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize(("size", "scheme"), VIEWS)
def test_texts_stand_out_from_what_is_behind_them(browser, size, scheme):
    """By the contrast ratio of WCAG 2.1, 4.5 at least for text."""
    show(browser, size, scheme)
    colours = browser.execute_script("""
        const behind = element => {
            const colour = getComputedStyle(element).backgroundColor;
            const seen = colour !== "rgba(0, 0, 0, 0)" || !element.parentElement;
            return seen ? colour : behind(element.parentElement);
        };
        const texts = "h1, h2, p, a, li, dt, dd, th, td, figcaption, summary, strong, svg text";
        return [...document.querySelectorAll(texts)].map(element => {
            const style = getComputedStyle(element);
            const colour = element instanceof SVGElement ? style.fill : style.color;
            return [element.tagName, colour, behind(element)];
        })""")
    assert len(colours) > 100
    behind = {channels(background)[0] > 0.5 for _, _, background in colours}
    assert behind == {scheme == "light"}
    for name, colour, background in colours:
        light, dark = sorted(map(luminance, (colour, background)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) > 4.5, (name, colour, background)


def channels(colour):
    return [int(channel) / 255 for channel in colour[colour.index("(") + 1 : -1].split(",")[:3]]


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_main_table_and_figure_are_readable_on_a_phone(browser):
    show(browser, PHONE)
    box, table, letters = browser.execute_script("""
        const box = document.querySelector(".wide");
        const size = getComputedStyle(box.querySelector("table")).fontSize;
        return [box.clientWidth, box.scrollWidth, parseFloat(size)]""")
    assert table <= box  # it need not be scrolled
    assert letters >= 12
    shown, drawn = browser.execute_script("""
        const figure = document.querySelector("img[alt*='CCC against w']");
        return [figure.getBoundingClientRect().width, figure.getAttribute("width")]""")
    # Letters are drawn in 9 points, 12 pixels.
    assert 12 * shown / int(drawn) >= 10


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_a_recording_grows_when_it_is_selected_and_shrinks_again(browser, size):
    show(browser, size)
    summary = browser.find_element("css selector", ".gallery summary")
    drawing = summary.find_element("css selector", "svg")
    small = drawing.rect["width"]
    summary.click()
    assert drawing.rect["width"] > 1.5 * small
    assert browser.execute_script("return document.documentElement.scrollWidth") <= size[0]
    tick = drawing.find_element("css selector", ".tick")
    assert tick.rect["height"] >= 10
    summary.click()
    assert drawing.rect["width"] == small
    assert not tick.is_displayed()


def test_no_page_break_separates_a_title_from_its_plot(browser):
    """Drawings stand in lines, which no break cuts; titles are kept with what follows."""
    show(browser, PAPER, media="print")
    styles = """
        return [...document.querySelectorAll(arguments[0])].map(
            e => getComputedStyle(e).getPropertyValue(arguments[1]))"""
    for elements, name, value in (
        (".gallery details, .pictures figure", "display", "inline-block"),
        ("h2, section > p:not(:last-child), figcaption:first-child", "break-after", "avoid"),
        ("figure:has(table)", "break-inside", "avoid"),
    ):
        assert {*browser.execute_script(styles, elements, name)} == {value}, elements


def test_it_prints_without_cutting_anything_off(browser):
    show(browser, PAPER, "dark", media="print")
    right, colour = browser.execute_script("""
        const edges = [...document.querySelectorAll("table, img, svg, dd")].map(
            e => e.getBoundingClientRect().right);
        return [Math.max(...edges), getComputedStyle(document.body).backgroundColor]""")
    assert right <= PAPER[0]
    assert colour == "rgb(255, 255, 255)"  # however dark the screen is
    hidden = "return [...document.querySelectorAll('dl')].some(dl => !dl.checkVisibility())"
    assert not browser.execute_script(hidden)
    pdf = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {})["data"])
    assert pdf.startswith(b"%PDF")
