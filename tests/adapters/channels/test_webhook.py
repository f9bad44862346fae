"""What web services are sent, and what becomes of it when they fail."""

import base64
import hashlib
import hmac
import json
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest

from adapters.channels.shapes import SHAPES, shape_of
from adapters.channels.webhook import WebhookChannel
from adapters.secrets import open_secrets
from runner.config.tables import Secret
from runner.errors import ActionFailed
from runner.ports import Item, Message
from tests.conftest import NOW
from tests.servers.http import HttpServer, Reply, drop, garbage, half

PATIENCE = timedelta(seconds=2)
ITEM = Item(
    id="W-1",
    severity="P0",
    news="new",
    title="dead letter · Pay · Transfer",
    what="The bank said “no”: <!channel> @everyone [click](https://evil.example) *bold* <b>x</b>",
    count="3 times",
    runs=("R-0001", "R-0002", "R-0003"),
    where="Type RETRY in tab Dead letters",
    cell="Dead letters!L7",
    link="https://docs.google.com/spreadsheets/d/1/edit#gid=3&range=L7",
    steps=("Open the bank",),
    when="First seen Mon 23 Nov, 08:00",
    raised=NOW,
)
MESSAGE = Message(
    id="m-1", subject="P0 dead letter: Pay · Transfer (3×)", severity="P0", workbook="business.xlsx", items=(ITEM,), more=2,
    acknowledge="Type SEEN in the tab Alerts, row W-1.", now=NOW,
)  # fmt: skip
LONG = replace(MESSAGE, items=tuple(replace(ITEM, what="ä" * 290) for _ in range(20)))


def channel(server: HttpServer, path: str = "/hook", **more: Any) -> WebhookChannel:
    return WebhookChannel(url=server.url + path, reveal=lambda text, _host: text, **more)


@pytest.mark.parametrize(
    ("host", "shape"),
    [
        ("hooks.slack.com", "slack"),
        ("shop.webhook.office.com", "teams"),
        ("prod-01.westeurope.logic.azure.com", "teams"),
        ("discord.com", "discord"),
        ("ntfy.sh", "ntfy"),
        ("ntfy.shop.example", "ntfy"),
        ("hooks.slack.com.evil.example", "json"),
        ("127.0.0.1", "json"),
    ],
)
def test_the_shape_is_known_by_the_host(host: str, shape: str) -> None:
    assert shape_of(host) == shape


def test_slack_gets_text_in_which_nothing_calls_anybody() -> None:
    headers, body = SHAPES["slack"](MESSAGE)
    text = json.loads(body)["text"]
    assert headers == {"Content-Type": "application/json"}
    assert text.startswith("*P0 dead letter: Pay · Transfer (3×)*")
    assert "&lt;!channel&gt;" in text
    assert "<" not in text
    assert text.endswith("… and 2 more in the tab Alerts.\n\nType SEEN in the tab Alerts, row W-1.")


def test_discord_gets_at_most_what_it_takes_and_mentions_nobody() -> None:
    sent = json.loads(SHAPES["discord"](MESSAGE)[1])
    assert sent["allowed_mentions"] == {"parse": []}
    assert r"\[click\](https://evil.example)" in sent["content"]
    assert len(json.loads(SHAPES["discord"](LONG)[1])["content"]) <= 2000


def test_teams_gets_an_adaptive_card_with_a_button_to_the_sheet() -> None:
    (attachment,) = json.loads(SHAPES["teams"](MESSAGE)[1])["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "Open the sheet", "url": ITEM.link}]
    assert card["body"][0]["text"] == "P0 dead letter: Pay · Transfer (3×)"
    assert any(r"\[click\]" in block["text"] for block in card["body"])


def test_ntfy_gets_a_title_a_priority_and_text_within_its_bounds() -> None:
    headers, body = SHAPES["ntfy"](MESSAGE)
    assert str(make_header(decode_header(headers["Title"]))) == MESSAGE.subject
    assert (headers["Priority"], headers["Click"]) == ("5", ITEM.link)
    assert body.decode().startswith("P0 dead letter · Pay · Transfer\nThe bank said")
    long = SHAPES["ntfy"](LONG)[1]
    assert len(long) <= 4096
    assert long.decode()  # cut between letters
    assert base64.b64decode(headers["Title"][10:-2])


def test_a_program_of_ones_own_gets_every_fact() -> None:
    facts = json.loads(SHAPES["json"](MESSAGE)[1])
    assert (facts["id"], facts["severity"], facts["more"], facts["time"]) == ("m-1", "P0", 2, NOW.isoformat())
    assert facts["alerts"][0]["runs"] == ["R-0001", "R-0002", "R-0003"]


def test_json_is_signed_over_timestamp_and_body_and_other_shapes_are_not(http_server: HttpServer) -> None:
    http_server.on("/hook", Reply(200))
    channel(http_server, secret="the key").tell(MESSAGE, PATIENCE)
    channel(http_server, secret="the key", shape="slack").tell(MESSAGE, PATIENCE)
    own, slack = http_server.requests
    stamp = own.headers["x-rowpact-timestamp"]
    wanted = hmac.new(b"the key", stamp.encode() + b"." + own.body, hashlib.sha256).hexdigest()
    assert own.headers["x-rowpact-signature"] == f"sha256={wanted}"
    assert int(stamp) == int(NOW.timestamp())
    assert "x-rowpact-signature" not in slack.headers


@pytest.mark.parametrize("fault", [drop, half, garbage, Reply(500), Reply(302, headers={"Location": "/elsewhere"})])
def test_what_is_not_taken_is_a_failure_that_may_pass_and_nothing_follows(http_server: HttpServer, fault: Any) -> None:
    http_server.on("/hook", fault)
    with pytest.raises(ActionFailed) as failed:
        channel(http_server).tell(MESSAGE, PATIENCE)
    assert not failed.value.permanent
    assert http_server.hits() == 1


def test_a_server_that_says_nothing_is_given_up_in_time(http_server: HttpServer) -> None:
    http_server.on("/hook", http_server.drip)
    with pytest.raises(ActionFailed, match="did not answer in time"):
        channel(http_server).tell(MESSAGE, timedelta(seconds=0.3))


def test_no_sentence_tells_the_address(http_server: HttpServer) -> None:
    http_server.on("/T0/B1/verysecret", Reply(404))
    one = channel(http_server, "/T0/B1/verysecret")
    with pytest.raises(ActionFailed) as failed:
        one.tell(MESSAGE, PATIENCE)
    assert failed.value.permanent
    assert "verysecret" not in f"{failed.value} {one.name}"


def test_too_many_requests_come_with_the_wait_that_is_asked_for(http_server: HttpServer) -> None:
    http_server.on("/hook", Reply(429, headers={"Retry-After": "77"}))
    with pytest.raises(ActionFailed) as failed:
        channel(http_server).tell(MESSAGE, PATIENCE)
    assert failed.value.retry_after == timedelta(seconds=77)


@pytest.fixture
def secret_address(tmp_path: Path) -> Callable[..., WebhookChannel]:
    """A channel whose whole address is a secret for these hosts."""

    def make(value: str, *hosts: str) -> WebhookChannel:
        secrets = open_secrets({"HOOK": Secret(env="HOOK", hosts=hosts)}, {"HOOK": value})
        return WebhookChannel(url="{{ secrets.HOOK }}", reveal=secrets.reveal, hosts=hosts)

    return make


def test_the_whole_address_may_be_a_secret(http_server: HttpServer, secret_address: Callable[..., WebhookChannel]) -> None:
    http_server.on("/T0/verysecret", Reply(200))
    one = secret_address(f"{http_server.url}/T0/verysecret", http_server.host)
    one.tell(MESSAGE, PATIENCE)
    assert http_server.hits("/T0/verysecret") == 1
    assert one.name == f"webhook ({http_server.host})"


def test_an_address_that_is_a_secret_leads_to_its_own_hosts_only(
    http_server: HttpServer, second_http_server: HttpServer, secret_address: Callable[..., WebhookChannel]
) -> None:
    with pytest.raises(ActionFailed, match="may only be sent to"):
        secret_address(f"{second_http_server.url}/x", http_server.host).tell(MESSAGE, PATIENCE)
    with pytest.raises(ActionFailed, match="is no web address"):
        secret_address("T0/verysecret", http_server.host).tell(MESSAGE, PATIENCE)
    assert second_http_server.connections == 0


def test_a_part_of_the_address_may_be_a_secret_for_that_host(http_server: HttpServer) -> None:
    secrets = open_secrets({"KEY": Secret(env="KEY", hosts=(http_server.host,))}, {"KEY": "ab cd"})
    http_server.on("/hook/ab%20cd", Reply(200))
    WebhookChannel(url=f"{http_server.url}/hook/{{{{ secrets.KEY }}}}", reveal=secrets.reveal).tell(MESSAGE, PATIENCE)
    assert http_server.hits("/hook/ab%20cd") == 1


def test_tls_is_verified(https_server: HttpServer, trusted_ca: Path) -> None:
    https_server.on("/hook", Reply(200))
    channel(https_server).tell(MESSAGE, PATIENCE)
    assert https_server.hits() == 1


def test_a_certificate_that_nobody_vouches_for_gets_nothing(https_server: HttpServer, server_tls: ssl.SSLContext) -> None:
    with pytest.raises(ActionFailed, match="certificate"):
        channel(https_server).tell(MESSAGE, PATIENCE)
    assert https_server.hits() == 0
