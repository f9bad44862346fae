"""The tabs of a workbook that is there, described so that another kind of workbook can be made of them.

Invariant: every cell keeps its tab, its row and its column; what a cell shows is kept, formulas are not.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime

from runner.model import Row, Snapshot, Tab, column_letter
from runner.rules.project import same
from runner.tabs import ROW_ID, RUN, STANDARD_TABS, Column, Side, StandardTab
from runner.values import ErrorValue, Value, is_blank, name_key, show
from sheet_templates.template import DataColumn, Group, Sheet

_NARROW, _WIDE = 10, 60


def copied(snapshot: Snapshot) -> tuple[Sheet, ...]:
    """One description a tab, left to right."""
    return tuple(_sheet(tab) for tab in snapshot.tabs.values())


def _sheet(tab: Tab) -> Sheet:
    standard = STANDARD_TABS.get(name_key(tab.name))
    width = max([len(tab.headers), *(len(row.cells) for row in tab.rows)], default=0)
    columns = tuple(_column(tab, standard, at) for at in range(width))
    return Sheet(name=tab.name, about="", group=_group(tab, standard), columns=columns, copied=_lines(tab.rows))


def _group(tab: Tab, standard: StandardTab | None) -> Group:
    if standard is not None and standard.runners:
        return Group.RUNNER
    is_table = any(header.startswith("Then ") for header in tab.headers)
    return Group.RULES if standard or is_table else Group.DATA


def _column(tab: Tab, standard: StandardTab | None, at: int) -> Column | DataColumn:
    header = tab.headers[at] if at < len(tab.headers) else ""
    described = standard.column(header) if standard and header else None
    if described:
        return described
    values = [row.cells[at] for row in tab.rows if at < len(row.cells) and not is_blank(row.cells[at])]
    longest = max((len(show(value)) for value in values), default=0)
    side = {name_key(ROW_ID): Side.SHARED, name_key(RUN): Side.RUNNER}.get(name_key(header), Side.OWNER)
    return DataColumn(
        name=header,
        side=Side.OWNER if standard else side,
        width=min(_WIDE, max(_NARROW, longest + 2)),
        format=_format(values, longest),
    )


def _format(values: list[Value], longest: int) -> str:
    kinds = {type(value) for value in values}
    if kinds and kinds <= {date, datetime}:
        return "date" if kinds == {date} else "datetime"
    return "wrap" if longest > _WIDE else "text"


def _lines(rows: tuple[Row, ...]) -> tuple[tuple[Value, ...], ...]:
    by_number = {row.number: tuple(map(_kept, row.cells)) for row in rows}
    return tuple(by_number.get(number, ()) for number in range(2, max(by_number, default=1) + 1))


def differences(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """The address of every cell that the copy does not show as it was."""
    for key, tab in before.tabs.items():
        copy = after.tabs.get(key)
        if copy is None:
            yield tab.name
            continue
        was, now = _cells(tab), _cells(copy)
        for row, column in sorted(was.keys() | now.keys()):
            if not same(now.get((row, column)), was.get((row, column))):
                yield f"{tab.name}!{column_letter(column)}{row}"


def _cells(tab: Tab) -> dict[tuple[int, int], Value]:
    """(row, column) → what a copy should show there."""
    rows = [(1, tab.headers), *((row.number, row.cells) for row in tab.rows)]
    return {(number, at): _kept(value) for number, cells in rows for at, value in enumerate(cells) if not is_blank(value)}


#: Control characters, which no sheet shows and Excel does not take.
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def _kept(value: Value) -> Value:
    """What a copy can hold of a cell: an error is kept as its text."""
    if isinstance(value, ErrorValue):
        return value.text
    return _UNSEEN.sub("", value) if isinstance(value, str) else value
