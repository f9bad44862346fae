"""Stands between the runner and a workbook: lets people strike inside a tick, and looks at every cell that the runner writes.

Invariant: a status goes beside its own row, and no cell of the owner's changes.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from itertools import zip_longest

from adapters.workbooks.memory import Grid
from runner.model import Problem, RowEdit, Run, RunState, Snapshot, TabEdit
from runner.tabs import ROW_ID, RUN, STANDARD_TABS, STATE, Side
from runner.values import Value, is_blank, name_key
from tests.engine.people import People

Moment = str
#: When somebody may strike: between ticks, or in the middle of one.
MOMENTS = ("between ticks", "after the read", "while it acts", "before the write")
_SHARED = {name_key(name) for name in (ROW_ID, STATE, RUN)}


class Witness:
    """A workbook as the runner sees it; implements `runner.ports.Workbook`."""

    def __init__(self, people: People) -> None:
        self.people, self.book = people, people.office.workbook
        self.name, self.key = self.book.name, self.book.key
        self.strikes: dict[Moment, Callable[[], None]] = {}

    @property
    def refused(self) -> list[Problem]:
        return self.book.refused

    @property
    def facts(self) -> dict[str, str]:
        return self.book.facts

    def version(self) -> object:
        return self.book.version()

    def busy(self) -> str:
        return self.book.busy()

    def link(self, tab: str, cell: str = "") -> str:
        return self.book.link(tab, cell)

    def strike(self, moment: Moment) -> None:
        """Whoever waited for this moment strikes, once."""
        self.strikes.pop(moment, lambda: None)()

    def read(self) -> Snapshot:
        snapshot = self.book.read()
        self.strike("after the read")
        return snapshot

    def write(self, edits: Sequence[TabEdit | RowEdit], snapshot: Snapshot) -> object:
        self.strike("before the write")
        before = deepcopy(self.book.tabs)
        version = self.book.write(edits, snapshot)
        assert not self.refused, self.refused
        for name, rows in self.book.tabs.items():
            self.owners_cells_are_as_they_were(name, before.get(name, []), rows)
        self.what_was_written_is_beside_its_row(before.get(self.people.leads_tab, []))
        return version

    # ---------------------------------------------------------------------------------------------------- what always holds

    def owners_cells_are_as_they_were(self, tab: str, before: Grid, after: Grid) -> None:
        """Every cell under a header of the owner's, and every header, stands where it stood."""
        headers = before[0] if before else []
        for number, (old, new) in enumerate(zip_longest(before, after, fillvalue=[]), 1):
            for column, (was, is_) in enumerate(zip_longest(old, new)):
                header = headers[column] if column < len(headers) else None
                if number == 1:
                    assert is_blank(was) or was == is_, f"{tab}: the header {was} became {is_}"
                elif column < len(headers) and not is_blank(header) and not _may_write(tab, header):
                    assert _alike(was, is_), f"{tab} row {number}, {header}: {was!r} became {is_!r}"
                elif is_blank(header) and not is_blank(was):
                    assert was == is_, f"{tab} row {number}: {was!r} became {is_!r}"

    def what_was_written_is_beside_its_row(self, before: Grid) -> None:
        """Row IDs, runs and states meet the marker that they belong to."""
        people, runs = self.people, self.people.office.world.ledger.books.runs
        of_id = {run.row_id: name_in(run) for run in runs.values()}
        done = {name_in(run) for run in runs.values() if run.state is RunState.DONE}
        for line in people.lines():
            names = people.known_as[str(line[0])]
            was = next((other for other in before[1:] if other and other[0] == line[0]), [])
            row_id, says, state = (people.cell(line, header) for header in (ROW_ID, RUN, STATE))
            if row_id != people.cell(was, ROW_ID):
                assert of_id.get(str(row_id), "") in {*names, ""}, f"{row_id} of {of_id} was written beside {names}"
            run = runs.get(str(says).split(" ", maxsplit=1)[0])
            if run and says != people.cell(was, RUN):
                assert name_in(run) in names, f"{says}, the run of {run.input}, was written beside {names}"
            if was and state != people.cell(was, STATE):
                assert done & names, f"{state} was written beside {names}, and done is {done}"


def name_in(run: Run) -> str:
    """Whose run it is, under a header that was typed over too."""
    return next((str(value) for header, value in run.input.items() if header.startswith("Name")), "")


def _may_write(tab: str, header: Value) -> bool:
    standard = STANDARD_TABS.get(name_key(tab))
    if standard is None:
        return name_key(str(header)) in _SHARED
    column = standard.column(str(header))
    return column is not None and column.side is not Side.OWNER


def _alike(one: Value, other: Value) -> bool:
    return (is_blank(one) and is_blank(other)) or one == other
