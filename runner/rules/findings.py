"""Collects every mistake of one read with its address, so that all are shown at once and each beside its row.

Invariant: nothing here raises; a mistake is a value.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

from runner.model import Problem, Row, Tab
from runner.values import name_key


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """` Did you mean “Fit score”?`, or the known names when none is near and they are few; "" when there are none."""
    names = {name_key(name): name for name in known if name}
    near = difflib.get_close_matches(name_key(wrong), names, 1, 0.6)
    if near:
        return f"Did you mean “{names[near[0]]}”?"
    if not names:
        return ""
    listed = sorted(names.values(), key=str.casefold)
    return f"There is: {', '.join(listed[:12])}{' …' if len(listed) > 12 else ''}."


@dataclass(slots=True)
class Findings:
    """The problems found so far, and the rows that were looked at."""

    problems: list[Problem] = field(default_factory=list)
    #: Rows of tabs with a `Check` column, in reading order.
    rows: list[Row] = field(default_factory=list)

    def at(self, row: Row, header: str, message: str, fix: str = "", *, contract: str | None = None) -> None:
        """A mistake in one cell. With `contract`, that contract starts no runs."""
        self.problems.append(
            Problem(where=row.address(header), message=message, fix=fix, tab=row.tab.name, row=row.number, contract=contract)
        )

    def on_tab(self, tab: Tab, message: str, fix: str = "") -> None:
        """A mistake that concerns a whole tab."""
        self.problems.append(Problem(where=tab.name, message=message, fix=fix, tab=tab.name))

    def checks(self) -> dict[tuple[str, int], str]:
        """(tab, row number) → what its `Check` cell should say."""
        said: dict[tuple[str, int], list[str]] = {(row.tab.name, row.number): [] for row in self.rows}
        for problem in self.problems:
            if problem.row is not None and (problem.tab, problem.row) in said:
                said[problem.tab, problem.row].append(f"{problem.where.partition('!')[2]}: {problem.sentence}")
        return {place: "\n".join(sentences) or "OK" for place, sentences in said.items()}
