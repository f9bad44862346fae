"""From the conditions that hold now and the alerts that stood before to the alerts that stand now.

Invariant: pure; bounded. A condition that holds is one alert however often it is seen; one that comes back soon after it ended is
the same alert again.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from runner.model import Alert, AlertBoard, Condition, Trouble

#: Alerts of one severity that are kept at once: what may wait until morning takes no room from what may not.
MOST = 200
#: An alert that ended is shown this long.
SHOWN = timedelta(days=3)
#: What is passing stands this long after it was seen last.
PASSES = timedelta(days=1)
#: A condition that comes back within this after its alert ended is that alert again.
FLAPS = timedelta(hours=1)
#: No channel rests longer than this.
REST = timedelta(days=1)


def stand(board: AlertBoard, conditions: Iterable[Condition], seen: Collection[str], now: datetime) -> AlertBoard:
    """The board after a look. `conditions`: all that hold now; of passing ones, those that are new. `seen`: ids acknowledged."""
    found = {condition.key: condition for condition in sorted(conditions, key=lambda each: each.severity, reverse=True)}
    alerts, last = [], board.last
    for before in (_by_this_clock(alert, now) for alert in board.alerts):
        condition = found.get(before.condition.key)
        alert = before
        if condition is not None and _same(before, now):
            found.pop(condition.key)
            alert = _lasting(before, condition, now)
        elif before.ended is None and _is_over(before, now):
            alert = replace(before, ended=now)
        alerts.append(replace(alert, seen=True) if alert.id in seen and not alert.seen else alert)
    standing = Counter(alert.condition.severity for alert in alerts if alert.ended is None)
    for condition in sorted(found.values(), key=lambda each: each.severity):
        if standing[condition.severity] >= MOST:
            continue
        standing[condition.severity] += 1
        last += 1
        alerts.append(Alert(id=f"W-{last}", condition=condition, raised=now, again=now if condition.passing else None))
    ended = [alert for alert in alerts if alert.ended and timedelta() <= now - alert.ended < SHOWN][-MOST:]
    kept = tuple(alert for alert in alerts if alert.ended is None or alert in ended)
    return replace(board, alerts=kept, last=last, troubles={name: _rested(each, now) for name, each in board.troubles.items()})


def _by_this_clock(alert: Alert, now: datetime) -> Alert:
    """What was noted by a clock that has been set back since happened by now: nobody waits for that clock's time to come."""
    if alert.raised <= now and all(moment <= now for moment in alert.told.values()):
        return alert
    told = {channel: min(moment, now) for channel, moment in alert.told.items()}
    return replace(alert, raised=min(alert.raised, now), told=told)


def _rested(trouble: Trouble, now: datetime) -> Trouble:
    return trouble if trouble.next - now <= REST else replace(trouble, since=min(trouble.since, now), next=now)


def _same(alert: Alert, now: datetime) -> bool:
    """Whether the condition, which holds, is what the alert was raised for; what is passing and acknowledged begins anew."""
    if alert.condition.passing and alert.seen:
        return False
    return alert.ended is None or now - alert.ended < FLAPS


def _lasting(alert: Alert, condition: Condition, now: datetime) -> Alert:
    """The same alert, as its condition is now. Whoever was told that it is over hears of it again."""
    if condition.passing:
        runs = tuple(dict.fromkeys((*alert.condition.runs, *condition.runs)))[:5]
        condition = replace(condition, count=alert.condition.count + condition.count, runs=runs)
        alert = replace(alert, again=now)
    if alert.ended is None:
        return alert if alert.condition == condition else replace(alert, condition=condition)
    told = {channel: moment for channel, moment in alert.told.items() if channel not in alert.told_over}
    return replace(alert, condition=condition, ended=None, told=told, told_over=())


def _is_over(alert: Alert, now: datetime) -> bool:
    return alert.again is None or alert.seen or not timedelta() <= now - alert.again < PASSES


def next_end(board: AlertBoard) -> list[datetime]:
    """When what is passing will be over."""
    return [alert.again + PASSES for alert in board.standing if alert.again]
