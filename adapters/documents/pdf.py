"""A text as a PDF on A4: title, headings, points, paragraphs.

Invariant: every sign of the text can be read in it, or it is not made.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.documents.page import blocks
from adapters.documents.spoken import unquoted
from runner.errors import ActionFailed

if TYPE_CHECKING:
    from fpdf import FPDF

#: Heading → points.
_SIZES = {"h1": 18, "h2": 14, "h3": 12}
_MARGIN, _TEXT, _LINE = 22, 11, 1.45
#: What the fonts inside every PDF reader can show.
_BUILT_IN = "cp1252"


def pdf(title: str, body: str, made: datetime) -> bytes:
    """The document's bytes. Raises `ActionFailed` for signs that no font of this computer has."""
    from fpdf import FPDF

    title, text = unquoted(title).strip(), unquoted(body)
    document = FPDF(format="A4")
    document.core_fonts_encoding = _BUILT_IN
    document.set_creation_date(made)
    document.set_title(title)
    document.set_margin(_MARGIN)
    document.set_auto_page_break(auto=True, margin=_MARGIN)
    document.add_page()
    font = _font(document, title + text)
    for kind, said in [*([("h1", title)] if title else []), *blocks(text)]:
        size = _SIZES.get(kind, _TEXT)
        document.set_font(font, style="B" if kind in _SIZES else "", size=size)
        indent = "•  " if kind == "point" else ""
        document.multi_cell(0, size * _LINE / document.k, f"{indent}{said}", new_x="LMARGIN", new_y="NEXT", align="L")
        document.ln(1 if kind == "point" else 3)
    return bytes(document.output())


def _font(document: "FPDF", text: str) -> str:
    """The name of a font that has every sign of the text."""
    try:
        text.encode(_BUILT_IN)
    except UnicodeEncodeError:
        pass
    else:
        return "Helvetica"
    from fontTools.ttLib import TTFont

    signs = {sign for sign in text if not sign.isspace()}
    lacking = signs
    for path in _fonts():
        with TTFont(path, lazy=True, fontNumber=0) as font:
            lacks = {sign for sign in signs if ord(sign) not in font.getBestCmap()}
        if not lacks:
            document.add_font("Text", "", path)
            document.add_font("Text", "B", path)
            return "Text"
        lacking = min(lacking, lacks, key=len)
    raise ActionFailed(
        f"No font of this computer can show “{''.join(sorted(lacking))[:20]}” in a PDF. Write it as .html instead, "
        "or install a font that has these signs (DejaVu Sans, Noto). Nothing was written.",
        permanent=True,
    )


def _fonts() -> Iterator[Path]:
    """Fonts with many signs, where Linux, macOS and Windows keep them."""
    windows = Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"
    places = (
        Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
        Path("/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf"),
        Path("/usr/share/fonts/TTF/DejaVuSans.ttf"),
        Path("/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf"),
        Path("/System/Library/Fonts/Supplemental/Arial Unicode.ttf"),
        Path("/Library/Fonts/Arial Unicode.ttf"),
        windows / "arial.ttf",
        windows / "segoeui.ttf",
    )
    return (place for place in places if place.is_file())
