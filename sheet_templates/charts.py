"""The charts of the tab KPIs, in the words that Excel and Google Sheets share.

Invariant: they draw the columns of the tab KPI weeks, found by their headers when a chart is made; from then on the spreadsheet
program follows those columns wherever the owner moves them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from runner.tabs import KPI_WEEKS
from runner.values import name_key
from sheet_templates.look import HEADERS, MOODS, Mood
from sheet_templates.template import Group


class Shape(StrEnum):
    """How a chart draws its numbers."""

    COLUMNS = "columns"
    LINES = "lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart: columns of KPI weeks over the weeks."""

    title: str
    shape: Shape
    series: tuple[str, ...]


CHARTS = (
    Chart(title="Hours returned", shape=Shape.COLUMNS, series=("Hours returned",)),
    Chart(title="Failure rate, %", shape=Shape.LINES, series=("Failure rate, critical path", "Failure rate, all contracts")),
    Chart(title="Lead response, minutes", shape=Shape.LINES, series=("Lead response",)),
    Chart(title="Days to get paid", shape=Shape.LINES, series=("Days to get paid",)),
)
#: RRGGBB of the first and the second series.
COLOURS = (HEADERS[Group.RULES].fill, MOODS[Mood.YOUR_TURN].ink)
#: What stands below the axis.
DOMAIN = "Week"
#: Rows of KPI weeks with its header.
ROWS = 9
#: Pixels of each; so many stand side by side, and each begins so many columns and rows after the one before.
WIDTH, HEIGHT = 450, 250
_ACROSS, _COLUMNS, _ROWS, _TOP = 2, 4, 13, 13


def corner(number: int) -> tuple[int, int]:
    """(row, column), both from 0, of the cell in KPIs in which the chart of that number begins: below the numbers."""
    down, across = divmod(number, _ACROSS)
    return _TOP + down * _ROWS, across * _COLUMNS


def standard_columns() -> dict[str, int]:
    """Header's key → its column in a new tab KPI weeks."""
    return {name_key(header): at for at, header in enumerate(KPI_WEEKS.headers)}


def drawable(columns: Mapping[str, int]) -> list[Chart]:
    """The charts whose columns are all there."""
    return [chart for chart in CHARTS if all(name_key(header) in columns for header in (DOMAIN, *chart.series))]
