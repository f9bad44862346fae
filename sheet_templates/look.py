"""What the tabs look like: one small palette, and which words make which colour; the same in every kind of workbook.

Invariant: every state of a run has exactly one tone, and a colour always means the same thing.
"""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from runner.model import RunState
from runner.rules.kpi import score
from sheet_templates.template import Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """A fill and the ink on it, as RRGGBB."""

    fill: str
    ink: str


class Mood(StrEnum):
    """What a state asks of the owner."""

    WELL = "well"
    GOING_ON = "going on"
    YOUR_TURN = "your turn"
    WRONG = "wrong"
    OVER = "over"


FONT = "Calibri"
INK = "1F2933"
QUIET_INK = "52606D"
LINE = "DDE2E7"

#: Header row of each group of tabs, and the tab's own colour.
HEADERS = {
    Group.DATA: Tone(fill="2F6F62", ink="FFFFFF"),
    Group.RULES: Tone(fill="3D4F7C", ink="FFFFFF"),
    Group.RUNNER: Tone(fill="5A6572", ink="FFFFFF"),
}
#: Pale colours from which a table's bands are tinted.
BANDS = {Group.DATA: "A9CFC6", Group.RULES: "B4BFDB", Group.RUNNER: "C3CAD1"}
TAB_COLOURS = {Group.DATA: "4C9A8A", Group.RULES: "6C7FB2", Group.RUNNER: "A3ACB6"}

#: Columns that Rowpact writes, header and cells.
RUNNERS_HEADER = Tone(fill="D3D9DF", ink="3E4C59")
RUNNERS_CELL = Tone(fill="F2F4F6", ink=QUIET_INK)
#: Cells in the runner's tabs where the owner answers.
ANSWER_HEADER = Tone(fill="F2CF63", ink="4A3800")
ANSWER_CELL = Tone(fill="FFF7D6", ink=INK)

MOODS = {
    Mood.WELL: Tone(fill="DDF3E4", ink="17613A"),
    Mood.GOING_ON: Tone(fill="DFEBFB", ink="1D4E89"),
    Mood.YOUR_TURN: Tone(fill="FFEBC8", ink="8A4B00"),
    Mood.WRONG: Tone(fill="FBDDD9", ink="9B2318"),
    Mood.OVER: Tone(fill="E6E9ED", ink="52606D"),
}

#: In this order: the first mood with a word found in the cell wins (AWAITING_APPROVAL holds WAITING).
STATES = {
    Mood.YOUR_TURN: (RunState.AWAITING_APPROVAL, RunState.AWAITING_TASK, RunState.HELD, RunState.PAUSED),
    Mood.WRONG: (RunState.DEAD_LETTER, RunState.IN_DOUBT, RunState.INVALID),
    Mood.GOING_ON: (RunState.RUNNING, RunState.WAITING, RunState.RETRYING, RunState.ROLLING_BACK),
    Mood.OVER: (RunState.REJECTED, RunState.ROLLED_BACK, RunState.CANCELLED, RunState.CLOSED),
    Mood.WELL: (RunState.DONE,),
}

#: What the tab KPIs says of a number.
STATUS = {Mood.WELL: (score.ON, score.BETTER), Mood.WRONG: (score.OFF, score.WORSE), Mood.OVER: (score.SAME, score.NONE)}

#: Column format → how numbers and times are shown.
NUMBER_FORMATS = {"money": "#,##0.00", "date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm", "time": "yyyy-mm-dd hh:mm"}

_LINE_POINTS = 15
#: Excel's own limit.
_HIGHEST_ROW = 409


def row_height(wrapped: Iterable[tuple[int, str]]) -> float:
    """Points that a row needs to show each text within its column's width in characters.

    >>> row_height([(20, "short"), (12, "one line\\nand then two more")])
    45
    """
    lines = (sum(max(1, len(textwrap.wrap(line, width))) for line in text.split("\n")) for width, text in wrapped)
    return min(_HIGHEST_ROW, _LINE_POINTS * max(lines, default=1))
