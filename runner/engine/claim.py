"""Claims a week: writes its letter, and the run that carries it.

Invariant: the letter is on disk before its run is, and the run, with the week as its key, before anything leaves; every try sends
the same. A week that the folder of letters knows to have left already, and the ledger does not, is asked about.
"""

from dataclasses import replace
from datetime import datetime

from runner.engine.briefing import desk_of
from runner.engine.excerpt import excerpt, said
from runner.engine.journal import Journal
from runner.engine.record import Recorder
from runner.engine.report import Desk, as_html, as_text, report
from runner.engine.seen import Seen, plan_of, store
from runner.events import EventKind
from runner.model import Run, RunState
from runner.ports import PostRoom, World
from runner.rules.advance import Act, advance
from runner.rules.kpi.weeks import Week
from runner.rules.own import SEND, weekly_report
from runner.rules.plan import freeze
from runner.rules.replay import changes
from runner.values import Value


def claim(
    week: Week, comes_late: str, post: PostRoom, world: World, seen: Seen, journal: Journal, now: datetime, missing: str
) -> None:
    """Write the report of that week, and start its run. Raises whatever keeps it from being written."""
    if post.letters.begun(week.name):
        title, digest = f"{world.workbook.name}, {week.name}", post.letters.digest(week.name)
        _doubt(_run(week, title, digest, post, world, now), world, seen, journal, now)
    else:
        subject, digest = _write(week, comes_late, post, world, seen, now, missing)
        _start(_run(week, subject, digest, post, world, now), comes_late, world, journal)
    journal.commit()


def may_go_again(run: Run | None) -> bool:
    """Whether it is certain that this report has not left, and it still can."""
    return run is not None and not run.archived and run.state not in (RunState.DONE, RunState.IN_DOUBT)


def claim_again(
    run: Run, week: Week, post: PostRoom, world: World, seen: Seen, journal: Journal, now: datetime, missing: str
) -> None:
    """Somebody wants a report sent that was refused, given up or put off: a new letter, at once. Raises as `claim` does."""
    if not may_go_again(run) or run.state.goes_on:
        return
    subject, letter = _write(week, "", post, world, seen, now, missing)
    on = replace(
        run,
        state=RunState.RUNNING,
        plan=store(freeze(weekly_report(post.to[0]), {}), world.ledger),
        step=SEND.name,
        input=_input(week, subject, letter, post),
        moment=now,
        tries=0,
        next_try=None,
        resumes="",
        ask="",
        error="",
        ended=None,
        updated=now,
    )
    ask = world.ledger.books.asks.get(run.ask)
    closed = {"ask": changes(ask, replace(ask, state="retried", result="Sent again by rowpact report --send."))} if ask else {}
    journal.change(EventKind.RESUMED, run, on, detail="somebody wants it sent now", data=closed)
    journal.commit()


def _run(week: Week, subject: str, letter: str, post: PostRoom, world: World, now: datetime) -> Run:
    contract = weekly_report(post.to[0])
    return Run(
        id=world.ledger.next_id("R"),
        contract=contract.name,
        key=week.name,
        plan=store(freeze(contract, {}), world.ledger),
        step=SEND.name,
        moment=now,
        owner=contract.owner,
        rollback_owner=contract.rollback_owner,
        input=_input(week, subject, letter, post),
        started=now,
        updated=now,
    )


def _input(week: Week, subject: str, letter: str, post: PostRoom) -> dict[str, Value]:
    return {"to": ", ".join(post.to), "subject": subject, "week": week.name, "letter": letter}


def _start(run: Run, also: str, world: World, journal: Journal) -> None:
    told = f"the report of {run.key} for {run.input['to']}. {also}".strip()
    journal.start(EventKind.STARTED, run, plan_of(run, world.ledger).contract, detail=told)


def _doubt(run: Run, world: World, seen: Seen, journal: Journal, now: datetime) -> None:
    """The ledger was put back from a copy that is older than this report: whether it left is not known."""
    plan, record = plan_of(run, world.ledger), Recorder(journal, now, seen.book)
    move, letter = advance(run, plan, desk_of(world, seen.book, now)), world.ledger.next_id("D")
    because = "This report may have left already: its folder says so, and the ledger, put back from a copy, does not know. "
    because += "Look into the mailbox, then type DONE (it came) or RETRY (it did not)."
    payload = move.action.describe(move.request) if isinstance(move, Act) else ""
    _start(run, "", world, journal)  # from here on nothing can fail before all of it is on disk
    if isinstance(move, Act):
        begun, effect = record.intent(run, move, plan)
        record.doubt(begun, effect, plan, because, letter, payload)
    else:
        record.park(run, SEND, plan, because, RunState.DEAD_LETTER, letter, payload)


def _write(week: Week, comes_late: str, post: PostRoom, world: World, seen: Seen, now: datetime, missing: str) -> tuple[str, str]:
    """The letter into the folder; returns its subject, and the digest of all its parts."""
    lines, left_out = excerpt(world.ledger, week, world.zone)
    letter = replace(report(_desk(world, seen, now, missing), week), late=comes_late, attached=said(lines, left_out))
    clean = world.secrets.redact
    parts = {"html": clean(as_html(letter)).encode(), "txt": clean(as_text(letter)).encode()}
    if lines:
        parts["xlsx"] = post.as_workbook(lines)
    return clean(letter.subject), post.letters.keep(week.name, parts)


def _desk(world: World, seen: Seen, now: datetime, missing: str) -> Desk:
    return Desk(
        ledger=world.ledger,
        workbook=world.workbook,
        zone=world.zone,
        now=now,
        redact=world.secrets.redact,
        ledger_name=f"the ledger of {world.workbook.key}",
        budget=str(world.budget or ""),
        snapshot=None if missing else seen.snapshot,
        missing=missing,
        link=world.post_room.link if world.post_room else "",
    )
