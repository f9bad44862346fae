"""The way to a host: no address, name or answer of a name server leads where config.toml does not allow."""

import socket
import threading
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.web.address import is_allowed, may_answer_for, parse_url
from adapters.web.client import AnswerLost, exchange
from adapters.web.connection import resolve
from runner.errors import ActionFailed
from tests.servers.http import Reply
from tests.servers.lines import LineServer


def reach(url, allow, resolver=resolve):
    """What an http step does with an address, without the step."""
    target = parse_url(url)
    if not is_allowed(target, allow):
        raise ActionFailed("not allowed", permanent=True)
    return exchange("GET", target, {}, b"", time.monotonic() + 5, resolve=resolver)


@pytest.mark.parametrize(
    ("url", "allow", "yes"),
    [
        ("https://api.example.com/x", ["api.example.com"], True),
        ("HTTPS://API.Example.COM./x", ["api.example.com"], True),
        ("https://api.example.com:443/x", ["API.example.com."], True),
        ("https://api.example.com:8443/x", ["api.example.com"], False),
        ("http://api.example.com:8080", ["api.example.com:8080"], True),
        ("https://api.example.com", ["api.example.com:8080"], False),
        ("https://evil-api.example.com/", ["api.example.com"], False),
        ("https://api.example.com.evil.example/", ["api.example.com"], False),
        ("https://bücher.example/", ["xn--bcher-kva.example"], True),
        ("https://xn--bcher-kva.example/", ["Bücher.example"], True),
        ("http://[::1]:8080/x", ["[::1]:8080"], True),
        ("http://[0:0::1]/", ["::1"], True),
        ("http://[::ffff:127.0.0.1]/", ["127.0.0.1"], False),
        ("https://api.example.com/", ["https://api.example.com/", "", "*", "*.example.com"], False),
    ],
)
def test_the_list_is_compared_host_by_host_and_port_by_port(url, allow, yes):
    assert is_allowed(parse_url(url), allow) is yes


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com@evil.example/",
        "https://user:pw@api.example.com/",
        "https://evil.example\\@api.example.com/",
        "https:\\\\api.example.com/",
        "https:///api.example.com/",
        "https:api.example.com",
        "//api.example.com/",
        "ftp://api.example.com/",
        "file:///etc/passwd",
        "https://api.example.com\r\nHost: evil.example/",
        "https://api.example.com/\r\nX-Evil: 1",
        "https://api.example.com%2eevil.example/",
        "https://api.example.com%00.evil.example/",
        "https://api.example.com:99999/",
        "https://api.example.com:0/",
        "https://api.example.com:80:80/",
        "https://api..example.com/",
        "https://ａｐｉ.example.com/",
        "https://api。example.com/",
        "https://straße.example/",
        "https://é..example/",
        "http://[1::2::3]/",
        "https://{{ secrets.HOST }}/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://127.0.0.1.:80.",
        "http://[::1",
        "http://[fe80::1%25eth0]/",
        "http://[v1.x]/",
        "",
    ],
)
def test_an_address_that_could_be_read_in_two_ways_is_refused(url):
    with pytest.raises(ActionFailed, match=r"^The url “.*Nothing was sent") as failed:
        parse_url(url)
    assert failed.value.permanent


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@example(data=None)
def test_no_spelling_of_an_address_reaches_a_host_that_is_not_on_the_list(http_server, second_http_server, data):
    """Both servers listen; only the first is allowed. The second must never be connected to."""
    good, bad = http_server.host, second_http_server.host
    if data is None:
        urls = [f"http://{good}@{bad}/", f"http://{bad}#@{good}/", f"http://{bad}?@{good}/", f"http://{bad}\\@{good}/"]
    else:
        pieces = st.sampled_from(
            [good, bad, "127.0.0.1", "localhost", "[::1]", f":{second_http_server.port}", f":{http_server.port}"]
        )
        glue = st.sampled_from(
            ["@", "/", "\\", "#", "?", ".", ":", "//", "%40", "\t", "\r\n", " ", "[", "]", "％", "。", ";", "&", ""]
        )
        urls = ["http://" + data.draw(pieces) + "".join(data.draw(st.lists(st.one_of(glue, pieces), max_size=5)))]
    for url in urls:
        try:
            reach(url, [good])
        except (ActionFailed, AnswerLost):
            continue
    assert second_http_server.connections == 0


@given(text=st.text(max_size=40))
def test_any_path_becomes_one_clean_request_line(text):
    url = f"https://api.example.com/{text}"
    try:
        target = parse_url(url)
    except ActionFailed:
        assert any(character < " " or character == "\x7f" for character in url.strip())
    else:
        assert target.path.isascii()
        assert target.path.isprintable()
        assert " " not in target.path
        assert parse_url(target.url) == target


# -------------------------------------------------------------------------------------------------------- name servers


@pytest.mark.parametrize(
    ("host", "address", "yes"),
    [
        ("api.example.com", "93.184.216.34", True),
        ("api.example.com", "2606:2800:220:1:248:1893:25c8:1946", True),
        *[("api.example.com", address, False) for address in (
            "127.0.0.1", "10.0.0.8", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
            "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:10.0.0.8", "64:ff9b::a00:8",
            "2002:a00:8::",
        )],
        ("64.example.com", "64:ff9b::5db8:d822", True),
        ("localhost", "127.0.0.1", True),
        ("localhost", "10.0.0.8", False),
        ("10.0.0.8", "10.0.0.8", True),
        ("10.0.0.8", "10.0.0.9", False),
    ],
)  # fmt: skip
def test_a_public_name_may_only_lead_to_public_addresses(host, address, yes):
    assert may_answer_for(host, address) is yes


def test_a_name_that_leads_into_the_private_network_is_not_followed(http_server):
    http_server.on("/", Reply(200))
    name = f"crm.example.com:{http_server.port}"
    with pytest.raises(ActionFailed, match=r"leads to 127\.0\.0\.1, an address inside a private network") as failed:
        reach(f"http://{name}/", [name], lambda *_: ["127.0.0.1"])
    assert failed.value.permanent
    assert http_server.connections == 0


def test_the_name_is_looked_up_once_so_that_a_second_answer_cannot_differ(http_server):
    answers = [["192.0.2.1"], ["127.0.0.1"]]
    asked = []

    def rebinding(host, _port, _deadline):
        asked.append(host)
        return answers[len(asked) - 1]

    name = f"crm.example.com:{http_server.port}"
    with pytest.raises(ActionFailed):
        reach(f"http://{name}/", [name], rebinding)
    assert asked == ["crm.example.com"]
    assert http_server.connections == 0


def test_localhost_is_reached_when_it_is_allowed_by_name(http_server):
    http_server.on("/", Reply(200, b"hello"))
    name = f"localhost:{http_server.port}"
    assert reach(f"http://{name}/", [name]).body == b"hello"
    assert http_server.requests[0].headers["host"] == name


def test_proxies_of_the_environment_are_not_used(http_server, second_http_server, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, second_http_server.url)
    http_server.on("/", Reply(200))
    assert reach(http_server.url, [http_server.host]).status == 200
    assert second_http_server.connections == 0


def test_a_name_server_that_never_answers_does_not_hold_us(monkeypatch):
    stuck = threading.Event()

    def never(*_arguments, **_options):
        stuck.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    with pytest.raises(TimeoutError):
        resolve("slow.example.com", 80, time.monotonic() + 0.1)
    stuck.set()


def test_a_deadline_that_has_passed_lets_nothing_out(http_server):
    target = parse_url(http_server.url)
    with pytest.raises(ActionFailed, match=r"did not answer in time\. Nothing was sent"):
        exchange("GET", target, {}, b"", time.monotonic() - 1)
    assert http_server.connections == 0


def test_an_answer_given_before_the_whole_request_was_read_is_still_heard():
    """The server closes after its answer: part of a large request is never taken."""

    def refuse(line):
        line.recv(100)
        line.sendall(Reply(413, b"too large").raw())
        line.shutdown(socket.SHUT_WR)
        while line.recv(65_536):  # else the reset would overtake the answer
            pass

    server = LineServer(refuse)
    try:
        target = parse_url(f"http://127.0.0.1:{server.port}/")
        assert exchange("POST", target, {}, b"x" * 3_000_000, time.monotonic() + 10).status == 413
    finally:
        server.stop()


def test_a_reset_in_the_middle_of_a_request_is_never_called_not_sent():
    server = LineServer(lambda line: line.sendall(Reply(413).raw()))  # and closes: a reset, since nothing was read
    target = parse_url(f"http://127.0.0.1:{server.port}/")
    try:
        heard = exchange("POST", target, {}, b"x" * 30_000_000, time.monotonic() + 10).status
    except AnswerLost as lost:
        heard = str(lost)
    finally:
        server.stop()
    assert heard in (413, "the connection broke off")


def test_a_server_that_speaks_no_tls_is_named():
    server = LineServer(lambda line: line.sendall(Reply(400).raw()))
    host = f"127.0.0.1:{server.port}"
    try:
        with pytest.raises(ActionFailed, match=r"could not be reached: (no safe connection came about|the connection broke off)"):
            reach(f"https://{host}/", [host])
    finally:
        server.stop()


def test_a_name_that_does_not_exist_is_worth_another_try():
    with pytest.raises(ActionFailed, match="its name could not be found") as failed:
        reach("http://no-such-host.invalid/", ["no-such-host.invalid"])
    assert not failed.value.permanent
