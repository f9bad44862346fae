"""Reads the owner's tabs into a `Book`: what is promised, and every mistake beside its row.

Invariant: a contract with a mistake is not in `Book.contracts`, so it starts no runs; every other contract goes on.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from runner import tabs
from runner.model import Book, Contract, FieldRule, Route, Row, Snapshot, Step
from runner.ports import Action
from runner.rules import check_contract, four_eyes
from runner.rules.blocked import by_hand
from runner.rules.findings import Findings, did_you_mean, nearest
from runner.rules.headers import check_headers
from runner.rules.own import is_own
from runner.rules.quality.sets import checksets
from runner.rules.shadow import SUFFIX
from runner.rules.shared_tabs import settings, sops, templates
from runner.rules.spans import SpanError, parse_span, parse_spans, parse_yes_no
from runner.rules.with_cell import parse_with
from runner.tabs import StandardTab
from runner.values import name_key

Part = TypeVar("Part", Step, FieldRule, Route)


def read_book(
    snapshot: Snapshot, actions: Mapping[str, Action], secrets: frozenset[str] = frozenset(), before: Collection[str] = ()
) -> Book:
    """Parse and check everything that the owner's tabs say. `before`: what was in use at the last read, see `rules.headers`."""
    found = Findings()
    check_headers(snapshot, found, before)
    book = Book(
        settings=settings(snapshot, found),
        templates=templates(snapshot, found),
        sops=sops(snapshot, found),
        checksets=checksets(snapshot, found),
    )
    drafts = {name_key(draft.name): draft for draft in _contracts(snapshot, found)}
    rows = _Rows(drafts, found)
    steps = rows.collect(snapshot, tabs.STEPS, lambda row, contract: _step(row, contract, actions, found))
    fields = rows.collect(snapshot, tabs.FIELDS, lambda row, contract: _field(row, contract, found))
    routes = rows.collect(snapshot, tabs.ROUTES, lambda row, _contract: _route(row))
    whole = {
        key: replace(draft, steps=tuple(steps.get(key, ())), fields=tuple(fields.get(key, ())), routes=tuple(routes.get(key, ())))
        for key, draft in drafts.items()
    }
    check_contract.check_all(whole, book, snapshot, actions, secrets, found)
    four_eyes.check_setting(snapshot, [draft.name for draft in drafts.values()], found)
    found.sort()
    stopped = {name_key(problem.contract) for problem in found.problems if problem.contract}
    good = {} if found.halts else {contract.name: contract for key, contract in whole.items() if key not in stopped}
    good |= {name: by_hand(contract, actions) for name, contract in good.items() if contract.klass == "Blocked"}
    return replace(book, contracts=good, problems=tuple(found.problems), notes=tuple(found.notes), checks=found.checks())


class _Rows:
    """Hands the rows of Steps, Fields and Routes to their contracts."""

    def __init__(self, drafts: Mapping[str, Contract], found: Findings) -> None:
        self.drafts, self.found = drafts, found

    def collect(
        self, snapshot: Snapshot, standard: StandardTab, parse: Callable[[Row, Contract], Part | None]
    ) -> dict[str, list[Part]]:
        """`name_key(contract)` → what `parse` made of its rows, in row order."""
        collected: dict[str, list[Part]] = {}
        above = ""
        for row in self.found.read(snapshot, standard):
            name = row.text("Contract")
            contract = self.drafts.get(name_key(name))
            if contract is None:
                self._stray(row, standard, name, above)
                continue
            above = contract.name
            parsed = parse(row, contract)
            if parsed is not None:
                collected.setdefault(name_key(name), []).append(parsed)
        return collected

    def _stray(self, row: Row, standard: StandardTab, name: str, above: str) -> None:
        """A row of no contract. The contract that probably lacks it starts no runs: what is missing may be its guard."""
        if "contracts" in self.found.unreadable:
            return
        known = [draft.name for draft in self.drafts.values()]
        if name:
            hint = did_you_mean(name, known) or "Write it into the tab Contracts first."
            self.found.at(row, "Contract", f"There is no contract “{name}”.", hint, contract=_misspelt(name, known))
        else:
            meant = above if row.text(standard.headers[1]) else ""
            fix = f"Write it into every row, for example {above}." if above else "Write the name of a contract."
            self.found.at(row, "Contract", "The contract is missing.", fix, contract=meant or None)


def _misspelt(name: str, known: Iterable[str]) -> str | None:
    """The contract that was probably meant; None for a sister such as `Reminder 2` of `Reminder 1`."""
    near = nearest(name, known)
    differ = set(name_key(name).split("_")) ^ set(name_key(near).split("_"))
    return near if near and any(len(word) > 1 and not word.isdecimal() for word in differ) else None


# ------------------------------------------------------------------------------------------------- one row each


def _contracts(snapshot: Snapshot, found: Findings) -> Iterator[Contract]:
    seen: dict[str, Row] = {}
    for row in found.read(snapshot, tabs.CONTRACTS):
        name = row.text("Contract")
        if not name:
            found.at(row, "Contract", "The contract has no name.", "Give it one, or empty the row.")
            continue
        if first := seen.get(name_key(name)):
            fix = "Rename one of them."
            found.at(row, "Contract", f"The contract “{name}” stands in row {first.number} too.", fix, contract=name)
            found.at(first, "Contract", f"The contract “{name}” stands in row {row.number} too.", fix, contract=name)
            continue
        if name.endswith(SUFFIX):
            fix = "Give it another name."
            found.at(row, "Contract", "Names that end with “(shadow)” are for runs that only preview.", fix, contract=name)
        if is_own(name):
            fix = "Give it another name."
            found.at(row, "Contract", "Names that end with “(Rowpact)” are for Rowpact's own runs.", fix, contract=name)
        seen[name_key(name)] = row
        yield _contract(row, name, found)


def _contract(row: Row, name: str, found: Findings) -> Contract:
    trigger, state = _trigger(row, name, found)
    enabled = row.get("Enabled")
    shadow = name_key(row.text("Enabled")) == "shadow"
    on = parse_yes_no(enabled)
    if on is None and not shadow:
        found.at(row, "Enabled", f"“{row.text('Enabled')}” is not an answer.", "Write Yes, No or Shadow.", contract=name)
    minutes = row.get("Minutes saved")
    if minutes is not None and (isinstance(minutes, bool) or not isinstance(minutes, int | float)):
        found.at(row, "Minutes saved", f"“{row.text('Minutes saved')}” is not a number.", "Write minutes, for example 12.")
        minutes = None
    return Contract(
        name=name,
        enabled=bool(on),
        shadow=shadow,
        klass=_choice(row, "Class", name, found),
        trigger=trigger,
        trigger_state=state,
        tab=row.text("Tab"),
        when=row.text("When"),
        condition=row.text("If"),
        dedupe_key=row.text("Dedupe key"),
        entry_state=row.text("Entry state"),
        exit_state=row.text("Exit state"),
        owner=row.text("Owner"),
        rollback_owner=row.text("Rollback owner") or row.text("Owner"),
        risk=_choice(row, "Risk", name, found),
        severity=_choice(row, "Severity", name, found, default="P2"),
        sla=_span(row, "SLA", name, found),
        sop=row.text("SOP"),
        rhythm=row.text("Rhythm"),
        limit=row.text("Limit"),
        hours=row.text("Hours"),
        minutes_saved=float(minutes or 0),
    )


_STATE_IS = re.compile(r"state[\s_-]+is\s*[:=]?", re.IGNORECASE)
_TRIGGERS = ("New row", "State is", "Date due", "Schedule", "Webhook", "Inbox", "File", "Called")


def _trigger(row: Row, contract: str, found: Findings) -> tuple[str, str]:
    """(trigger, the state it waits for)."""
    typed = row.text("Trigger")
    key = name_key(typed)
    if key.startswith("state_is"):
        state = _STATE_IS.sub("", typed).strip("\"“”'… .")  # the drop-down's own “State is …” names none
        if not state:
            found.at(row, "Trigger", "The state is missing.", "Write for example: State is Won", contract=contract)
        return "State is", state
    for trigger in _TRIGGERS:
        if key == name_key(trigger):
            return trigger, ""
    message = f"There is no trigger “{typed}”." if typed else "The trigger is missing."
    found.at(row, "Trigger", message, did_you_mean(typed, _TRIGGERS), contract=contract)
    return "", ""


def _choice(row: Row, header: str, contract: str, found: Findings, *, default: str = "") -> str:
    """The cell as the standard tab spells it; the first choice when blank."""
    column = tabs.CONTRACTS.column(header)
    choices = column.choices if column else ()
    typed = row.text(header) or default or choices[0]
    for choice in choices:
        if name_key(choice) == name_key(typed):
            return choice
    found.at(row, header, f"“{typed}” is not a choice here.", f"Write {', '.join(choices)}.", contract=contract)
    return choices[0]


def _span(row: Row, header: str, contract: str, found: Findings) -> timedelta | None:
    """The cell as a length of time; None when blank or wrong."""
    if not row.text(header):
        return None
    try:
        return parse_span(row.text(header)).plain()
    except SpanError as error:
        found.at(row, header, str(error), contract=contract)
        return None


def _step(row: Row, contract: Contract, actions: Mapping[str, Action], found: Findings) -> Step | None:
    name = row.text("Step")
    if not name:
        found.at(row, "Step", "The step has no name.", "Give it one.", contract=contract.name)
        return None
    settings, wrong = parse_with(str(row.get("With") or ""))
    for sentence in wrong:
        found.at(row, "With", sentence, contract=contract.name)
    typed = row.text("Action")
    action = typed.lower()
    if action not in actions:
        message = f"There is no action “{typed}”." if typed else "The action is missing."
        found.at(row, "Action", message, did_you_mean(typed, actions), contract=contract.name)
    return Step(
        name=name,
        action=action,
        settings=settings,
        condition=row.text("If"),
        approval=_approval(row),
        retry=_retry(row, contract, found),
        timeout=_span(row, "Timeout", contract.name, found) or Step(name="", action="").timeout,
        on_failure=_on_failure(row, contract, found),
        undo=row.text("Undo"),
        owner=row.text("Owner"),
        address=row.address("Step"),
    )


def _approval(row: Row) -> str:
    answer = parse_yes_no(row.get("Approval"))
    if answer is not None:
        return "always" if answer else ""
    return "always" if name_key(row.text("Approval")) == "always" else row.text("Approval")


def _retry(row: Row, contract: Contract, found: Findings) -> tuple[timedelta, ...] | None:
    """The delays; () for No; None when blank, which means the action's own."""
    typed = row.text("Retry")
    if not typed:
        return None
    if parse_yes_no(row.get("Retry")) is False:
        return ()
    try:
        return parse_spans(typed)
    except SpanError as error:
        found.at(row, "Retry", str(error), "Or write No.", contract=contract.name)
        return None


def _on_failure(row: Row, contract: Contract, found: Findings) -> str:
    typed = row.text("On failure")
    key = name_key(typed) or "dead_letter"
    if key in ("dead_letter", "undo", "continue"):
        return key.replace("_", " ")
    if key.startswith("go_to_"):
        return f"go to {typed.strip()[5:].strip()}"
    fix = "Write Dead letter, Undo, Continue, or Go to and a step."
    found.at(row, "On failure", f"“{typed}” is not an answer.", fix, contract=contract.name)
    return "dead letter"


def _field(row: Row, contract: Contract, found: Findings) -> FieldRule | None:
    name = row.text("Field")
    if not name:
        found.at(row, "Field", "The field is missing.", f"Write a column of {contract.tab}.", contract=contract.name)
        return None
    flags = {}
    for header in ("Required", "Private"):
        flags[header] = parse_yes_no(row.get(header))
        if flags[header] is None:
            found.at(row, header, f"“{row.text(header)}” is not an answer.", "Write Yes or No.", contract=contract.name)
    return FieldRule(
        field=name,
        type=row.text("Type").lower() or "text",
        required=bool(flags["Required"]),
        rule=row.text("Rule"),
        private=bool(flags["Private"]),
    )


def _route(row: Row) -> Route:
    return Route(after=row.text("After"), condition=row.text("If"), go_to=row.text("Go to"), set_state=row.text("Set state"))
