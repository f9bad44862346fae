"""The audit lines of one week, as the tab Audit shows them, for whoever reads the report elsewhere.

Invariant: reads the ledger and changes nothing; private values and secrets are as masked as they are in Audit; a week with more
lines than a mail can carry loses the oldest, and that is said.
"""

from collections import deque
from datetime import datetime, tzinfo

from runner import tabs
from runner.ports import Ledger
from runner.rules.kpi.weeks import Week
from runner.rules.project import audit_cells
from runner.values import Value, show

#: So many lines, and signs in them, make a file of a few megabytes at most.
LINES, SIGNS = 20_000, 8_000_000

Lines = list[tuple[Value, ...]]


def excerpt(ledger: Ledger, week: Week, zone: tzinfo) -> tuple[Lines, int]:
    """(the week's newest lines, oldest first, each in the order of the tab's columns; how many older ones are not among them)."""
    start, end = week.starts(zone), week.ends(zone)
    kept: deque[tuple[int, tuple[Value, ...]]] = deque()
    signs = left_out = 0
    for event in ledger.events(after=_before(ledger, start)):
        if event.time is None or not start <= event.time < end:
            continue
        cells = audit_cells(event, zone)
        line = tuple(cells.get(header) for header in tabs.AUDIT.headers)
        long = sum(len(show(value)) for value in line)
        kept.append((long, line))
        signs += long
        while len(kept) > LINES or (signs > SIGNS and len(kept) > 1):
            signs -= kept.popleft()[0]
            left_out += 1
    return [line for _, line in kept], left_out


def said(lines: Lines, left_out: int) -> str:
    """What the letter says about the file; "" for a week without a line."""
    if not lines:
        return ""
    if not left_out:
        return f"Attached: the {len(lines):,} lines that the audit trail has of this week."
    return (
        f"Attached: the newest {len(lines):,} of {len(lines) + left_out:,} lines that the audit trail has of this week. "
        "`rowpact audit export` writes all of them."
    )


def _before(ledger: Ledger, moment: datetime) -> int:
    """The number of a line before that moment after which no line is skipped that is not; found by halving, not by reading all."""
    low, high = 0, ledger.head()[0]
    while low < high:
        middle = (low + high) // 2
        event = next(iter(ledger.events(after=middle, limit=1)), None)
        if event is None or event.time is None or event.time >= moment:
            high = middle
        else:
            low = event.seq
    return low
