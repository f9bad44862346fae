"""The tab Alerts: what its cells say, which rows leave it, and what the owner typed into `Seen`.

Invariant: pure; `Seen` is the owner's and is never written, but when its row leaves.
"""

from collections.abc import Iterator, Mapping
from datetime import tzinfo

from runner import tabs
from runner.model import Alert, AlertBoard, Row, Snapshot
from runner.rules.alerts.view import said
from runner.values import Value

#: A number as long as this was typed by somebody.
_DIGITS = 10
#: What somebody types who knows of it.
_KNOWN = frozenset({"SEEN", "OK", "X", "YES", "Y", "TRUE", "1", "DONE", "✓"})


def acknowledged(board: AlertBoard, snapshot: Snapshot | None) -> frozenset[str]:
    """Ids of the alerts beside which somebody typed that they know."""
    rows = _rows(snapshot)
    return frozenset(alert.id for alert in board.standing if alert.id in rows and rows[alert.id].text("Seen").upper() in _KNOWN)


def alert_cells(board: AlertBoard, snapshot: Snapshot, zone: tzinfo) -> dict[object, Mapping[str, Value]]:
    """Alert → its cells, header → value."""
    rows = _rows(snapshot)
    return {alert.id: _cells(alert, rows.get(alert.id), zone) for alert in board.alerts}


def left_over(board: AlertBoard, snapshot: Snapshot) -> list[Row]:
    """Rows of alerts that are not shown any more."""
    known, tab = {alert.id for alert in board.alerts}, snapshot.tab(tabs.ALERTS.name)
    return [row for row in tab.rows if row.text("Alert") not in known and row.text("Alert").startswith("W-")] if tab else []


def highest_number(snapshot: Snapshot | None) -> int:
    """The highest number that the tab shows: a ledger that was lost gives no number twice."""
    numbers = (name.removeprefix("W-") for name in _rows(snapshot))
    return max((int(number) for number in numbers if len(number) < _DIGITS and number.isascii() and number.isdecimal()), default=0)


def _rows(snapshot: Snapshot | None) -> dict[str, Row]:
    tab = snapshot.tab(tabs.ALERTS.name) if snapshot else None
    return {row.text("Alert"): row for row in (tab.rows if tab else ())}


def _cells(alert: Alert, row: Row | None, zone: tzinfo) -> dict[str, Value]:
    condition = alert.condition
    return {
        "Alert": alert.id,
        "When": alert.raised.astimezone(zone).replace(tzinfo=None, microsecond=0),
        "Severity": condition.severity,
        "What": ": ".join(_about(alert)),
        "Where": condition.where,
        "Count": condition.count,
        "Told": said(_told(alert, zone)),
        "State": _state(alert, row, zone),
    }


def _about(alert: Alert) -> Iterator[str]:
    """`Dead letter` · contract and step · what happened."""
    condition, runs = alert.condition, ", ".join(alert.condition.runs)
    yield f"{condition.kind[:1].upper()}{condition.kind[1:]}"
    if condition.contract:
        yield " · ".join(filter(None, (condition.contract, condition.step)))
    yield f"{condition.what} ({runs}{_more(alert)})" if runs else condition.what


def _more(alert: Alert) -> str:
    return " …" if alert.condition.count > len(alert.condition.runs) else ""


def _told(alert: Alert, zone: tzinfo) -> str:
    if not alert.told:
        return "nobody yet" if alert.ended is None else "nobody"
    return "; ".join(f"{channel}, {moment.astimezone(zone):%Y-%m-%d %H:%M}" for channel, moment in alert.told.items())


def _state(alert: Alert, row: Row | None, zone: tzinfo) -> str:
    if alert.ended:
        return f"over since {alert.ended.astimezone(zone):%Y-%m-%d %H:%M}"
    if alert.seen:
        return "seen: nobody is reminded"
    typed = row.text("Seen") if row else ""
    if typed and typed.upper() not in _KNOWN:
        return f"open; “{typed[:20]}” is not known here, type SEEN"
    return "open"
