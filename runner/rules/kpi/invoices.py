"""Issued and paid dates from the owner's invoices tab.

Invariant: pure; columns are found by their usual names, or by those in Settings.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from runner.model import Snapshot, Tab
from runner.tabs import STANDARD_TABS
from runner.values import Value, name_key, show

_ISSUED = ("Issued", "Issued on", "Issue date", "Date issued", "Invoice date", "Invoiced", "Invoiced on", "Sent on", "Date")
_PAID = ("Paid on", "Paid", "Date paid", "Paid date", "Payment date", "Payment received", "Received on")


class Invoice(NamedTuple):
    """A paid one."""

    paid: date
    #: From issue to payment.
    days: int


def paid_invoices(snapshot: Snapshot | None, settings: Mapping[str, Value]) -> list[Invoice]:
    """Every row with both dates that was not paid before it was issued."""
    found = _tab(snapshot, show(settings.get("invoices_tab"))) if snapshot else None
    if found is None:
        return []
    issued = _column(found, show(settings.get("issued_column")), _ISSUED)
    paid = _column(found, show(settings.get("paid_column")), _PAID)
    if not (issued and paid):
        return []
    pairs = ((_day(row.get(issued)), _day(row.get(paid))) for row in found.rows)
    return [Invoice(end, (end - start).days) for start, end in pairs if start and end and end >= start]


def _tab(snapshot: Snapshot, named: str) -> Tab | None:
    if named:
        return snapshot.tab(named)
    owners = [tab for key, tab in snapshot.tabs.items() if key not in STANDARD_TABS]
    likely = (tab for tab in owners if "invoice" in tab.name.casefold())
    return snapshot.tab("Invoices") or next(likely, None)


def _column(tab: Tab, named: str, usual: tuple[str, ...]) -> str:
    return next((name for name in ((named,) if named else usual) if name_key(name) in tab.columns), "")


def _day(value: Value) -> date | None:
    """The day; the text 2026-11-02 counts too. None for anything else."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value.strip()).date()
        except ValueError:
            return None
    return value if isinstance(value, date) else None
