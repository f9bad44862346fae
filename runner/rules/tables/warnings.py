"""What is worth a second look in a decision table that could be read: overlaps, rows never reached, values without an answer.

Invariant: a warning is certain, and stops nothing.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import TypeAlias

from runner.rules.tables.lines import NOTES, Line, Table
from runner.rules.tables.regions import ANY, Region, between, region_of, say_gap
from runner.values import name_key

_MOST_COMPARED = 300
_Regions: TypeAlias = list[tuple[Line, tuple[Region | None, ...]]]


def table_warnings(table: Table, policy: str = "") -> list[str]:
    """Sentences about lines that overlap (`unique`), lines never reached (`first`), values without answer, columns not used.

    Without a policy: what would matter under any of them. Tables of more than 300 lines are not compared line by line.
    """
    warnings = [
        f"The column “{header}” is neither a field nor a result (Then …), so nothing looks at it."
        for header in table.ignored
        if name_key(header) not in NOTES
    ]
    regions = [(line, tuple(map(region_of, line.cells))) for line in table.lines[:_MOST_COMPARED]]
    chosen = policy.strip().casefold()
    if chosen in ("", "first"):
        warnings += _never_reached(regions)
    if chosen in ("", "unique"):
        warnings += _overlaps(regions)
    if chosen in ("", "first", "unique"):
        warnings += _gaps(table, [cells for _, cells in regions])
    return warnings


def _never_reached(regions: _Regions) -> Iterator[str]:
    for place, (line, cells) in enumerate(regions):
        for earlier, others in regions[:place]:
            if all(
                one is not None and (one == ANY or (two is not None and one.covers(two)))
                for one, two in zip(others, cells, strict=True)
            ):
                fits = f"row {earlier.number} already fits all that it fits"
                yield f"Row {line.number} is never reached under the policy first: {fits}."
                break


def _overlaps(regions: _Regions) -> Iterator[str]:
    for (line, cells), (later, others) in combinations(regions, 2):
        if all(one is not None and two is not None and one.meets(two) for one, two in zip(cells, others, strict=True)):
            yield f"Rows {line.number} and {later.number} overlap: both can fit one row, which the policy unique does not allow."


def _gaps(table: Table, lines: list[tuple[Region | None, ...]]) -> Iterator[str]:
    """For a table that asks for one number only."""
    asked = [place for place in range(len(table.inputs)) if any(cells[place] != ANY for cells in lines)]
    if len(asked) != 1:
        return
    column = [cells[asked[0]] for cells in lines]
    stretches = [stretch for region in column if region is not None for stretch in region.numbers]
    if not stretches or None in column:
        return
    for gap in between(stretches):
        if said := say_gap(gap):
            yield f"No row answers when “{table.inputs[asked[0]]}” is {said}."
