"""The run's row as it stands now, wherever it has gone: what RETRY works with, and what tells whether a question still holds."""

from collections.abc import Mapping

from runner.model import Run
from runner.rules import fields
from runner.rules.overlay import SheetView
from runner.rules.plan import Plan
from runner.rules.request import own_row
from runner.values import Value


def values_now(run: Run, plan: Plan, view: SheetView) -> tuple[Mapping[str, Value], str]:
    """(the row's values now, what is wrong with them); the run's own values when the row is gone."""
    match = own_row(run)
    row = view.find_row(run.tab, match) if match else None
    if row is None:
        return run.input, ""
    values = row.values()
    checked = fields.check_row(plan.contract.fields, values)
    if checked.missing:
        return values, f"{', '.join(checked.missing)} is blank in {row.tab.name} row {row.number}."
    if checked.wrong:
        return values, " ".join(f"{row.address(name)}: {sentence}" for name, sentence in checked.wrong)
    return {**values, **checked.values}, ""
