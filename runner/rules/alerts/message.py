"""From news to the message that a channel is given: the subject says it all in 60 characters.

Invariant: pure; the same news make the same message id, so that a repeat after a crash can be told from something new.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from runner.model import Alert
from runner.ports import Item, Message
from runner.rules.alerts.telling import News
from runner.rules.weekly.words import many, moment
from runner.values import digest

#: Alerts in one message; more are counted.
LISTED = 20
SUBJECT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where things stand just now."""

    #: What the workbook is called.
    workbook: str
    #: Question → the tab and the cell to type its answer into: `("Dead letters", "L7")`; None where nobody has seen it.
    cell: Callable[[str], tuple[str, str] | None] = lambda _ask: None
    #: (tab, cell or "") → an address that opens it there, or the file's path.
    link: Callable[[str, str], str] = lambda _tab, _cell: ""


def compose(channel: str, news: list[News], places: Places, now: datetime, zone: tzinfo) -> Message:
    """What this channel is told of this news, the highest severity first."""
    items = tuple(_item(each, places, zone) for each in news[:LISTED])
    open_ones = [each for each in news if each.word != "over"]
    return Message(
        id=digest([channel, sorted((each.alert.id, each.word, _before(each.alert, channel)) for each in news)])[:32],
        subject=_subject(news, items[0]),
        severity=min((each.alert.condition.severity for each in open_ones), default="P2"),
        workbook=places.workbook,
        items=items,
        more=len(news) - len(items),
        acknowledge=_acknowledge(open_ones),
        now=now.astimezone(zone),
    )


def test_message(workbook: str, now: datetime) -> Message:
    """What shows whether a channel works."""
    item = Item(
        id="W-0",
        severity="P2",
        news="new",
        title="test",
        what="This is a test: alerts arrive here. Nothing is wrong, and there is nothing to do.",
        count="",
        runs=(),
        where="",
        cell="",
        link="",
        steps=(),
        when=moment(now, now.tzinfo) if now.tzinfo else "",
        raised=now,
    )
    return Message(
        id=digest(["test", workbook, now])[:32],
        subject="Rowpact: a test alert",
        severity="P2",
        workbook=workbook,
        items=(item,),
        more=0,
        acknowledge="",
        now=now,
    )


def _before(alert: Alert, channel: str) -> str:
    """When the channel was told before: what tells the second repeat from the first."""
    told = alert.told.get(channel)
    return told.isoformat() if told else ""


def _acknowledge(news: list[News]) -> str:
    if not news:
        return ""
    ids = [each.alert.id for each in news]
    rows = f"row {ids[0]}" if len(ids) == 1 else f"rows {', '.join(ids[:5])}{' …' if len(ids) > 5 else ''}"
    return f"Type SEEN in the tab Alerts, {rows}, and you are not reminded again."


def _subject(news: list[News], first: Item) -> str:
    """`P0 dead letter: Pay bills · Transfer (100×) +2 more`."""
    word = {"new": "", "again": "still ", "over": "over: "}[first.news]
    more = f" +{len(news) - 1} more" if len(news) > 1 else ""
    count = news[0].alert.condition.count
    times = f" ({count}×)" if count > 1 else ""
    condition = news[0].alert.condition
    about = " · ".join(filter(None, (condition.contract, condition.step))) or condition.brief or condition.what
    head = f"{word}{first.severity} {condition.kind}: "
    room = SUBJECT - len(head) - len(times) - len(more)
    return f"{head}{_cut(about, room)}{times}{more}"


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: max(1, room - 1)].rstrip()}…"


def _item(news: News, places: Places, zone: tzinfo) -> Item:
    alert, condition = news.alert, news.alert.condition
    over = news.word == "over"
    tab, cell = (places.cell(condition.ask) if condition.ask and not over else None) or (condition.tab or "Alerts", "")
    return Item(
        id=alert.id,
        severity=condition.severity,
        news=news.word,
        title=" · ".join(filter(None, (condition.kind, condition.contract, condition.step))),
        what=condition.what,
        count=f"{many(condition.count, 'time')}" if condition.count > 1 else "",
        runs=(*condition.runs, "…") if condition.count > len(condition.runs) > 1 else condition.runs,
        where="" if over else condition.where,
        cell=f"{tab}!{cell}" if cell else "",
        link="" if over else places.link(tab, cell),
        steps=() if over else condition.steps,
        when=_when(alert, news.word, zone),
        raised=alert.raised,
    )


def _when(alert: Alert, word: str, zone: tzinfo) -> str:
    began = moment(alert.raised, zone)
    if word == "over":
        return f"From {began} to {moment(alert.ended, zone)}"
    return f"First seen {began}"
