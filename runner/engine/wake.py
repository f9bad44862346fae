"""Wakes runs whose time has come: retries, and steps that wait for a moment.

Invariant: a wait that was stored is over when its moment has passed, however long the machine was off; a clock that was set back
makes nobody wait longer for a retry.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from runner.engine.journal import Journal
from runner.engine.record import Recorder
from runner.engine.seen import TIMED, plan_of
from runner.events import EventKind
from runner.model import Book, Run, RunState
from runner.ports import Done, World


def wake(world: World, runs: Mapping[str, Run], book: Book, journal: Journal, now: datetime) -> None:
    """Every due one of these runs is RUNNING again; a `wait` step that is over is done."""
    due = [run for run in runs.values() if run.state in TIMED and is_due(run, now)]
    for run in due:
        plan = plan_of(run, world.ledger)
        effect = next(
            (
                effect
                for effect in world.ledger.books.effects.values()
                if effect.run == run.id and effect.step == run.step and effect.state == "waiting"
            ),
            None,
        )
        if run.state is RunState.WAITING and effect is not None:
            Recorder(journal, now, book).done(run, effect, plan, Done(said="the wait is over"))
        else:
            again: Run = replace(run, state=run.under_way, next_try=None, updated=now)
            journal.change(EventKind.RESUMED, run, again, plan.contract, detail="its next try is due")
    journal.commit()


def is_due(run: Run, now: datetime) -> bool:
    """Whether its moment has passed. A retry that was put off at a moment yet to come is due: the clock was set back since."""
    if run.next_try is None:
        return False
    return run.next_try <= now or (run.state is RunState.RETRYING and run.updated is not None and run.updated > now)
