"""status.html as a browser shows it: from disk, offline, narrow and wide, light and dark, with and without its script."""

import re
from pathlib import Path

import pytest

from tests.acceptance.conftest import Shop
from tests.servers.chromium import Chromium

HOSTILE = '</title></script><script>document.title = "taken"</script><img src=x onerror="document.title=\'taken\'">'
#: How light a colour is, as WCAG reckons it, and how much two of them differ.
CONTRAST = """
(() => {
  const numbers = (text) => text.match(/[\\d.]+/g).slice(0, 3).map((one) => one / 255);
  const bent = (one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
  const light = (text) => numbers(text).map(bent).reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (one) => {
    const colour = getComputedStyle(one).backgroundColor;
    return colour === "rgba(0, 0, 0, 0)" && one.parentElement ? behind(one.parentElement) : colour;
  };
  const texts = document.querySelectorAll("h1, h2, td, th, small, .dim, .do, .item, .bad, footer");
  return Math.min(...[...texts].filter((one) => one.offsetParent).map((one) => {
    const [low, high] = [light(getComputedStyle(one).color), light(behind(one))].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }));
})()
"""


@pytest.fixture
def page(leads: Shop) -> Path:
    """A question, a run that is tried again, a mistake, and a name that would like to be a program."""
    leads.config('[http]\nallow = ["127.0.0.1:9"]\n')
    leads.type("Steps", {"Step": "Reply"}, Approval="Always")
    leads.type("Leads", {"Name": "Ana"}, Name=HOSTILE)
    leads.add("Contracts", Contract="Book", Enabled="Yes", Trigger="New row", Tab="Leads", Dedupe_key="{{ email }}")
    leads.add(
        "Steps", Contract="Book", Step=HOSTILE[:60], Action="http.get", With="url: http://127.0.0.1:9/" + "x" * 300, Retry="2h"
    )
    leads.add("Contracts", Contract="Broken", Enabled="Yes", Trigger="New rows")
    leads.type("Steps", {"Step": "Reply"}, With=f"to: {{{{ email }}}}\nsubject: {HOSTILE}\nbody: {{{{ name }}}}")
    leads.run("run", "--once", code=1)
    return leads.folder / "status.html"


def test_it_can_be_read_at_any_width_in_the_light_and_in_the_dark(page: Path, chromium: Chromium) -> None:
    for width, dark in ((380, False), (380, True), (900, False), (900, True)):
        chromium.open(page, width=width, dark=dark)
        assert chromium.ask("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), width
        behind = chromium.ask("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", behind)[:3])) < 120) == dark
        assert chromium.ask(CONTRAST) >= 4.5


def test_what_cells_hold_is_text_in_it(page: Path, chromium: Chromium) -> None:
    chromium.open(page)
    assert chromium.ask("document.title").endswith("need you. business.xlsx")
    assert chromium.ask("document.images.length") == 0
    assert chromium.ask("document.scripts.length") == 1
    assert '<script>document.title = "taken"' in chromium.ask("document.body.innerText")


def test_even_markup_that_slipped_in_could_run_and_load_nothing(page: Path, chromium: Chromium) -> None:
    page.write_text(page.read_text(encoding="utf-8").replace("<main>", f"{HOSTILE}<main>"), encoding="utf-8")
    chromium.open(page)
    assert chromium.ask("document.title") != "taken"


def test_it_says_how_old_it_is_and_warns_when_nobody_writes_it_any_more(page: Path, chromium: Chromium) -> None:
    text = page.read_text(encoding="utf-8")
    chromium.open(page)
    assert "ago" in chromium.ask("document.getElementById('age').textContent") or "now" in chromium.ask(
        "document.getElementById('age').textContent"
    )
    assert chromium.ask("document.getElementById('old').hidden") is True
    watched = re.sub(r'data-written="[^"]+" data-late="[^"]*"', 'data-written="2020-01-01T00:00:00+00:00" data-late="7200"', text)
    page.write_text(watched, encoding="utf-8")
    chromium.open(page)
    assert chromium.ask("document.getElementById('age').textContent").endswith(" days ago")
    assert chromium.ask("document.getElementById('old').offsetParent !== null")


def test_without_its_script_it_says_when_it_was_written_and_is_right(page: Path, chromium: Chromium) -> None:
    chromium.open(page, width=380, scripts=False)
    said = chromium.ask("document.body.innerText")
    assert re.search(r"business\.xlsx · \w+day \d+ \w+ \d{4}, \d\d:\d\d \(UTC\)\n", said)
    assert "A snapshot: it was right when it was written." in said
    assert chromium.ask("document.getElementById('old').offsetParent === null")


def test_it_names_the_cells_the_runs_and_the_trail(page: Path, leads: Shop) -> None:
    said = page.read_text(encoding="utf-8")
    stands = leads.json("status")
    assert isinstance(stands, dict)
    assert f"line {stands['audit']['line']:,}, {stands['audit']['hash']}" in said
    assert len(stands["needs_you"]) == said.count("Type APPROVE or REJECT in ") == 2
    assert "Failing, and tried again by itself" in said
    assert "Contracts!" in said
    assert stands["last_tick"]
