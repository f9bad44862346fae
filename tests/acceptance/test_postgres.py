"""A shop whose ledger is in PostgreSQL, behind a password that only config.toml's secret holds."""

import os
import uuid

import pytest
import sqlalchemy as sa

from tests.acceptance.conftest import Shop

#: A database that tests may fill, whose user needs the password that stands in this address.
LOGIN = "ROWPACT_TEST_POSTGRES_LOGIN"


@pytest.fixture
def server() -> sa.URL:
    """The server's address with its password."""
    if LOGIN not in os.environ:
        pytest.skip(f"no PostgreSQL with a password: name a database in {LOGIN}")
    pytest.importorskip("psycopg", reason="the PostgreSQL driver is not installed")
    return sa.make_url(os.environ[LOGIN])


def _config(shop: Shop, server: sa.URL, hosts: str) -> None:
    address = f"postgresql://{server.username}:{{{{ secrets.DATABASE }}}}@{server.host}:{server.port}/{server.database}"
    workbook = f'kind = "excel"\npath = "business.xlsx"\nname = "shop-{uuid.uuid4().hex[:8]}"'
    secret = f'[secrets.DATABASE]\nenv = "DATABASE"\nhosts = ["{hosts}"]\n'
    shop.config(f'[runner]\nledger = "{address}"\n{secret}', workbook)


def test_the_password_is_taken_from_its_secret_and_shown_nowhere(leads: Shop, server: sa.URL) -> None:
    _config(leads, server, f"{server.host}:{server.port}")
    env = {"DATABASE": str(server.password)}
    printed = leads.run("run", "--once", env=env)
    assert leads.recipients() == ["ana@shop.example", "bob@shop.example"]
    for command in (["check"], ["status"], ["show", "R-0001"], ["audit", "verify"], ["doctor"]):
        printed += leads.run(*command, env=env)
    wrong = leads.run("run", "--once", env={"DATABASE": "not it"}, code=1)
    assert "does not accept the user or password" in wrong
    missing = leads.run("status", code=1, env={"DATABASE": ""})
    assert "DATABASE" in missing
    assert f"{server.username}:***@{server.host}" in wrong + missing
    for text in (printed, wrong, missing):
        assert str(server.password) not in text
        assert "not it" not in text
    assert not any(str(server.password).encode() in file.read_bytes() for file in leads.folder.rglob("*") if file.is_file())


def test_a_password_that_may_not_go_to_the_server_is_a_mistake_in_the_config(leads: Shop, server: sa.URL) -> None:
    _config(leads, server, "elsewhere.example")
    said = leads.run("check", code=1, env={"DATABASE": str(server.password)})
    assert f"The secret DATABASE may not be sent to {server.host}:{server.port}." in said
    assert str(server.password) not in said
