"""The same numbers once more, in plain Python and without a line of the product: what the definitions say, read literally."""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from statistics import median

from runner.rules.kpi.calculate import Facts


def count(facts: Facts) -> dict[str, dict[date, float]]:
    """KPI key → Monday → number."""
    zone = facts.zone

    def week(moment: datetime) -> date:
        day = moment.astimezone(zone).date()
        return day - timedelta(days=day.isoweekday() - 1)

    lists: dict[str, dict[date, list[float]]] = defaultdict(lambda: defaultdict(list))
    hours: dict[date, float] = defaultdict(float)
    for run in facts.runs:
        assert run.started
        if run.lead and run.acted:
            lists["lead_response"][week(run.started)].append(_waited(run.started, run.acted, facts))
        if run.lead and run.due and (run.acted or (not run.ended and run.due <= facts.now)):
            lists["lead_in_time"][week(run.started)].append(100.0 if run.acted and run.acted <= run.due else 0.0)
        if run.outcome:
            for key in ("failures", "failures_critical"):
                if key == "failures" or run.critical:
                    lists[key][week(run.outcome)].append(100.0 if run.failed else 0.0)
        if run.minutes and run.ended:
            hours[week(run.ended)] += run.minutes / 60
        if run.cost:
            lists["ai_cost"][week(run.started)].append(run.cost)
    for ask in facts.asks:
        assert ask.asked
        monday = week(ask.answered)
        hours[monday] -= (facts.minutes_per_approval if ask.approval else facts.minutes_per_dead_letter) / 60
        if ask.approval:
            lists["approval_wait"][monday].append(max(0.0, (ask.answered - ask.asked).total_seconds() / 3600))
            lists["approvals"][monday].append(1)
            if ask.rejected:
                lists["rejected"][monday].append(1)
    for paid, days in facts.invoices:
        lists["cash_lag"][paid - timedelta(days=paid.weekday())].append(days)
    sums, means = ("approvals", "rejected", "ai_cost"), ("lead_in_time", "failures", "failures_critical")
    found: dict[str, dict[date, float]] = {
        key: {
            monday: sum(values) if key in sums else sum(values) / len(values) if key in means else median(values)
            for monday, values in weeks.items()
        }
        for key, weeks in lists.items()
    }
    return found | {"hours_returned": dict(hours), "backlog": _backlog(facts)}


def _waited(started: datetime, acted: datetime, facts: Facts) -> float:
    """Minutes; where only open hours count, day by day, as somebody with a calendar on the wall would."""
    if not facts.hours:
        return max(0.0, (acted - started).total_seconds() / 60)
    (window,) = facts.hours
    day, minutes = started.astimezone(facts.zone).date(), 0.0
    while day <= acted.astimezone(facts.zone).date():
        if day.weekday() in window.days and day not in facts.free:
            opens, closes = (
                datetime.combine(day, time(hour), facts.zone).astimezone(UTC) for hour in (window.start // 60, window.end // 60)
            )
            minutes += max(0.0, (min(closes, acted) - max(opens, started)).total_seconds() / 60)
        day += timedelta(days=1)
    return minutes


def _backlog(facts: Facts) -> dict[date, float]:
    first = min(run.started for run in facts.runs if run.started).astimezone(facts.zone).date()
    monday, found = first - timedelta(days=first.weekday()), {}
    while datetime.combine(monday, time(), facts.zone) <= facts.now:
        end = datetime.combine(monday + timedelta(days=7), time(), facts.zone)
        if end <= facts.now:
            opened = [run for run in facts.runs if run.started and run.started < end and not (run.ended and run.ended < end)]
        else:
            opened = [run for run in facts.runs if run.started and run.started <= facts.now and not run.ended]
        found[monday] = float(len(opened))
        monday += timedelta(days=7)
    return found
