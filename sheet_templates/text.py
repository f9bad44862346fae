"""Reads a template's text: TOML, with rows either as tables or drawn with bars.

Invariant: a row names only columns that its tab has; a slip in a template file is a ValueError that names file and tab.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runner import tabs
from runner.tabs import Side
from runner.values import Value, name_key
from sheet_templates.template import Cells, DataColumn, DataTab, Template

_STATE = "Where it stands. Type it yourself, or let a contract set it."
#: The columns that mean something to Rowpact in every data tab; a template names them and may add choices.
_SPECIAL = {
    tabs.ROW_ID: DataColumn(
        name=tabs.ROW_ID, hint="Rowpact numbers each row, so that rows may be sorted and moved.", side=Side.SHARED, width=10
    ),
    tabs.STATE: DataColumn(name=tabs.STATE, hint=_STATE, width=14),
    tabs.RUN: DataColumn(
        name=tabs.RUN, hint="Rowpact writes here: the row's last run, or what it waits for.", side=Side.RUNNER, width=28
    ),
}


def parse(name: str, text: str) -> Template:
    """The template that the TOML text describes."""
    whole = tomllib.loads(text)
    title, about, own = whole.pop("title"), whole.pop("about"), whole.pop("tab", [])
    try:
        rows = {_standard(tab).name: _rows(listed, _standard(tab).headers) for tab, listed in whole.items()}
        return Template(name=name, title=title, about=about, tabs=tuple(map(_data_tab, own)), rows=rows)
    except (KeyError, TypeError, ValueError) as error:
        message = f"{name}.toml: {error}"
        raise ValueError(message) from error


def _standard(name: str) -> tabs.StandardTab:
    found = tabs.STANDARD_TABS.get(name_key(name))
    if found is None or found.runners:
        message = f"[{name}] is no tab that an owner fills"
        raise ValueError(message)
    return found


def _data_tab(described: dict[str, Any]) -> DataTab:
    columns = tuple(_column(**column) for column in described.pop("columns"))
    headers = tuple(column.name for column in columns)
    rows, samples = (_rows({"rows": described.pop(part, "")}, headers) for part in ("rows", "samples"))
    return DataTab(columns=columns, rows=rows, samples=samples, **described)


def _column(name: str, choices: Sequence[str] = (), **described: Any) -> DataColumn:
    special = _SPECIAL.get(name)
    if special:
        return DataColumn(name=name, hint=special.hint, side=special.side, width=special.width, choices=tuple(choices))
    if described.get("format") == "yes-no":
        choices = tabs.YES_NO
    described["side"] = Side(described.get("side", Side.OWNER))
    return DataColumn(name=name, choices=tuple(choices), **described)


def _rows(listed: Any, headers: Sequence[str]) -> tuple[Cells, ...]:
    """Rows written as `[[Steps]]` tables, or as `[Fields] rows = '''…'''` drawn with bars."""
    rows = tuple(_drawn(listed["rows"]) if isinstance(listed, Mapping) else listed)
    for row in rows:
        strangers = [header for header in row if header not in headers]
        if strangers:
            message = f"there is no column {strangers[0]!r} among {', '.join(headers)}"
            raise ValueError(message)
    return rows


def _drawn(text: str) -> Iterator[Cells]:
    """Rows of a table drawn with bars, its first line the headers.

    >>> list(_drawn("Budget | Country\\n>= 500 | \\n 40 | US, CA"))
    [{'Budget': '>= 500', 'Country': None}, {'Budget': 40, 'Country': 'US, CA'}]
    """
    lines = [[cell.strip() for cell in line.split("|")] for line in text.splitlines() if line.strip()]
    for cells in lines[1:]:
        yield dict(zip(lines[0], map(_typed, cells), strict=True))


def _typed(cell: str) -> Value:
    """As a spreadsheet would take it when typed: a number is a number, nothing is blank, all else is text."""
    if not cell:
        return None
    if re.fullmatch(r"-?(0|[1-9]\d*)", cell):
        return int(cell)
    return float(cell) if re.fullmatch(r"-?(0|[1-9]\d*)\.\d+", cell) else cell
