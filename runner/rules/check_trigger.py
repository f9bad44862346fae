"""What can be known to be wrong with when a contract acts: its trigger, its tab, its When, Hours and Limit.

Invariant: a trigger that passes can be asked at every tick without a mistake, unless the sheet changes.
"""

from collections.abc import Callable
from typing import TypeVar

from runner import tabs
from runner.model import Contract, Row, Snapshot, Tab
from runner.rules.due import WhenError, parse_offset
from runner.rules.findings import Findings, did_you_mean
from runner.rules.hours import parse_hours
from runner.rules.intake import BY_ROW, SCHEDULED
from runner.rules.limit import parse_limit
from runner.rules.literals import Unclear
from runner.rules.schedule import parse_schedule
from runner.values import name_key

_T = TypeVar("_T")
#: (header, what is wrong, how to mend it)
Bad = Callable[[str, str, str], None]


def check_trigger(contract: Contract, row: Row, snapshot: Snapshot, found: Findings) -> None:
    """Look at the contract's row; what is found goes to `found`."""

    def bad(header: str, message: str, fix: str = "") -> None:
        found.at(row, header, message, fix, contract=contract.name)

    if contract.trigger in ("Webhook", "Inbox", "File"):
        bad("Trigger", f"The trigger “{contract.trigger}” is not in this version yet.", "Use another one, for example New row.")
        return
    if contract.trigger == "Schedule":
        _parsed(parse_schedule, contract.when, bad)
    if contract.has_row or contract.trigger in ("", *BY_ROW):
        _tab(contract, snapshot, found, bad)
    else:
        for header, state in (("Entry state", contract.entry_state), ("Exit state", contract.exit_state)):
            if state:
                bad(header, "Its runs have no row, so there is no State to write.", "Empty the cell.")


def check_pace(contract: Contract, row: Row, found: Findings) -> None:
    """Look at Hours and Limit."""
    for header, text, parse in (("Hours", contract.hours, parse_hours), ("Limit", contract.limit, parse_limit)):
        try:
            if text:
                parse(text)
        except Unclear as error:
            found.at(row, header, str(error), contract=contract.name)


def columns_of(contract: Contract, tab: Tab | None) -> tuple[str, ...] | None:
    """What the contract's cells may name of the event; None when that cannot be known, because its tab is not there."""
    if contract.has_row or contract.trigger in ("", *BY_ROW):
        return tuple(header for header in tab.headers if header) if tab else None
    return (SCHEDULED,) if contract.trigger == "Schedule" else tuple(rule.field for rule in contract.fields)


def _tab(contract: Contract, snapshot: Snapshot, found: Findings, bad: Bad) -> None:
    tab = snapshot.tab(contract.tab) if contract.tab else None
    if not contract.tab:
        bad("Tab", "The tab is missing.", "Write the name of the tab whose rows it works on.")
    elif name_key(contract.tab) in tabs.STANDARD_TABS:
        bad("Tab", f"“{contract.tab}” is a tab of Rowpact's own.", "Name a tab with your own rows.")
    elif tab is None:
        known = [tab.name for key, tab in snapshot.tabs.items() if key not in tabs.STANDARD_TABS]
        bad(
            "Tab",
            f"There is no tab “{contract.tab}”.",
            did_you_mean(contract.tab, known) or "Add it, with the names of its columns in row 1.",
        )
    else:
        _data_tab(contract, tab, found, bad)
    if contract.trigger == "Date due":
        _due(contract, tab, bad)


def _data_tab(contract: Contract, tab: Tab, found: Findings, bad: Bad) -> None:
    for header in tab.doubled:
        bad("Tab", f"The column “{header}” stands twice in {tab.name}.", "Rename or delete one of them.")
    needs_state = contract.trigger == "State is" or contract.entry_state or contract.exit_state
    if needs_state and not tab.has(tabs.STATE):
        bad("Tab", f"{tab.name} has no column “State”.", "Add one, so that states can be read and written.")
    if tab.has(tabs.ROW_ID) or (contract.dedupe_key and contract.trigger != "Called"):
        return
    if f"{tab.name}!{tabs.ROW_ID}" in found.gone:
        message = f"{tab.name} had a column “Row ID”, and it is gone: nothing tells which rows are done."
        bad("Tab", message, "Put it back with its ids, or call it “Row ID” again.")
    elif contract.trigger == "Called":
        bad("Tab", "Nothing tells its rows apart.", f"Add a column “Row ID” to {tab.name}, or empty the cell.")
    else:
        fix = f"Add a column “Row ID” to {tab.name}, or write a Dedupe key such as {{{{ email }}}}."
        bad("Dedupe key", "Nothing tells two rows apart.", fix)


def _due(contract: Contract, tab: Tab | None, bad: Bad) -> None:
    offset = _parsed(parse_offset, contract.when, bad)
    if offset and tab and not tab.has(offset.column):
        bad("When", f"{tab.name} has no column “{offset.column}”.", did_you_mean(offset.column, tab.headers))


def _parsed(parse: Callable[[str], _T], when: str, bad: Bad) -> _T | None:
    try:
        return parse(when)
    except WhenError as error:
        bad("When", str(error), "")
        return None
