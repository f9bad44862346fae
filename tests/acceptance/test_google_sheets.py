"""From an empty Google sheet to answered clients on the real command line, through a company's proxy."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.acceptance.conftest import Shop
from tests.servers.sheets import PersonSheet, SheetsServer
from tests.servers.sheets.proxy import GoogleProxy

ROBOT = "robot@shop.iam.gserviceaccount.com"


class GoogleShop(Shop):
    """A folder with a service account's key; Google is behind a proxy."""

    sheet: PersonSheet
    env: dict[str, str]

    def start(self, *words: str, env: dict[str, str] | None = None):  # type: ignore[no-untyped-def]
        return super().start(*words, env={**self.env, **(env or {})})

    def rows(self, tab: str) -> list[dict[str, object]]:
        return list(self.sheet.tab(tab).records)


@pytest.fixture
def google_shop(google: SheetsServer, ca: trustme.CA, ca_file: Path, tmp_path: Path) -> Iterator[GoogleShop]:
    with GoogleProxy(google, ca) as proxy:
        shop = GoogleShop(tmp_path)
        key = tmp_path / "service-account.json"
        key.write_text(json.dumps(google.service_account(ROBOT, "https://oauth2.googleapis.com/token")), encoding="utf-8")
        key.chmod(0o600)
        shop.sheet = google.sheet("Our business", {}, shared_with=[ROBOT])
        direct = {name: "" for name in os.environ if name.lower() in ("no_proxy", "http_proxy", "all_proxy")}
        shop.env = {**direct, "HTTPS_PROXY": proxy.url, "REQUESTS_CA_BUNDLE": str(ca_file)}
        yield shop
        assert proxy.strangers == []


def test_an_empty_sheet_is_filled_run_and_moved_to_excel(google: SheetsServer, google_shop: GoogleShop) -> None:
    url = google_shop.sheet.url
    google_shop.run("new", "--google", "--into", url, "--template", "client-onboarding", "--samples")
    assert google_shop.sheet.titles[0] == "Start here"
    assert f'url = "{url}"' in (google_shop.folder / "config.toml").read_text(encoding="utf-8")
    google_shop.run("check")
    google_shop.run("run", "--once")
    states = {str(row["Run"]): row["State"] for row in google_shop.rows("Runs")}
    assert "AWAITING_TASK" in states.values()
    mails = len(google_shop.mails())
    assert mails == 2

    google.calls.clear()
    google_shop.run("run", "--once")
    assert {str(row["Run"]): row["State"] for row in google_shop.rows("Runs")} == states
    assert len(google_shop.mails()) == mails
    assert "spreadsheets.batchUpdate" not in google.counts()
    told = google_shop.json("status")
    assert isinstance(told, dict)
    assert (told["name"], told["unreachable"]) == ("Our business", "")
    assert "reads" in told["facts"]["calls to Google"]

    moved = google_shop.json("convert", url, "business.xlsx")
    assert isinstance(moved, dict)
    (google_shop.folder / "config.toml").write_text(moved["config"], encoding="utf-8")
    google_shop.run("run", "--once")
    assert {str(row["Run"]): row["State"] for row in google_shop.tab("Runs")} == states
    assert len(google_shop.mails()) == mails


def test_what_is_wrong_with_the_way_to_google_is_a_sentence(google: SheetsServer, google_shop: GoogleShop) -> None:
    google_shop.sheet.share(ROBOT, "")
    said = google_shop.run("new", "--google", "--into", google_shop.sheet.url, "--template", "blank", code=1)
    assert f"add {ROBOT} as Editor" in said
    said = google_shop.run("new", "--google", "Our shop", "--credentials", "service-account.json", "--template", "blank", code=1)
    assert "no room in Drive" in said
    (google_shop.folder / "service-account.json").chmod(0o640)
    said = google_shop.run("new", "--google", "--into", google_shop.sheet.url, code=1)
    assert "chmod 600" in said
    assert not (google_shop.folder / "config.toml").exists()
