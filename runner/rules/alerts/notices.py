"""Conditions that merely happened: what a `notify` step says, and a ledger that was put back or rebuilt.

Invariant: pure; each event is one notice, and equal ones are counted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from runner.events import EventKind
from runner.model import Condition, Contract, Event, Run
from runner.rules.alerts.view import View, key, said


def notices(events: Iterable[Event], view: View, runs: Mapping[str, Run]) -> list[Condition]:
    """Of these events; `runs`: those that they are about."""
    found: dict[str, Condition] = {}
    for event in events:
        condition = _notice(event, view, runs.get(event.run))
        if condition is None:
            continue
        before = found.get(condition.key)
        if before:
            named = tuple(dict.fromkeys((*before.runs, *condition.runs)))[:5]
            condition = replace(condition, count=before.count + 1, runs=named)
        found[condition.key] = condition
    return list(found.values())


def _notice(event: Event, view: View, run: Run | None) -> Condition | None:
    match event.kind:
        case EventKind.ADOPTED:
            return Condition(
                key=key("ledger put back"),
                severity="P1",
                kind="ledger put back",
                what=said(view.clean(event.detail, None)),
                brief="some things wait for you",
                where="Answer what waits in Dead letters and Approvals: what was under way is not repeated by itself",
                tab="Dead letters",
                passing=True,
            )
        case EventKind.RECEIPT if run:
            contract = view.started_with(run)
            return _said(event, run, contract, view) if contract else None
    return None


def _said(event: Event, run: Run, contract: Contract, view: View) -> Condition | None:
    step = contract.step(event.step)
    result = run.results.get(event.step, {})
    if step is None or step.action != "notify" or "message" not in result:
        return None
    message = said(view.clean(str(result["message"]), run))
    return Condition(
        key=key("notice", contract.name, event.step, message),
        severity=str(result.get("severity", "P2")),
        kind="notice",
        what=message,
        contract=contract.name,
        step=event.step,
        where=f"Look at tab Runs, row {run.id}",
        tab="Runs",
        runs=(run.id,),
        passing=True,
    )
