"""http.*: what a step does, seen from its settings, against real servers with real faults."""

import json
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from adapters.actions.http import actions
from adapters.secrets import open_secrets
from adapters.web import client as http_client
from runner.errors import ActionFailed, ActionInDoubt
from runner.model import Effect
from tests.conftest import NOW
from tests.servers.http import Reply, drop, garbage, half


@pytest.fixture
def http(http_server, make_tools, prepare_for, call_for):
    """`http("post", "/path", json=…)`: prepare and perform in one go, against `http_server`."""

    def run(verb, path, *, allow=None, secrets=None, call=None, **settings):
        tools = make_tools(http_allow=(http_server.host,) if allow is None else allow, secrets=secrets)
        action = next(each for each in actions(tools) if each.name == f"http.{verb}")
        url = path if "://" in path else http_server.url + path
        settings = {name.replace("header_", "header."): text for name, text in settings.items()}
        request = action.prepare({"url": url, **settings}, prepare_for())
        assert json.loads(json.dumps(request)) == request
        return action.perform(request, call or call_for())

    return run


def action(tools, verb):
    return next(each for each in actions(tools) if each.name == f"http.{verb}")


# ------------------------------------------------------------------------------------------------- what is sent and got


def test_a_get_gives_status_json_text_and_headers_to_later_steps(http, http_server):
    http_server.on("/leads", Reply(200, b'{"id": 7, "name": "Zo\xc3\xab"}', {"X-Rate": "9"}))
    done = http("get", "/leads?q=Ana L\u00f3pez")
    assert done.result["status"] == 200
    assert done.result["json"] == {"id": 7, "name": "Zoë"}
    assert done.result["text"] == '{"id": 7, "name": "Zoë"}'
    assert done.result["headers"]["x-rate"] == "9"
    assert http_server.requests[0].path == "/leads?q=Ana%20L%C3%B3pez"
    assert "idempotency-key" not in http_server.requests[0].headers


@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete"])
def test_every_writing_verb_carries_the_steps_own_key(http, http_server, call_for, verb):
    http_server.on("/x", Reply(200))
    http(verb, "/x", call=call_for(key="run-7/step"))
    assert http_server.requests[0].method == verb.upper()
    assert http_server.requests[0].headers["idempotency-key"] == "run-7/step"


def test_json_form_and_body_arrive_with_their_content_type(http, http_server):
    http_server.on("/x", Reply(200))
    http("post", "/x", json='{"amount": 4200.00}')
    http("post", "/x", form="name: Ana & Bob\nnote: a=b")
    http("post", "/x", form="a=1&b=two%20words")
    http("post", "/x", body="Grüße", **{"header_Content-Type": "text/markdown"})
    sent = [(each.headers["content-type"], each.body.decode()) for each in http_server.requests]
    assert sent == [
        ("application/json", '{"amount": 4200.00}'),
        ("application/x-www-form-urlencoded", "name=Ana+%26+Bob&note=a%3Db"),
        ("application/x-www-form-urlencoded", "a=1&b=two+words"),
        ("text/markdown", "Grüße"),
    ]


def test_what_a_repeat_means_follows_from_the_verb_and_the_owners_word(make_tools):
    tools = make_tools()
    assert [action(tools, verb).effect({}) for verb in ("get", "post", "put", "patch", "delete")] == [
        Effect.READ,
        Effect.ONCE,
        Effect.REPEATABLE,
        Effect.ONCE,
        Effect.REPEATABLE,
    ]
    assert action(tools, "post").effect({"Idempotent": " YES "}) is Effect.KEYED
    assert action(tools, "patch").effect({"idempotent": "no"}) is Effect.ONCE


# ------------------------------------------------------------------------------------------------------------- verdicts


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 501])
def test_a_refusal_is_permanent_and_says_what_the_server_said(http, http_server, status):
    http_server.on("/x", Reply(status, b'{"error": "no such invoice"}'))
    with pytest.raises(ActionFailed, match=rf"POST http://.*/x was answered with {status} .*no such invoice") as failed:
        http("post", "/x", json="{}")
    assert failed.value.permanent


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "120"}, timedelta(seconds=120)),
        ({"Retry-After": "Sun, 22 Nov 2026 17:13:54 GMT"}, timedelta(seconds=60)),
        ({"Retry-After": "Sun, 22 Nov 2026 10:00:30 GMT", "Date": "Sun, 22 Nov 2026 10:00:00 GMT"}, timedelta(seconds=30)),
        ({"Retry-After": "999999999"}, timedelta(days=1)),
        ({"Retry-After": "Sun, 22 Nov 1998 17:13:54 GMT"}, timedelta()),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("status", [408, 425, 429, 503])
def test_a_busy_server_did_nothing_and_says_when_to_come_back(http, http_server, call_for, status, headers, wait):
    http_server.on("/x", Reply(status, b"", headers))
    with pytest.raises(ActionFailed, match="It was not done") as failed:
        http("post", "/x", call=call_for(now=NOW))
    assert (failed.value.permanent, failed.value.retry_after) == (False, wait)


@pytest.mark.parametrize("status", [500, 502, 504, 303, 204])
def test_a_once_effect_is_in_doubt_when_the_server_may_have_acted(http, http_server, status):
    http_server.on("/x", Reply(status))
    with pytest.raises(ActionInDoubt, match=rf"{status} .*type DONE .* or RETRY"):
        http("post", "/x", expect="200")


@pytest.mark.parametrize(("verb", "settings"), [("get", {}), ("put", {}), ("delete", {}), ("post", {"idempotent": "yes"})])
@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_repeatable_effect_is_tried_again_after_a_server_error(http, http_server, verb, settings, status):
    http_server.on("/x", Reply(status))
    with pytest.raises(ActionFailed, match="Trying again is harmless") as failed:
        http(verb, "/x", **settings)
    assert not failed.value.permanent


@pytest.mark.parametrize("fault", [drop, half, garbage])
def test_a_lost_answer_is_in_doubt_once_and_harmless_otherwise(http, http_server, fault):
    http_server.on("/x", fault)
    with pytest.raises(ActionInDoubt, match="was sent, but"):
        http("post", "/x", json="{}")
    for verb, settings in (("get", {}), ("put", {}), ("delete", {}), ("patch", {"idempotent": "x"})):
        with pytest.raises(ActionFailed, match="Trying again is harmless") as failed:
            http(verb, "/x", **settings)
        assert not failed.value.permanent
    assert http_server.hits("/x") == 5  # and nothing was repeated behind our back


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_the_timeout_ends_even_an_answer_that_drips(http, http_server, call_for, fault):
    http_server.on("/x", getattr(http_server, fault))
    with pytest.raises(ActionInDoubt, match="did not answer in time"):
        http("post", "/x", call=call_for(timeout=0.5))
    with pytest.raises(ActionFailed, match="did not answer in time"):
        http("get", "/x", call=call_for(timeout=0.5))


def test_a_server_that_is_not_there_got_nothing(http, http_server):
    http_server.stop()
    with pytest.raises(ActionFailed, match=r"could not be reached: it refused the connection. Nothing was sent") as failed:
        http("post", "/x")
    assert not failed.value.permanent


def test_a_connection_closed_before_the_request_was_read_is_in_doubt_for_a_once(http, http_server):
    http_server.deaf = True
    with pytest.raises(ActionInDoubt):
        http("post", "/x", json="{}")
    assert http_server.hits() == 0  # the client cannot know that


@pytest.mark.parametrize(
    ("expect", "status", "good"),
    [("", 204, True), ("200", 201, False), ("200, 404", 404, True), ("200-299\n409", 409, True), ("302", 302, True)],
)
def test_expect_says_which_status_is_a_success(http, http_server, expect, status, good):
    http_server.on("/x", Reply(status))
    if good:
        assert http("get", "/x", expect=expect).result["status"] == status
    else:
        with pytest.raises(ActionFailed, match="not what the step's expect allows"):
            http("get", "/x", expect=expect)


# ------------------------------------------------------------------------------------------------------------- redirects


def test_a_get_follows_redirects_on_its_own_host_only(http, http_server, second_http_server):
    http_server.on("/a", Reply(302, b"", {"Location": "/b"}))
    http_server.on("/b", Reply(307, b"", {"Location": f"{http_server.url}/c"}))
    http_server.on("/c", Reply(200, b"found"))
    assert http("get", "/a").result["text"] == "found"
    http_server.on("/away", Reply(302, b"", {"Location": f"{second_http_server.url}/secret"}))
    with pytest.raises(ActionFailed, match="it sends us on to") as failed:
        http("get", "/away", allow=(http_server.host, second_http_server.host))
    assert failed.value.permanent
    assert second_http_server.connections == 0


@pytest.mark.parametrize("location", ["", "https://user@/", "http://[", "/ok {{ secrets.X }}"])
def test_a_redirect_to_nowhere_is_the_answer(http, http_server, location):
    http_server.on("/a", Reply(302, b"", {"Location": location}))
    with pytest.raises(ActionFailed, match="sends us on"):
        http("get", "/a")
    assert http_server.hits() == 1


def test_a_circle_of_redirects_ends(http, http_server):
    http_server.on("/a", Reply(301, b"", {"Location": "/a"}))
    with pytest.raises(ActionFailed, match="sends us on"):
        http("get", "/a")
    assert http_server.hits("/a") == 4


def test_a_post_follows_no_redirect(http, http_server):
    http_server.on("/a", Reply(307, b"", {"Location": "/b"}))
    with pytest.raises(ActionFailed, match=r"put the final address into the step's url") as failed:
        http("post", "/a", json="{}")
    assert failed.value.permanent
    assert http_server.hits("/b") == 0


def test_a_redirect_cannot_ask_for_a_secret(http, http_server):
    http_server.on("/a", Reply(302, b"", {"Location": "/b?{{ secrets.TOKEN }}"}))
    with pytest.raises(ActionFailed):
        http("get", "/a", secrets={"TOKEN": "t0p"})
    assert http_server.hits() == 1


# -------------------------------------------------------------------------------------------------------------- answers


def test_a_huge_answer_is_cut_and_a_get_says_so(http, http_server, monkeypatch):
    monkeypatch.setattr(http_client, "ANSWER_CAP", 50_000)
    http_server.on("/x", Reply(200, b'"' + b"a" * 60_000 + b'"'))
    with pytest.raises(ActionFailed, match="longer than"):
        http("get", "/x")
    done = http("post", "/x")  # it was done, and the status is known
    assert (done.result["json"], len(done.result["text"])) == (None, 32_767)


@pytest.mark.parametrize(
    ("body", "parsed"),
    [
        (b"{bad json", None),
        (b"", None),
        (b"[" * 100_000, None),
        (b"[NaN, -Infinity]", [None, None]),
        (b'"\\ud83d alone"', "? alone"),
        (b"\xef\xbb\xbf[1]", [1]),
        (b"9" * 5000, None),
    ],
)
def test_any_answer_becomes_something_that_a_ledger_can_keep(http, http_server, body, parsed):
    http_server.on("/x", Reply(200, body))
    result = http("get", "/x").result
    assert result["json"] == parsed
    json.dumps(result, ensure_ascii=False, allow_nan=False).encode()


def test_text_is_read_in_the_charset_that_the_server_names(http, http_server):
    http_server.on("/x", Reply(200, "Grüße".encode("latin-1"), {"Content-Type": "text/plain; charset=ISO-8859-1"}))
    http_server.on("/y", Reply(200, "Grüße".encode(), {"Content-Type": "text/plain; charset=klingon"}))
    assert [http("get", path).result["text"] for path in ("/x", "/y")] == ["Grüße", "Grüße"]


# ------------------------------------------------------------------------------------------------------------------ TLS


def test_a_certificate_that_nobody_vouches_for_gets_nothing(http, https_server):
    with pytest.raises(ActionFailed, match=r"certificate cannot be trusted.*Nothing was sent") as failed:
        http("post", f"{https_server.url}/x", allow=(https_server.host,))
    assert not failed.value.permanent
    assert https_server.hits() == 0


def test_a_trusted_certificate_is_needed_for_this_very_host(http, https_server, trusted_ca):
    https_server.on("/x", Reply(200, b"safe"))
    assert http("get", f"{https_server.url}/x", allow=(https_server.host,)).result["text"] == "safe"


# --------------------------------------------------------------------------------------------------------------- secrets

SECRETS = {"TOKEN": 't"0/p &x'}


def test_secrets_are_put_in_at_the_last_moment_escaped_for_their_place(http, http_server):
    http_server.on("/hook/t%220/p%20%26x", Reply(200))
    http(
        "post",
        "/hook/{{ secrets.TOKEN }}?k={{ secrets.TOKEN }}",
        secrets=SECRETS,
        json='{"key": "{{ secrets.TOKEN }}"}',
        header_Authorization="Bearer {{ secrets.TOKEN }}",
    )
    (request,) = http_server.requests
    assert request.path == "/hook/t%220/p%20%26x?k=t%220%2Fp%20%26x"
    assert json.loads(request.body) == {"key": 't"0/p &x'}
    assert request.headers["authorization"] == 'Bearer t"0/p &x'


def test_secrets_stand_in_no_preview_result_or_sentence(http, http_server, make_tools, prepare_for):
    tools = make_tools(http_allow=(http_server.host,), secrets={"TOKEN": "t0p-s3cret"})
    post = action(tools, "post")
    settings = {
        "url": f"{http_server.url}/x",
        "header.Authorization": "Bearer {{ secrets.TOKEN }}",
        "form": "k: {{ secrets.TOKEN }}",
    }
    request = post.prepare(settings, prepare_for())
    assert "Authorization: Bearer {{ secrets.TOKEN }}" in post.describe(request)
    assert "k: {{ secrets.TOKEN }}" in post.describe(request)
    http_server.on(
        "/x", lambda request: Reply(200, request.body + request.headers["authorization"].encode(), {"X-Echo": "t0p-s3cret"})
    )
    done = http(
        "post", "/x", secrets={"TOKEN": "t0p-s3cret"}, form="k: {{ secrets.TOKEN }}", header_Authorization="{{ secrets.TOKEN }}"
    )
    assert http_server.requests[0].body == b"k=t0p-s3cret"
    assert "t0p-s3cret" not in repr(done)
    http_server.on("/x", Reply(400, b"bad token t0p-s3cret"))
    with pytest.raises(ActionFailed, match="bad token •••TOKEN•••"):
        http("post", "/x", secrets={"TOKEN": "t0p-s3cret"})


def test_a_secret_with_a_line_break_makes_no_header(http, http_server):
    with pytest.raises(ActionFailed, match="line break"):
        http("get", "/x", secrets={"TOKEN": "a\r\nX-Evil: 1"}, header_Authorization="{{ secrets.TOKEN }}")
    assert http_server.connections == 0


@pytest.mark.parametrize("own", ["127.0.0.1", "127.0.0.1:{port}"])
def test_a_secret_goes_to_its_own_host_and_to_no_other(http_server, second_http_server, make_tools, prepare_for, call_for, own):
    source = SimpleNamespace(env="T", file=None, keyring=None, hosts=[own.replace("{port}", str(http_server.port))])
    tools = make_tools(http_allow=(http_server.host, f"localhost:{second_http_server.port}"))
    tools = replace(tools, secrets=open_secrets({"TOKEN": source}, {"T": "t0p-s3cret"}))
    get = action(tools, "get")
    http_server.on("/x", Reply(200, b'{"you_sent": "t0p-s3cret"}'))
    mine, other = (
        get.prepare({"url": f"{url}/x", "header.Authorization": "Bearer {{ secrets.TOKEN }}"}, prepare_for())
        for url in (http_server.url, f"http://localhost:{second_http_server.port}")
    )
    assert get.perform(mine, call_for()).result["json"] == {"you_sent": "•••TOKEN•••"}
    assert http_server.requests[0].headers["authorization"] == "Bearer t0p-s3cret"
    with pytest.raises(ActionFailed, match="may only be sent to"):
        get.perform(other, call_for())
    assert second_http_server.connections == 0


def test_a_percent_encoded_mark_in_a_form_is_no_way_to_a_secret(http, http_server):
    with pytest.raises(ActionFailed, match="looks like a secret"):
        http("post", "/x", secrets=SECRETS, form="a=%7B%7B secrets.TOKEN %7D%7D")
    http_server.on("/x", Reply(200))
    http("post", "/x", secrets=SECRETS, form="a={{ secrets.TOKEN }}&b=%7B")
    assert http_server.requests[0].body == b"a=t%220%2Fp+%26x&b=%7B"


def test_a_secret_does_not_travel_unencrypted(make_tools, prepare_for):
    tools = make_tools(http_allow=("api.example.com",), secrets={"TOKEN": "x"})
    with pytest.raises(ActionFailed, match="write https://") as failed:
        action(tools, "get").prepare({"url": "http://api.example.com/?k={{ secrets.TOKEN }}"}, prepare_for())
    assert failed.value.permanent


# ---------------------------------------------------------------------------------------------------------- preview, check


def test_the_preview_shows_the_whole_request(make_tools, prepare_for):
    tools = make_tools(http_allow=("api.example.com",))
    request = action(tools, "post").prepare(
        {"url": "https://API.example.com:443/leads", "header.X-Source": "sheet", "json": '{"a": 1}'}, prepare_for()
    )
    assert action(tools, "post").describe(request) == (
        'POST https://api.example.com/leads\nX-Source: sheet\nContent-Type: application/json\n\n{"a": 1}'
    )


def test_the_preview_of_a_get_is_one_line(make_tools, prepare_for):
    get = action(make_tools(http_allow=("api.example.com",)), "get")
    assert get.describe(get.prepare({"url": "https://api.example.com"}, prepare_for())) == "GET https://api.example.com/"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"url": "https://other.example.com/x"}, "not a host that Rowpact may reach"),
        ({"url": "https://other.example.com/{{ id }}"}, "not a host that Rowpact may reach"),
        ({"url": "api.example.com"}, "does not begin with http"),
        ({"json": "{'a': 1}"}, "not valid in line 1, column 2"),
        ({"json": "[NaN]"}, "number that JSON does not know"),
        ({"json": "{}", "body": "x"}, "json and body: keep one"),
        ({"form": "hello"}, "is not “name: value”"),
        ({"expect": "ok"}, "is no status code"),
        ({"idempotent": "maybe"}, "Write Yes or No"),
        ({"header.Bad Name": "x"}, "is no header"),
        ({"header.Host": "evil.example.com"}, "set by Rowpact itself"),
        ({"header.X": "a\nb"}, "line break"),
    ],
)
def test_a_mistake_is_seen_before_any_run_and_again_at_run_time(make_tools, prepare_for, check_scope, settings, sentence):
    post = action(make_tools(http_allow=("api.example.com",)), "post")
    settings = {"url": "https://api.example.com/x", **settings}
    assert [text for _, text in post.check(settings, check_scope()) if sentence in text]
    if "{{" not in settings["url"] and "idempotent" not in settings:
        with pytest.raises(ActionFailed, match=sentence.replace("(", r"\(")) as failed:
            post.prepare(settings, prepare_for())
        assert failed.value.permanent


def test_a_get_with_a_content_is_told_to_be_a_post(make_tools, check_scope):
    get = action(make_tools(http_allow=("api.example.com",)), "get")
    (problem,) = get.check({"url": "https://api.example.com", "json": "{}"}, check_scope())
    assert "use http.post" in problem[1]


def test_placeholders_and_secrets_are_no_mistakes(make_tools, check_scope):
    post = action(make_tools(http_allow=("api.example.com",)), "post")
    settings = {
        "url": "https://api.example.com/{{ id }}?k={{ secrets.K }}",
        "json": '{"a": {{ amount }}, "b": "{{ secrets.K }}"}',
        "header.X": "{{ name }}",
    }
    assert post.check(settings, check_scope()) == []
    assert post.check({"url": "{{ settings.crm_url }}/leads", "expect": "{{ settings.expect }}"}, check_scope()) == []
