"""Takes the pictures of the Monday report in docs/pictures: `python -m tests.pictures`."""

import base64
import io
import tempfile
from pathlib import Path

from PIL import Image

from runner.engine.report import as_html
from tests.rules.full_letter import full_letter
from tests.servers.chromium import Chromium

PLACE = Path(__file__).parents[1] / "docs" / "pictures"
#: Name → width, dark, turned round by force.
LOOKS = {"report-600": (600, False, False), "report-380-dark": (380, True, False), "report-600-inverted": (620, False, True)}


def main() -> None:
    """All of them."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_text(as_html(full_letter()), encoding="utf-8")
        browser = Chromium(Path(folder) / "chromium")
        try:
            for name, (width, dark, forced) in LOOKS.items():
                browser.open(page, width=width, dark=dark)
                browser.tell("Emulation.setAutoDarkModeOverride", enabled=forced)
                (PLACE / f"{name}.png").write_bytes(_picture(browser, width))
        finally:
            browser.stop()


def _picture(browser: Chromium, width: int) -> bytes:
    """The whole page, in 256 colours: a page has few, and a third of the bytes will do."""
    height = browser.ask("document.documentElement.scrollHeight")
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    taken = browser.tell("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
    made = io.BytesIO()
    Image.open(io.BytesIO(base64.b64decode(taken["data"]))).convert("RGB").quantize(256).save(made, "png", optimize=True)
    return made.getvalue()


if __name__ == "__main__":
    main()
