"""`rowpact login`: a person signs in to Google in the browser once, and the login is kept where only they can read it."""

import json
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.acceptance.google_shop import TOKENS, GoogleShop, open_shop

SCOPE = "https://www.googleapis.com/auth/spreadsheets"
#: The person at the browser: reads what is asked for, and agrees or does not; Google sends them back.
PERSON = """
import pathlib, sys
from urllib.parse import parse_qs, urlsplit
from urllib.request import ProxyHandler, build_opener
answer, address = pathlib.Path(__file__).with_name("answer").read_text(), sys.argv[1]
asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
assert asked["scope"] == "https://www.googleapis.com/auth/spreadsheets", asked
assert urlsplit(address).hostname == "accounts.google.com"
build_opener(ProxyHandler({})).open(f"{asked['redirect_uri']}?state={asked['state']}&{answer}", timeout=20).read()
"""


@pytest.fixture
def google_shop(tmp_path: Path, ca: trustme.CA, ca_file: Path) -> Iterator[GoogleShop]:
    with open_shop(tmp_path, ca, ca_file, {"Leads": "Name"}) as made:
        app = {
            "client_id": "client",
            "client_secret": "hush",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": TOKENS,
            "redirect_uris": ["http://localhost"],
        }
        place = tmp_path / "app.json"
        place.touch(mode=0o600)
        place.write_text(json.dumps({"installed": app}), encoding="utf-8")
        yield made


def _person(shop: GoogleShop, answer: str) -> None:
    script = shop.shop.folder / "person.py"
    script.write_text(PERSON, encoding="utf-8")
    script.with_name("answer").write_text(answer, encoding="utf-8")
    shop.env["BROWSER"] = f"{sys.executable} {script} %s &"  # goes on by itself, as a browser does


@pytest.mark.skipif(os.name != "posix", reason="the browser of a test is a program that BROWSER names")
def test_who_agrees_in_the_browser_can_make_a_sheet_of_their_own(google_shop: GoogleShop) -> None:
    google_shop.google.person("ana@example.com")
    _person(google_shop, f"code={google_shop.google.tokens.consent('ana@example.com', frozenset([SCOPE]))}&scope={SCOPE}")
    said = google_shop.run("login", "app.json")
    kept = google_shop.shop.folder / "google-login.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "hush" not in said
    assert json.loads(kept.read_text(encoding="utf-8"))["refresh_token"]
    (google_shop.shop.folder / "config.toml").unlink()
    google_shop.run("new", "--google", "My shop", "--credentials", "google-login.json", "--template", "blank")
    assert 'credentials = "google-login.json"' in (google_shop.shop.folder / "config.toml").read_text(encoding="utf-8")
    assert "exists already" in google_shop.run("login", "app.json", code=1)


@pytest.mark.skipif(os.name != "posix", reason="the browser of a test is a program that BROWSER names")
def test_who_does_not_agree_has_no_login(google_shop: GoogleShop) -> None:
    _person(google_shop, "error=access_denied")
    assert "Google did not grant it" in google_shop.run("login", "app.json", code=1)
    assert not (google_shop.shop.folder / "google-login.json").exists()


def test_a_file_that_names_no_app_is_said(google_shop: GoogleShop) -> None:
    assert "names no desktop app" in google_shop.run("login", "key.json", code=1)
