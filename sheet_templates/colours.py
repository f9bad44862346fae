"""Which formula gives which cells which colours, in the words that Excel and Google Sheets share.

Invariant: the first rule of a column that holds decides; a rule without a tone only draws the line below a filled row.
"""

from collections.abc import Iterator

from runner.model import column_letter
from runner.tabs import KPIS, Column, Side, StandardTab
from sheet_templates.look import (
    ANSWER_CELL,
    ANSWER_HEADER,
    HEADERS,
    MOODS,
    RUNNERS_CELL,
    RUNNERS_HEADER,
    STATES,
    STATUS,
    Mood,
    Tone,
)
from sheet_templates.template import DataColumn, Group, Sheet

#: Zero-based column (None for all), formula for row 2, tone.
Rule = tuple[int | None, str, Tone | None]


def colours(sheet: Sheet) -> Iterator[Rule]:
    """The rules of a tab from its second row on, in the order in which they are asked."""
    filled = f"COUNTA($A2:${column_letter(len(sheet.columns) - 1)}2)>0"
    for at, column in enumerate(sheet.columns):
        for formula, tone in (*_by_words(sheet, column, f"{column_letter(at)}2"), *_by_side(sheet, column, filled)):
            yield at, formula, tone
    yield None, filled, None


def words(tab: StandardTab) -> Iterator[tuple[int, str, Tone]]:
    """Of a standard tab as it is made, the rules by which words have colours: column, formula for row 2, tone."""
    if tab is KPIS:
        at = tab.headers.index("Status")
        for formula, tone in _status(f"{column_letter(at)}2"):
            yield at, formula, tone


def header_tone(sheet: Sheet, column: Column | DataColumn) -> Tone:
    """The header's colours: whose cells stand below it."""
    if sheet.group is Group.RUNNER and column.side is Side.OWNER:
        return ANSWER_HEADER
    return HEADERS[sheet.group] if column.side is Side.OWNER or sheet.group is Group.RUNNER else RUNNERS_HEADER


def _by_words(sheet: Sheet, column: Column | DataColumn, cell: str) -> Iterator[tuple[str, Tone]]:
    if column.name == "Check" and column.side is Side.RUNNER:
        yield f'TRIM({cell})="OK"', MOODS[Mood.WELL]
        yield f'LEFT({cell},3)="OK"&CHAR(10)', MOODS[Mood.GOING_ON]  # with a note, which stops nothing
        yield f"LEN({cell})>0", MOODS[Mood.WRONG]
    if column.name == ("Run" if sheet.group is Group.DATA else "State") and column.side is Side.RUNNER:
        for mood, states in STATES.items():
            found = ",".join(f'ISNUMBER(FIND("{state}",{cell}))' for state in states)
            yield f"OR({found})", MOODS[mood]
    if sheet.name == KPIS.name and column.name == "Status":
        yield from _status(cell)
    if column.name == "Run" and sheet.group is Group.DATA:
        # no run yet: it says what it waits for
        yield f'AND(LEN({cell})>0,LEFT({cell},2)<>"R-")', MOODS[Mood.YOUR_TURN]


def _status(cell: str) -> Iterator[tuple[str, Tone]]:
    for mood, said in STATUS.items():
        found = ",".join(f'{cell}="{word}"' for word in said)
        yield f"OR({found})", MOODS[mood]


def _by_side(sheet: Sheet, column: Column | DataColumn, filled: str) -> Iterator[tuple[str, Tone]]:
    if sheet.group is Group.RUNNER and column.side is Side.OWNER:
        yield filled, ANSWER_CELL
    elif column.side is not Side.OWNER:
        yield filled, RUNNERS_CELL
