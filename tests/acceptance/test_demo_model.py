"""The demo with a model: it writes the replies to hot leads, each is checked, and what it is unsure of waits for the owner."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.ai import service
from runner.cli.ai_tables import ai_tables
from runner.errors import ConfigError
from tests.acceptance.conftest import Shop
from tests.servers.http import HttpServer, Reply, Request
from tests.servers.openai import asked, said, words

PATH = "/v1/chat/completions"
KEY = "sk-4eC39HqLyjWDarjtT1zdp7dc"
NAMES = {"Maya Chen": 0.9, "Zoë Núñez 🌿": 0.4}


def answer(request: Request) -> Reply:
    name = next(name for name in NAMES if name in words(request))
    thanks = "thank you for writing to us; how good to read of your plans. The timing works. Shall we have a call?"
    return said({"body": f"Hello {name},\n\n{thanks}\n\nAna", "confidence": NAMES[name]})


@pytest.fixture(scope="module")
def model() -> Iterator[HttpServer]:
    server = HttpServer()
    server.on(PATH, answer)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, model: HttpServer) -> tuple[Shop, str]:
    """The demo with a model that is named on the command line, its key in the environment."""
    shop = Shop(tmp_path_factory.mktemp("demo"))
    printed = shop.run("demo", "business", "--ai", f"{model.url}/v1", "--model", "tiny", env={"AI_KEY": KEY})
    shop.folder = shop.folder / "business"
    return shop, printed


def test_hot_leads_are_answered_in_the_models_words(played: tuple[Shop, str], model: HttpServer) -> None:
    shop, printed = played
    mails = {str(mail["To"]): mail.get_content() for mail in shop.mails()}
    assert "how good to read of your plans" in mails["maya@harborcoffee.example"]
    assert "how good to read" not in mails["sam@whitaker.example"]
    assert "2 texts were written by tiny at 127.0.0.1" in printed
    assert {request.headers["authorization"] for request in model.requests} == {f"Bearer {KEY}"}
    assert KEY.encode() not in b"".join(file.read_bytes() for file in shop.folder.rglob("*") if file.is_file())
    assert "No mistakes" in shop.run("check", env={"AI_KEY": KEY})
    assert "AI wrote 2 texts" in shop.run("report", env={"AI_KEY": KEY})
    assert shop.sound()


def test_what_the_model_is_not_sure_of_waits_with_a_higher_risk(played: tuple[Shop, str]) -> None:
    shop, printed = played
    assert "zoe@verde.example" not in shop.recipients()
    (row,) = [row for row in shop.tab("Approvals") if row["Step"] == "Hot lead reply"]
    assert str(row["What will happen"]).startswith("Look twice: the model's confidence is 0.4, below 0.6 (Settings).")
    assert row["Risk"] == "Medium"
    assert "Look twice" in printed


def test_a_config_that_has_a_model_lends_it_to_the_demo(tmp_path: Path, model: HttpServer) -> None:
    shop = Shop(tmp_path)
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "key").chmod(0o600)
    shop.config(
        f'[ai]\nbase_url = "{model.url}/v1"\nmodel = "lent"\napi_key = "{{{{ secrets.MINE }}}}"\nbudget = "5 USD per day"\n'
        f'[secrets.MINE]\nfile = "key"\nhosts = ["{model.host}"]\n'
    )
    played = json.loads(shop.run("demo", "deep/er", "--json"))
    assert played["model"] == "lent"
    assert asked(model.requests[-1])["model"] == "lent"
    assert model.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    assert "5 USD per day" in (tmp_path / "deep" / "er" / "config.toml").read_text()


def test_a_service_without_a_model_is_asked_for_one(shop: Shop) -> None:
    assert "Name the model too" in shop.run("demo", "business", "--ai", "http://127.0.0.1:1/v1", code=2)
    assert not (shop.folder / "business").exists()


def test_a_model_that_could_not_be_asked_is_said_before_anything_is_made(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = shop.run("demo", "business", "--ai", "http://models.example/v1", "--model", "tiny", code=1)
    assert "could be read on the way: write https://" in printed
    assert not (shop.folder / "business").exists()
    monkeypatch.setattr(service, "find_spec", lambda _package: None)
    with pytest.raises(ConfigError, match=r'pip install "rowpact\[ai\]"'):
        ai_tables("", "tiny", Path("nowhere.toml"), {})


def test_a_model_that_is_down_is_said_and_no_template_takes_its_place(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    server = HttpServer()
    server.on(PATH, Reply(503, b"down"))
    printed = shop.run("demo", "business", "--ai", f"{server.url}/v1", "--model", "tiny")
    server.stop()
    assert "RETRYING" in printed
    assert "answered with 503" in printed
    assert "maya@harborcoffee.example" not in Shop(tmp_path / "business").recipients()
