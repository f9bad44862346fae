"""Addresses, redirects and headers that try to lead a web step to a host that config.toml does not name."""

import pytest

from tests.acceptance.conftest import Shop
from tests.servers.http import HttpServer, Reply


def _visit(shop: Shop, server: HttpServer, settings: str, cells: list[str], action: str = "http.get") -> list[str]:
    """One run for each cell, each of a contract of its own, so that no breaker spares the rest; returns what each was told."""
    visits = [f"Visit {number}" for number in range(len(cells))]
    shop.config(f'[http]\nallow = ["{server.host}"]\n')
    shop.write(
        Contracts=[
            ["Contract", "Enabled", "Trigger", "Tab", "If", "Dedupe key"],
            *([visit, "Yes", "New row", "Places", f"No = {number}", "{{ no }}"] for number, visit in enumerate(visits)),
        ],
        Steps=[["Contract", "Step", "Action", "With", "Retry"], *([visit, "Go", action, settings, "No"] for visit in visits)],
        Places=[["No", "Place", "State", "Run", "Row ID"], *([place, cell] for place, cell in enumerate(cells))],
    )
    other = {"HTTP_PROXY": server.url, "http_proxy": server.url, "ALL_PROXY": server.url}
    shop.run("run", "--once", code=None, env=other)
    return [str(letter["Error"]) for letter in shop.tab("Dead letters")]


def test_no_address_from_a_cell_leads_to_another_host(shop: Shop, http_server: HttpServer, second_http_server: HttpServer) -> None:
    own, other, port = http_server.host, second_http_server.host, second_http_server.port
    places = [
        f"http://{other}/",
        f"http://{own}@{other}/",
        f"http://{own}:x@{other}/",
        f"http://{other}#@{own}/",
        f"http://{other}\\@{own}/",
        f"http:\\\\{other}\\",
        f"http:/{other}/",
        f"//{other}/",
        f"http://{own}\t@{other}/",
        f"http://{other}\n.{own}/",
        f"http://127.1:{port}/",
        f"http://0x7f000001:{port}/",
        f"http://0177.0.0.1:{port}/",
        f"http://2130706433:{port}/",
        f"http://127。0。0。1:{port}/",
        f"http://①②⑦.0.0.1:{port}/",
        f"http://localhost:{port}/",
        f"http://localhost.:{port}/",
        f"http://[::1]:{port}/",
        f"http://[::ffff:127.0.0.1]:{port}/",
        f"http://[::ffff:7f00:1%25lo]:{port}/",
        f"http://0.0.0.0:{port}/",
        f"http://127.0.0.1:{port}0/",
        f"http://127.0.0.1:+{port}/",
        f"https://{own}.evil.example/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1/",
        "data:text/plain,x",
        "javascript:alert(1)",
        "{{ secrets.X }}",
    ]
    told = _visit(shop, http_server, "url: {{ place }}", places)
    assert len(told) == len(places)
    assert [sentence for sentence in told if "nothing was sent" not in sentence.lower()] == []
    assert second_http_server.connections == http_server.connections == 0


def test_a_value_inside_an_address_stays_one_part_of_its_path(
    shop: Shop, http_server: HttpServer, second_http_server: HttpServer
) -> None:
    places = [f"@{second_http_server.host}/", "../../admin", "x?admin=1", "x#y", "a/b", "a\r\nHost: evil", "\\evil"]
    told = _visit(shop, http_server, f"url: {http_server.url}/in/{{{{ place }}}}/end\nexpect: 200-499", places)
    assert told == []
    assert second_http_server.connections == 0
    assert len(http_server.requests) == len(places)
    for request in http_server.requests:
        assert request.headers["host"] == http_server.host
        assert request.path.count("/") == 3
        assert "?" not in request.path


@pytest.mark.parametrize("action", ["http.get", "http.post"])
def test_no_redirect_leads_to_another_host_port_or_scheme(
    shop: Shop, http_server: HttpServer, second_http_server: HttpServer, action: str
) -> None:
    own, other = http_server.host, second_http_server.host
    locations = [
        f"http://{other}/",
        f"//{other}/",
        f"https://{own}/",
        f"http://{own}@{other}/",
        f"http://{own}\\@{other}/",
        f"http://localhost:{http_server.port}/",
        "http://169.254.169.254/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        f"\thttp://{other}/",
        f"http:{other}/",
    ]
    answers = [Reply(status, b"", {"Location": location}) for location in locations for status in (301, 302, 303, 307, 308)]
    for number, answer in enumerate(answers):
        http_server.on(f"/{number}", answer)
    told = _visit(shop, http_server, f"url: {http_server.url}/{{{{ no }}}}", ["x"] * len(answers), action)
    assert second_http_server.connections == 0
    assert {request.headers["host"] for request in http_server.requests} == {own}
    assert len(told) == len(answers)
    assert "DONE" not in shop.runs().values()


def test_a_header_that_would_change_where_the_request_goes_is_a_mistake_beside_the_row(shop: Shop, http_server: HttpServer) -> None:
    lines = ["Host: evil.example", "host: x", "Transfer-Encoding: chunked", "Content-Length: 0", "Proxy-Authorization: x"]
    lines += ["Upgrade: h2c", "Connection: keep-alive", "X Y: 1", ": 1"]
    shop.config(f'[http]\nallow = ["{http_server.host}"]\n')
    places = [f"Visit {place}" for place in range(len(lines))]
    shop.write(
        Contracts=[
            ["Contract", "Enabled", "Trigger", "Tab", "Check"],
            *([place, "Yes", "New row", "Places", None] for place in places),
        ],
        Steps=[
            ["Contract", "Step", "Action", "With", "Check"],
            *(
                [place, "Go", "http.get", f"url: {http_server.url}/\nheader.{line}", None]
                for place, line in zip(places, lines, strict=True)
            ),
        ],
        Places=[["No", "Row ID"], [1, None]],
    )
    shop.run("run", "--once", code=None)
    assert http_server.connections == 0
    assert shop.tab("Runs") == []
    assert [row["With"] for row in shop.tab("Steps") if "header" not in str(row["Check"])] == []


def test_a_line_break_in_a_header_from_a_cell_sends_nothing(shop: Shop, http_server: HttpServer) -> None:
    cells = ["a\r\nHost: evil", "a\nX: y", "a\rX: y", "a\u2028X: y", "a\x85b"]
    told = _visit(shop, http_server, f"url: {http_server.url}/\nheader.X-Name: {{{{ place }}}}", cells)
    assert all("line break" in sentence for sentence in told)
    for request in http_server.requests:
        assert request.headers["host"] == http_server.host
        assert "x" not in request.headers
