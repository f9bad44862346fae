"""The numbers of every week, with pandas, which is imported here and only when somebody wants them.

Invariant: what `definitions` says; nothing of pandas leaves this file. A week in which nothing was counted has no number here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any, TypeAlias

from runner.rules.hours import Window, open_spans
from runner.rules.kpi.facts import AskFact, RunFact
from runner.rules.kpi.invoices import Invoice
from runner.rules.kpi.weeks import Week

_DAY = timedelta(days=1)
#: A column, or numbers by week; pandas has no types of its own.
_Series: TypeAlias = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that is counted."""

    runs: Sequence[RunFact] = ()
    asks: Sequence[AskFact] = ()
    invoices: Sequence[Invoice] = ()
    zone: tzinfo
    now: datetime
    minutes_per_approval: float = 2.0
    minutes_per_dead_letter: float = 10.0
    #: When a lead's wait counts; () for always. Never on days that are `free`.
    hours: tuple[Window, ...] = ()
    free: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """KPI key → Monday of the week → its number, and how many things it was counted from."""

    values: Mapping[str, Mapping[date, float]] = field(default_factory=dict)
    counts: Mapping[str, Mapping[date, int]] = field(default_factory=dict)
    #: The week in which the first run started; None when there is none.
    first: Week | None = None
    #: Whether that run started on the first day of its week.
    from_monday: bool = False


def calculate(facts: Facts) -> Numbers:
    """Every KPI of every week."""
    runs, asks, paid = _run_table(facts), _ask_table(facts), _table(Invoice, facts.invoices)
    paid["week"] = [Week.on(day).monday for day in paid["paid"]]
    decided = asks[asks["approval"]]
    groups = {
        **_leads(runs, facts.now),
        "failures": _by(runs[runs["outcome"].notna()], "outcome_week", "failed"),
        "failures_critical": _by(runs[runs["outcome"].notna() & runs["critical"]], "outcome_week", "failed"),
        "cash_lag": _by(paid, "week", "days"),
        "approval_wait": _by(decided[decided["asked"].notna()], "week", "wait"),
    }
    shares = ("failures", "failures_critical", "lead_in_time")
    values = {key: (group.mean() * 100 if key in shares else group.median()).to_dict() for key, group in groups.items()}
    counts = {key: group.size().to_dict() for key, group in groups.items()}
    values["approvals"] = decided.groupby("week").size().to_dict()
    values["rejected"] = decided[decided["rejected"]].groupby("week").size().to_dict()
    values["ai_cost"] = runs[runs["cost"] > 0].groupby("started_week")["cost"].sum().to_dict()
    values["hours_returned"] = _hours(runs, asks, facts)
    values["backlog"] = _backlog(runs, facts)
    counts["hours_returned"] = runs[runs["minutes"] > 0].groupby("ended_week").size().to_dict()
    first: datetime | None = runs["started"].min().to_pydatetime() if runs["started"].notna().any() else None
    return Numbers(
        values=values,
        counts=counts,
        first=Week.of(first, facts.zone) if first else None,
        from_monday=first is not None and first.astimezone(facts.zone).weekday() == 0,
    )


# ------------------------------------------------------------------------------------------------------------ tables


def _table(kind: Any, rows: Sequence[Any]) -> _Series:
    import pandas as pd

    return pd.DataFrame(rows, columns=list(kind._fields))


def _run_table(facts: Facts) -> _Series:
    table = _table(RunFact, facts.runs)
    for name in ("started", "acted", "due", "ended", "outcome"):
        table[name] = _moments(table[name])
    for name in ("lead", "critical", "failed"):
        table[name] = table[name].astype(bool)
    for name in ("minutes", "cost"):
        table[name] = table[name].astype(float)
    for name in ("started", "ended", "outcome"):
        table[f"{name}_week"] = _weeks(table[name], facts.zone)
    table["response"] = _minutes(table["acted"] - table["started"]) if not facts.hours else _open_minutes(table, facts)
    return table


def _open_minutes(table: _Series, facts: Facts) -> _Series:
    """Minutes from `started` to `acted` while it was open: how long it had been open then, less how long before."""
    import numpy as np
    import pandas as pd

    known = table[["started", "acted"]].stack()
    if known.empty:
        return pd.Series(np.nan, index=table.index)
    first, last = (moment.to_pydatetime().astimezone(facts.zone).date() for moment in (known.min(), known.max()))
    spans = open_spans(facts.hours, first - _DAY, last + _DAY, facts.zone, facts.free)
    moments = [moment.timestamp() for span in spans for moment in span] or [0.0]
    opened = np.cumsum([0.0, *((end - start) * (number % 2 == 0) for number, (start, end) in enumerate(pairwise(moments)))])
    seconds = ((table[name] - pd.Timestamp(0, tz="UTC")).dt.total_seconds() for name in ("acted", "started"))
    acted, started = (np.interp(column, moments, opened) for column in seconds)
    return pd.Series(acted - started, index=table.index).clip(lower=0) / 60


def _ask_table(facts: Facts) -> _Series:
    table = _table(AskFact, facts.asks)
    for name in ("asked", "answered"):
        table[name] = _moments(table[name])
    for name in ("approval", "rejected"):
        table[name] = table[name].astype(bool)
    table["week"] = _weeks(table["answered"], facts.zone)
    table["wait"] = _minutes(table["answered"] - table["asked"]) / 60
    return table


def _moments(column: _Series) -> _Series:
    import pandas as pd

    return pd.to_datetime(column, utc=True, errors="coerce")


def _weeks(moments: _Series, zone: tzinfo) -> _Series:
    """The Monday of each moment's week, by the owner's clock; NaT for a blank."""
    import pandas as pd

    local = moments.dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    return (local - pd.to_timedelta(local.dt.day_of_week, unit="D")).dt.date


def _minutes(spans: _Series) -> _Series:
    """A clock that was set back in between makes none negative."""
    return (spans.dt.total_seconds() / 60).clip(lower=0)


def _by(table: _Series, week: str, column: str) -> _Series:
    return table.groupby(week)[column]


# ---------------------------------------------------------------------------------------------------------- formulas


def _leads(runs: _Series, now: datetime) -> dict[str, _Series]:
    leads = runs[runs["lead"] & runs["started"].notna()]
    acted = leads[leads["acted"].notna()]
    judged = leads[leads["due"].notna() & (leads["acted"].notna() | (leads["ended"].isna() & (leads["due"] <= now)))]
    judged = judged.assign(in_time=judged["acted"] <= judged["due"])
    return {"lead_response": _by(acted, "started_week", "response"), "lead_in_time": _by(judged, "started_week", "in_time")}


def _hours(runs: _Series, asks: _Series, facts: Facts) -> dict[date, float]:
    saved = runs[runs["minutes"] > 0].groupby("ended_week")["minutes"].sum().to_dict()
    price = asks["approval"].map({True: facts.minutes_per_approval, False: facts.minutes_per_dead_letter}).astype(float)
    spent = price.groupby(asks["week"]).sum().to_dict()
    return {week: float(saved.get(week, 0.0) - spent.get(week, 0.0)) / 60 for week in sorted({*saved, *spent})}


def _backlog(runs: _Series, facts: Facts) -> dict[date, float]:
    """Open runs at the end of each week from the first one on; of the present week, now."""
    started = runs["started"].dropna().sort_values()
    if started.empty:
        return {}
    ended = runs.loc[runs["started"].notna(), "ended"].dropna().sort_values()
    week, last, found = Week.of(started.iloc[0].to_pydatetime(), facts.zone), Week.of(facts.now, facts.zone), {}
    while week <= last:
        end = min(week.ends(facts.zone), facts.now)
        side = "right" if end == facts.now else "left"
        found[week.monday] = float(started.searchsorted(end, side=side) - ended.searchsorted(end, side=side))
        week = week.before(-1)
    return found
