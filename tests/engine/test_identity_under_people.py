"""People sort, insert, delete, copy, edit and restore; the runner does nothing twice and shows nothing beside the wrong row."""

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from runner.values import Value
from tests.engine.office import Office, lay_out_leads


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An empty office."""
    made = Office(tmp_path)
    yield made
    made.close()


@pytest.fixture
def leads(office: Office) -> Office:
    """An office that answers every row of Leads by mail, each row once."""
    lay_out_leads(office)
    return office


def row(office: Office, name: str) -> dict[str, Value]:
    """The first row of Leads with this name."""
    return next(one for one in office.tab("Leads") if one["Name"] == name)


def copy_row(office: Office, place: int = 1, **cells: Value) -> None:
    """A person copies a whole row to the bottom and types over some of its cells."""
    grid = office.workbook.tabs["Leads"]
    copied = list(grid[place])
    for header, value in cells.items():
        copied[grid[0].index(header.replace("_", " "))] = value
    grid.append(copied)
    office.workbook.touched()


def test_every_row_gets_an_id_and_its_run(leads: Office) -> None:
    leads.tick()
    assert [one["Run"] for one in leads.tab("Leads")] == ["R-0001 DONE", "R-0002 DONE"]
    assert len({one["Row ID"] for one in leads.tab("Leads")}) == 2


def test_sorting_inserting_moving_columns_and_renaming_others_fire_nothing(leads: Office) -> None:
    leads.tick()
    grid = leads.workbook.tabs["Leads"]
    for line in grid:
        line.insert(0, line.pop(2))  # Budget comes first
    grid[1:] = [[], *reversed(grid[1:])]
    leads.workbook.touched()
    leads.tick()
    grid[0][grid[0].index("Name")] = "Full name"
    steps = leads.workbook.tabs["Steps"]
    steps[1][steps[0].index("With")] = "to: {{ email }}\nsubject: Hello {{ full_name }}\nbody: Thank you!"
    leads.workbook.touched()
    leads.tick()
    assert len(leads.post.mails) == 2
    assert {one["Full name"]: one["Run"] for one in leads.tab("Leads")} == {"Bob": "R-0002 DONE", "Ana": "R-0001 DONE"}


def test_an_exact_copy_waits_and_runs_once_it_is_changed(leads: Office) -> None:
    leads.tick()
    copy_row(leads)
    leads.tick()
    leads.tick()
    assert leads.tab("Leads")[2]["Run"] == "a copy of R-0001’s row: change it, then it runs"
    assert leads.tab("Leads")[2]["Row ID"] not in (None, leads.tab("Leads")[0]["Row ID"])
    assert len(leads.post.mails) == 2
    leads.restart()
    leads.type("Leads", {"Row ID": leads.tab("Leads")[2]["Row ID"]}, Email="cleo@shop.example")
    leads.tick()
    assert leads.post.recipients == ["ana@shop.example", "bob@shop.example", "cleo@shop.example"]
    assert leads.tab("Leads")[2]["Run"] == "R-0003 DONE"
    assert leads.tab("Leads")[0]["Run"] == "R-0001 DONE"


def test_a_copy_that_was_changed_before_it_was_seen_runs_at_once(leads: Office) -> None:
    leads.tick()
    copy_row(leads, Name="Cleo", Email="cleo@shop.example")
    leads.tick()
    assert leads.tab("Leads")[2]["Run"] == "R-0003 DONE"


def test_changing_the_state_of_a_copy_is_a_change(leads: Office) -> None:
    leads.tick()
    copy_row(leads)
    leads.tick()
    leads.type("Leads", {"Row ID": leads.tab("Leads")[2]["Row ID"]}, State="New")
    leads.tick()
    assert leads.tab("Leads")[2]["Run"] == "R-0003 DONE"


def test_the_copy_still_waits_when_its_original_is_deleted(leads: Office) -> None:
    leads.tick()
    copy_row(leads)
    leads.tick()
    del leads.workbook.tabs["Leads"][1]
    leads.workbook.touched()
    leads.tick()
    assert len(leads.post.mails) == 2


def test_a_copy_is_one_row_however_often_it_is_read_before_its_id_can_be_written(leads: Office) -> None:
    leads.tick()
    leads.workbook.opened_by = "Ana has it open."
    copy_row(leads, Name="Cleo", Email="cleo@shop.example")
    for _ in range(3):
        leads.tick()
        leads.workbook.touched()
    grid = leads.workbook.tabs["Leads"]
    grid[1:] = reversed(grid[1:])
    leads.workbook.touched()
    leads.tick()
    assert leads.post.recipients == ["ana@shop.example", "bob@shop.example", "cleo@shop.example"]
    leads.workbook.opened_by = ""
    leads.tick()
    assert row(leads, "Cleo")["Run"] == "R-0003 DONE"
    assert row(leads, "Ana")["Run"] == "R-0001 DONE"


def test_a_copy_from_before_the_ids_were_written_fires_nothing_twice(leads: Office) -> None:
    before = deepcopy(leads.workbook.tabs)
    leads.tick()
    leads.workbook.tabs = before
    leads.workbook.touched()
    leads.tick()
    assert len(leads.post.mails) == 2
    assert [one["Run"] for one in leads.tab("Leads")] == ["R-0001 DONE", "R-0002 DONE"]


def test_an_answer_meets_its_own_row_when_rows_lost_their_ids_and_were_sorted(office: Office) -> None:
    lay_out_leads(office, Approval="Always")
    office.tick()
    grid = office.workbook.tabs["Leads"]
    column = grid[0].index("Row ID")
    for line in grid[1:]:
        line[column] = None
    grid[1:] = reversed(grid[1:])
    office.workbook.touched()
    office.type("Approvals", {"Approval": "A-0001"}, Decision="APPROVE")
    office.tick()
    assert office.post.recipients == ["ana@shop.example"]


def test_a_row_that_was_typed_while_the_runner_wrote_is_seen_by_the_next_tick(leads: Office) -> None:
    leads.tick()
    leads.tick()
    leads.type("Leads", {"Name": "Ana"}, Run="mine")

    def meanwhile() -> None:
        leads.type("Leads", {"Name": "Ana"}, Run="R-0001 DONE")
        leads.add("Leads", Name="Cleo", Email="cleo@shop.example")

    leads.workbook.meanwhile = meanwhile
    leads.tick()
    leads.tick()
    assert "cleo@shop.example" in leads.post.recipients


class People(RuleBasedStateMachine):
    """Each row that is really new has a name of its own, so a name that is mailed twice was done twice."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.office = Office(Path(self.folder.name))
        lay_out_leads(self.office)
        self.office.write(Leads=[["Name", "Email", "Phone", "Budget", "Note", "State", "Run", "Row ID"]])
        self.names = 0
        #: Names that came by typing over another one → that one.
        self.was: dict[str, str] = {}
        self.added: set[str] = set()
        self.copied: set[str] = set()
        self.older: list[dict[str, list[list[Value]]]] = []
        self.add()

    def teardown(self) -> None:
        try:
            self.heal()
        finally:
            self.office.close()
            self.folder.cleanup()

    # ------------------------------------------------------------------------------------------------ what people do

    @property
    def grid(self) -> list[list[Value]]:
        return self.office.workbook.tabs["Leads"]

    def at(self, line: list[Value], header: str) -> Value:
        column = self.grid[0].index(header)
        return line[column] if column < len(line) else None

    def put(self, line: list[Value], header: str, value: Value) -> None:
        column = self.grid[0].index(header)
        line.extend([None] * (column + 1 - len(line)))
        line[column] = value

    def lines(self) -> list[list[Value]]:
        return [line for line in self.grid[1:] if any(line)]

    def some(self, pick: int) -> list[Value] | None:
        lines = self.lines()
        return lines[pick % len(lines)] if lines else None

    def rename(self, line: list[Value]) -> str:
        self.names += 1
        name = f"N{self.names}"
        for header, value in {
            "Name": name,
            "Email": f"{name}@shop.example",
            "Phone": f"55{self.names:03}",
            "Budget": self.names,
        }.items():
            self.put(line, header, value)
        return name

    def saved(self) -> None:
        self.office.workbook.touched()

    @rule()
    def add(self) -> None:
        line: list[Value] = []
        self.added.add(self.rename(line))
        self.grid.append(line)
        self.saved()

    @rule(seed=st.integers(0, 50))
    def sort(self, seed: int) -> None:
        lines = self.grid[1:]
        random.Random(seed).shuffle(lines)
        self.grid[1:] = lines
        self.saved()

    @rule(pick=st.integers(0, 9))
    def insert_blank(self, pick: int) -> None:
        self.grid.insert(1 + pick % len(self.grid), [])
        self.saved()

    @rule(pick=st.integers(0, 9))
    def delete(self, pick: int) -> None:
        if (line := self.some(pick)) is not None:
            self.grid[:] = [other for other in self.grid if other is not line]
            self.saved()

    @rule(pick=st.integers(0, 9), change=st.booleans(), times=st.integers(1, 2))
    def copy(self, pick: int, change: bool, times: int) -> None:
        line = self.some(pick)
        for _ in range(times if line else 0):
            copied = list(line or [])
            if change or not self.was_seen(copied):  # rows that were alike from the start are events of their own
                was = str(self.at(copied, "Name"))
                self.was[self.rename(copied)] = was
            else:
                self.copied.add(str(self.at(copied, "Name")))
            self.grid.insert(1 + pick % len(self.grid), copied)
        self.saved()

    def was_seen(self, line: list[Value]) -> bool:
        row_id = self.at(line, "Row ID")
        return bool(row_id) and len({self.at(other, "Name") for other in self.lines() if self.at(other, "Row ID") == row_id}) == 1

    @rule(pick=st.integers(0, 9), text=st.sampled_from("abc"))
    def edit(self, pick: int, text: str) -> None:
        """A note is changed; in a row that was copied the name, so that it becomes another row."""
        line = self.some(pick)
        if line is None:
            return
        if (was := str(self.at(line, "Name"))) in self.copied:
            self.was[self.rename(line)] = was
        else:
            self.put(line, "Note", text)
        self.saved()

    @rule(one=st.integers(0, 7), other=st.integers(0, 7))
    def swap_columns(self, one: int, other: int) -> None:
        width = len(self.grid[0])
        for line in self.grid:
            line.extend([None] * (width - len(line)))
            line[one], line[other] = line[other], line[one]
        self.saved()

    @rule(pick=st.integers(0, 9), text=st.sampled_from(["", "R-0001 DONE", "mine"]))
    def type_into_the_runners_cells(self, pick: int, text: str) -> None:
        if (line := self.some(pick)) is not None:
            self.put(line, "Run", text or None)
        runs = self.office.workbook.tabs.get("Runs", [])
        if len(runs) > 1:
            runs[1 + pick % (len(runs) - 1)][pick % 7] = text or None
        self.saved()

    @rule()
    def keep_a_copy(self) -> None:
        self.older.append(deepcopy(self.office.workbook.tabs))

    @rule(pick=st.integers(0, 9))
    def restore(self, pick: int) -> None:
        if self.older:
            self.office.workbook.tabs = deepcopy(self.older[pick % len(self.older)])
            self.saved()

    @rule(whose=st.sampled_from(["", "Ana has it open."]))
    def open_or_close(self, whose: str) -> None:
        self.office.workbook.opened_by = whose

    # ---------------------------------------------------------------------------------------------- what the runner does

    @rule()
    def tick(self) -> None:
        self.office.tick()

    @rule(do=st.sampled_from(["add", "sort", "delete", "copy", "edit", "swap_columns", "restore"]), pick=st.integers(0, 7))
    def tick_while_somebody_types(self, do: str, pick: int) -> None:
        doings: dict[str, Callable[[], None]] = {
            "add": self.add,
            "sort": lambda: self.sort(pick),
            "delete": lambda: self.delete(pick),
            "copy": lambda: self.copy(pick, change=bool(pick % 2), times=1),
            "edit": lambda: self.edit(pick, "c"),
            "swap_columns": lambda: self.swap_columns(pick, 3),
            "restore": lambda: self.restore(pick),
        }
        self.office.workbook.meanwhile = doings[do]
        self.saved()
        self.office.tick()
        self.office.workbook.meanwhile = None

    @rule()
    def restart(self) -> None:
        self.office.restart()

    # ------------------------------------------------------------------------------------------------- what always holds

    @invariant()
    def nothing_is_done_twice(self) -> None:
        mailed = Counter(str(mail["Subject"]) for mail in self.office.post.mails)
        assert not [name for name, count in mailed.items() if count > 1], mailed

    def heal(self) -> None:
        """Two ticks with nobody about (the third only looks), and the sheet says what the ledger knows, each row its own."""
        self.office.workbook.opened_by, self.office.workbook.meanwhile = "", None
        for _ in range(3):
            self.office.tick()
        assert self.office.tick().quiet
        runs = self.office.world.ledger.books.runs
        shown = {str(one["Run"]): one["State"] for one in self.office.tab("Runs") if one["Run"]}
        assert shown.items() >= {(run.id, run.state.value) for run in runs.values()}
        ids = [one["Row ID"] for one in self.office.tab("Leads")]
        assert all(ids)
        assert len(ids) == len(set(ids))
        for one in self.office.tab("Leads"):
            self.right_status(str(one["Name"]), str(one["Run"] or ""))

    def right_status(self, name: str, says: str) -> None:
        names = [name]
        while names[-1] in self.was:
            names.append(self.was[names[-1]])
        run = self.office.world.ledger.books.runs.get(says.split(" ", maxsplit=1)[0])
        assert run or says.startswith("a copy of"), f"{name}: {says!r}"
        if run:
            assert run.input["Name"] in names, f"{name} shows {says}, the run of {run.input['Name']}"
        if name in self.added:
            assert name in {str(mail["Subject"]).removeprefix("Hello ") for mail in self.office.post.mails}


TestPeople = People.TestCase
TestPeople.settings = settings(
    max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
TestPeople.pytestmark = [pytest.mark.timeout(280)]  # type: ignore[attr-defined]
