"""Reads a tab as a decision table: which columns are inputs and outputs, and what each row asks for.

Invariant: a row with a mistake is a problem with an address and left out; a column that is nearly a field's name is a problem
too, so that a misspelt input never drops a condition in silence.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from runner.errors import ConditionError
from runner.model import Problem, Row, Tab, column_letter
from runner.rules.tables.cells import Cell, parse_cell
from runner.values import ErrorValue, Value, name_key

#: Columns that may stand in a table without a meaning for it and without a word about it.
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
    fields = {name_key(column): column for column in columns}
    headers = _headers(tab)
    outputs = {header: name for header in headers if (name := _output(header))}
    inputs = tuple(header for header in headers if name_key(header) in fields and header not in outputs)
    others = [header for header in headers if header not in inputs and header not in outputs and name_key(header) not in NOTES]
    unused = [key for key in fields if key not in map(name_key, inputs)]
    misspelt = {header: near[0] for header in others if (near := get_close_matches(name_key(header), unused, 1, 0.75))}
    problems = [*_shape_problems(tab, outputs), *(_misspelt(tab, header, fields[key]) for header, key in misspelt.items())]
    lines = []
    for row in tab.rows:
        cells, mistakes = _cells(row, inputs, outputs)
        problems += mistakes
        if not mistakes:
            lines.append(Line(number=row.number, cells=cells, results=tuple(row.get(header) for header in outputs)))
    table = Table(
        name=tab.name,
        inputs=inputs,
        outputs=tuple(outputs.values()),
        lines=tuple(lines),
        ignored=tuple(header for header in others if header not in misspelt),
        blanks_known=tuple(any(cell.about_blank for line in lines if (cell := line.cells[place])) for place in range(len(inputs))),
    )
    return table, problems


def _headers(tab: Tab) -> list[str]:
    """Each header once, as typed."""
    return [header for place, header in enumerate(tab.headers) if header and tab.columns[name_key(header)] == place]


def _output(header: str) -> str:
    """`Then Points` → `Points`; "" for a column that is no output."""
    first, _, rest = header.strip().partition(" ")
    return rest.strip() if first.casefold() == "then" else ""


def _misspelt(tab: Tab, header: str, field: str) -> Problem:
    where = f"{tab.name}!{column_letter(tab.columns[name_key(header)])}1"
    return Problem(where=where, tab=tab.name, message=f"There is no field “{header}”.", fix=f"Did you mean “{field}”?")


def _shape_problems(tab: Tab, outputs: Collection[str]) -> Iterator[Problem]:
    for header in tab.doubled:
        message = f"The column “{header}” stands twice."
        yield Problem(where=tab.name, tab=tab.name, message=message, fix="Rename or delete one of them.")
    if not outputs:
        fix = "Name the column with the result, for example Then Points."
        yield Problem(where=tab.name, tab=tab.name, message="No column begins with “Then ”.", fix=fix)
    if not tab.rows:
        yield Problem(where=tab.name, tab=tab.name, message="The table has no rows.", fix="Add its first row below the header.")


def _cells(row: Row, inputs: Collection[str], outputs: Collection[str]) -> tuple[tuple[Cell | None, ...], list[Problem]]:
    """The tests of the inputs, and a problem for each that cannot be read and for each result that is a formula error."""
    cells: list[Cell | None] = []
    problems = []
    for header in (*inputs, *outputs):
        value = row.get(header)
        try:
            cell = parse_cell(value) if header in inputs or isinstance(value, ErrorValue) else None
        except ConditionError as error:
            problems.append(Problem(where=row.address(header), tab=row.tab.name, row=row.number, message=str(error)))
        else:
            cells += [cell] * (header in inputs)
    return tuple(cells), problems
