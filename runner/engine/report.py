"""The weekly report: reads ledger and workbook, and writes it as text and HTML.

Invariant: changes nothing; what the contract calls private and every secret is masked before it is composed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from runner import __version__
from runner.engine.journal import mask
from runner.engine.listen import silences
from runner.engine.measure import Measured, measure
from runner.engine.paper import paper
from runner.errors import WorkbookUnreadable
from runner.model import Ask, Contract, Snapshot
from runner.ports import Ledger, Workbook
from runner.rules import answers
from runner.rules.kpi.score import last_full, score, typed_in
from runner.rules.kpi.weeks import Week
from runner.rules.weekly.compose import compose
from runner.rules.weekly.letter import Letter
from runner.rules.weekly.sources import Sources
from runner.values import Value, name_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the report is made at."""

    ledger: Ledger
    workbook: Workbook
    zone: tzinfo
    now: datetime
    redact: Callable[[str], str]
    #: What the ledger is called in the footer.
    ledger_name: str = "the ledger"
    budget: str = ""
    #: The workbook as somebody has read it already, and what could not be; None and "" to have it read.
    snapshot: Snapshot | None = None
    missing: str = ""
    #: The workbook's address in a browser; "" for one that has none.
    link: str = ""


def report(desk: Desk, week: Week | None = None) -> Letter:
    """The report of that week; None: the last one that is over, or the first one while it is going on."""
    snapshot, missing = (desk.snapshot, desk.missing) if desk.snapshot or desk.missing else _read(desk.workbook)
    settings = _settings(snapshot)
    measured = measure(desk.ledger, snapshot, settings, desk.zone, desk.now, _span(week, desk))
    week, present = week or _newest(measured, desk), Week.of(desk.now, desk.zone)
    scores = score(measured.numbers, week, typed_in(snapshot), present)
    asks = [_masked(ask, measured, desk.redact) for ask in measured.asks]
    opened = {ask.id: ask for ask in asks if ask.state == "open"}
    letter = compose(
        Sources(
            workbook=desk.workbook.name,
            ledger=desk.ledger_name,
            version=__version__,
            week=week,
            zone=desk.zone,
            now=desk.now,
            scores=scores,
            runs=measured.runs,
            asks=asks,
            contracts=measured.contracts,
            counted=measured.count,
            failures=measured.failures,
            rows=answers.rows_of(opened, snapshot, desk.zone) if snapshot else {},
            silences=silences(desk.ledger),
            head=desk.ledger.head(),
            budget=desk.budget,
            minutes=measured.minutes,
            missing=missing,
        )
    )
    return replace(letter, link=desk.link)


def _span(week: Week | None, desk: Desk) -> tuple[datetime, datetime]:
    """What the letter may have to name one by one: that week, or from the last one that is over until now."""
    end = week.ends(desk.zone) if week else desk.now + timedelta(days=1)
    return (week or last_full(desk.now, desk.zone)).starts(desk.zone), end


def _newest(measured: Measured, desk: Desk) -> Week:
    """The last week that is over; in the very first week, that one."""
    over = last_full(desk.now, desk.zone)
    first = measured.numbers.first
    return first if first and over < first else over


def _read(workbook: Workbook) -> tuple[Snapshot | None, str]:
    try:
        return workbook.read(), ""
    except WorkbookUnreadable as error:
        return None, without_workbook(str(error))


def without_workbook(why: str) -> str:
    """What a report says that was written without a look at the workbook."""
    return f"The workbook could not be read, so typed baselines, targets and invoices are missing here. {why}"


def _settings(snapshot: Snapshot | None) -> Mapping[str, Value]:
    tab = snapshot.tab("Settings") if snapshot else None
    return {name_key(row.text("Setting")): row.get("Value") for row in (tab.rows if tab else ())}


def _masked(ask: Ask, measured: Measured, redact: Callable[[str], str]) -> Ask:
    run = measured.runs.get(ask.run)
    contract: Contract | None = measured.contracts.get(ask.run)
    return replace(ask, what=redact(mask(ask.what, run, contract) if run else ask.what))


# ---------------------------------------------------------------------------------------------------- on paper


def as_html(letter: Letter) -> str:
    """The HTML part: stands alone, loads nothing."""
    return paper("emails").get_template("weekly.html.j2").render(letter=letter)


def as_text(letter: Letter) -> str:
    """The plain-text part: a layout of its own."""
    return paper("emails").get_template("weekly.txt.j2").render(letter=letter)
