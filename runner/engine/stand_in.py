"""The pretended owner of a drill: approves, does the tasks, and answers dead letters with the truth.

Invariant: it types into the drill's workbook what a person would type, into the cells that a person would use, and nothing else.
"""

from dataclasses import dataclass, field
from typing import Protocol

from runner.engine.outside import Outside
from runner.model import Ask, AskKind, Row
from runner.ports import World
from runner.rules.answers import DESKS, rows_of, words_for
from runner.rules.drill import Trial
from runner.rules.stage import Grid
from runner.values import Value, name_key, show

#: Two people, because four eyes may be asked for.
NAMES = ("First stand-in", "Second stand-in")


class Paper(Protocol):
    """A workbook into which one can type without a spreadsheet program."""

    tabs: dict[str, Grid]
    #: Who has it open, as a sentence; "" when nobody has.
    opened_by: str

    def touched(self) -> None:
        """Somebody saved."""


@dataclass(slots=True)
class StandIn:
    """One drill's owner."""

    outside: Outside
    paper: Paper
    #: How often a dead letter of a step was answered.
    answered: dict[str, int] = field(default_factory=dict)
    by_hand: bool = False

    def answer(self, world: World) -> bool:
        """Answer every open question whose row stands in the workbook; whether there was one."""
        asks = {ask.id: ask for ask in world.ledger.books.asks.values() if ask.state == "open"}
        rows = rows_of(asks, world.workbook.read(), world.zone)
        for name, row in rows.items():
            desk = DESKS[asks[name].kind]
            self.type(row, {desk.cell: self._word(asks[name]), desk.by: NAMES[bool(asks[name].first_by)]})
        return bool(rows)

    def type(self, row: Row, cells: dict[str, Value]) -> None:
        """Into these columns of the row."""
        grid = next(grid for name, grid in self.paper.tabs.items() if name_key(name) == name_key(row.tab.name))
        keys = [name_key(show(header)) for header in grid[0]]
        line = grid[row.number - 1]
        line.extend([None] * (len(keys) - len(line)))
        for header, value in cells.items():
            if name_key(header) in keys:
                line[keys.index(name_key(header))] = value
        self.paper.touched()

    def _word(self, ask: Ask) -> str:
        if ask.kind is AskKind.APPROVAL:
            return words_for(ask)[0]
        before = self.answered.get(ask.step, 0)
        self.answered[ask.step] = before + 1
        if ask.kind is AskKind.TASK:
            refuses = self.outside.trial is Trial.REFUSED and name_key(ask.step) == self.outside.step and not self.outside.over
            self.outside.over = self.outside.over or refuses
            return "FAILED" if refuses else "DONE"
        self.outside.over = self.outside.over or self.outside.struck
        if ask.run_state == "IN_DOUBT":
            return "DONE" if self._happened(ask) else "RETRY"
        if not before:
            return "RETRY"
        self.by_hand = True
        return "DONE"

    def _happened(self, ask: Ask) -> bool:
        """What the other side would say."""
        return any(name_key(step) == name_key(ask.step) for _, step, _ in self.outside.deeds)
