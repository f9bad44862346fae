"""Sends a report because somebody wants it now, whoever has the workbook.

Invariant: a report that has left, or may have, is not sent again. The wish is on disk first, so it holds whatever crashes.
"""

from dataclasses import dataclass, replace

from runner.engine.claim import may_go_again
from runner.engine.deliver import ASKED, reported, why_not_written
from runner.engine.dispatch import carry_now
from runner.errors import ConfigError, LeaseHeld
from runner.model import RunState
from runner.ports import RESTORED, World
from runner.rules.kpi.score import last_full
from runner.rules.kpi.weeks import Week
from runner.rules.project import local

#: Seconds that are waited for another runner: longer than a lease lasts that nobody renews.
PATIENCE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of a report that somebody wanted sent."""

    week: str
    #: "" when it has none.
    run: str = ""
    #: Whether it left by this.
    left: bool = False
    #: What became of it, and what to do next.
    said: str


def send_now(world: World, wanted: Week | None) -> Sent:
    """Send the report of that week by hand, or of the last one that is over. Raises `ConfigError` when nobody is named."""
    if world.post_room is None or not world.post_room.to:
        raise ConfigError("Nobody gets the report: name somebody in config.toml [report] to.")
    now, zone = world.clock.now(), world.zone
    week = wanted or last_full(now, zone)
    if week.ends(zone) > now:
        return Sent(week=week.name, said=f"{week.name} is not over yet. `rowpact report --preview week.html` shows how it stands.")
    if (name := reported(world.ledger, week)) and not may_go_again(world.ledger.run(name)):
        return Sent(week=week.name, run=name, said=_why_not(world, week, name))
    world.ledger.note(ASKED, week.name)
    _carry_when_free(world, week)
    name = reported(world.ledger, week)
    run = world.ledger.run(name) if name else None
    if run is None:
        return Sent(week=week.name, said=_not_begun(world, week))
    if run.state is RunState.DONE:
        to = run.input.get("to")
        return Sent(week=week.name, run=name, left=True, said=f"The report of {week.name} was sent to {to} ({name}).")
    return Sent(week=week.name, run=name, said=_why_not(world, week, name))


def _why_not(world: World, week: Week, name: str) -> str:
    """How it stands with a week whose report has a run already."""
    run = world.ledger.run(name)
    what, state = f"The report of {week.name}", run.state if run else RunState.CLOSED
    moment = local(run.next_try if run and run.next_try else run.updated if run else None, world.zone)
    match state:
        case RunState.DONE:
            return f"{what} left on {moment:%Y-%m-%d at %H:%M} ({name}). It is not sent twice."
        case RunState.IN_DOUBT:
            return f"{what} may have left already ({name}): find out, and type DONE or RETRY beside it in Dead letters."
        case RunState.DEAD_LETTER:
            return f"{what} could not be sent ({name}): {run.error if run else ''} Mend that, and send it again."
        case RunState.RETRYING:
            why = run.error if run else ""
            return f"{what} could not be sent yet: {why} `rowpact run` tries it again, next at {moment:%Y-%m-%d %H:%M} ({name})."
        case _ if state.ended:
            return f"{what} is in the archive ({name}). It stands in {_place(world)}/{week.name}.html too."
        case _:
            return f"{what} is under way ({name} is {state}): `rowpact run` goes on with it."


def _not_begun(world: World, week: Week) -> str:
    if world.ledger.note(RESTORED):
        return f"The ledger was put back from a copy. `rowpact run` compares it with the workbook, then sends {week.name}."
    if world.ledger.note(ASKED):
        return f"Another Rowpact is busy with this workbook. It sends the report of {week.name} as soon as it gets to it."
    return why_not_written(world.ledger, week) or f"The report of {week.name} was not sent."


def _place(world: World) -> str:
    return world.post_room.letters.place if world.post_room else ""


def _carry_when_free(world: World, week: Week) -> None:
    """Once no other runner has the workbook, or until one has seen to it; waits longer than a lease lasts."""
    for second in range(PATIENCE):
        try:
            world.ledger.acquire(world.holder, world.clock.now())
        except LeaseHeld as held:
            if second == 0:
                world.say(f"{held} Waiting for it.")
            if world.clock.stopped or _at_rest(world, week):
                return
            world.clock.sleep(1)
        else:
            carry_now(replace(world, say=lambda _line: None))  # whoever asked is told at the end
            return


def _at_rest(world: World, week: Week) -> bool:
    """Whether another runner has done what it can for that week's report."""
    run = world.ledger.run(name) if (name := reported(world.ledger, week)) else None
    return run is not None and not run.state.goes_on and not world.ledger.note(ASKED)
