"""Reads a tab as a decision table: which columns are inputs and outputs, and what each row asks for.

Invariant: a row with a mistake is a problem with an address and left out; a column that is nearly a field's name is a problem
too, so that a misspelt input never drops a condition in silence.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from runner.errors import ConditionError
from runner.model import Problem, Row, Tab
from runner.rules.table_cells import Cell, parse_cell
from runner.values import ErrorValue, Value, name_key

#: Columns that may stand in a table without having a meaning for it.
NOTES = frozenset({"note", "notes", "comment", "comments", "remark", "remarks", "check", "no", "row_id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a table."""

    number: int
    #: One for each input; None is any.
    cells: tuple[Cell | None, ...]
    #: One for each output.
    results: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A decision table that has been read."""

    name: str
    #: Headers of the columns that are fields.
    inputs: tuple[str, ...]
    #: Names of the outputs: headers without `Then `.
    outputs: tuple[str, ...]
    lines: tuple[Line, ...]
    #: Headers that are neither.
    ignored: tuple[str, ...] = ()
    #: For each input: whether some line says what a blank means.
    blanks_known: tuple[bool, ...] = ()


def parse_table(tab: Tab, columns: Collection[str]) -> tuple[Table, list[Problem]]:
    """Read a tab as a decision table over these fields. A line with a mistake is a problem and left out."""
    problems = list(_header_problems(tab, columns))
    fields = {name_key(column) for column in columns}
    inputs = tuple(header for header in _headers(tab) if name_key(header) in fields and not _output(header))
    outputs = {header: name for header in _headers(tab) if (name := _output(header))}
    lines = []
    for row in tab.rows:
        cells, mistakes = _cells(row, (*inputs, *outputs))
        problems += mistakes
        if not mistakes:
            results = tuple(row.get(header) for header in outputs)
            lines.append(Line(number=row.number, cells=cells[: len(inputs)], results=results))
    known = tuple(any(cell is not None and cell.about_blank for cell in column) for column in zip(*(line.cells for line in lines)))  # noqa: B905
    table = Table(
        name=tab.name,
        inputs=inputs,
        outputs=tuple(outputs.values()),
        lines=tuple(lines),
        ignored=tuple(header for header in _headers(tab) if header not in inputs and header not in outputs),
        blanks_known=known or (False,) * len(inputs),
    )
    return table, problems


def _headers(tab: Tab) -> list[str]:
    """Each header once, as typed."""
    return [header for place, header in enumerate(tab.headers) if header and tab.columns[name_key(header)] == place]


def _output(header: str) -> str:
    """`Then Points` → `Points`; "" for a column that is no output."""
    first, _, rest = header.strip().partition(" ")
    return rest.strip() if first.casefold() == "then" else ""


def _header_problems(tab: Tab, columns: Collection[str]) -> Iterator[Problem]:
    for header in tab.doubled:
        yield Problem(
            where=tab.name, tab=tab.name, message=f"The column “{header}” stands twice.", fix="Rename or delete one of them."
        )
    if not any(_output(header) for header in tab.headers):
        yield Problem(
            where=tab.name, tab=tab.name, message="No column begins with “Then ”.", fix="Name the result, for example Then Points."
        )
    if not tab.rows:
        yield Problem(where=tab.name, tab=tab.name, message="The table has no rows.", fix="Add its first row below the header.")
    fields = {name_key(column): column for column in columns}
    for header in _headers(tab):
        near = get_close_matches(name_key(header), fields, 1, 0.75)
        if near and name_key(header) not in fields and name_key(header) not in NOTES and not _output(header):
            fix = f"Did you mean “{fields[near[0]]}”?"
            yield Problem(where=f"{tab.name}!{header}", tab=tab.name, message=f"There is no field “{header}”.", fix=fix)


def _cells(row: Row, headers: tuple[str, ...]) -> tuple[tuple[Cell | None, ...], list[Problem]]:
    """The tests of all the cells, and a problem for each that cannot be read; outputs are read for formula errors only."""
    cells: list[Cell | None] = []
    problems = []
    for header in headers:
        value = row.get(header)
        try:
            cells.append(parse_cell(value if not _output(header) or isinstance(value, ErrorValue) else None))
        except ConditionError as error:
            problems.append(Problem(where=row.address(header), tab=row.tab.name, row=row.number, message=str(error)))
    return tuple(cells), problems
