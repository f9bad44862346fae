"""The status page as a file beside the ledger: `status.html`.

Invariant: whoever opens it sees a whole page, the old one or the new one; only the owner of the ledger may read it; a file that
is not such a page, or the page of another ledger, is never written over.
"""

import os
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, unquote

from runner.ports import STATUS_PAGE

#: Every page begins with this and the name of the ledger that it is about.
_MARK = "<!doctype html><!-- Rowpact: status of "
#: Where the mark and a ledger's name end at the latest.
_HEAD = 4_096


def put_page(ledger: Path, html: str) -> None:
    """Put the page in place, readable by the owner alone. Raises OSError with a sentence's worth of reason."""
    place = page_of(ledger)
    if _about(place) is None:
        raise FileExistsError(f"{place} is a file of your own")
    temporary = place.with_name(f".{place.name}.part")
    temporary.unlink(missing_ok=True)
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(f"{_MARK}{quote(ledger.name)} -->\n{html}")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(place)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def page_of(ledger: Path) -> Path:
    """`status.html`; beside another ledger that has it already, `<ledger>.status.html`."""
    common = ledger.with_name(STATUS_PAGE)
    about = _about(common)
    taken = about not in (None, "", ledger.name) and ledger.with_name(str(about)).exists()
    return ledger.with_name(f"{ledger.stem}.{STATUS_PAGE}") if taken else common


def _about(place: Path) -> str | None:
    """The name of the ledger that the page is about; "" where there is no file, None for what is no such page."""
    if not os.path.lexists(place):
        return ""
    if not place.is_file():
        return None
    with place.open(encoding="utf-8", errors="replace") as file:
        head = file.read(_HEAD)
    return unquote(head.removeprefix(_MARK).partition(" ")[0]) if head.startswith(_MARK) else None
