"""Says what is late: approvals that nobody gives, and runs past their SLA.

Invariant: each is said once, in the audit, whatever is restarted; saying it changes nothing of what will happen.
"""

from dataclasses import replace
from datetime import datetime

from runner.engine.journal import Journal
from runner.engine.seen import plan_of
from runner.events import EventKind
from runner.model import Ask
from runner.ports import World
from runner.rules.lateness import crossed, half_time, late_sentence
from runner.rules.project import local
from runner.rules.replay import changes
from runner.rules.spans import show_span


def watch(world: World, journal: Journal, now: datetime) -> None:
    """Look at every open approval and every run with an SLA."""
    for ask in list(world.ledger.books.asks.values()):
        moment = half_time(ask)
        if moment and moment <= now:
            _remind(ask, world, journal, now)
    for run in list(world.ledger.books.runs.values()):
        level = crossed(run, now)
        if level > run.late:
            late = replace(run, late=level)
            contract, result = plan_of(run, world.ledger).contract, "twice" if level > 1 else "once"
            journal.change(EventKind.SLA_CROSSED, run, late, contract, result=result, detail=late_sentence(late))
    journal.commit()


def _remind(ask: Ask, world: World, journal: Journal, now: datetime) -> None:
    """Half of the time has gone: the question is passed on to the rollback owner, if that is somebody else."""
    waited = show_span(now - ask.asked) if ask.asked else ""
    owner = ask.rollback_owner or ask.owner
    said = f"Undecided for {waited}." + (f" Passed on from {ask.owner or 'nobody'} to {owner}." if owner != ask.owner else "")
    reminded = replace(ask, owner=owner, reminded=now, result=f"{ask.result} {said}".strip())
    end = local(ask.expires, world.zone)
    words = {"result": ask.id, "detail": f"{said} It expires {end:%Y-%m-%d %H:%M}."}
    run = world.ledger.books.runs.get(ask.run)
    if run is None:
        journal.note(EventKind.REMINDED, **words, ask=changes(ask, reminded))
        return
    contract = plan_of(run, world.ledger).contract
    journal.change(EventKind.REMINDED, run, run, contract, step=ask.step, **words, data={"ask": changes(ask, reminded)})
