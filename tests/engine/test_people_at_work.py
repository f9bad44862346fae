"""People sort, copy, rename, restore and type at any moment; nothing is done twice or unasked, and every status finds its row."""

import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from adapters.workbooks.memory import MemoryWorkbook
from runner.engine.write_back import plan_edits
from runner.errors import ActionFailed, ActionInDoubt, RowpactError
from runner.events import EventKind
from runner.model import RowEdit
from runner.tabs import ROW_ID, RUN
from runner.values import name_key
from tests.conftest import NOW, FixedClock
from tests.engine.office import Office
from tests.engine.on_disk import WorkbookOnDisk
from tests.engine.people import DOINGS, People
from tests.engine.witness import MOMENTS, Witness, name_in

FAULTS = (ActionFailed("The server is busy."), ActionFailed("No such mailbox.", permanent=True), ActionInDoubt("The line dropped."))


class AtWork(RuleBasedStateMachine):
    """People and the runner, on a workbook in memory. Every lead has a name of its own, and one mail of each kind at most."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        clock = FixedClock(NOW)
        self.office = Office(Path(self.folder.name), workbook=self.workbook(Path(self.folder.name), clock), clock=clock, workers=1)
        self.people = People(self.office)
        self.witness = Witness(self.people)
        self.office.with_(workbook=self.witness)

    def workbook(self, _folder: Path, _clock: FixedClock) -> MemoryWorkbook:
        return MemoryWorkbook()

    def teardown(self) -> None:
        try:
            self.all_heals()
        finally:
            self.office.close()
            self.folder.cleanup()

    # ------------------------------------------------------------------------------------------------------- what happens

    @rule(doing=st.sampled_from(sorted(DOINGS)), pick=st.integers(0, 199), moment=st.sampled_from(MOMENTS))
    def somebody(self, doing: str, pick: int, moment: str) -> None:
        if moment == "between ticks":
            self.people.do(doing, pick)
            return
        self.office.workbook.touched()
        self.witness.strikes[moment] = lambda: self.people.do(doing, pick)
        self.office.post.meanwhile = lambda: self.witness.strike("while it acts")
        self.tick()
        self.witness.strikes, self.office.post.meanwhile = {}, None

    @rule()
    def tick(self) -> None:
        try:
            self.office.tick()
        except RowpactError as error:  # as the poller does
            self.office.said.append(str(error))

    @rule(minutes=st.sampled_from([1, 15, 60 * 24 * 8]))
    def later(self, minutes: int) -> None:
        self.office.tick(minutes=minutes)

    @rule()
    def restart(self) -> None:
        self.office.restart()
        self.office.with_(workbook=self.witness)

    @rule(fault=st.sampled_from(FAULTS))
    def the_mail_server_has_a_fault(self, fault: ActionFailed) -> None:
        self.office.post.fault = fault

    # -------------------------------------------------------------------------------------------------- what always holds

    @invariant()
    def nothing_is_done_twice(self) -> None:
        for header in ("Subject", "Message-ID"):
            mailed = Counter(str(mail[header]) for mail in self.office.post.mails)
            assert not [what for what, count in mailed.items() if count > 1], mailed

    @invariant()
    def nothing_is_done_that_nobody_approved(self) -> None:
        """Every mail that needs a yes was shown beside one, in full."""
        asks = self.office.world.ledger.books.asks.values()
        said_yes = [ask.what for ask in asks if ask.state == "approved" and (ask.id, ask.what) in self.people.approved]
        runs = self.office.world.ledger.books.runs.values()
        big = {name_in(run) for run in runs if int(str(run.input.get("Budget", 0))) >= 1000}
        for mail in self.office.post.mails:
            word, name = str(mail["Subject"]).split()
            if word == "Hello" and name in big:
                shown = [what for what in said_yes if f"Subject: Hello {name}\n" in what and f"to {mail['To']}\n" in what]
                assert shown, f"{mail['Subject']} to {mail['To']} went out; approved was {said_yes}"

    def all_heals(self) -> None:
        """Two ticks with nobody about, and every cell of the runner's says what the ledger knows."""
        self.people.mend()
        for _ in range(2):
            self.office.tick()
        assert self.differences() == []
        self.office.tick()
        assert self.office.tick().quiet
        self.witness.what_was_written_is_beside_its_row([])
        self.every_lead_has_its_own_id_and_says_where_it_stands()
        assert self.office.world.ledger.verify() == []

    def differences(self) -> list[RowEdit]:
        """What a fresh reader would still write, the tab Runner aside."""
        seen = self.office.seen
        assert seen.snapshot
        seen.snapshot = replace(self.office.workbook.read(), renamed=seen.snapshot.renamed)
        edits = plan_edits(self.office.world, seen, [], self.office.clock.now())
        return [edit for edit in edits if name_key(edit.tab) != "runner" and not _own_line(edit)]

    def every_lead_has_its_own_id_and_says_where_it_stands(self) -> None:
        lines = self.people.lines()
        ids = [self.people.cell(line, ROW_ID) for line in lines]
        assert all(ids)
        assert len(ids) == len(set(ids))
        runs = self.office.world.ledger.books.runs
        for line in lines:
            says = str(self.people.cell(line, RUN) or "")
            run = runs.get(says.split(" ", maxsplit=1)[0])
            assert run or says.startswith("a copy of"), f"{line} says {says!r}"
            if run and says != f"{run.id} {run.state}":
                assert says.startswith(f"{run.id} {run.state}: "), says
        shown = {str(one["Run"]): one["State"] for one in reversed(self.office.tab("Runs"))}
        assert shown.items() >= {(run.id, run.state.value) for run in runs.values()}


def _own_line(edit: object) -> bool:
    return isinstance(edit, RowEdit) and edit.row is None and edit.cells.get("Event") == EventKind.EDIT_LANDED


class AtWorkInExcel(AtWork):
    """The same on a real file, edited through openpyxl."""

    def workbook(self, folder: Path, clock: FixedClock) -> MemoryWorkbook:
        return WorkbookOnDisk(folder / "business.xlsx", clock)


_HEALTH = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
TestPeopleInMemory = AtWork.TestCase
TestPeopleInMemory.settings = settings(
    max_examples=40, stateful_step_count=20, deadline=None, derandomize=True, suppress_health_check=_HEALTH
)
TestPeopleInMemory.pytestmark = [pytest.mark.timeout(280)]  # type: ignore[attr-defined]
TestPeopleInExcel = AtWorkInExcel.TestCase
TestPeopleInExcel.settings = settings(
    max_examples=12, stateful_step_count=12, deadline=None, derandomize=True, suppress_health_check=_HEALTH
)
TestPeopleInExcel.pytestmark = [pytest.mark.timeout(280)]  # type: ignore[attr-defined]
