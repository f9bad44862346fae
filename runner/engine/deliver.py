"""Starts the weekly report when its time has come, or when somebody asked for it: from there on it is a run like any other.

Invariant: the letter is on disk before its run is, and the run, with the week as its key, before anything leaves; so a week has one
report whatever crashes, and every try sends the same. A report that cannot be written stops no tick.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from runner.engine.excerpt import excerpt, said
from runner.engine.journal import Journal
from runner.engine.report import Desk, as_html, as_text, report
from runner.engine.seen import Seen, store
from runner.errors import LeaseLost, LedgerUnusable
from runner.events import EventKind
from runner.model import Run
from runner.ports import RESTORED, Ledger, PostRoom, World
from runner.rules.kpi.weeks import Week
from runner.rules.own import SEND, WEEKLY_REPORT, weekly_report
from runner.rules.plan import freeze
from runner.rules.weekly.due import Timetable, late
from runner.values import dump, load

#: Note: `{"first": when the runner looked at this workbook first, "named": since when somebody is to get reports}`.
_SINCE = "reports since"
#: Note: the week whose report somebody asked for by hand.
ASKED = "report asked for"
#: Note: `[week, when]` of the last report that could not be written.
_TROUBLE = "report trouble"
#: A report that could not be written is tried again after this.
AGAIN = timedelta(hours=1)


def deliver(world: World, seen: Seen, journal: Journal, now: datetime, missing: str = "") -> None:
    """Start the report that is due or asked for; `missing`: why the workbook could not be read."""
    post, ledger = world.post_room, world.ledger
    if post is None or ledger.note(RESTORED):  # what was sent since the copy is not known yet
        return
    first, named = _since(ledger, post, now)
    timetable = Timetable(weekday=post.weekday, at=post.at, zone=world.zone)
    if asked := ledger.note(ASKED):
        _start(Week.read(asked), "", world, seen, journal, now, missing)
        ledger.note(ASKED, "")
    if named is None or world.clock.stopped:
        return
    week = timetable.newest(now)
    if week.ends(world.zone) > first and week.name != seen.reported and not reported(ledger, week.before(-1)):
        moment = timetable.moment(week)
        missed = [one for one in timetable.earlier(week, max(first, named)) if not reported(ledger, one)]
        comes_late = late(moment, now, world.zone, missed) if moment >= named else ""
        _start(week, comes_late, world, seen, journal, now, missing)
    seen.coming.append(timetable.next(now))


def reported(ledger: Ledger, week: Week) -> str:
    """The run that carries the report of that week; "" when there is none."""
    return ledger.known(WEEKLY_REPORT, [week.name]).get(week.name, "")


def _since(ledger: Ledger, post: PostRoom, now: datetime) -> tuple[datetime, datetime | None]:
    """(when the runner looked first, since when somebody is named; None while nobody is)."""
    kept = load(ledger.note(_SINCE) or "{}")
    event = None if kept else next(iter(ledger.events(limit=1)), None)  # a ledger from before there were reports
    first = kept.get("first") or (event.time if event and event.time else now).isoformat()
    named = kept.get("named") or now.isoformat() if post.to else ""
    if kept != (known := {"first": first, "named": named}):
        ledger.note(_SINCE, dump(known))
    return datetime.fromisoformat(first), datetime.fromisoformat(named) if named else None


def _start(week: Week, comes_late: str, world: World, seen: Seen, journal: Journal, now: datetime, missing: str) -> None:
    """Write the letter and its run, unless the week has one; what cannot be written is said and put off."""
    post = world.post_room
    if post is None or not post.to or reported(world.ledger, week):
        seen.reported = week.name
        return
    if (again := _put_off_until(world.ledger, week)) and now < again:
        seen.coming.append(again)
        return
    try:
        subject, digest = _write(week, comes_late, post, world, seen, now, missing)
    except (LeaseLost, LedgerUnusable):
        raise
    except Exception as error:  # noqa: BLE001 - figures are no reason to leave work undone
        why = f"The report of {week.name} could not be written ({type(error).__name__}: {error}). It is tried again every hour."
        if not again:
            journal.note(EventKind.NOTED, contract=WEEKLY_REPORT, detail=why)
            journal.commit()
        world.say(why)
        world.ledger.note(_TROUBLE, dump([week.name, now.isoformat()]))
        seen.coming.append(now + AGAIN)
        return
    contract = weekly_report(post.to[0])
    run = Run(
        id=world.ledger.next_id("R"),
        contract=contract.name,
        key=week.name,
        plan=store(freeze(contract, {}), world.ledger),
        step=SEND.name,
        moment=now,
        owner=contract.owner,
        rollback_owner=contract.rollback_owner,
        input={"to": ", ".join(post.to), "subject": subject, "week": week.name, "letter": digest},
        started=now,
        updated=now,
    )
    told = f"the report of {week.name} for {', '.join(post.to)}. {comes_late}".strip()
    journal.start(EventKind.STARTED, run, contract, detail=told)
    journal.commit()
    seen.reported = week.name


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
    budget = world.budget
    return Desk(
        ledger=world.ledger,
        workbook=world.workbook,
        zone=world.zone,
        now=now,
        redact=world.secrets.redact,
        ledger_name=f"the ledger of {world.workbook.key}",
        budget=f"{budget.amount} {budget.currency} per {budget.per}" if budget else "",
        snapshot=None if missing else seen.snapshot,
        missing=missing,
    )


def _put_off_until(ledger: Ledger, week: Week) -> datetime | None:
    """When that week's report is tried again; None when it was not tried in vain."""
    name, when = load(ledger.note(_TROUBLE) or "[null, null]")
    return datetime.fromisoformat(when) + AGAIN if name == week.name else None
