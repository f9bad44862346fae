"""How numbers, moments and counts are said in the report.

Invariant: pure; a change of a share is said in points, one day is “1 day”.
"""

from datetime import datetime, tzinfo

from runner.rules.kpi.definitions import Kpi
from runner.rules.kpi.score import Score, shown


def amount(value: float, kpi: Kpi, *, change: bool = False) -> str:
    """`18 min`, `40 s`, `3.4%`, `1 day`, `$1.38`; of a change in a share `1.8 points`."""
    if kpi.unit == "USD":
        return f"{'-' * (value < 0)}${abs(value):,.2f}"
    if kpi.unit == "min" and 0 < abs(value) < 1:
        return f"{round(60 * value) or 1} s"
    number = f"{shown(value):,.2f}".rstrip("0").rstrip(".")
    match kpi.unit:
        case "%":
            return f"{number} points" if change else f"{number}%"
        case "days" | "runs" if number == "1":
            return f"1 {kpi.unit[:-1]}"
        case "count":
            return number
        case unit:
            return f"{number} {unit}"


def change(score: Score) -> str:
    """`▼ 6 min better than last week`; "" where nothing can be compared."""
    if score.value is None or score.last is None:
        return ""
    better = score.better_than(score.last)
    if shown(score.value) == shown(score.last):
        return "as last week"
    arrow = "▼" if score.value < score.last else "▲"
    word = {True: " better", False: " worse", None: " more" if score.value > score.last else " less"}[better]
    return f"{arrow} {amount(abs(score.value - score.last), score.kpi, change=True)}{word} than last week"


def many(count: int, one: str, several: str = "") -> str:
    """`1 run`, `6 runs`."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def moment(value: datetime | None, zone: tzinfo) -> str:
    """`Thu 19 Nov, 14:05`, by the owner's clock."""
    if value is None:
        return ""
    local = value.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b, %H:%M}"


def clipped(text: str, width: int = 110) -> str:
    """The first line, cut between two words."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= width else f"{line[:width].rsplit(' ', 1)[0]} …"
