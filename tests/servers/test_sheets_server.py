"""The test server answers as Google was seen to answer; what it takes to be true about Google stands here, sentence by sentence."""

# ruff: noqa: DTZ001 - cells hold local times without a zone

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import gspread
import pytest
import requests
import trustme
from google.auth.exceptions import RefreshError

from tests.servers.sheets import PersonSheet, SheetsServer, client_for
from tests.servers.sheets.faults import (
    DROPPED,
    DROPPED_AFTER,
    HTML,
    LOST_ANSWER,
    TOO_MANY_WAIT,
    UNAVAILABLE,
)
from tests.servers.sheets.proxy import GoogleProxy

SHEETS = "https://www.googleapis.com/auth/spreadsheets"
DRIVE_FACTS = "https://www.googleapis.com/auth/drive.metadata.readonly"


@pytest.fixture
def key(google: SheetsServer) -> dict[str, str]:
    return google.service_account()


@pytest.fixture
def sheet(google: SheetsServer, key: dict[str, str]) -> PersonSheet:
    leads = [["Name", "Score", "Due"], ["Ana", 81, date(2026, 11, 30)], [], ["Bo", 12.5]]
    return google.sheet("Business", {"Leads": leads, "Dead letters": []}, shared_with=[key["client_email"]])


@pytest.fixture
def book(google: SheetsServer, key: dict[str, str], sheet: PersonSheet) -> gspread.Spreadsheet:
    return client_for(google, key).open_by_key(sheet.id)


def refusal(call: Callable[[], Any]) -> tuple[int, str, str]:
    with pytest.raises(gspread.exceptions.APIError) as caught:
        call()
    error = caught.value.response.json()["error"]
    return caught.value.response.status_code, error["status"], error["message"]


def warn(book: gspread.Spreadsheet, top: int, bottom: int) -> None:
    place = {"sheetId": 0, "startRowIndex": top, "endRowIndex": bottom}
    book.batch_update({"requests": [{"addProtectedRange": {"protectedRange": {"range": place, "warningOnly": True}}}]})


RAW = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "SERIAL_NUMBER"}


class TestReading:
    def test_empty_rows_and_columns_at_the_end_are_left_out_and_rows_are_ragged(self, book: gspread.Spreadsheet) -> None:
        assert book.values_get("Leads", RAW) == {
            "range": "Leads!A1:Z1000",
            "majorDimension": "ROWS",
            "values": [["Name", "Score", "Due"], ["Ana", 81, 46356], [], ["Bo", 12.5]],
        }

    def test_an_empty_range_has_no_values_at_all(self, book: gspread.Spreadsheet) -> None:
        assert book.values_get("'Dead letters'!A1:C9") == {"range": "'Dead letters'!A1:C9", "majorDimension": "ROWS"}

    @pytest.mark.parametrize(
        ("asked", "echoed"),
        [
            ("Leads!A1:1", "Leads!A1:Z1"),
            ("Leads!A:A", "Leads!A1:A1000"),
            ("leads", "Leads!A1:Z1000"),
            ("Dead letters", "'Dead letters'!A1:Z1000"),
            ("Leads!D4:A1", "Leads!A1:D4"),
            ("Leads!B2", "Leads!B2"),
            ("Leads!A2:C", "Leads!A2:C1000"),
            ("B3", "Leads!B3"),
            ("Leads!A999:AB2000", "Leads!A999:Z1000"),
        ],
    )
    def test_a_range_is_echoed_whole_and_cut_to_the_tab(self, book: gspread.Spreadsheet, asked: str, echoed: str) -> None:
        assert book.values_get(asked)["range"] == echoed

    @pytest.mark.parametrize("asked", ["Gone!A1", "Leads!A0x", "Leads!A1:B2:C3"])
    def test_one_range_that_cannot_be_read_refuses_them_all(self, book: gspread.Spreadsheet, asked: str) -> None:
        assert refusal(lambda: book.values_batch_get(["Leads", asked])) == (
            400,
            "INVALID_ARGUMENT",
            f"Unable to parse range: {asked}",
        )

    def test_tabs_are_read_by_their_id_whatever_they_are_called(
        self, google: SheetsServer, book: gspread.Spreadsheet, sheet: PersonSheet
    ) -> None:
        tab = sheet.tab("Leads")
        tab.rename("Prospects")
        body = {"dataFilters": [{"gridRange": {"sheetId": tab.id, "startRowIndex": 1, "endRowIndex": 2}}], **RAW}
        url = f"https://sheets.googleapis.com/v4/spreadsheets/{book.id}/values:batchGetByDataFilter"
        (found,) = book.client.request("post", url, json=body).json()["valueRanges"]
        assert found["valueRange"] == {"range": "Prospects!A2:Z2", "majorDimension": "ROWS", "values": [["Ana", 81, 46356]]}
        assert found["dataFilters"] == body["dataFilters"]
        sheet.book.tabs[:] = sheet.book.tabs[1:]
        assert refusal(lambda: book.client.request("post", url, json=body))[0] == 400

    def test_dates_are_numbers_and_shown_in_words_only_when_asked(self, book: gspread.Spreadsheet, sheet: PersonSheet) -> None:
        sheet.tab("Leads").type(4, "Due", datetime(2026, 12, 1, 12))
        assert book.values_get("Leads!C2:C4", RAW)["values"] == [[46356], [], [46357.5]]
        assert book.values_get("Leads!C2:C4")["values"] == [["2026-11-30"], [], ["2026-12-01 12:00:00"]]
        words = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "FORMATTED_STRING"}
        assert book.values_get("Leads!C2", words)["values"] == [["2026-11-30"]]

    def test_a_field_mask_names_what_is_told_and_brings_the_cells_along(self, book: gspread.Spreadsheet) -> None:
        told = book.client.spreadsheets_get(
            book.id, {"fields": "sheets(properties(sheetId,title),data.rowData.values.userEnteredValue)"}
        )
        assert told["sheets"][0]["properties"] == {"sheetId": 0, "title": "Leads"}
        assert told["sheets"][0]["data"][0]["rowData"][1]["values"][1] == {"userEnteredValue": {"numberValue": 81}}
        assert told["sheets"][0]["data"][0]["rowData"][2] == {}
        assert told["sheets"][1]["data"] == [{}]


class TestWriting:
    def test_raw_is_kept_as_it_is_and_user_entered_is_understood(self, book: gspread.Spreadsheet, sheet: PersonSheet) -> None:
        typed = [["=4/2", "2020-01-01", "string", 53, "007", "TRUE", "1e3"]]
        book.values_update("Dead letters!A1:G1", {"valueInputOption": "USER_ENTERED"}, {"values": typed})
        assert book.values_get("Dead letters", RAW)["values"] == [[2, 43831, "string", 53, 7, True, 1000]]
        formulas = {"valueRenderOption": "FORMULA"}
        assert book.values_get("Dead letters", formulas)["values"][0][:2] == ["=4/2", 43831]
        book.values_update("Dead letters!A1:G1", {"valueInputOption": "RAW"}, {"values": typed})
        assert book.values_get("Dead letters", formulas)["values"] == typed
        assert sheet.tab("Dead letters").rows[0][0] == "=4/2"

    def test_null_leaves_a_cell_alone_and_is_not_counted(self, book: gspread.Spreadsheet, sheet: PersonSheet) -> None:
        data = [
            {"range": "Leads!A2:D3", "values": [["Anna", None, "", "x"], [None, None, None, None]]},
            {"range": "Leads!A4:B4", "values": [["Bob", 13]]},
        ]
        told = book.values_batch_update({"valueInputOption": "RAW", "data": data})
        assert sheet.tab("Leads").rows[1:] == [["Anna", 81, None, "x"], [], ["Bob", 13]]
        assert told["responses"][0] == {
            "spreadsheetId": book.id,
            "updatedRange": "Leads!A2:D3",
            "updatedRows": 1,
            "updatedColumns": 3,
            "updatedCells": 3,
        }
        assert (told["totalUpdatedRows"], told["totalUpdatedColumns"], told["totalUpdatedCells"]) == (2, 4, 5)

    @pytest.mark.parametrize(
        ("place", "rows", "message"),
        [
            ("Leads!A1001", [["x"]], "Range (Leads!A1001) exceeds grid limits. Max rows: 1000, max columns: 26"),
            ("Leads!A1:B1", [[1, 2], [3]], "Requested writing within range [Leads!A1:B1], but tried writing to row [2]"),
            ("Leads!A1:B2", [[1, 2, 3]], "Requested writing within range [Leads!A1:B2], but tried writing to column [C]"),
        ],
    )
    def test_nothing_is_written_where_one_cell_does_not_fit(
        self, book: gspread.Spreadsheet, sheet: PersonSheet, place: str, rows: list[list[object]], message: str
    ) -> None:
        before = sheet.tab("Leads").rows
        data = [{"range": "Leads!A2", "values": [["changed"]]}, {"range": place, "values": rows}]
        body = {"valueInputOption": "RAW", "data": data}
        assert refusal(lambda: book.values_batch_update(body)) == (400, "INVALID_ARGUMENT", message)
        assert sheet.tab("Leads").rows == before

    def test_requests_are_done_in_order_or_not_at_all(self, book: gspread.Spreadsheet, sheet: PersonSheet) -> None:
        good = {"insertDimension": {"range": {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}}}
        bad = {"addSheet": {"properties": {"title": "leads"}}}
        _, _, message = refusal(lambda: book.batch_update({"requests": [good, bad]}))
        assert message.startswith('Invalid requests[1].addSheet: A sheet with the name "leads" already exists.')
        assert sheet.tab("Leads").rows[1][0] == "Ana"
        told = book.batch_update({"requests": [good, {"addSheet": {"properties": {"title": "Runs"}}}]})
        assert told["replies"][0] == {}
        assert told["replies"][1]["addSheet"]["properties"]["title"] == "Runs"
        assert sheet.tab("Leads").rows[1:3] == [[], ["Ana", 81, date(2026, 11, 30)]]

    def test_what_a_batch_leaves_behind_can_be_read_in_its_answer(self, book: gspread.Spreadsheet) -> None:
        cell = {"userEnteredValue": {"stringValue": "=not a formula"}}
        start = {"sheetId": 0, "rowIndex": 1, "columnIndex": 0}
        request = {"updateCells": {"start": start, "rows": [{"values": [cell]}], "fields": "userEnteredValue"}}
        body = {"requests": [request], "includeSpreadsheetInResponse": True, "responseRanges": ["Leads!A1:A2"]}
        params = {"fields": "updatedSpreadsheet.sheets.data.rowData.values.effectiveValue"}
        url = f"https://sheets.googleapis.com/v4/spreadsheets/{book.id}:batchUpdate"
        told = book.client.request("post", url, params=params, json=body).json()
        rows = told["updatedSpreadsheet"]["sheets"][0]["data"][0]["rowData"]
        assert [row["values"][0]["effectiveValue"]["stringValue"] for row in rows] == ["Name", "=not a formula"]

    def test_a_rule_for_whole_columns_reaches_rows_that_come_later(self, book: gspread.Spreadsheet, sheet: PersonSheet) -> None:
        place = {"sheetId": 0, "startRowIndex": 1, "startColumnIndex": 1, "endColumnIndex": 2}
        look = {"userEnteredFormat": {"numberFormat": {"type": "DATE"}}}
        request = {"repeatCell": {"range": place, "cell": look, "fields": "userEnteredFormat.numberFormat"}}
        book.batch_update({"requests": [request]})
        tab = sheet.tab("Leads")
        tab.insert_column(1)
        book.values_update("Leads!C900", {"valueInputOption": "RAW"}, {"values": [[46356]]})
        assert tab.rows[899] == [None, None, date(2026, 11, 30)]
        assert tab.rows[1][2] == date(1900, 3, 21)

    def test_a_sort_moves_cells_and_leaves_what_hangs_on_rows(self, book: gspread.Spreadsheet, sheet: PersonSheet) -> None:
        book.worksheet("Leads").sort((2, "asc"), range="A2:C4")
        assert [row[:1] for row in sheet.tab("Leads").rows[1:]] == [["Bo"], ["Ana"]]

    def test_a_range_on_the_first_tab_is_told_without_its_id(self, book: gspread.Spreadsheet) -> None:
        warn(book, 0, 2)
        told = book.client.fetch_sheet_metadata(book.id)["sheets"][0]
        assert told["properties"]["sheetId"] == 0
        assert "sheetId" not in told["protectedRanges"][0]["range"]

    def test_ranges_move_with_the_rows_that_are_inserted_above_them(self, book: gspread.Spreadsheet, sheet: PersonSheet) -> None:
        warn(book, 2, 4)
        sheet.tab("Leads").insert_row(2)
        (kept,) = sheet.tab("Leads").grid.things["protectedRanges"]
        assert (kept["range"]["startRowIndex"], kept["range"]["endRowIndex"]) == (3, 5)


class TestRefusals:
    def test_a_warning_takes_no_editors(self, book: gspread.Spreadsheet) -> None:
        with_editors = lambda: book.worksheet("Leads").add_protected_range("A1:A2", warning_only=True)  # noqa: E731
        assert refusal(with_editors)[2].endswith("ProtectedRange is warningOnly. Editors cannot be set on it.")

    def test_what_google_does_not_describe_is_refused_and_remembered(self, google: SheetsServer, book: gspread.Spreadsheet) -> None:
        assert "Unknown name" in refusal(lambda: book.values_get("Leads", {"valueRender": "RAW"}))[2]
        assert refusal(lambda: book.batch_update({"requests": [{"addShet": {}}]}))[0] == 400
        assert refusal(lambda: book.batch_update({"requests": [{"addSheet": {"properties": {"index": "first"}}}]}))[0] == 400
        assert len(google.violations) == 3
        google.violations.clear()

    def test_a_kind_of_request_that_is_not_made_here_is_said_loudly(self, google: SheetsServer, book: gspread.Spreadsheet) -> None:
        assert refusal(lambda: book.batch_update({"requests": [{"randomizeRange": {}}]}))[0] == 501
        assert google.violations == ["the test server cannot do: requests[0].randomizeRange"]
        google.violations.clear()

    def test_who_is_not_on_the_list_and_who_only_looks(self, google: SheetsServer, key: dict[str, str], sheet: PersonSheet) -> None:
        client = client_for(google, key)
        sheet.share(key["client_email"], "reader")
        book = client.open_by_key(sheet.id)
        assert refusal(lambda: book.values_clear("Leads")) == (403, "PERMISSION_DENIED", "The caller does not have permission")
        sheet.share(key["client_email"], "")
        with pytest.raises(PermissionError):
            client.open_by_key(sheet.id)
        with pytest.raises(gspread.exceptions.SpreadsheetNotFound):
            client.open_by_key("no-such-sheet")

    def test_an_api_that_is_off_names_where_to_switch_it_on(self, google: SheetsServer, book: gspread.Spreadsheet) -> None:
        google.off.add("sheets.googleapis.com")
        code, status, message = refusal(lambda: book.values_get("Leads"))
        assert (code, status) == (403, "PERMISSION_DENIED")
        assert "https://console.developers.google.com/apis/api/sheets.googleapis.com/overview?project=424242" in message

    def test_a_token_for_sheets_does_not_open_drive(self, google: SheetsServer, key: dict[str, str], sheet: PersonSheet) -> None:
        narrow, wide = client_for(google, key, [SHEETS]), client_for(google, key, [SHEETS, DRIVE_FACTS])
        assert "insufficient authentication scopes" in refusal(lambda: narrow.http_client.list_permissions(sheet.id))[2]
        roles = {each.get("emailAddress"): each["role"] for each in wide.http_client.list_permissions(sheet.id)}
        assert roles == {"ana@example.com": "owner", key["client_email"]: "writer"}
        assert wide.get_file_drive_metadata(sheet.id)["name"] == "Business"

    def test_a_service_account_owns_nothing_and_a_person_does(self, google: SheetsServer, key: dict[str, str]) -> None:
        robot = client_for(google, key, ["https://www.googleapis.com/auth/drive", SHEETS])
        assert "storage quota" in refusal(lambda: robot.create("Mine"))[2]
        ana = client_for(google, google.person(), ["https://www.googleapis.com/auth/drive", SHEETS])
        made = ana.create("Mine")
        assert google.seen_by_owner(made.id).titles == ["Sheet1"]

    def test_sixty_a_minute_and_not_one_more(self, google: SheetsServer, book: gspread.Spreadsheet) -> None:
        moment = 1_000_000.0
        google.quota, google.minutes = (2, 60), lambda: moment
        book.values_get("Leads")
        book.values_get("Leads")
        code, status, message = refusal(lambda: book.values_get("Leads"))
        assert (code, status) == (429, "RESOURCE_EXHAUSTED")
        assert "Read requests per minute per user" in message
        book.values_clear("Leads!Z9")
        moment += 60
        book.values_get("Leads")


class TestProxy:
    def test_a_program_that_knows_nothing_of_tests_comes_here_through_the_proxy(
        self, google: SheetsServer, ca: trustme.CA, ca_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key = google.service_account(token_uri="https://oauth2.googleapis.com/token")
        sheet = google.sheet("Business", {"Leads": [["Name"], ["Ana"]]}, shared_with=[key["client_email"]])
        with GoogleProxy(google, ca) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca_file))
            client = gspread.service_account_from_dict(key, scopes=[SHEETS])
            assert client.open_by_key(sheet.id).worksheet("Leads").get_all_values() == [["Name"], ["Ana"]]
            assert requests.head("https://sheets.googleapis.com/", timeout=10).headers["Date"]
            with pytest.raises(requests.exceptions.ProxyError):
                requests.get("https://example.com/", timeout=10)
        assert {"oauth2.googleapis.com", "sheets.googleapis.com"} <= set(proxy.asked)
        assert proxy.strangers == ["example.com"]


class TestTokens:
    def test_a_key_that_was_replaced_signs_nothing(self, google: SheetsServer, key: dict[str, str], sheet: PersonSheet) -> None:
        google.tokens.replace_key(key["client_email"])
        with pytest.raises(RefreshError, match="Invalid JWT Signature"):
            client_for(google, key).open_by_key(sheet.id)

    def test_a_clock_two_hours_behind_is_told_so(self, google: SheetsServer, key: dict[str, str], sheet: PersonSheet) -> None:
        google.ahead = 7200
        with pytest.raises(RefreshError, match="short-lived token"):
            client_for(google, key).open_by_key(sheet.id)

    def test_a_token_that_dies_is_renewed_in_the_middle(
        self, google: SheetsServer, key: dict[str, str], sheet: PersonSheet
    ) -> None:
        client = client_for(google, key)
        client.open_by_key(sheet.id)
        google.tokens.expire(key["client_email"])
        client.open_by_key(sheet.id)
        assert [call.status for call in google.calls] == [200, 200, 401, 200, 200]

    def test_consent_that_was_withdrawn(self, google: SheetsServer) -> None:
        file = google.person()
        google.tokens.forget("ana@example.com")
        with pytest.raises(RefreshError, match="expired or revoked"):
            client_for(google, file).open_by_key("any")


class TestFaults:
    def test_an_answer_can_be_lost_after_the_work_was_done(
        self, google: SheetsServer, book: gspread.Spreadsheet, sheet: PersonSheet
    ) -> None:
        google.fail(LOST_ANSWER, on="values.clear")
        assert refusal(lambda: book.values_clear("Leads!A2"))[0] == 503
        assert sheet.tab("Leads").rows[1][0] is None

    def test_a_connection_can_break_before_and_after(
        self, google: SheetsServer, book: gspread.Spreadsheet, sheet: PersonSheet
    ) -> None:
        google.fail(DROPPED, on="values.clear")
        google.fail(DROPPED_AFTER, on="values.clear")
        with pytest.raises(requests.exceptions.ConnectionError):
            book.values_clear("Leads!A2")
        assert sheet.tab("Leads").rows[1][0] == "Ana"
        with pytest.raises(requests.exceptions.ConnectionError):
            book.values_clear("Leads!A2")
        assert sheet.tab("Leads").rows[1][0] is None

    def test_a_balancer_answers_without_json(self, google: SheetsServer, book: gspread.Spreadsheet) -> None:
        google.fail(HTML)
        with pytest.raises(gspread.exceptions.APIError) as caught:
            book.values_get("Leads")
        assert caught.value.response.status_code == 502
        assert caught.value.code == -1

    def test_faults_come_as_often_as_they_were_asked_for(self, google: SheetsServer, book: gspread.Spreadsheet) -> None:
        google.fail(UNAVAILABLE, times=2)
        google.fail(TOO_MANY_WAIT, on="values.get")
        assert [refusal(lambda: book.values_get("Leads"))[0] for _ in range(3)] == [503, 503, 429]
        assert book.values_get("Leads!A1")["values"] == [["Name"]]

    def test_a_person_is_faster_than_the_next_call(
        self, google: SheetsServer, book: gspread.Spreadsheet, sheet: PersonSheet
    ) -> None:
        google.between = lambda call: sheet.tab("Leads").insert_row(2) if call == "values.update" else None
        book.values_update("Leads!A2", {"valueInputOption": "RAW"}, {"values": [["late"]]})
        assert [row[:1] for row in sheet.tab("Leads").rows[1:3]] == [["late"], ["Ana"]]
        assert google.counts() == {"spreadsheets.get": 1, "values.update": 1}
        assert (google.reads, google.writes) == (1, 1)
