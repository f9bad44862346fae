"""The workbook of a drill: the owner's own tabs with one contract switched on and one row for it to work on.

Invariant: pure. Everything else that could start a run is left out, and the owner's workbook is only read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TypeAlias

from runner import tabs
from runner.model import Book, Contract, Row, Snapshot, Tab
from runner.rules.calendar import read_calendar
from runner.rules.due import parse_offset
from runner.rules.due import turn as turn_of
from runner.rules.intake import BY_ROW, Verdict, candidates
from runner.rules.sample import HOST, made_up_row
from runner.tabs import ROW_ID, RUN, STATE
from runner.values import Value, is_blank, name_key

Grid: TypeAlias = list[list[Value]]
#: Rows of other data tabs beyond this are left out: a drill needs a place to look, not all of the business.
MOST_ROWS = 2000
_PLAY = "Drill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a drill of one contract is played on."""

    contract: Contract
    #: The tab and the row to work with, header → value; "" and nothing for a schedule.
    tab: str
    row: Mapping[str, Value] = field(default_factory=dict)
    #: Where the row stands in the owner's workbook; 0 for one that was made up.
    number: int = 0
    #: Without Ifs and Routes: every step is reached, in row order.
    straight: bool = False
    #: The contract's own If and its Fields are set aside: no made-up row fitted them.
    relaxed: bool = False

    @property
    def place(self) -> str:
        """`Leads row 3`, or that the row was made up; "" where there is none."""
        if not self.tab:
            return ""
        return f"{self.tab} row {self.number}" if self.number else "a made-up row"


def texts_of(contract: Contract) -> list[str]:
    """Every cell of the contract that may compare something."""
    cells = [contract.condition]
    for step in contract.steps:
        cells += [step.condition, step.approval]
    return [*cells, *(route.condition for route in contract.routes)]


def set_stage(contract: Contract, snapshot: Snapshot, book: Book, now: datetime) -> Stage:
    """The first live row that fits the contract's If and Fields, else a made-up one. `now`: in the owner's zone."""
    if contract.trigger == "Schedule":
        return Stage(contract=contract, tab="")
    tab = snapshot.tab(contract.tab) if contract.tab else None
    row = _live_row(contract, tab, snapshot, book, now) if tab else None
    if row is not None:
        values = {header: value for header, value in row.values().items() if name_key(header) != name_key(RUN)}
        return Stage(contract=contract, tab=row.tab.name, number=row.number, row=due(values, contract, book, now))
    headers = tab.headers if tab else (*(rule.field for rule in contract.fields), STATE, ROW_ID)
    ours = {name_key(name) for name in (RUN, ROW_ID, STATE)}
    free = [header for header in headers if header and name_key(header) not in ours]
    made = made_up_row(free, contract.fields, texts_of(contract), book.settings, now.date())
    return Stage(contract=contract, tab=tab.name if tab else _PLAY, row=due(made, contract, book, now))


def _live_row(contract: Contract, tab: Tab, snapshot: Snapshot, book: Book, now: datetime) -> Row | None:
    """A row that is an event now, else one that would be if its state, or its date, had come."""
    ids = {row: row.text(ROW_ID) or f"row {row.number}" for row in tab.rows}
    by_row = replace(contract, trigger="New row", trigger_state="")
    for form in (contract, by_row) if contract.trigger in BY_ROW else (by_row,):
        for candidate in candidates(form, snapshot, book, ids, now):
            if candidate.verdict is Verdict.EVENT:
                return candidate.row
    return None


def due(values: Mapping[str, Value], contract: Contract, book: Book, now: datetime) -> dict[str, Value]:
    """The row's values with the state, or the date, that makes the row an event now."""
    row = dict(values)
    if contract.trigger == "State is":
        _put(row, STATE, contract.trigger_state)
    if contract.trigger == "Date due":
        _put(row, parse_offset(contract.when).column, _due_on(contract, book, now))
    return row


def _due_on(contract: Contract, book: Book, now: datetime) -> date:
    """The latest date for which the contract's moment is not after `now`."""
    offset, calendar = parse_offset(contract.when), read_calendar(book.settings)
    first = now.date() + timedelta(days=2 * abs(offset.days) + 10)
    days = (first - timedelta(days=back) for back in range(4 * abs(offset.days) + 40))
    for day in days:
        turn = turn_of(offset, day, calendar, now.tzinfo or now.astimezone().tzinfo)  # type: ignore[arg-type]
        if turn and turn.at <= now:
            return day
    return now.date()


def _put(row: dict[str, Value], header: str, value: Value) -> None:
    row[next((name for name in row if name_key(name) == name_key(header)), header)] = value


# ------------------------------------------------------------------------------------------------------ the workbook


def furnish(stage: Stage, snapshot: Snapshot, book: Book) -> dict[str, Grid]:
    """Tab → its rows, the header first; every row of the owner's own tabs keeps its place."""
    called = {name_key(one.name) for one in book.contracts.values() if one.trigger == "Called"}
    wanted = called | {name_key(stage.contract.name)}
    runners = {name_key(tab.name) for tab in tabs.RUNNERS_TABS}
    laid: dict[str, Grid] = {}
    for key, tab in snapshot.tabs.items():
        if key == name_key(stage.tab):
            laid[tab.name] = _own(tab, stage)
        elif key not in runners:
            laid[tab.name] = _grid(tab, _changes(key, stage, wanted))
    if stage.tab and name_key(stage.tab) not in map(name_key, laid):
        laid[stage.tab] = [[*stage.row, STATE, ROW_ID], [*stage.row.values()]]
    return laid


Changes: TypeAlias = Callable[[Row], Mapping[str, Value] | None]


def _changes(key: str, stage: Stage, wanted: set[str]) -> Changes:
    """Row of that tab → cells that are different on the stage; None leaves the row out."""
    own = name_key(stage.contract.name)

    def contracts(row: Row) -> Mapping[str, Value] | None:
        name = name_key(row.text("Contract"))
        return None if name not in wanted else _switched_on(stage) if name == own else {"Enabled": "Yes"}

    def steps(row: Row) -> Mapping[str, Value] | None:
        name = name_key(row.text("Contract"))
        return None if name not in wanted else {"If": None} if name == own and stage.straight else {}

    def parts(row: Row) -> Mapping[str, Value] | None:
        name = name_key(row.text("Contract"))
        aside = stage.straight if key == name_key(tabs.ROUTES.name) else stage.relaxed
        return None if name not in wanted or (name == own and aside) else {}

    def settings(row: Row) -> Mapping[str, Value] | None:
        name = row.text("Setting")
        blank = stage.straight and is_blank(row.get("Value")) and "url" in name_key(name)
        return None if name_key(name) == "pause" else {"Value": f"https://{HOST}"} if blank else {}

    def others(_row: Row) -> Mapping[str, Value] | None:
        return {}

    by_tab: dict[str, Changes] = {
        name_key(tabs.CONTRACTS.name): contracts,
        name_key(tabs.STEPS.name): steps,
        name_key(tabs.FIELDS.name): parts,
        name_key(tabs.ROUTES.name): parts,
        name_key(tabs.SETTINGS.name): settings,
    }
    return by_tab.get(key, others)


def _switched_on(stage: Stage) -> dict[str, Value]:
    contract = stage.contract
    cells: dict[str, Value] = {"Enabled": "Yes"}
    if contract.trigger not in (*BY_ROW, "Schedule"):  # what only others can start begins with its row
        cells |= {"Trigger": "New row", "Tab": stage.tab}
    if stage.relaxed:
        cells["If"] = None
    return cells


def _grid(tab: Tab, changes: Changes) -> Grid:
    grid: Grid = [list(tab.headers)]
    for row in tab.rows[:MOST_ROWS]:
        cells = changes(row)
        if cells is None:
            continue
        while len(grid) < row.number - 1:
            grid.append([])
        grid.append(list(row.cells))
        for header, value in cells.items():
            _set(grid, header, value)
    return grid


def _set(grid: Grid, header: str, value: Value) -> None:
    """One cell of the last row; a column that is not there is added, unless it would stay blank."""
    keys = [name_key(str(name)) for name in grid[0]]
    if name_key(header) not in keys:
        if value is None:
            return
        grid[0].append(header)
        keys.append(name_key(header))
    at = keys.index(name_key(header))
    grid[-1].extend([None] * (at + 1 - len(grid[-1])))
    grid[-1][at] = value


def _own(tab: Tab, stage: Stage) -> Grid:
    values = {name_key(header): value for header, value in stage.row.items()}
    grid: Grid = [list(tab.headers)]
    grid += [[] for _ in range(max(0, stage.number - 2))]
    grid.append([values.get(name_key(header)) if header else None for header in tab.headers])
    return grid
