"""Whatever goes wrong between Rowpact and Google: the mails leave once, and the sheet comes to say what the ledger knows."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runner.errors import WorkbookUnreadable
from tests.adapters.google_sheets.on_google import CHANGE, LOOK, WorkbookOnGoogle
from tests.conftest import FixedClock
from tests.engine.office import Office, lay_out_leads
from tests.servers.sheets import SheetsServer
from tests.servers.sheets.faults import HTML_200, HUNG, HUNG_AFTER, PASSING, Fault

#: Every kind of call that a tick makes.
CALLS = ("spreadsheets.get", LOOK, "spreadsheets.getByDataFilter", CHANGE)


@pytest.fixture
def office(google: SheetsServer, tmp_path: Path, fixed_clock: FixedClock) -> Iterator[Office]:
    made = Office(tmp_path, workbook=WorkbookOnGoogle(google, fixed_clock), clock=fixed_clock)
    lay_out_leads(made)
    yield made
    made.close()


def until_quiet(office: Office) -> None:
    """As the polling loop does it: what cannot be read now is read at the next tick."""
    for _ in range(16):
        try:
            if office.tick(minutes=2).quiet:
                return
        except WorkbookUnreadable:
            continue
    pytest.fail("the sheet did not come to rest")


def all_is_well(office: Office) -> None:
    assert office.post.recipients == ["ana@shop.example", "bob@shop.example"]
    assert [row["Run"] for row in office.tab("Leads")] == ["R-0001 DONE", "R-0002 DONE"]
    assert [(row["Run"], row["State"]) for row in office.tab("Runs")] == [("R-0001", "DONE"), ("R-0002", "DONE")]
    seqs = [row["Seq"] for row in office.tab("Audit")]
    assert seqs == sorted(set(seqs))
    assert len(seqs) >= len(office.world.ledger.books.runs)


@pytest.mark.parametrize("fault", [*PASSING, HTML_200], ids=lambda fault: fault.name)
def test_a_fault_at_every_kind_of_call_is_got_over(office: Office, google: SheetsServer, fault: Fault) -> None:
    for call in CALLS:
        google.fail(fault, on=call)
    until_quiet(office)
    all_is_well(office)
    assert google.pending_faults == 0


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: fault.name)
def test_a_fault_that_stays_for_a_while_is_got_over(office: Office, google: SheetsServer, fault: Fault) -> None:
    office.workbook.version()  # the token office repeats by its own clock
    google.fail(fault, times=12)
    until_quiet(office)
    all_is_well(office)
    assert google.pending_faults == 0


@pytest.mark.parametrize("fault", [HUNG, HUNG_AFTER], ids=lambda fault: fault.name)
@pytest.mark.parametrize("call", [LOOK, CHANGE])
def test_a_call_that_hangs_is_given_up(office: Office, google: SheetsServer, call: str, fault: Fault) -> None:
    office.workbook.client.set_timeout((1, 0.3))  # type: ignore[attr-defined]
    google.fail(fault, on=call)
    until_quiet(office)
    all_is_well(office)


def test_a_token_that_dies_in_the_middle_is_renewed_unseen(office: Office, google: SheetsServer) -> None:
    def expire(call: str) -> None:
        if call == CHANGE and google.tokens.given == 1:
            google.tokens.tokens.clear()

    google.between = expire
    assert not office.tick().waiting
    all_is_well(office)
    assert google.tokens.given == 2


def test_a_quota_that_is_used_up_is_waited_for(office: Office, google: SheetsServer, fixed_clock: FixedClock) -> None:
    google.quota, google.minutes = (3, 1), lambda: fixed_clock.now().timestamp()
    began = fixed_clock.now()
    until_quiet(office)
    all_is_well(office)
    assert (fixed_clock.now() - began).total_seconds() >= 60
    refused = [call for call in google.calls if call.status == 429]
    assert len(refused) <= len(google.calls) / 2


@pytest.mark.parametrize("crash_before", [LOOK, CHANGE])
def test_a_runner_that_dies_around_its_write_leaves_nothing_double(
    office: Office, google: SheetsServer, crash_before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """As kill -9: nobody catches it."""

    workbook = office.workbook
    assert isinstance(workbook, WorkbookOnGoogle)
    request = type(workbook.client).request
    armed = True

    def dies(self: object, method: str, endpoint: str, *rest: object, **more: object) -> object:
        done: Callable[[], object] = lambda: request(self, method, endpoint, *rest, **more)  # type: ignore[arg-type]  # noqa: E731
        if armed and ":batchUpdate" in endpoint:
            if crash_before == LOOK:
                done()
            raise Killed
        return done()

    monkeypatch.setattr(type(workbook.client), "request", dies)
    with pytest.raises(Killed):
        office.tick()
    armed = False
    workbook.open()
    office.restart()
    until_quiet(office)
    all_is_well(office)
