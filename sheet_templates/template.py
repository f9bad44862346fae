"""A workbook before it is a workbook: its tabs, columns and rows, without any vendor's word.

Invariant: every value is one that a cell can hold; only `samples` still hold dates that are relative to the day of making.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from runner import tabs
from runner.rules.kpi.definitions import KPIS
from runner.rules.kpi.score import NONE
from runner.tabs import Column, Side, StandardTab
from runner.values import Value, name_key

#: Header → value.
Cells = Mapping[str, Value]


class Group(StrEnum):
    """Whose tab it is; tabs of one group share a colour."""

    DATA = "data"
    RULES = "rules"
    RUNNER = "runner"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataColumn:
    """One column of a data tab or decision table."""

    name: str
    hint: str = ""
    side: Side = Side.OWNER
    choices: tuple[str, ...] = ()
    #: Characters.
    width: int = 16
    #: `text number money date datetime email yes-no choice wrap`
    format: str = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataTab:
    """A tab of the owner's own: rows of business, or a decision table."""

    name: str
    about: str
    columns: tuple[DataColumn, ...]
    rows: tuple[Cells, ...] = ()
    #: Rows for the demo; dates may read `today-3` or `today+1 09:30`.
    samples: tuple[Cells, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        """Column names, left to right."""
        return tuple(column.name for column in self.columns)

    @property
    def is_table(self) -> bool:
        """Whether it is a decision table."""
        return any(header.startswith("Then ") for header in self.headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One tab as it is to be made, standard or not."""

    name: str
    about: str
    group: Group
    columns: tuple[Column | DataColumn, ...]
    rows: tuple[Cells, ...] = ()
    #: Rows by place instead, blank ones too: of a tab that is copied.
    copied: tuple[tuple[Value, ...], ...] = ()

    @property
    def lines(self) -> tuple[tuple[Value, ...], ...]:
        """The rows below the header, cell by cell."""
        return self.copied or tuple(tuple(row.get(column.name) for column in self.columns) for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What a new workbook holds."""

    name: str
    title: str
    about: str
    tabs: tuple[DataTab, ...] = ()
    #: Standard tab's name → its rows.
    rows: Mapping[str, tuple[Cells, ...]] = field(default_factory=dict)

    def with_samples(self, today: date) -> "Template":
        """The same with its sample rows as real rows, their dates counted from `today`."""
        return replace(self, tabs=tuple(_with_samples(tab, today) for tab in self.tabs))

    def with_setting(self, name: str, value: Value) -> "Template":
        """The same with another value for one of its settings. Raises KeyError for a setting that it does not have."""
        settings = self.rows.get(tabs.SETTINGS.name, ())
        if not any(name_key(str(row["Setting"])) == name_key(name) for row in settings):
            raise KeyError(name)
        changed = tuple({**row, "Value": value} if name_key(str(row["Setting"])) == name_key(name) else row for row in settings)
        return replace(self, rows={**self.rows, tabs.SETTINGS.name: changed})

    def sheets(self) -> tuple[Sheet, ...]:
        """Every tab from left to right: the daily work, the questions it raises, the rules, the records."""
        data = [_data_sheet(tab) for tab in self.tabs if not tab.is_table]
        tables = [_data_sheet(tab) for tab in self.tabs if tab.is_table]
        questions = (tabs.APPROVALS, tabs.TASKS, tabs.DEAD_LETTERS, tabs.RUNS, tabs.ALERTS)
        records = [tab for tab in tabs.RUNNERS_TABS if tab not in questions]
        contracts, *rules = (self._standard(tab) for tab in tabs.OWNERS_TABS)
        names = tuple(sheet.name for sheet in data)
        contracts = replace(contracts, columns=tuple(_offer_tabs(column, names) for column in contracts.columns))
        return (*data, *map(self._standard, questions), contracts, *rules, *tables, *map(self._standard, records))

    def _standard(self, tab: StandardTab) -> Sheet:
        group = Group.RUNNER if tab.runners else Group.RULES
        rows = _kpis() if tab is tabs.KPIS else ()
        return Sheet(name=tab.name, about=tab.about, group=group, columns=tab.columns, rows=self.rows.get(tab.name, rows))


def _kpis() -> tuple[Cells, ...]:
    """Every KPI with its meaning, so that a Baseline and a Target can be typed before anything was counted."""
    return tuple({"KPI": kpi.name, "Unit": kpi.unit, "Status": NONE, "Meaning": kpi.meaning} for kpi in KPIS)


def _data_sheet(tab: DataTab) -> Sheet:
    group = Group.RULES if tab.is_table else Group.DATA
    return Sheet(name=tab.name, about=tab.about, group=group, columns=tab.columns, rows=tab.rows)


def _offer_tabs(column: Column | DataColumn, names: tuple[str, ...]) -> Column | DataColumn:
    """The Contracts' column `Tab` offers this workbook's own tabs, open to others."""
    return replace(column, choices=(*names, "…")) if column.name == "Tab" and names else column


_RELATIVE = re.compile(r"today([+-]\d+)?(?: (\d\d:\d\d))?")


def _with_samples(tab: DataTab, today: date) -> DataTab:
    dated = tuple({header: _dated(value, today) for header, value in row.items()} for row in tab.samples)
    return replace(tab, rows=tab.rows + dated, samples=())


def _dated(value: Value, today: date) -> Value:
    """`today-3` → the date three days ago, `today-1 09:30` → that moment; anything else as it is."""
    found = _RELATIVE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return value
    days, clock = found.groups()
    day = today + timedelta(days=int(days or 0))
    return datetime.combine(day, time.fromisoformat(clock)) if clock else day
