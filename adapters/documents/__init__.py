"""Filled texts as documents: the ending of the file's name says what it becomes.

Invariant: the same text and time give the same bytes.
"""

import importlib
from collections.abc import Callable
from datetime import datetime
from pathlib import PurePosixPath

from adapters.documents import page, table
from adapters.documents.spoken import unquoted

FORMATS: dict[str, Callable[[str, str, datetime], bytes]] = {
    ".html": lambda title, body, _made: page.html(title, body),
    ".md": lambda title, body, _made: _text(f"# {unquoted(title)}\n\n{body}" if title else body),
    ".txt": lambda title, body, _made: _text(f"{title}\n\n{body}" if title else body),
    ".csv": lambda _title, body, _made: table.csv_file(body),
    ".pdf": lambda title, body, made: importlib.import_module("adapters.documents.pdf").pdf(title, body, made),
}


def render(name: str, title: str, body: str, made: datetime) -> bytes:
    """The document's bytes. Raises `ActionFailed` when its signs cannot be shown. `made`: its date, for formats that hold one."""
    return FORMATS[PurePosixPath(name).suffix.lower()](title, body, made)


def _text(text: str) -> bytes:
    return f"{unquoted(text).rstrip()}\n".encode("utf-8", "replace")
