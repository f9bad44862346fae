"""The Monday report as mail programs show it: wide and narrow, light, dark, and turned dark by force, with no image to load."""

import base64
import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from runner.engine.report import as_html
from tests.rules.full_letter import full_letter
from tests.servers.chromium import Chromium

#: The least contrast of a text with what is behind it, as WCAG reckons it.
CONTRAST = """
(() => {
  const numbers = (text) => text.match(/[\\d.]+/g).slice(0, 3).map((one) => one / 255);
  const bent = (one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
  const light = (text) => numbers(text).map(bent).reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (one) => {
    const colour = getComputedStyle(one).backgroundColor;
    return colour === "rgba(0, 0, 0, 0)" && one.parentElement ? behind(one.parentElement) : colour;
  };
  const says = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.replace(/[\\s\\u200b]/g, ""));
  return Math.min(...[...document.body.querySelectorAll("*")].filter((one) => one.offsetParent && says(one)).map((one) => {
    const [low, high] = [light(getComputedStyle(one).color), light(behind(one))].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }));
})()
"""
TOP = 'document.querySelector("{}").getBoundingClientRect().top'


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A full report, which comes late and could not look at the workbook either."""
    missing = "The workbook could not be read. " + "x" * 200
    letter = replace(full_letter(), late="This should have come on Monday.", missing=missing, link="https://docs.example/d/1")
    path = tmp_path / "report.html"
    path.write_text(as_html(letter), encoding="utf-8")
    return path


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [600, 380])
def test_nothing_is_cut_off_and_everything_can_be_read(page: Path, chromium: Chromium, width: int, dark: bool) -> None:
    chromium.open(page, width=width, dark=dark)
    assert chromium.ask("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert chromium.ask(CONTRAST) >= 4.5
    assert chromium.ask("document.images.length + document.scripts.length + document.styleSheets.length") == 1
    assert chromium.ask(TOP.format(".need")) < chromium.ask(TOP.format(".tile")) < chromium.ask(TOP.format(".row"))
    lefts = "new Set([...document.querySelectorAll('.tile')].map((one) => one.getBoundingClientRect().left)).size"
    assert chromium.ask(lefts) == (2 if width == 600 else 1)
    assert page.stat().st_size < 100_000


def test_a_program_that_turns_colours_round_leaves_it_dark_and_whole(page: Path, chromium: Chromium) -> None:
    chromium.open(page, width=600)
    chromium.tell("Emulation.setAutoDarkModeOverride", enabled=True)
    taken = chromium.tell("Page.captureScreenshot", format="png")
    picture = Image.open(io.BytesIO(base64.b64decode(taken["data"]))).convert("L")
    chromium.tell("Emulation.setAutoDarkModeOverride")
    shades = picture.histogram()
    assert sum(shades[:90]) > 0.8 * picture.width * picture.height
    assert sum(shades[160:]) > 0.01 * picture.width * picture.height  # the words
