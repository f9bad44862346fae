"""Who is told what now, and when the next one is.

Invariant: pure; nothing counts as told before a channel took it. What ended before anybody heard of it is not told at all, but
for what is passing; that something is over is told once, to whoever was told of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from runner.model import Alert, AlertBoard, Trouble
from runner.ports import Alerting, Loudness
from runner.rules.alerts.moments import after_quiet, said_at

#: Delays before a channel that failed is tried again; the last one for ever.
DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60))
#: Something passing that happens again and again is told at most this often, even at once.
BREATH = timedelta(minutes=5)
#: A repeat may come so much earlier, so that it goes along with what is gathered.
EARLY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One alert that a channel is to hear of."""

    alert: Alert
    #: `new`, `again` or `over`
    word: str


def news_for(board: AlertBoard, alerting: Alerting, now: datetime, zone: tzinfo) -> dict[str, list[News]]:
    """Channel → what it is told now, the highest severity first; channels that have to hear nothing are left out."""
    found: dict[str, list[News]] = {}
    for channel, news, moment in _coming(board, alerting, now, zone):
        if moment <= now:
            found.setdefault(channel, []).append(news)
    return {channel: sorted(news, key=lambda each: each.alert.condition.severity) for channel, news in found.items()}


def next_news(board: AlertBoard, alerting: Alerting, now: datetime, zone: tzinfo) -> datetime | None:
    """When somebody is to be told something next; None when nobody is."""
    return min((moment for _, _, moment in _coming(board, alerting, now, zone)), default=None)


def _coming(board: AlertBoard, alerting: Alerting, now: datetime, zone: tzinfo) -> Iterator[tuple[str, News, datetime]]:
    """(channel, news, when it may be told)."""
    for alert in board.alerts:
        severity = alert.condition.severity
        level = alerting.levels.get(severity, Loudness())
        for name in {channel.name: None for channel in level.channels if channel.name != alert.condition.channel}:
            word, wanted = _wanted(alert, name, level.repeat)
            if wanted is None:
                continue
            moment = max(said_at(severity, wanted, alerting.digest, zone), now)
            if trouble := board.troubles.get(name):
                moment = max(moment, trouble.next)
            yield name, News(alert=alert, word=word), after_quiet(moment, level.quiet, zone)


def _wanted(alert: Alert, channel: str, repeat: timedelta) -> tuple[str, datetime | None]:
    """What the channel is to hear of the alert, and from when on; None for nothing."""
    told = alert.told.get(channel)
    if told is None:
        untold = not alert.seen and (alert.ended is None or alert.condition.passing)
        return "new", alert.raised if untold else None
    if alert.ended:
        return "over", alert.ended if channel not in alert.told_over and not alert.condition.passing else None
    if alert.seen:
        return "again", None
    urgent = alert.condition.severity == "P0"
    if alert.again and alert.again > told:
        return "again", max(alert.again, told + BREATH) if urgent else alert.again
    if not repeat or (alert.condition.passing and not urgent):
        return "again", None
    return "again", told + (repeat if urgent else max(repeat - EARLY, repeat / 2))


def took(board: AlertBoard, channel: str, news: list[News], now: datetime) -> AlertBoard:
    """The channel has taken the news."""
    over = {each.alert.id for each in news if each.word == "over"}
    told = {each.alert.id for each in news} - over
    alerts = tuple(
        replace(alert, told={**alert.told, channel: now}) if alert.id in told
        else replace(alert, told_over=(*alert.told_over, channel)) if alert.id in over
        else alert
        for alert in board.alerts
    )  # fmt: skip
    return replace(board, alerts=alerts, troubles={name: trouble for name, trouble in board.troubles.items() if name != channel})


def told_since(before: AlertBoard, after: AlertBoard) -> dict[str, list[News]]:
    """Channel → what it took between the two boards."""
    known = {alert.id: alert for alert in before.alerts}
    found: dict[str, list[News]] = {}
    for alert in after.alerts:
        old = known.get(alert.id)
        for channel, moment in alert.told.items():
            last = old.told.get(channel) if old else None
            if moment != last:
                found.setdefault(channel, []).append(News(alert=alert, word="again" if last else "new"))
        for channel in alert.told_over:
            if not old or channel not in old.told_over:
                found.setdefault(channel, []).append(News(alert=alert, word="over"))
    return found


def refused(board: AlertBoard, channel: str, why: str, after: timedelta | None, now: datetime) -> AlertBoard:
    """The channel did not take them: it is tried again later. `after`: what it asked for itself."""
    before = board.troubles.get(channel)
    tries = (before.tries if before else 0) + 1
    delay = max(DELAYS[min(tries, len(DELAYS)) - 1], after or timedelta())
    trouble = Trouble(since=before.since if before else now, tries=tries, next=now + delay, why=why)
    return replace(board, troubles={**board.troubles, channel: trouble})
