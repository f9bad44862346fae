"""A small business in a Google sheet: the installed command reaches it as it would reach Google, through an HTTPS proxy."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from runner.values import Value
from tests.acceptance.conftest import Shop, _rows
from tests.servers.sheets import PersonSheet, SheetsServer
from tests.servers.sheets.proxy import GoogleProxy

TOKENS = "https://oauth2.googleapis.com/token"
ROBOT = "robot@shop.iam.gserviceaccount.com"


@dataclass
class GoogleShop:
    """`shop` runs commands, `sheet` is what its owner sees, `google` is the other side."""

    shop: Shop
    google: SheetsServer
    proxy: GoogleProxy
    sheet: PersonSheet
    env: dict[str, str]

    def run(self, *words: str, code: int | None = 0) -> str:
        return self.shop.run(*words, code=code, env=self.env)

    def tab(self, name: str) -> list[dict[str, Value]]:
        return self.sheet.tab(name).records

    def key(self, file: dict[str, str]) -> None:
        """The credentials of config.toml."""
        place = self.shop.folder / "key.json"
        place.touch(mode=0o600)
        place.write_text(json.dumps(file), encoding="utf-8")

    def config(self, extra: str = "", url: str = "", more: str = "") -> None:
        """`extra` tables, `more` keys of [workbook]."""
        self.shop.config(extra, f'kind = "google"\nurl = "{url or self.sheet.url}"\ncredentials = "key.json"\n{more}')


@contextmanager
def open_shop(folder: Path, ca: trustme.CA, ca_file: Path, tabs: dict[str, str]) -> Iterator[GoogleShop]:
    """A sheet with these tabs (rows in lines, cells between bars), shared with the service account whose key lies in the folder."""
    with SheetsServer() as google, GoogleProxy(google, ca) as proxy:
        sheet = google.sheet("Business", {name: _rows(text) for name, text in tabs.items()}, shared_with=[ROBOT])  # type: ignore[misc]
        env = {"HTTPS_PROXY": proxy.url, "REQUESTS_CA_BUNDLE": str(ca_file), "NO_PROXY": "", "no_proxy": ""}
        made = GoogleShop(Shop(folder), google, proxy, sheet, env)
        made.key(google.service_account(ROBOT, token_uri=TOKENS))
        made.config()
        yield made
        assert google.violations == []
        assert proxy.strangers == []
