"""The status page: written when something changed, never in the way, and with nothing private in it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from runner.errors import WorkbookUnreadable
from tests.engine.office import CONTRACTS, MAIL, STEPS, Office

#: Every mail is asked about.
ASKS = STEPS + f"Hello | Reply | email.send | {MAIL} | | Always"


@dataclass
class Place:
    """Where pages go; `refuses` is what the disk says instead."""

    pages: list[str] = field(default_factory=list)
    refuses: OSError | None = None

    def put(self, html: str) -> None:
        if self.refuses:
            raise self.refuses
        self.pages.append(html)

    @property
    def last(self) -> str:
        return self.pages[-1]


@pytest.fixture
def place(office: Office) -> Place:
    made = Place()
    office.with_(page=made.put, mode="running, every 15 s", place="/home/ana/business.xlsx")
    return made


def settle(office: Office) -> None:
    for _ in range(4):
        office.tick(seconds=6)
    assert office.tick().quiet


def test_a_quiet_tick_writes_nothing_and_an_hour_later_the_page_is_fresh_again(office: Office, place: Place) -> None:
    settle(office)
    office.tick(hours=2)  # the KPIs are counted
    settle(office)
    before = len(place.pages)
    assert office.tick(minutes=50).quiet
    assert len(place.pages) == before
    office.tick(minutes=15)
    assert len(place.pages) == before + 1
    assert office.tick(minutes=1).quiet


def test_what_happens_in_quick_succession_is_written_once_and_nothing_is_left_out(office: Office, place: Place) -> None:
    settle(office)
    before = len(place.pages)
    for number in range(4):
        office.add("Leads", Name=f"Cleo {number}", Email=f"cleo{number}@shop.example")
        office.tick(seconds=1)
    assert len(place.pages) <= before + 1
    office.tick(seconds=6)
    assert "6 DONE" in place.last


def test_a_question_is_named_with_its_cell_until_it_is_answered(office: Office, place: Place) -> None:
    office.write(Steps=ASKS)
    settle(office)
    assert "2 things need you." in place.last
    assert "Type APPROVE or REJECT in Approvals!J2 (row A-0001, column Decision)" in place.last
    office.type("Approvals", {"Approval": "A-0001"}, Decision="APPROVE")
    settle(office)
    assert "1 thing needs you." in place.last
    assert "A-0001" not in place.last


def test_what_is_private_is_masked_also_in_a_question_about_many_runs(office: Office, place: Place) -> None:
    office.write(
        Contracts=CONTRACTS + "Hello | Yes | New row | Leads | | {{ email }} | Ana | Rolf",
        Fields="Contract | Field | Type | Required | Private\nHello | Email | email | Yes | Yes",
        Settings="Setting | Value\nBulk limit | 1",
    )
    settle(office)
    assert "RELEASE or SKIP" in place.last
    assert "•••" in place.last
    assert "shop.example" not in place.last


def test_secrets_are_blotted_out_wherever_they_stand(office: Office, place: Place) -> None:
    secrets = replace(office.world.secrets, redact=lambda text: text.replace("Hello", "•SECRET•"))
    office.with_(secrets=secrets)
    office.write(Steps=ASKS)
    settle(office)
    assert "•SECRET•" in place.last
    assert "Hello" not in place.last


def test_a_disk_that_takes_no_page_is_said_once_and_stops_nothing(office: Office, place: Place) -> None:
    place.refuses = OSError(28, "No space left on device")
    settle(office)
    assert office.recipients() == ["ada@shop.example", "bob@shop.example"]
    office.tick(hours=2)
    office.tick(hours=2)
    assert [line for line in office.said if "status page" in line] == [
        "The status page could not be written (No space left on device). Nothing else is affected; it is tried again."
    ]
    place.refuses = None
    office.tick(hours=2)
    assert "2 DONE" in place.last


def test_a_workbook_that_cannot_be_read_is_said_on_the_page_and_so_is_that_it_can_again(
    office: Office, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(office)

    def gone() -> None:
        raise WorkbookUnreadable("business.xlsx is not there.")

    with monkeypatch.context() as patched:
        patched.setattr(office.workbook, "read", gone)
        office.add("Leads", Name="Cleo", Email="cleo@shop.example")
        with pytest.raises(WorkbookUnreadable):
            office.tick(minutes=1)
    assert "The workbook could not be read. business.xlsx is not there." in place.last
    assert "Rowpact is held up." in place.last
    settle(office)
    assert "could not be read" not in place.last
    assert "3 DONE" in place.last


def test_writes_that_wait_stand_there_with_their_reason(office: Office, place: Place) -> None:
    settle(office)
    office.workbook.opened_by = "Ana has the workbook open."
    office.add("Leads", Name="Cleo", Email="cleo@shop.example")
    office.tick(minutes=1)
    office.tick(minutes=1)
    assert "Ana has the workbook open." in place.last


def test_a_pause_is_said_with_the_cell_that_ends_it(office: Office, place: Place) -> None:
    office.write(Settings="Setting | Value\nPause | Yes")
    settle(office)
    assert "Everything is paused: tab Settings, row Pause." in place.last


def test_a_restart_writes_the_page_anew(office: Office, place: Place) -> None:
    settle(office)
    before = len(place.pages)
    office.restart()
    office.with_(page=place.put)
    office.tick(seconds=1)
    assert len(place.pages) == before + 1


def test_long_lists_are_cut_and_counted(office: Office, place: Place) -> None:
    leads = [
        ["Name", "Email", "State", "Run", "Row ID"],
        *([f"Lead {n}", f"lead{n}@shop.example", None, None, None] for n in range(150)),
    ]
    office.write(
        Leads=leads,  # type: ignore[arg-type]
        Settings="Setting | Value\nBulk limit | 1000",
        Steps=ASKS,
    )
    settle(office)
    assert "150 things need you." in place.last
    assert "… and 130 more." in place.last
    assert "… and 120 more: see the tab Runs." in place.last
    assert len(place.last) < 40_000


def test_the_moment_of_the_last_tick_is_kept_for_status(office: Office, place: Place) -> None:
    settle(office)
    assert (
        office.clock.now().isoformat()
        >= office.world.ledger.note("last tick")
        >= (office.clock.now() - timedelta(minutes=1)).isoformat()
    )


def test_the_last_report_is_named_with_what_became_of_it(office: Office, place: Place) -> None:
    settle(office)
    assert "none yet" in place.last
    office.with_(post_room=replace(office.world.post_room, to=("ana@example.com",)))  # type: ignore[type-var]
    office.clock.moment = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    settle(office)
    assert "2026-W47: sent Mon 23 Nov, 08:30" in place.last
    assert "Weekly report" not in place.last
