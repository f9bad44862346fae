"""Conditions that are lateness: runs past their SLA, contracts that fell silent, a budget that is used up.

Invariant: pure; crossing an SLA and crossing twice its length are two conditions, each told for itself.
"""

from collections.abc import Iterator

from runner.model import Condition, Run, RunState
from runner.rules.alerts.view import NAMED, View, key
from runner.rules.lateness import late_sentence
from runner.rules.spending import spent, stretch
from runner.rules.weekly.words import many, moment


def late(view: View) -> Iterator[Condition]:
    """All three."""
    yield from _past_sla(view)
    yield from _silent(view)
    yield from _used_up(view)


def _past_sla(view: View) -> Iterator[Condition]:
    groups: dict[tuple[str, int], list[Run]] = {}
    for run in view.runs.values():
        if run.late and not run.state.ended and run.state is not RunState.HELD:
            groups.setdefault((run.contract, run.late), []).append(run)
    for (contract, level), runs in groups.items():
        first, kind = runs[0], "twice past its SLA" if level > 1 else "past its SLA"
        others = f" So are {many(len(runs) - 1, 'other')}." if len(runs) > 1 else ""
        yield Condition(
            key=key(kind, contract),
            severity=view.severity(contract, first),
            kind=kind,
            what=view.clean(late_sentence(first), first) + others,
            contract=contract,
            where=f"Look at tab Runs, row {first.id}",
            tab="Runs",
            steps=view.sop(contract),
            count=len(runs),
            runs=tuple(run.id for run in runs[:NAMED]),
        )


def _silent(view: View) -> Iterator[Condition]:
    for contract, (sentence, _owner) in view.silences.items():
        yield Condition(
            key=key("silent", contract),
            severity=view.severity(contract),
            kind="silent",
            what=f"{sentence} Something that should have happened did not.",
            contract=contract,
            where=f"Look at tab Contracts, row {contract}, columns Rhythm and Enabled",
            tab="Contracts",
            steps=view.sop(contract),
        )


def _used_up(view: View) -> Iterator[Condition]:
    """AI steps wait because the budget is used up."""
    if view.budget is None:
        return
    begun, ends = stretch(view.budget.per, view.now, view.zone)
    waiting = [run for run in view.runs.values() if run.state is RunState.WAITING and run.next_try == ends]
    if waiting and spent(view.runs, begun) >= view.budget.amount:
        yield Condition(
            key="AI budget",
            severity="P1",
            kind="AI budget used up",
            what=f"The AI budget of {view.budget} is used up: {many(len(waiting), 'run')} will go on {moment(ends, view.zone)}.",
            brief=str(view.budget),
            where="Raise budget in config.toml [ai], or wait",
            count=len(waiting),
            runs=tuple(run.id for run in waiting[:NAMED]),
        )
