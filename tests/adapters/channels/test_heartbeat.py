"""The call of a watchman elsewhere."""

import pytest

from adapters.channels.heartbeat import Heartbeat
from runner.errors import ActionFailed
from tests.servers.http import HttpServer, Reply, drop


def test_a_good_tick_is_a_get_and_a_failed_one_a_post_with_the_reason_to_fail(http_server: HttpServer) -> None:
    http_server.on("/ping/abc", Reply(200))
    http_server.on("/ping/abc/fail", Reply(200))
    beat = Heartbeat(f"{http_server.url}/ping/abc/?rid=1", lambda text, _host: text)
    http_server.on("/ping/abc/", Reply(200))
    beat("")
    beat("The workbook is gone.")
    good, failed = http_server.requests
    assert (good.method, good.path, good.body) == ("GET", "/ping/abc/?rid=1", b"")
    assert (failed.method, failed.path, failed.body) == ("POST", "/ping/abc/fail?rid=1", b"The workbook is gone.")


def test_the_address_may_hold_a_secret_and_no_sentence_tells_it(http_server: HttpServer) -> None:
    beat = Heartbeat(f"{http_server.url}/{{{{ secrets.PING }}}}", lambda text, _host: text.replace("{{ secrets.PING }}", "abc"))
    with pytest.raises(ActionFailed) as failed:
        beat("")
    assert http_server.hits("/abc") == 1
    assert "abc" not in str(failed.value)


@pytest.mark.parametrize("fault", [drop, Reply(500), Reply(301)])
def test_what_is_not_taken_is_a_failure(http_server: HttpServer, fault: object) -> None:
    http_server.on("/ping", fault)  # type: ignore[arg-type]
    with pytest.raises(ActionFailed):
        Heartbeat(f"{http_server.url}/ping", lambda text, _host: text)("")
