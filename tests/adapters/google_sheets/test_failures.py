"""What goes wrong between Rowpact and Google: got over where it passes, and said with its mend where it does not."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.workbooks.google_sheets import GoogleWorkbook
from adapters.workbooks.google_sheets.keys import open_key
from adapters.workbooks.google_sheets.pace import PER_MINUTE
from runner.errors import ConfigError, WorkbookBusy, WorkbookUnreadable
from runner.model import RowEdit, TabEdit
from tests.adapters.google_sheets.conftest import ROBOT, GoogleDesk
from tests.servers.sheets.answers import Refused
from tests.servers.sheets.faults import DROPPED, PASSING, TOO_MANY, TOO_MANY_WAIT, UNAVAILABLE, Fault, answering

READ, WRITE = "values.batchGetByDataFilter", "spreadsheets.batchUpdate"
EDITS: list[RowEdit | TabEdit] = [
    TabEdit(tab="Runs", headers=("Run", "State")),
    RowEdit(tab="Runs", row=None, cells={"Run": "R-1", "State": "DONE"}),
    RowEdit(tab="Leads", row=2, cells={"Run": "R-1 DONE"}),
    RowEdit(tab="Leads", row=None, cells={"Name": "Bo"}),
]


@pytest.fixture
def book(google_desk: GoogleDesk) -> GoogleWorkbook:
    """One lead."""
    return google_desk.lay_out({"Leads": [["Name", "Run"], ["Ana"]]})


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: fault.name)
@pytest.mark.parametrize("call", [READ, WRITE, "spreadsheets.get"])
def test_what_passes_is_got_over_and_nothing_is_written_twice(
    google_desk: GoogleDesk, book: GoogleWorkbook, fault: Fault, call: str
) -> None:
    google_desk.google.fail(fault, on=call)
    before = book.read()
    after = book.write(EDITS, before)
    assert google_desk.sheet.tab("Leads").rows == [["Name", "Run"], ["Ana", "R-1 DONE"], ["Bo"]]
    assert google_desk.sheet.tab("Runs").rows == [["Run", "State"], ["R-1", "DONE"]]
    assert after == book.version()


def test_a_write_that_was_done_is_not_sent_again_when_its_answer_is_lost(google_desk: GoogleDesk, book: GoogleWorkbook) -> None:
    before = book.read()
    google_desk.google.fail(next(fault for fault in PASSING if fault.name == "dropped after"), on=WRITE)
    book.write(EDITS, before)
    assert google_desk.google.counts()[WRITE] == 1


def test_a_call_too_many_waits_for_the_next_minute_or_as_long_as_google_asks(google_desk: GoogleDesk, book: GoogleWorkbook) -> None:
    begun = google_desk.clock.now()
    google_desk.google.fail(TOO_MANY, on=READ)
    book.version()
    assert 60 - begun.second <= (google_desk.clock.now() - begun).total_seconds() < 65
    begun = google_desk.clock.now()
    google_desk.google.fail(TOO_MANY_WAIT, on=READ)
    book.version()
    assert (google_desk.clock.now() - begun).total_seconds() >= 7


@pytest.mark.parametrize("fault", [UNAVAILABLE, DROPPED, TOO_MANY], ids=lambda fault: fault.name)
def test_what_does_not_pass_ends_in_a_sentence(google_desk: GoogleDesk, book: GoogleWorkbook, fault: Fault) -> None:
    before = book.read()
    google_desk.google.fail(fault, on=READ, times=99)
    with pytest.raises(WorkbookUnreadable, match=r"(?i)again|wait"):
        book.version()
    assert 1 < google_desk.google.counts()[READ] < PER_MINUTE / 2
    with pytest.raises(WorkbookBusy, match=r"(?i)again|wait"):
        book.write(EDITS, before)
    assert "R-1" not in str(google_desk.sheet.tab("Leads").rows)


@pytest.mark.parametrize(
    ("cause", "sentence"),
    [
        (
            lambda desk: desk.sheet.share(ROBOT, ""),
            f"{ROBOT} may not open this sheet. In the sheet, choose Share and add {ROBOT}",
        ),
        (
            lambda desk: desk.google.off.add("sheets.googleapis.com"),
            "not switched on for your project. Switch it on at https://console",
        ),
        (lambda desk: desk.google.office.books.clear(), "no Google sheet at this address"),
        (lambda desk: setattr(desk.google, "ahead", 7200.0), "clock is wrong"),
        (lambda desk: desk.google.tokens.replace_key(ROBOT), "Make a new key"),
    ],
    ids=["not shared", "API off", "wrong address", "clock", "key deleted"],
)
def test_a_lasting_cause_is_named_with_its_mend(
    google_desk: GoogleDesk, book: GoogleWorkbook, cause: Callable[[GoogleDesk], None], sentence: str
) -> None:
    cause(google_desk)
    with pytest.raises(WorkbookUnreadable) as caught:
        book.version()
    assert sentence in str(caught.value)


def test_one_that_may_only_look_is_told_so_when_it_writes(google_desk: GoogleDesk, book: GoogleWorkbook) -> None:
    google_desk.sheet.share(ROBOT, "reader")
    before = book.read()
    with pytest.raises(WorkbookBusy, match=f"{ROBOT} may only look at this sheet.*as Editor"):
        book.write(EDITS, before)


CLOSED = "You are trying to edit a protected cell or object. Please contact the spreadsheet owner to remove protection."


def test_protected_cells_are_left_out_and_named_and_the_rest_is_written(google_desk: GoogleDesk, book: GoogleWorkbook) -> None:
    google_desk.sheet.tab("Leads").add(Name="Bo")
    before = book.read()
    refusal = Refused(400, "INVALID_ARGUMENT", f"Invalid requests[1].updateCells: {CLOSED}")
    google_desk.google.fail(answering("a closed door", refusal), on=WRITE)
    edits = [RowEdit(tab="Leads", row=2, cells={"Run": "R-1"}), RowEdit(tab="Leads", row=3, cells={"Name": "Bob"})]
    book.write(edits, before)
    assert google_desk.sheet.tab("Leads").rows == [["Name", "Run"], ["Ana", "R-1"], ["Bo"]]
    (problem,) = book.refused
    assert (problem.where, ROBOT in problem.fix) == ("Leads!A3", True)
    book.write([RowEdit(tab="Leads", row=3, cells={"Run": "R-2"})], book.read())
    assert book.refused == []


def test_a_closed_door_without_a_number_waits_with_its_mend(google_desk: GoogleDesk, book: GoogleWorkbook) -> None:
    before = book.read()
    google_desk.google.fail(answering("a closed door", Refused(400, "INVALID_ARGUMENT", CLOSED)), on=WRITE)
    with pytest.raises(WorkbookBusy, match=f"Protect sheets and ranges, let {ROBOT} edit them"):
        book.write(EDITS, before)


class TestKeys:
    @pytest.fixture
    def key(self, google_desk: GoogleDesk, tmp_path: Path) -> Path:
        path = tmp_path / "service-account.json"
        path.write_text(json.dumps(google_desk.key), encoding="utf-8")
        path.chmod(0o600)
        return path

    def test_a_service_account_is_known_by_its_address(self, key: Path) -> None:
        credentials, account = open_key(str(key))
        assert account == ROBOT
        assert credentials.scopes == ["https://www.googleapis.com/auth/spreadsheets"]

    def test_a_persons_login_has_none(self, google_desk: GoogleDesk, key: Path) -> None:
        key.write_text(json.dumps(google_desk.google.person()), encoding="utf-8")
        assert open_key(str(key))[1] == ""

    def test_a_key_that_others_can_read_is_refused(self, key: Path) -> None:
        key.chmod(0o644)
        with pytest.raises(ConfigError, match=f"others can read the key .*Run: chmod 600 {key}"):
            open_key(str(key))

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            ("{", "is not a JSON file"),
            ("[]", "is not a Google key"),
            ('{"type": "service_account"}', "is not whole"),
            ('{"installed": {}}', "names an app, not a login"),
        ],
    )
    def test_what_is_no_key_is_said(self, key: Path, content: str, sentence: str) -> None:
        key.write_text(content, encoding="utf-8")
        with pytest.raises(ConfigError, match=sentence):
            open_key(str(key))

    def test_a_key_that_is_not_there_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="there is no file"):
            open_key(str(tmp_path / "nowhere.json"))

    def test_without_a_login_on_this_computer_the_command_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
        monkeypatch.setenv("NO_GCE_CHECK", "true")
        monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
        with pytest.raises(ConfigError, match="gcloud auth application-default login"):
            open_key("default")

    def test_the_login_of_this_computer_is_used_when_config_says_default(
        self, google_desk: GoogleDesk, key: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
        credentials, account = open_key("default")
        assert (credentials.service_account_email, account) == (ROBOT, "")
