"""The words of the first tab, `Start here`: how to start, what the colours mean, how to say yes, what each tab is.

Invariant: every tab of the workbook is named under its group, and nothing is promised that a tab's own description does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sheet_templates.look import ANSWER_CELL, MOODS, RUNNERS_CELL, Mood, Tone
from sheet_templates.template import Group, Template

NAME = "Start here"


class Kind(StrEnum):
    """How a line is set."""

    TITLE = "title"
    LEAD = "lead"
    HEADING = "heading"
    LINE = "line"
    SPACE = "space"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideLine:
    """One row of the tab: a short mark on the left, a sentence on the right."""

    kind: Kind = Kind.LINE
    mark: str = ""
    text: str = ""
    #: The mark is a link to the tab of its name.
    link: bool = False
    #: The mark is a sample of this colour.
    tone: Tone | None = None


_EXCEL = (
    ("1", "Read Contracts. Each row is one promise; set Enabled to No for those that should not act yet."),
    (
        "2",
        "config.toml beside this file says who sends and what may be reached. Until you change it, mail goes to a folder.",
    ),
    ("3", "Type “rowpact check” in a terminal: it names every mistake, with its cell."),
    ("4", "Type “rowpact run” and leave it running. Work in this workbook as always."),
    ("5", "Save, and close the file when you pause: Excel keeps an open file to itself, so Rowpact writes once it is closed."),
)
_GOOGLE = (
    _EXCEL[0],
    ("2", "config.toml says who sends and what may be reached. Until you change it, mail goes to a folder on that computer."),
    _EXCEL[2],
    _EXCEL[3],
    ("5", "Share this sheet only with people who may approve: whoever can edit it can type APPROVE."),
)
#: Kind of workbook → how to start with it.
STARTS = {"excel": _EXCEL, "google": _GOOGLE}
_COLOURS = (
    ("Yours", "White cells are yours. Rowpact never writes there, except the states and rows that your contracts name.", None),
    ("Rowpact's", "Grey cells show what Rowpact knows. What you type there is put back.", RUNNERS_CELL),
    ("Your answer", "Yellow cells are where your word counts: APPROVE, DONE, RETRY, PAUSE.", ANSWER_CELL),
    ("DONE", "Finished well.", MOODS[Mood.WELL]),
    ("RUNNING", "Going on by itself, or waiting for its time.", MOODS[Mood.GOING_ON]),
    ("AWAITING", "It is your turn: an approval, a task, or something held or paused.", MOODS[Mood.YOUR_TURN]),
    ("DEAD_LETTER", "It could not be done, or may or may not have been done (IN_DOUBT). It needs you.", MOODS[Mood.WRONG]),
    ("CLOSED", "Ended without being done.", MOODS[Mood.OVER]),
)
_ANSWERS = (
    ("Approvals", "Read What will happen. Type APPROVE in the yellow cell, or REJECT and why. Nothing goes out before."),
    ("Tasks", "Do what it says, then type DONE."),
    ("Dead letters", "Read the error and the checklist. RETRY tries again, DONE means you did it by hand, CLOSE leaves it."),
    ("Settings", "To stop everything at once, set Pause to Yes."),
)
_GROUPS = {
    Group.DATA: "Your business",
    Group.RULES: "Your rules",
    Group.RUNNER: "What Rowpact shows you",
}


def guide(template: Template, kind: str = "excel") -> Iterator[GuideLine]:
    """The lines of the tab, from top to bottom. `kind`: of workbook, as in config.toml."""
    yield GuideLine(kind=Kind.TITLE, mark=template.title)
    yield GuideLine(kind=Kind.LEAD, mark=template.about)
    yield from _section("Start", [GuideLine(mark=mark, text=text) for mark, text in STARTS[kind]])
    yield from _section("Your turn", [GuideLine(mark=mark, text=text, link=True) for mark, text in _ANSWERS])
    yield from _section("The colours", [GuideLine(mark=mark, text=text, tone=tone) for mark, text, tone in _COLOURS])
    sheets = template.sheets()
    for group, title in _GROUPS.items():
        lines = [GuideLine(mark=sheet.name, text=sheet.about, link=True) for sheet in sheets if sheet.group is group]
        if lines:
            yield from _section(title, lines)


def _section(title: str, lines: list[GuideLine]) -> Iterator[GuideLine]:
    yield GuideLine(kind=Kind.SPACE)
    yield GuideLine(kind=Kind.HEADING, mark=title)
    yield from lines
