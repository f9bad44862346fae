"""What Rowpact promises, checked against the world's own count: nothing twice, nothing lost, no guessing, everything traceable.

Invariant: looks only at the world, the workbook, and what the command line says.
"""

from collections import Counter

from adapters.clock import SystemClock
from adapters.ledgers.sql import SqlLedger
from runner.events import EventKind
from runner.model import RunState
from tests.acceptance.firm import Firm

#: State → the tab in which its question stands.
QUESTIONS = {"AWAITING_APPROVAL": "Approvals", "AWAITING_TASK": "Tasks", "IN_DOUBT": "Dead letters", "DEAD_LETTER": "Dead letters"}


def nothing_twice(firm: Firm) -> None:
    """Holds at every moment."""
    once = {what: len(keys) for what, keys in firm.outside.requests("/once").items()}
    assert {what: many for what, many in once.items() if many > 1} == {}
    assert {to: many for to, many in firm.reached().items() if many > 1} == {}
    for path in ("/keyed", "/put"):
        assert {what: keys for what, keys in firm.outside.requests(path).items() if len(set(keys)) > 1} == {}
    lines = Counter(row["Item"] for row in firm.look()["Lines"])
    assert {line: many for line, many in lines.items() if many > 1} == {}


def nothing_lost(firm: Firm) -> None:
    """Holds whenever no runner has anything left to do: every run has ended, or a person can see what it waits for."""
    sheet = firm.look()
    runs = sheet["Runs"]
    assert len({(row["Contract"], row["Key"]) for row in runs}) == len(runs) == firm.runs_in_all()
    waiting = {row["Run"]: row["State"] for row in runs if not RunState(str(row["State"])).ended}
    asked = {(row["Run"], tab) for tab in set(QUESTIONS.values()) for row in sheet[tab] if not row["Result"]}
    assert asked == {(run, QUESTIONS[str(state)]) for run, state in waiting.items()}


def all_is_told(firm: Firm, *, shown: int = 3) -> None:
    """Sheet, ledger and `show` agree, the trail is unbroken, and nobody is accused of what a kill did."""
    ledger = SqlLedger(firm.folder / "business.ledger", "business", SystemClock())
    runs = {str(row["Run"]): str(row["State"]) for row in firm.look()["Runs"]}
    assert runs == {run.id: run.state.value for run in ledger.books.runs.values() if not run.archived}
    assert [event.detail for event in ledger.events() if event.kind == EventKind.RESTORED] == []
    assert ledger.books.edits == {}
    assert ledger.verify() == []
    ledger.close()
    for run in [*runs][:: max(1, len(runs) // shown)]:
        assert firm.said_by_show(run) == runs[run]
    assert list(firm.folder.glob(".*tmp")) == []


def settled(firm: Firm) -> list[str]:
    """What the audit trail says about steps that a dead runner left behind: how each was settled, or that a person was asked."""
    lines = firm.look()["Audit"]
    return [
        "asked" if line["Event"] == EventKind.DOUBTED else str(line["Result"])
        for line in lines
        if line["Event"] == EventKind.DOUBTED or str(line["Result"]).startswith("settled")
    ]


def all_is_done(firm: Firm) -> None:
    """Holds at the end, when every question has been answered truly: all that was to happen has happened exactly once."""
    nothing_twice(firm)
    nothing_lost(firm)
    sheet = firm.look()
    states = Counter((str(row["Contract"]), str(row["State"])) for row in sheet["Runs"])
    assert states == Counter(firm.ends())
    assert set(firm.outside.requests("/once")) == firm.once()
    assert set(firm.outside.requests("/keyed")) == firm.keyed()
    assert set(firm.reached()) == firm.addressees()
    assert firm.papers() == {f"{number}.txt": f"Invoice {number}\n" for number in firm.ids["Orders"]}
    assert {row["Item"] for row in sheet["Lines"]} == {f"item {number}" for number in firm.ids["Items"]}
    assert [row["Note"] for row in sheet["Bills"]] == [f"paid {number}" for number in firm.ids["Bills"]]
    for tab, state in {"Bills": "Paid", "Orders": "Sent", "Items": "Stocked", "Claims": "Refunded", "Returns": "Taken"}.items():
        assert {row["State"] for row in sheet[tab]} <= {state}, tab
    all_is_told(firm)
