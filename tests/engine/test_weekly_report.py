"""The Monday report: once a week, whatever happens, and as a run like any other."""

import io
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from adapters.mailers.folder import FolderMailer
from runner.engine import excerpt
from runner.engine.send_now import send_now
from runner.errors import ActionFailed, ActionInDoubt, WorkbookUnreadable
from runner.ports import RESTORED
from runner.rules.kpi.weeks import Week
from runner.rules.own import WEEKLY_REPORT
from tests.conftest import FixedClock
from tests.engine.office import CONTRACTS, MAIL, STEPS, Office

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path: Path, fixed_clock: FixedClock) -> Iterator[Office]:
    """One lead, answered on a Sunday; the report goes to Ana."""
    made = Office(tmp_path, clock=fixed_clock, report_to=("ana@example.com",))
    made.write(
        Contracts=CONTRACTS + "Hello | Yes | New row | Leads | | {{ email }} | Ana | Rolf",
        Steps=STEPS + f"Hello | Reply | email.send | {MAIL}",
        Fields="Contract | Field | Type | Private\nHello | Email | email | Yes",
        Settings="Setting | Value",
        Leads="Name | Email | State | Run | Row ID\n=Ada() | ada@shop.example",
    )
    made.tick()
    yield made
    made.close()


def reports(office: Office) -> list[str]:
    """The subjects of the reports that left."""
    return [str(mail["Subject"]) for mail in office.post.mails if mail["List-Id"]]


def at(office: Office, moment: datetime) -> None:
    """One tick at this moment."""
    office.clock.moment = moment
    office.tick()


def test_it_goes_with_the_first_tick_after_its_time_and_once(shop: Office) -> None:
    assert shop.seen.next_due == MONDAY
    at(shop, MONDAY - timedelta(minutes=1))
    assert reports(shop) == []
    for minutes in (0, 5, 60, 24 * 60):
        at(shop, MONDAY + timedelta(minutes=minutes))
        shop.restart()
    (subject,) = reports(shop)
    assert subject.startswith("business.xlsx, 2026-W47: nothing needs you. A good week")
    assert {run.contract: run.state.value for run in shop.runs().values()} == {"Hello": "DONE", WEEKLY_REPORT: "DONE"}
    assert shop.tab("Runs")[1]["Key"] == "2026-W47"


def test_a_quiet_tick_stays_quiet_and_wakes_for_the_next_monday(shop: Office) -> None:
    at(shop, MONDAY)
    shop.tick(minutes=1)
    shop.tick(hours=2)  # the KPIs are counted
    assert shop.tick(minutes=1).quiet
    assert shop.seen.next_due == MONDAY + timedelta(weeks=1)


def test_the_mail_has_two_layouts_and_the_audit_of_the_week(shop: Office) -> None:
    at(shop, MONDAY)
    (mail,) = [mail for mail in shop.post.mails if mail["List-Id"]]
    assert (mail["To"], mail["Auto-Submitted"]) == ("ana@example.com", "auto-generated")
    page, text = mail.get_body(("html",)), mail.get_body(("plain",))
    assert page is not None
    assert text is not None
    assert "NOTHING NEEDS YOU" in text.get_content()
    assert "<table" in page.get_content()
    assert "should have come" not in text.get_content()
    (file,) = mail.iter_attachments()
    assert file.get_filename() == "audit-2026-W47.xlsx"
    sheet = openpyxl.load_workbook(io.BytesIO(file.get_content()))["Audit"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", f"A1:J{sheet.max_row}")
    lines = {str(row["Seq"]): row for row in shop.tab("Audit")}
    for row in list(sheet.iter_rows(values_only=True))[1:]:
        assert row[5:8] == tuple(lines[str(row[0])].get(name) or None for name in ("Event", "Result", "Who"))
        assert row[9] == lines[str(row[0])]["Hash"]
    assert f"Attached: the {sheet.max_row - 1} lines" in text.get_content()


def test_in_the_attached_audit_private_fields_are_masked_and_no_text_is_a_formula(shop: Office) -> None:
    shop.add("Leads", Name="=cmd()", Email="=1+1")
    shop.tick(minutes=1)
    at(shop, MONDAY)
    (mail,) = [mail for mail in shop.post.mails if mail["List-Id"]]
    (file,) = mail.iter_attachments()
    sheet = openpyxl.load_workbook(io.BytesIO(file.get_content()))["Audit"]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    said = " ".join(str(cell.value) for cell in cells)
    assert "ada@shop.example" not in said
    assert "•••" in said


def test_a_week_with_more_lines_than_a_mail_can_carry_keeps_the_newest_and_says_so(
    shop: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excerpt, "LINES", 2)
    at(shop, MONDAY)
    (mail,) = [mail for mail in shop.post.mails if mail["List-Id"]]
    (file,) = mail.iter_attachments()
    sheet = openpyxl.load_workbook(io.BytesIO(file.get_content()))["Audit"]
    week = [row for row in shop.tab("Audit") if row["Time"] < MONDAY.replace(tzinfo=None, hour=0)]  # type: ignore[operator]
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == [row["Seq"] for row in week[-2:]]
    assert f"the newest 2 of {len(week)} lines" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_nobody_named_nothing_sent_and_no_noise(shop: Office) -> None:
    shop.report_to = ()
    shop.restart()
    at(shop, MONDAY)
    assert (reports(shop), len(shop.runs())) == ([], 1)
    assert not shop.letters.folder.exists()


def test_a_week_that_was_over_before_the_first_tick_is_not_reported(tmp_path: Path) -> None:
    office = Office(tmp_path, clock=FixedClock(MONDAY - timedelta(minutes=30)), report_to=("ana@example.com",))
    office.write(Leads="Name\nAda")
    office.tick()
    office.tick(hours=1)
    assert reports(office) == []
    at(office, MONDAY + timedelta(weeks=1))
    assert len(reports(office)) == 1
    office.close()


def test_late_is_sent_late_and_says_so_and_names_the_weeks_that_have_none(shop: Office) -> None:
    at(shop, MONDAY + timedelta(weeks=2, days=1))
    (mail,) = [mail for mail in shop.post.mails if mail["List-Id"]]
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "2026-W49" in str(mail["Subject"])
    assert "This should have come on Monday 7 December at 08:00, but Rowpact was not running then." in text
    assert "No report came for 2026-W47 and 2026-W48: `rowpact report --week 2026-W48` shows it." in text


def test_whoever_is_named_later_gets_the_last_week_at_once_and_it_is_not_called_late(shop: Office) -> None:
    shop.report_to = ()
    shop.restart()
    at(shop, MONDAY - timedelta(hours=1))
    shop.report_to = ("eve@example.com",)
    shop.restart()
    at(shop, MONDAY + timedelta(days=2))
    (mail,) = [mail for mail in shop.post.mails if mail["List-Id"]]
    assert mail["To"] == "eve@example.com"
    assert "should have come" not in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


@pytest.mark.parametrize("setting", ["Pause", "nothing"])
def test_a_paused_workbook_still_gets_its_report_and_its_retry(shop: Office, setting: str) -> None:
    shop.add("Leads", Name="Bob", Email="bob@shop.example")
    shop.post.fault = ActionFailed("busy")
    shop.tick(minutes=1)
    shop.write(Settings=f"Setting | Value\n{setting} | Yes")
    shop.post.fault = ActionFailed("busy") if setting == "Pause" else None
    at(shop, MONDAY)
    assert shop.seen.next_due is not None
    assert len(reports(shop)) == (setting == "nothing")
    shop.tick(seconds=31)
    assert len(reports(shop)) == 1
    assert ("bob@shop.example" in shop.recipients()) is (setting == "nothing")


def test_a_workbook_that_cannot_be_read_does_not_stop_it(shop: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise WorkbookUnreadable("business.xlsx is not a workbook.")

    monkeypatch.setattr(shop.workbook, "read", broken)
    shop.workbook.touched()
    shop.restart()
    shop.post.fault = ActionFailed("busy")
    for minutes in (0, 1, 2):
        with pytest.raises(WorkbookUnreadable):
            at(shop, MONDAY + timedelta(minutes=minutes))
    (mail,) = [mail for mail in shop.post.mails if mail["List-Id"]]
    assert "The workbook could not be read" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert shop.runs()["2026-W47"].state == "DONE"


class _Killed(BaseException):
    """The process dies here."""


def test_what_was_cut_off_is_not_repeated_while_the_workbook_cannot_be_read(shop: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.post.fault = _Killed()
    with pytest.raises(_Killed):
        at(shop, MONDAY)
    monkeypatch.setattr(shop.workbook, "read", lambda: _raise(WorkbookUnreadable("business.xlsx is not a workbook.")))
    shop.restart()
    for minutes in (1, 2):
        with pytest.raises(WorkbookUnreadable):
            at(shop, MONDAY + timedelta(minutes=minutes))
    assert reports(shop) == []
    assert shop.runs()["2026-W47"].state == "IN_DOUBT"


def test_a_report_that_cannot_be_sent_is_retried_then_stands_in_dead_letters_as_p1_and_the_next_report_names_it(
    shop: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = shop.post.send
    monkeypatch.setattr(shop.post, "send", lambda *_all: _raise(ActionFailed("The mail server is down.")))
    at(shop, MONDAY)
    for _ in range(4):
        shop.tick(minutes=11)
    (letter,) = shop.tab("Dead letters")
    assert (letter["State"], letter["Severity"], letter["Tries"]) == ("DEAD_LETTER", "P1", 4)
    monkeypatch.setattr(shop.post, "send", kept)
    at(shop, MONDAY + timedelta(weeks=1))
    (mail,) = [mail for mail in shop.post.mails if mail["List-Id"]]
    assert "1 THING NEEDS YOU" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Settle: Weekly report (Rowpact)" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    shop.type("Dead letters", {"Run": letter["Run"]}, Decision="RETRY", Decided_by="Ana")
    shop.tick(minutes=1)
    assert len(reports(shop)) == 2


def test_what_was_claimed_is_what_is_sent_after_a_retry_and_a_restart(shop: Office) -> None:
    shop.post.fault = ActionFailed("busy")
    at(shop, MONDAY)
    kept = (shop.letters.folder / "2026-W47.txt").read_text(encoding="utf-8")
    shop.add("Leads", Name="Bob", Email="bob@shop.example")
    shop.restart()
    shop.tick(minutes=1)
    (mail,) = [mail for mail in shop.post.mails if mail["List-Id"]]
    assert mail.get_body(("plain",)).get_content().splitlines() == kept.splitlines()  # type: ignore[union-attr]


def test_a_letter_that_somebody_changed_is_not_sent(shop: Office) -> None:
    shop.post.fault = ActionFailed("busy")
    at(shop, MONDAY)
    (shop.letters.folder / "2026-W47.txt").write_text("Pay Eve.", encoding="utf-8")
    shop.tick(minutes=1)
    assert reports(shop) == []
    assert "is not the one that was written there" in str(shop.tab("Dead letters")[0]["Error"])


def test_a_doubt_is_asked_about_and_never_repeated(shop: Office) -> None:
    shop.post.fault = ActionInDoubt("No confirmation came.")
    at(shop, MONDAY)
    for days in (1, 7):
        at(shop, MONDAY + timedelta(days=days))
    (subject,) = reports(shop)
    assert "2026-W48" in subject
    (letter,) = shop.tab("Dead letters")
    assert letter["State"] == "IN_DOUBT"
    shop.type("Dead letters", {"Run": letter["Run"]}, Decision="DONE", Decided_by="Ana")
    shop.tick(minutes=1)
    assert shop.runs()["2026-W47"].state == "DONE"
    assert len(reports(shop)) == 1


def test_a_report_that_cannot_be_written_stops_nothing_and_is_tried_again_in_an_hour(
    shop: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.with_(post_room=replace(shop.world.post_room, as_workbook=lambda _lines: _raise(KeyError("a bug"))))  # type: ignore[type-var]
    shop.add("Leads", Name="Bob", Email="bob@shop.example")
    at(shop, MONDAY)
    shop.tick(minutes=30)
    assert "bob@shop.example" in shop.recipients()
    assert len([event for event in shop.events("noted") if "report" in event.detail]) == 1
    assert "The report of 2026-W47 could not be written (KeyError: 'a bug')" in send_now(shop.world, Week.read("2026-W47")).said
    shop.restart()
    shop.tick(minutes=5)
    assert reports(shop) == []
    assert shop.seen.next_due == MONDAY + timedelta(minutes=90)
    shop.tick(minutes=55)
    assert len(reports(shop)) == 1


def _raise(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("America/Chicago", datetime(2026, 11, 1, 12, tzinfo=UTC)),  # summer time ends on that Sunday
        ("Europe/Berlin", datetime(2027, 3, 28, 12, tzinfo=UTC)),  # and begins
        ("Pacific/Apia", datetime(2026, 11, 22, 0, tzinfo=UTC)),
    ],
)
def test_in_weeks_in_which_clocks_change_it_comes_once_at_eight_by_the_owners_clock(
    tmp_path: Path, zone: str, first: datetime
) -> None:
    office = Office(tmp_path, clock=FixedClock(first), zone=ZoneInfo(zone), report_to=("ana@example.com",))
    office.write(Leads="Name\nAda")
    office.tick()
    came = []
    for _ in range(36):
        before = len(reports(office))
        office.tick(hours=1)
        if len(reports(office)) > before:
            came.append(office.clock.moment.astimezone(ZoneInfo(zone)))
    assert [(moment.strftime("%a"), moment.hour) for moment in came] == [("Mon", 8)] * len(came)
    assert len({Week.of(moment, ZoneInfo(zone)) for moment in came}) == len(came) >= 1
    office.close()


def test_a_clock_that_jumps_over_monday_and_back_sends_one_report_a_week(shop: Office) -> None:
    for days in (3, -2, 4, -1, 10, -9, 7.5, 8):
        at(shop, MONDAY + timedelta(days=days))
    weeks = [subject.split()[1] for subject in reports(shop)]
    assert sorted(weeks) == ["2026-W47:", "2026-W48:"]


def test_its_runs_count_nowhere_and_need_no_row(shop: Office) -> None:
    at(shop, MONDAY)
    at(shop, MONDAY + timedelta(weeks=1))
    (mail,) = [mail for mail in shop.post.mails if "W48" in str(mail["Subject"])]
    assert "A quiet week: no run came to an end." in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert shop.seen.book.problems == ()


def test_no_contract_can_have_its_name_and_no_step_its_action(shop: Office) -> None:
    shop.write(
        Contracts=CONTRACTS + "weekly report (rowpact) | Yes | New row | Leads\nOther | Yes | New row | Leads",
        Steps=STEPS + "Other | Send | report.send | to: eve@shop.example\\nsubject: x\\nweek: 2026-W47\\nletter: x",
    )
    shop.tick()
    said = [str(row["Check"]) for tab in ("Contracts", "Steps") for row in shop.tab(tab)]
    assert any("are for Rowpact's own runs. Give it another name." in one for one in said)
    assert any("Rowpact sends its report by itself" in one for one in said)
    at(shop, MONDAY)
    assert len(reports(shop)) == 1


def test_a_ledger_that_is_lost_sends_no_report_again(shop: Office) -> None:
    at(shop, MONDAY)
    shop.lose_ledger()
    at(shop, MONDAY + timedelta(hours=1))
    at(shop, MONDAY + timedelta(hours=2))
    assert len(reports(shop)) == 1


@pytest.mark.parametrize("looked_up", [False, True])
def test_a_ledger_and_a_workbook_put_back_from_before_it_send_no_report_again(shop: Office, looked_up: bool) -> None:
    """The folder of letters remembers; where mail can be looked up, nobody has to answer."""
    outbox = FolderMailer(shop.folder / "outbox")
    if looked_up:
        shop.post = outbox  # type: ignore[assignment]
    shop.restart()
    tabs, ledger = deepcopy(shop.workbook.tabs), (shop.folder / "business.ledger").read_bytes()
    at(shop, MONDAY)
    shop.close()
    for file in shop.folder.glob("business.ledger*"):
        file.unlink()
    (shop.folder / "business.ledger").write_bytes(ledger)
    shop.workbook.tabs = tabs
    shop.workbook.touched()
    shop.restart()
    for minutes in (5, 10, 15):
        at(shop, MONDAY + timedelta(minutes=minutes))
    assert shop.runs()["2026-W47"].state == ("DONE" if looked_up else "IN_DOUBT")
    sent = list(outbox.folder.glob("*.eml")) if looked_up else reports(shop)
    assert len(sent) == 1
    assert [letter["State"] for letter in shop.tab("Dead letters")] == ["IN_DOUBT"]


def test_an_online_workbook_is_one_click_away(shop: Office) -> None:
    post = shop.world.post_room
    assert post is not None
    shop.type("Steps", {"Step": "Reply"}, Approval="Always")
    shop.add("Leads", Name="Bob", Email="bob@shop.example")
    shop.tick(minutes=1)
    shop.with_(post_room=replace(post, link='https://docs.example/d/1?a=1&b="'))
    at(shop, MONDAY)
    (mail,) = [mail for mail in shop.post.mails if mail["List-Id"]]
    assert 'href="https://docs.example/d/1?a=1&amp;b=&#34;"' in mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "Open the workbook: https://docs.example/d/1" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


# --------------------------------------------------------------------------------------------------------------- by hand


def test_by_hand_it_goes_now_and_monday_brings_no_second_one(shop: Office) -> None:
    shop.clock.moment = MONDAY - timedelta(hours=5)
    shop.add("Leads", Name="Bob", Email="bob@shop.example")
    sent = send_now(shop.world, None)
    assert sent.left, sent.said
    assert "bob@shop.example" not in shop.recipients()  # nothing else is carried on
    again = send_now(shop.world, Week.read("2026-W47"))
    assert not again.left
    assert "It is not sent twice." in again.said
    shop.restart()
    at(shop, MONDAY)
    assert len(reports(shop)) == 1


def test_after_a_week_that_was_sent_by_hand_the_week_before_it_is_not_sent_any_more(shop: Office) -> None:
    shop.clock.moment = MONDAY + timedelta(days=6, hours=20)
    assert send_now(shop.world, None).left
    shop.tick(minutes=1)
    (subject,) = reports(shop)
    assert "2026-W48" in subject


def test_by_hand_a_report_in_doubt_is_refused_and_so_is_a_week_that_is_not_over(shop: Office) -> None:
    assert "is not over yet" in send_now(shop.world, Week.read("2026-W47")).said
    shop.post.fault = ActionInDoubt("No confirmation came.")
    shop.clock.moment = MONDAY
    for _ in range(2):
        sent = send_now(shop.world, None)
        assert not sent.left
        assert "find out, and type DONE or RETRY" in sent.said
    assert reports(shop) == []


@pytest.mark.parametrize("stands", ["RETRYING", "DEAD_LETTER", "CLOSED", "CANCELLED", "PAUSED"])
def test_by_hand_a_report_that_certainly_did_not_leave_goes_with_what_is_new_in_it(shop: Office, stands: str) -> None:
    shop.post.fault = ActionFailed("The mail server is down.", permanent=stands in ("DEAD_LETTER", "CLOSED"))
    at(shop, MONDAY)
    if stands == "CLOSED":
        shop.type("Dead letters", {"Contract": WEEKLY_REPORT}, Decision="CLOSE", Decided_by="Ana")
    elif stands in ("CANCELLED", "PAUSED"):
        shop.type("Runs", {"Contract": WEEKLY_REPORT}, Command={"CANCELLED": "CANCEL", "PAUSED": "PAUSE"}[stands])
    shop.tick(seconds=5)
    assert shop.runs()["2026-W47"].state == stands
    shop.report_to = ("bo@example.com",)
    shop.restart()
    sent = send_now(shop.world, None)
    assert sent.left, sent.said
    shop.restart()
    for hours in (1, 2, 24):
        shop.tick(hours=hours)
    (mail,) = [mail for mail in shop.post.mails if mail["List-Id"]]
    assert mail["To"] == "bo@example.com"
    assert not [ask for ask in shop.world.ledger.books.asks.values() if ask.state == "open"]
    assert shop.world.ledger.verify() == []
    assert not send_now(shop.world, None).left


def test_by_hand_it_goes_after_the_ledger_was_lost_while_it_stood_in_dead_letters(shop: Office) -> None:
    shop.post.fault = ActionFailed("Refused.", permanent=True)
    at(shop, MONDAY)
    shop.lose_ledger()
    shop.tick(minutes=1)
    assert shop.runs()["2026-W47"].state == "DEAD_LETTER"
    assert send_now(shop.world, None).left
    assert len(reports(shop)) == 1


def test_by_hand_nothing_goes_before_a_ledger_from_a_copy_was_compared_with_the_workbook(shop: Office) -> None:
    shop.clock.moment = MONDAY
    shop.world.ledger.note(RESTORED, "The ledger was put back from a copy.")
    assert "`rowpact run` compares it" in send_now(shop.world, None).said
    assert reports(shop) == []
    shop.restart()
    shop.tick(minutes=1)
    assert len(reports(shop)) == 1


def test_what_is_asked_for_while_another_runner_works_is_sent_by_that_one(shop: Office) -> None:
    other = Office(shop.folder, workbook=shop.workbook, clock=shop.clock, report_to=shop.report_to)
    other.with_(holder="tests:2:x", clock=_Busy(shop))
    shop.clock.moment = MONDAY - timedelta(hours=5)
    shop.type("Leads", {"Email": "ada@shop.example"}, Name="Ada L.")
    shop.tick()
    sent = send_now(other.world, None)
    assert sent.left, sent.said
    assert len(reports(shop)) == 1
    assert reports(other) == []
    other.close()


class _Busy(FixedClock):
    """While this one waits, the other runner works on."""

    def __init__(self, shop: Office) -> None:
        super().__init__(shop.clock.moment)
        self.shop = shop

    def now(self) -> datetime:
        return self.shop.clock.moment

    def sleep(self, seconds: float) -> None:
        self.shop.type("Leads", {"Email": "ada@shop.example"}, Name=f"Ada {self.shop.clock.moment}")
        self.shop.tick(seconds=seconds)
