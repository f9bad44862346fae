"""One drill, played to its end: the engine itself, on a workbook and a ledger of its own.

Invariant: bounded in ticks; a kill leaves nothing behind but workbook, ledger and clock, as a real one does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from runner import tabs
from runner.engine.outside import Killed, Outside
from runner.engine.seen import TIMED, Seen
from runner.engine.stand_in import Paper, StandIn
from runner.engine.tick import tick
from runner.events import EventKind
from runner.model import Ask, AskKind, Row, Run, RunState
from runner.ports import Action, World
from runner.rules.answers import rows_of, words_for
from runner.rules.drill import Deed, Ending, Trial
from runner.rules.stage import Stage
from runner.tabs import RUN, STATE
from runner.values import is_blank, name_key, show

#: What has not come to rest by then never will.
MOST_TICKS = 60
#: How long a night is looked at, and how closely.
STEP = timedelta(minutes=30)


class Bench(Protocol):
    """Where one drill is played; made by the composition root."""

    @property
    def paper(self) -> Paper:
        """The workbook, to type into."""

    def open(self, around: Callable[[Mapping[str, Action]], Mapping[str, Action]]) -> World:
        """A new process on the same workbook, ledger and clock; the one before is no more."""

    def close(self) -> None:
        """Let go of the ledger."""


@dataclass(slots=True)
class Play:
    """One drill."""

    bench: Bench
    stage: Stage
    outside: Outside
    #: Once the run is done it is reversed: for steps that only reverse others.
    undo: bool = False
    seen: Seen = field(default_factory=Seen)
    #: The first question that the failure led to, as it stood in the sheet.
    question: tuple[Ask, Row] | None = None
    said: str = ""
    _world: World | None = None
    _stand_in: StandIn | None = None

    def to_the_end(self) -> Ending:
        """From the event to where the run ends."""
        try:
            self._open()
            if self.stage.contract.trigger == "Schedule":
                self._tick()
                self._later(min(self.seen.coming) if self.seen.coming else None)
            if self.outside.trial is Trial.LOCKED:
                self.bench.paper.opened_by = "Somebody has the workbook open in Excel."
            self._go_on()
            if self.undo:
                self._ask_for_undo()
                self._go_on()
            if self.outside.trial is Trial.DUPLICATE:
                self._same_again()
                self._go_on()
            return self._ending()
        finally:
            self.bench.close()

    def through(self, end: datetime) -> Ending:
        """From now to that moment, half an hour at a time, and on until the run has ended."""
        try:
            self._open()
            while self.world.clock.now() < end:
                self._tick()
                self._answer()
                self._later(self.world.clock.now() + STEP)
            self._go_on()
            return self._ending()
        finally:
            self.bench.close()

    # -------------------------------------------------------------------------------------------------------- the parts

    @property
    def world(self) -> World:
        """The process that runs now."""
        if self._world is None:
            self._open()
        assert self._world is not None  # noqa: S101 - just opened
        return self._world

    def _open(self) -> None:
        self._world, self.seen = self.bench.open(self.outside.around), Seen()
        self._stand_in = self._stand_in or StandIn(self.outside, self.bench.paper)

    def _tick(self) -> None:
        """One tick; a process that dies in it is followed by another one, which ticks too."""
        try:
            tick(self.world, self.seen)
        except Killed:
            self._open()
            tick(self.world, self.seen)

    def _later(self, moment: datetime | None) -> None:
        now = self.world.clock.now()
        self.world.clock.sleep(max(1.0, ((moment or now) - now).total_seconds()))

    def _go_on(self) -> None:
        """Tick until the run has ended, or nothing more will move it."""
        for _ in range(MOST_TICKS):
            self._tick()
            if self._answer():
                self._later(self.world.clock.now() + timedelta(minutes=1))
                continue
            if self._unlocked():
                continue
            run = self.run
            due = run.next_try if run and run.state in TIMED and run.next_try else self.seen.next_due
            if run is None or run.state.ended or due is None:
                return
            self._later(due)

    def _answer(self) -> bool:
        """The pretended owner answers; what the failure led to is remembered as it stood."""
        if self.question is None and (self.outside.struck or not self.outside.step):
            self.question = self._dead_letter()
        return self._stand_in.answer(self.world) if self._stand_in else False

    def _unlocked(self) -> bool:
        """Whoever had the workbook open closes it, once nothing else moves."""
        if not self.bench.paper.opened_by or (self.run and self.run.state in TIMED):
            return False
        self.said = f"`rowpact status` says meanwhile: {self.seen.waiting}" if self.seen.waiting else ""
        self.bench.paper.opened_by = ""
        return True

    def _dead_letter(self) -> tuple[Ask, Row] | None:
        """About the event's own run, or one that it called."""
        asks = [ask for ask in self.world.ledger.books.asks.values() if ask.kind is AskKind.DEAD_LETTER and ask.state == "open"]
        own = self.run.id if self.run else ""
        letters = {ask.id: ask for ask in asks if ask.run == own or ask.contract != self.stage.contract.name}
        rows = rows_of(letters, self.world.workbook.read(), self.world.zone)
        return next(((letters[name], row) for name, row in rows.items()), None)

    def _ask_for_undo(self) -> None:
        tab = self.world.workbook.read().tab(tabs.RUNS.name)
        row = next((row for row in tab.rows if self.run and row.text("Run") == self.run.id), None) if tab else None
        if row and self._stand_in:
            self._stand_in.type(row, {"Command": "UNDO"})

    def _same_again(self) -> None:
        """The same event once more: the row is pasted again, its state typed again, the computer started again."""
        contract = self.stage.contract
        grid = next((grid for name, grid in self.bench.paper.tabs.items() if name_key(name) == name_key(self.stage.tab)), None)
        if grid is not None and contract.trigger not in ("Date due", "Schedule"):
            row = next(line for line in grid[1:] if any(not is_blank(cell) for cell in line))
            if contract.trigger == "State is":
                row[[name_key(show(header)) for header in grid[0]].index(name_key(STATE))] = contract.trigger_state
            else:
                grid.append(list(row))
        self.bench.paper.touched()
        self._open()

    # ------------------------------------------------------------------------------------------------------ what came of it

    @property
    def runs(self) -> list[Run]:
        """Every run of the contract, the first one first."""
        ours = [run for run in self.world.ledger.books.runs.values() if run.contract == self.stage.contract.name]
        return sorted((run for run in ours if run.state is not RunState.INVALID), key=lambda run: (len(run.id), run.id))

    @property
    def run(self) -> Run | None:
        """The run of the event."""
        return next(iter(self.runs), None)

    def _ending(self) -> Ending:
        run = self.run
        snapshot = self.world.workbook.read()
        runners = {name_key(tab.name) for tab in tabs.RUNNERS_TABS}
        ending = Ending(
            state=run.state if run else None,
            final=run.state if run else None,
            tab=self._run_cell(run),
            tries=self._tries(run),
            said=self.said,
            deeds=self._deeds(run),
            reached=frozenset(self.outside.reached),
            rows=sum(len(tab.rows) for key, tab in snapshot.tabs.items() if key not in runners),
            runs=len(self.runs) if self._counts_all else min(1, len(self.runs)),
            by_hand=bool(self._stand_in and self._stand_in.by_hand),
        )
        if self.question is None:
            return ending
        ask, row = self.question
        cells = {header: show(value) for header, value in row.values().items() if not is_blank(value)}
        people = (ask.owner, ask.rollback_owner)
        return replace(
            ending, state=RunState(ask.run_state), tab=row.tab.name, row=cells, words=words_for(ask), people=people, tries=ask.tries
        )

    @property
    def _counts_all(self) -> bool:
        """A schedule goes on coming while a drill takes its time; what it brings later is another event."""
        return self.stage.contract.trigger != "Schedule" or self.outside.trial is Trial.CLOCKS

    def _deeds(self, run: Run | None) -> dict[Deed, int]:
        """What the other side counted of this event, calls included."""
        if self._counts_all or run is None:
            return dict(self.outside.deeds)
        effects = (event.data.get("effect", {}) for event in self.world.ledger.events(run=run.id))
        ours = {effect.get("key") for effect in effects}
        return {deed: count for deed, count in self.outside.deeds.items() if deed[0] != run.contract or deed[2] in ours}

    def _tries(self, run: Run | None) -> int:
        """How often the drilled step was begun."""
        events = self.world.ledger.events(run=run.id) if run else ()
        return sum(event.kind == EventKind.INTENT and name_key(event.step) == self.outside.step for event in events)

    def _run_cell(self, run: Run | None) -> str:
        """The tab whose Run cell shows how it ended."""
        return run.tab if run and run.tab and self.stage.row and RUN in self.stage.row else tabs.RUNS.name
