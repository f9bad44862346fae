"""`rowpact doctor` and Google: each of the usual causes told apart by what Google really answers, with its mend."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from tests.acceptance.google_shop import ROBOT, TOKENS, GoogleShop, open_shop
from tests.servers.sheets.faults import DROPPED, TOO_MANY, UNAVAILABLE

SHEETS = "https://www.googleapis.com/auth/spreadsheets"


@pytest.fixture
def shop(tmp_path: Path, ca: trustme.CA, ca_file: Path) -> Iterator[GoogleShop]:
    with open_shop(tmp_path, ca, ca_file, {"Contracts": "Contract | Enabled", "Leads": "Name | Email"}) as made:
        yield made


def test_a_sheet_in_order(shop: GoogleShop) -> None:
    before = [list(tab.rows) for tab in shop.sheet.book.tabs]
    printed = shop.run("doctor")
    assert f"“Business”, 2 tabs as {ROBOT}" in printed
    assert "agrees with Google’s" in printed
    assert "No problems" in printed
    assert [list(tab.rows) for tab in shop.sheet.book.tabs] == before


def not_shared(shop: GoogleShop) -> None:
    shop.sheet.share(ROBOT, "")


def viewer_only(shop: GoogleShop) -> None:
    shop.sheet.share(ROBOT, "reader")


def api_off(shop: GoogleShop) -> None:
    shop.google.off.add("sheets.googleapis.com")


def wrong_scope(shop: GoogleShop) -> None:
    shop.key(shop.google.person(scopes=["https://www.googleapis.com/auth/drive.metadata.readonly"], token_uri=TOKENS))


def withdrawn(shop: GoogleShop) -> None:
    shop.key(shop.google.person(token_uri=TOKENS))
    shop.google.tokens.forget("ana@example.com")


def key_replaced(shop: GoogleShop) -> None:
    shop.google.tokens.replace_key(ROBOT)


def clock_behind(shop: GoogleShop) -> None:
    shop.google.ahead = 7200


def quota(shop: GoogleShop) -> None:
    shop.google.fail(TOO_MANY, on="spreadsheets.get")


def trouble(shop: GoogleShop) -> None:
    shop.google.fail(UNAVAILABLE, on="spreadsheets.get")


def away(shop: GoogleShop) -> None:
    shop.google.fail(DROPPED, on="spreadsheets.get", times=5)


def wrong_address(shop: GoogleShop) -> None:
    shop.config(url="https://docs.google.com/spreadsheets/d/1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/edit")


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (not_shared, [f"{ROBOT} may not open this sheet", "choose Share", "Editor"]),
        (viewer_only, [f"{ROBOT} may only look at this sheet", "Editor"]),
        (api_off, ["https://console.developers.google.com/apis/api/sheets.googleapis.com/overview?project=424242"]),
        (wrong_scope, ["does not reach spreadsheets", SHEETS]),
        (withdrawn, ["expired or was taken back", "Log in again"]),
        (key_replaced, ["Google does not know this key", "Make a new key"]),
        (clock_behind, ["2 h behind Google’s", "set its clock by the network"]),
        (quota, ["no more calls in this minute"]),
        (trouble, ["Google has trouble at the moment (error 503)"]),
        (away, ["Google cannot be reached"]),
        (wrong_address, ["no Google sheet at this address"]),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_each_cause_is_told_with_its_mend(shop: GoogleShop, cause: Callable[[GoogleShop], None], told: list[str]) -> None:
    cause(shop)
    printed = shop.run("doctor", code=1)
    for words in told:
        assert words in printed, printed


def test_who_can_edit_is_looked_at_where_that_was_granted(shop: GoogleShop) -> None:
    assert "Who can edit            not known; with sharing = true" in shop.run("doctor")
    shop.config(extra="", more="sharing = true")
    assert f"ana@example.com, {ROBOT}" in shop.run("doctor")
    shop.sheet.share("anyone")
    printed = shop.run("doctor")
    assert "whoever has the link can type APPROVE" in printed
    assert "set General access to Restricted" in printed


def test_google_is_asked_in_a_tab_that_is_gone_again(shop: GoogleShop) -> None:
    titles = shop.sheet.titles
    printed = shop.run("doctor", "--live", shop.sheet.url)
    assert shop.sheet.titles == titles
    for words in (
        "A filter that names a tab that is gone",
        "refused: 400",
        "the second one stays",
        "stays with the place",
        "taken: 4 of 4",
    ):
        assert words in printed, printed
    shop.sheet.book.refuses_lost_tabs = False
    assert "left out: 1 of 2 filters answered" in shop.run("doctor", "--live", shop.sheet.url)


def test_a_sheet_that_may_only_be_looked_at_is_not_asked_in(shop: GoogleShop) -> None:
    shop.sheet.share(ROBOT, "reader")
    assert "may only look at this sheet" in shop.run("doctor", "--live", shop.sheet.url, code=1)
