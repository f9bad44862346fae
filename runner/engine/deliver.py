"""Starts the weekly report when its time has come, or when somebody asked for it: from there on it is a run like any other.

Invariant: a week has one report, whatever crashes; one that cannot be written stops no tick.
"""

from datetime import datetime, timedelta

from runner.engine.journal import Journal
from runner.engine.seen import Seen
from runner.errors import LeaseLost, LedgerUnusable
from runner.events import EventKind
from runner.ports import RESTORED, Ledger, PostRoom, World
from runner.rules.kpi.weeks import Week
from runner.rules.own import WEEKLY_REPORT
from runner.rules.weekly.due import Timetable, late
from runner.values import dump, load

#: Note: `{"first": when the runner looked at this workbook first, "named": since when somebody is to get reports}`.
_SINCE = "reports since"
#: Note: the week whose report somebody asked for by hand.
ASKED = "report asked for"
#: Note: `[week, when, why]` of the last report that could not be written.
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
    """Claim the week, unless it has a report; a letter that cannot be written is said and put off."""
    post, ledger = world.post_room, world.ledger
    name, by_hand = reported(ledger, week), ledger.note(ASKED) == week.name
    old = ledger.books.runs.get(name)
    if post is None or not post.to or (name and not (by_hand and old)):
        seen.reported = week.name
        return
    if (again := _put_off_until(ledger, week)) and now < again and not by_hand:
        seen.coming.append(again)
        return
    from runner.engine.claim import claim, claim_again  # once a week: no other start waits for it

    try:
        if old:
            claim_again(old, week, post, world, seen, journal, now, missing)
        else:
            claim(week, comes_late, post, world, seen, journal, now, missing)
    except (LeaseLost, LedgerUnusable):
        raise
    except Exception as error:  # noqa: BLE001 - figures are no reason to leave work undone
        _put_off(week, error, bool(again), world, journal, now)
        seen.coming.append(now + AGAIN)
        return
    seen.reported = week.name


def _put_off(week: Week, error: Exception, said: bool, world: World, journal: Journal, now: datetime) -> None:  # noqa: FBT001
    """What keeps the letter from being written, once in Audit; `said`: it stands there already."""
    why = f"The report of {week.name} could not be written ({type(error).__name__}: {error}). It is tried again every hour."
    if not said:
        journal.note(EventKind.NOTED, contract=WEEKLY_REPORT, detail=why)
        journal.commit()
    world.say(why)
    world.ledger.note(_TROUBLE, dump([week.name, now.isoformat(), why]))


def _put_off_until(ledger: Ledger, week: Week) -> datetime | None:
    """When that week's report is tried again; None when it was not tried in vain."""
    name, when, _why = _trouble(ledger)
    return datetime.fromisoformat(when) + AGAIN if name == week.name else None


def why_not_written(ledger: Ledger, week: Week) -> str:
    """Why that week has no report, as a sentence; "" when nothing kept it from being written."""
    name, _when, why = _trouble(ledger)
    return why if name == week.name else ""


def _trouble(ledger: Ledger) -> tuple[str, str, str]:
    name, when, why = load(ledger.note(_TROUBLE) or '["", "", ""]')
    return name, when, why
