"""Workbooks written as text, for tests of the rules: one row a line, cells between bars."""

from runner.model import Problem, Snapshot, Tab
from runner.values import ErrorValue, Value, name_key


def snapshot(*problems: Problem, **tabs: str) -> Snapshot:
    """A workbook as one read sees it; `_` in a tab's name stands for a blank."""
    built = [Tab.build(name.replace("_", " "), grid(text)) for name, text in tabs.items()]
    return Snapshot(tabs={name_key(tab.name): tab for tab in built}, version=1, problems=problems)


def grid(text: str) -> list[tuple[int, tuple[Value, ...]]]:
    """Row numbers as the sheet would show them; an empty line is a blank row."""
    return [(number, tuple(cell(part) for part in line.split("|"))) for number, line in enumerate(text.strip().splitlines(), 1)]


def cell(text: str) -> Value:
    """Whole numbers as such, `#REF!` and its like as formula errors, `\\n` as a line break."""
    text = text.strip().replace("\\n", "\n")
    if text.startswith("#") and text[-1:] in "!?A":
        return ErrorValue(text)
    return int(text) if text.lstrip("-").isdecimal() else text or None
