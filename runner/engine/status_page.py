"""The status page: a file beside the ledger that says where everything stands, written anew when that has changed.

Invariant: stops nothing and writes nothing of the owner's; what contracts call private and every secret is masked. It is written
at most every five seconds, and at least once an hour while the runner runs, so that an old page means that the runner is off.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from runner import __version__
from runner.engine.admit import paused
from runner.engine.journal import mask
from runner.engine.paper import paper
from runner.engine.seen import Seen, plan_of
from runner.engine.standing import LAST_TICK, standing
from runner.ports import World
from runner.rules import answers
from runner.rules.stands import Around, Page, page

#: A page that says something else is written this soon, and one that says the same this late.
SOON, LATE = timedelta(seconds=5), timedelta(hours=1)


def show_status(world: World, seen: Seen, now: datetime) -> None:
    """Write the page if it is time to; `seen.page_due` says when it will be."""
    if world.page is None:
        return
    try:
        _show(world.page, world, seen, now)
        trouble = ""
    except Exception as error:  # noqa: BLE001 - a page is no reason to leave work undone
        why = getattr(error, "strerror", None) or error
        trouble = f"The status page could not be written ({why}). Nothing else is affected; it is tried again."
        seen.page, seen.page_at, seen.page_due = None, now, now + LATE
    if trouble and trouble != seen.page_trouble:
        world.say(trouble)
    seen.page_trouble = trouble


def _show(put: Callable[[str], None], world: World, seen: Seen, now: datetime) -> None:
    said = _page(world, seen)
    gap = LATE if said == seen.page else SOON if said.watching else timedelta()
    if seen.page_at is None or not timedelta() <= now - seen.page_at < gap:
        world.ledger.note(LAST_TICK, now.isoformat())
        put(_html(said, world, now))
        seen.page, seen.page_at, gap = said, now, LATE
    seen.page_due = seen.page_at + gap


def _page(world: World, seen: Seen) -> Page:
    """What the page says, but for when."""
    ledger, snapshot = world.ledger, seen.snapshot
    opened = {ask.id: ask for ask in ledger.books.asks.values() if ask.state == "open"}
    around = Around(
        zone=world.zone,
        workbook=world.workbook.name,
        place=world.place,
        mode=world.mode,
        next_due=seen.next_due,
        paused=paused(seen),
        problems=(*world.problems, *seen.book.problems),
        mask=lambda entry, text: _mask(entry, text, world),
    )
    facts = standing(ledger, answers.rows_of(opened, snapshot, world.zone) if snapshot else {})
    said: Page = _redacted(page(facts, around), world.secrets.redact)
    return said


def _mask(entry: Mapping[str, Any], text: str, world: World) -> str:
    """The text without what the contracts of its runs call private."""
    runs = world.ledger.books.runs
    about = [runs[entry["run"]]] if entry["run"] in runs else [run for run in runs.values() if run.ask and run.ask == entry["id"]]
    for run in about:
        text = mask(text, run, plan_of(run, world.ledger).contract)
    return text


def _redacted(value: Any, redact: Callable[[str], str]) -> Any:
    """The page with no secret in any of its texts."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, tuple):
        return tuple(_redacted(one, redact) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _redacted(getattr(value, one.name), redact) for one in fields(value)})
    return value


# ------------------------------------------------------------------------------------------------------ on paper


def _html(said: Page, world: World, now: datetime) -> str:
    local = now.astimezone(world.zone)
    return (
        paper("pages")
        .get_template("status.html.j2")
        .render(
            page=said,
            link=said.place if said.place.startswith("https://") else "",
            written=now.astimezone(UTC).isoformat(timespec="seconds"),
            said=f"{local:%A} {local.day} {local:%B %Y, %H:%M}",
            zone=getattr(world.zone, "key", None) or local.tzname(),
            late=round(2 * LATE.total_seconds()),
            version=__version__,
            script=_script(),
            script_hash=base64.b64encode(hashlib.sha256(_script().encode()).digest()).decode(),
        )
    )


@cache
def _script() -> str:
    """What the page does by itself: it says how old it is. Nothing of the workbook is in it."""
    return (Path(__file__).parents[1] / "pages" / "status.js").read_text(encoding="utf-8")
