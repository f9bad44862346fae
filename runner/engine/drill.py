"""The failure drill: every step of a contract with every failure, and where the run ended.

Invariant: the engine that is drilled is the one that runs; only what it reaches is played. The owner's workbook is only read.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo

from runner.engine.outside import Outside
from runner.engine.play import Bench, Play
from runner.model import Book, Contract, Snapshot, Step
from runner.ports import Action
from runner.rules.clock_nights import clock_changes, every_day, once_a_day
from runner.rules.drill import Drilled, Ending, Trial, judge, trials_of, whole_trials
from runner.rules.stage import Grid, Stage, due, furnish, set_stage
from runner.tabs import CONTRACTS
from runner.values import Value, name_key, show

#: (the workbook's tabs, the moment) → where a drill is played.
MakeBench = Callable[[dict[str, Grid], datetime], Bench]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a step is reached: as the row leads, or with its conditions set aside, or by reversing the run."""

    stage: Stage
    undo: bool
    usual: Ending

    @property
    def said(self) -> str:
        """For the table; "" for the way that the row takes by itself."""
        return ", ".join(
            filter(None, ("its If and Routes set aside" if self.stage.straight else "", "after UNDO" if self.undo else ""))
        )


@dataclass(slots=True)
class Driller:
    """Drills the contracts of one workbook, at one moment."""

    make: MakeBench
    snapshot: Snapshot
    book: Book
    actions: Mapping[str, Action]
    now: datetime
    zone: tzinfo
    _ways: dict[tuple[str, bool, bool], Way] = field(default_factory=dict)

    def drill(self, contract: Contract) -> Iterator[Drilled]:
        """Every drill of the contract, in the order of its steps; none when its run cannot be set off, see `why_not`."""
        if self.why_not(contract):
            return
        for step in contract.steps:
            way = self._way_to(step, contract)
            if way is None:
                continue
            for trial in trials_of(step, self.actions.get(step.action)):
                yield self._at_step(contract, step, trial, way)
        for trial in whole_trials(contract):
            yield from self._around(contract, trial)

    def count(self, contract: Contract) -> int:
        """How many drills there will be at most."""
        return sum(len(trials_of(step, self.actions.get(step.action))) for step in contract.steps) + len(whole_trials(contract))

    def stage(self, contract: Contract) -> Stage:
        """The row to work with."""
        return self._plain(contract).stage

    def usually(self, contract: Contract) -> Ending:
        """What comes of the row without a failure."""
        return self._plain(contract).usual

    def why_not(self, contract: Contract) -> str:
        """Why no run of the contract comes about; "" when one does."""
        way = self._plain(contract)
        return (
            "" if way.usual.final else f"“{contract.name}” could not be drilled: {way.stage.place or 'its schedule'} starts no run."
        )

    def unreached(self, contract: Contract) -> list[str]:
        """Steps that no way leads to."""
        return [] if self.why_not(contract) else [step.name for step in contract.steps if self._way_to(step, contract) is None]

    # --------------------------------------------------------------------------------------------------------- the ways

    def _plain(self, contract: Contract) -> Way:
        way = self._way(contract, straight=False, undo=False)
        if way.usual.final is None and not way.stage.relaxed and contract.trigger != "Schedule":
            self._ways.pop((contract.name, False, False))
            way = self._way(contract, straight=False, undo=False, relaxed=True)
        return way

    def _way(self, contract: Contract, *, straight: bool, undo: bool, relaxed: bool = False) -> Way:
        key = (contract.name, straight, undo)
        if key not in self._ways:
            known = self._ways.get((contract.name, False, False))
            stage = known.stage if known else set_stage(contract, self.snapshot, self.book, self.now.astimezone(self.zone))
            stage = replace(stage, straight=straight, relaxed=relaxed or stage.relaxed)
            usual = self._play(stage, undo=undo)
            self._ways[key] = Way(stage=stage, undo=undo, usual=usual)
        return self._ways[key]

    def _way_to(self, step: Step, contract: Contract) -> Way | None:
        """The first way on which the step is carried out."""
        self._plain(contract)
        for undo in (False, True):
            for straight in (False, True):
                way = self._way(contract, straight=straight, undo=undo)
                if name_key(step.name) in way.usual.reached:
                    return way
        return None

    # ------------------------------------------------------------------------------------------------------- the drills

    def _play(self, stage: Stage, *, undo: bool = False, step: str = "", trial: Trial | None = None) -> Ending:
        bench = self.make(furnish(stage, self.snapshot, self.book), self.now)
        outside = Outside(contract=stage.contract.name, step=name_key(step), trial=trial)
        return Play(bench, stage, outside, undo).to_the_end()

    def _at_step(self, contract: Contract, step: Step, trial: Trial, way: Way) -> Drilled:
        ending = self._play(way.stage, undo=way.undo, step=step.name, trial=trial)
        problems = judge(contract, step, trial, ending, way.usual)
        return Drilled(
            contract=contract.name, step=step.name, action=step.action, trial=trial, ending=ending, way=way.said, problems=problems
        )

    def _around(self, contract: Contract, trial: Trial) -> Iterator[Drilled]:
        way = self._plain(contract)
        nights = clock_changes(self.zone, self.now) if trial is Trial.CLOCKS else ()
        endings = (
            (self._night(way.stage, night) for night in nights) if trial is Trial.CLOCKS else (self._play(way.stage, trial=trial),)
        )
        for ending in endings:
            problems = judge(contract, None, trial, ending, way.usual)
            yield Drilled(contract=contract.name, step="", action="", trial=trial, ending=ending, problems=problems)

    def _night(self, stage: Stage, night: datetime) -> Ending:
        """The day on which the clocks change, from just before its midnight to its end."""
        contract, end = stage.contract, night + timedelta(hours=23, minutes=59)
        row: Mapping[str, Value] = stage.row
        if contract.trigger == "Date due":
            row = due(row, contract, self.book, end)
        tabs = furnish(replace(stage, row=row), self.snapshot, self.book)
        if contract.trigger == "Schedule":
            _every_day(tabs, contract)
        start = night.astimezone(UTC) - (timedelta(minutes=1) if contract.trigger == "Schedule" else timedelta(days=5))
        outside = Outside(contract=contract.name, trial=Trial.CLOCKS)
        ending = Play(self.make(tabs, start), stage, outside).through(end.astimezone(UTC))
        often = contract.trigger == "Schedule" and not once_a_day(contract.when)
        return replace(ending, said=f"{night:%Y-%m-%d}, clocks {'forward' if _forward(night) else 'back'}", often=often)


def _forward(night: datetime) -> bool:
    later = night + timedelta(days=1)
    return (later.utcoffset() or timedelta()) > (night.utcoffset() or timedelta())


def _every_day(tabs: dict[str, Grid], contract: Contract) -> None:
    """The schedule at its time of day, on that day too."""
    grid = next(grid for name, grid in tabs.items() if name_key(name) == name_key(CONTRACTS.name))
    headers = [name_key(show(header)) for header in grid[0]]
    name, when = headers.index("contract"), headers.index("when")
    for row in grid[1:]:
        if row and name_key(show(row[name])) == name_key(contract.name):
            row[when] = every_day(contract.when)
