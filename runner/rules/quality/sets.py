"""The tab Checks: sets of lines under one name.

Invariant: a line that cannot be read takes its whole set away, and with it every contract that needs the set.
"""

from runner import tabs
from runner.errors import ConditionError
from runner.model import Row, Snapshot, TextRule
from runner.ports import Then
from runner.rules.findings import Findings, did_you_mean
from runner.rules.quality.statements import KINDS, other_columns, read
from runner.values import name_key


def checksets(snapshot: Snapshot, found: Findings) -> dict[str, tuple[TextRule, ...]]:
    """`name_key(set)` → its lines, in row order; a blank name means the one above."""
    made: dict[str, list[TextRule]] = {}
    broken: set[str] = set()
    name = ""
    for row in found.read(snapshot, tabs.CHECKS):
        name = row.text("Checks") or name
        kind = next((kind for kind in KINDS if name_key(kind) == name_key(row.text("Kind"))), "")
        then = name_key(row.text("On failure")) or Then.REVIEW.value
        before = len(found.problems)
        if not name:
            found.at(row, "Checks", "The set has no name.", "Write the name that the step's checks: line uses.")
        if not kind:
            found.at(row, "Kind", f"“{row.text('Kind')}” is no kind of check.", did_you_mean(row.text("Kind"), KINDS))
        if then not in list(Then):
            found.at(row, "On failure", f"“{row.text('On failure')}” is not an answer.", "Write Redo, Review or Stop.")
        if kind:
            _line(row, kind, snapshot, found)
        if len(found.problems) > before:
            broken.add(name_key(name))
        else:
            made.setdefault(name_key(name), []).append(TextRule(kind=kind, rule=str(row.get("Rule") or ""), on_failure=then))
    return {key: tuple(rules) for key, rules in made.items() if key not in broken}


def _line(row: Row, kind: str, snapshot: Snapshot, found: Findings) -> None:
    rule = str(row.get("Rule") or "")
    try:
        read(kind, rule)
        for tab_name, column in other_columns(kind, rule):
            tab = snapshot.tab(tab_name)
            if tab is None:
                found.at(row, "Rule", f"There is no tab “{tab_name}”.", "Write for example not other: Leads.Name")
            elif not tab.has(column):
                found.at(row, "Rule", f"{tab.name} has no column “{column}”.", did_you_mean(column, tab.headers))
    except ConditionError as error:
        found.at(row, "Rule", str(error))
