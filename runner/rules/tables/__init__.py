"""Decision tables: any tab with columns named after fields and columns that begin with `Then `.

Invariant: every answer says which rows gave it and from which values; where one answer is asked for, none or two are an error,
never a silent guess.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from runner.errors import ConditionError
from runner.rules.comparisons import ARITHMETIC, Kind, display, exact, kind_of, local
from runner.rules.findings import did_you_mean
from runner.rules.literals import Unclear, read_number
from runner.rules.tables.lines import Line, Table, parse_table
from runner.rules.tables.warnings import table_warnings
from runner.values import ErrorValue, Value, is_blank, name_key, show

__all__ = ["POLICIES", "Decision", "Line", "Table", "decide", "parse_table", "table_warnings"]

POLICIES = ("first", "unique", "all", "sum")
_LONGEST_REASON = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a table answered for one row."""

    #: Output → value; for the policy `all` a list, for `sum` a number.
    outputs: Mapping[str, Any]
    because: str
    #: Numbers of the table's rows that fitted, in this read of the workbook.
    rows: tuple[int, ...]


def decide(table: Table, row: Mapping[str, Value], policy: str, now: datetime) -> Decision:
    """The table's answer for one row (header → value). `now`: the owner's zone, for cells that say today.

    Raises ConditionError when the values cannot be compared, no line fits (first, unique), several do (unique), or the
    results cannot be added up (sum).
    """
    chosen = policy.strip().casefold() or "first"
    if chosen not in POLICIES:
        raise ConditionError(f"There is no policy “{policy}”. {did_you_mean(policy, POLICIES)}")
    values = _values(table, row, now)
    fitting = []
    for line in table.lines:
        if _fits(table, line, values, now):
            fitting.append(line)
            if chosen == "first":
                break
    _refuse(table, fitting, values, chosen)
    outputs = {name: _result(table, place, fitting, chosen) for place, name in enumerate(table.outputs)}
    return Decision(outputs=outputs, because=_because(table, fitting, values), rows=tuple(line.number for line in fitting))


def _values(table: Table, row: Mapping[str, Value], now: datetime) -> tuple[Any, ...]:
    headers = _by_key(tuple(row))
    values = []
    for name in table.inputs:
        header = headers.get(name_key(name))
        if header is None:
            raise ConditionError(f"“{table.name}” asks for “{name}”, but this row has no such column.")
        if isinstance(row[header], ErrorValue):
            raise ConditionError(f"“{header}” shows the error {row[header]}. Mend the formula in that cell.")
        values.append(local(row[header], now.tzinfo))
    return tuple(values)


@lru_cache(maxsize=64)
def _by_key(headers: tuple[str, ...]) -> Mapping[str, str]:
    return {name_key(header): header for header in reversed(headers)}


def _fits(table: Table, line: Line, values: tuple[Any, ...], now: datetime) -> bool:
    return all(
        cell is None or cell.fits(value, name, now, blanks_known=known)
        for cell, value, name, known in zip(line.cells, values, table.inputs, table.blanks_known, strict=True)
    )


def _refuse(table: Table, fitting: list[Line], values: tuple[Any, ...], policy: str) -> None:
    seen = ", ".join(f"{name} {display(value, 30)}" for name, value in zip(table.inputs, values, strict=True))
    if not fitting and policy in ("first", "unique"):
        raise ConditionError(f"No row of “{table.name}” fits {seen}. Add a row for it, or a last row with - in every input.")
    if policy == "unique" and len(fitting) > 1:
        rows = ", ".join(str(line.number) for line in fitting[:6])
        raise ConditionError(f"Rows {rows} of “{table.name}” all fit {seen}, but with the policy unique only one may.")


def _result(table: Table, place: int, fitting: list[Line], policy: str) -> Any:
    results = [line.results[place] for line in fitting]
    if policy == "all":
        return results
    return results[0] if policy in ("first", "unique") else _added(table, place, fitting)


def _added(table: Table, place: int, fitting: list[Line]) -> Any:
    """The sum of a column of numbers; of a column of words, the words side by side."""
    if _is_words(tuple(line.results[place] for line in table.lines)):
        return ", ".join(dict.fromkeys(show(line.results[place]) for line in fitting if not is_blank(line.results[place])))
    total: int | Decimal = 0
    for line in fitting:
        try:
            total = ARITHMETIC.add(total, _number(line.results[place]))
        except (Unclear, ArithmeticError):
            held = display(line.results[place], 30)
            where = f"“Then {table.outputs[place]}” in row {line.number} of “{table.name}”"
            raise ConditionError(f"{where} holds {held}, which cannot be added up.") from None
    return int(total) if total == int(total) else total


def _number(result: Value) -> int | Decimal:
    """The result as a number; blank is nothing. Raises Unclear."""
    if is_blank(result):
        return 0
    if isinstance(result, int | float | Decimal) and not isinstance(result, bool):
        return exact(result)
    return read_number(show(result))


def _is_words(results: tuple[Value, ...]) -> bool:
    """Whether the column holds texts, and not one number."""
    if any(kind_of(value) is Kind.NUMBER for value in results):
        return False
    try:
        for value in results:
            _number(value)
    except Unclear:
        return True
    return False


def _because(table: Table, fitting: list[Line], values: tuple[Any, ...]) -> str:
    said = []
    for line in fitting:
        asked = [
            f"{name} {display(value, 40)} fits {cell.typed}"
            for cell, value, name in zip(line.cells, values, table.inputs, strict=True)
            if cell is not None
        ]
        said.append(f"row {line.number}: {', '.join(asked) or 'always'}")
    because = f"{table.name} {'; '.join(said) or 'has no row that fits'}"
    return because if len(because) <= _LONGEST_REASON else f"{because[: _LONGEST_REASON - 1]}…"
