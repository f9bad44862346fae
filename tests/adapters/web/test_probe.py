"""`probe`: only a plain yes and a plain no of the other side count, and it is asked like the step itself."""

import json

import pytest

from adapters.actions.http import actions
from adapters.web.probe import probe_expect
from runner.errors import ActionFailed
from tests.servers.http import Reply, drop, garbage, half


@pytest.fixture
def post(http_server, make_tools, prepare_for):
    """`post(probe=…)`: the action, and a prepared request with that probe."""
    tools = make_tools(http_allow=(http_server.host,), secrets={"KEY": "s3cret-value"})

    def prepared(**settings):
        found = {action.name: action for action in actions(tools)}
        action = found[settings.pop("action", "http.post")]
        given = {"url": f"{http_server.url}/pay", "json": "{}", "probe": f"{http_server.url}/look", **settings}
        request = action.prepare(given, prepare_for())
        assert json.loads(json.dumps(request)) == request
        return action, request

    return prepared


@pytest.mark.parametrize(
    ("answer", "happened"),
    [
        (Reply(200, b'{"id": 7}'), True),
        (Reply(200, b"<p>paid</p>"), True),
        (Reply(204), True),
        (Reply(404), False),
        (Reply(410), False),
        (Reply(200, b"[]"), None),
        (Reply(200, b"{}"), None),
        (Reply(302, headers={"Location": "/login"}), None),
        (Reply(401), None),
        (Reply(403), None),
        (Reply(429), None),
        (Reply(500), None),
        (Reply(503), None),
    ],
)
def test_what_each_answer_says(http_server, post, call_for, answer, happened):
    http_server.on("/look", answer)
    http_server.on("/login", Reply(200, b"please log in"))
    action, request = post()
    found = action.probe(request, call_for())
    assert found.happened is happened
    assert f"/look was answered with {answer.status}" in found.said
    assert http_server.hits() == 1


@pytest.mark.parametrize("fault", [drop, half, garbage])
def test_no_whole_answer_says_nothing(http_server, post, call_for, fault):
    http_server.on("/look", fault)
    action, request = post()
    with pytest.raises(ActionFailed, match="brought no answer"):
        action.probe(request, call_for())


def test_a_server_that_is_silent_is_left_in_time(http_server, post, call_for):
    http_server.on("/look", http_server.hang)
    action, request = post()
    with pytest.raises(ActionFailed, match="did not answer in time"):
        action.probe(request, call_for(timeout=0.3))


def test_probe_expect_says_which_answers_mean_that_it_was_done(http_server, post, call_for):
    http_server.on("/look", Reply(200, b"x"), Reply(208, b"x"))
    action, request = post(probe_expect="208")
    assert [action.probe(request, call_for()).happened for _ in range(2)] == [None, True]
    assert probe_expect("") == ((200, 299),)
    for wrong in ("404", "200-499", "soon"):
        with pytest.raises(ActionFailed, match="probe_expect"):
            probe_expect(wrong)


def test_it_is_asked_with_the_steps_headers_and_its_secret_stands_in_no_sentence(http_server, post, call_for):
    http_server.on("/look", Reply(200, b'{"key": "s3cret-value", "id": 9}'))
    action, request = post(**{"header.Authorization": "Bearer {{ secrets.KEY }}"})
    assert "s3cret" not in json.dumps(request)
    found = action.probe(request, call_for())
    asked = http_server.requests[0]
    assert (asked.method, asked.headers["authorization"]) == ("GET", "Bearer s3cret-value")
    assert not asked.headers.keys() & {"content-type", "content-length", "idempotency-key"}
    assert "s3cret" not in found.said + json.dumps(found.result)
    assert found.result["json"]["id"] == 9


def test_it_reaches_only_what_config_toml_allows(post, second_http_server):
    with pytest.raises(ActionFailed, match=r"not a host that Rowpact may reach.*config\.toml"):
        post(probe=f"{second_http_server.url}/look")


def test_an_approval_shows_what_will_be_asked(post, http_server):
    action, request = post()
    assert action.describe(request).endswith(f"If its end is not seen, this is asked: GET {http_server.url}/look")


def test_a_step_without_a_probe_is_prepared_as_before_and_cannot_be_asked_about(http_server, post):
    action, request = post(probe="")
    assert "probe" not in request
    assert not action.probes(request)
    assert post(action="http.get", json="", probe="")[0].probe is None


def complaints(http_server, make_tools, check_scope, what="check", action="http.post", **settings):
    found = {each.name: each for each in actions(make_tools(http_allow=(http_server.host,)))}[action]
    return getattr(found, what)({"url": f"{http_server.url}/pay", **settings}, check_scope())


def test_check_names_what_is_wrong_with_a_probe(http_server, second_http_server, make_tools, check_scope):
    def check(**settings):
        return complaints(http_server, make_tools, check_scope, **settings)

    assert check(probe=f"{http_server.url}/look/{{{{ step.key }}}}") == []
    assert check(probe="{{ settings.base }}/look") == []
    (found,) = check(probe=f"{second_http_server.url}/look/{{{{ step.key }}}}")
    assert found[0] == "probe"
    assert "not a host that Rowpact may reach" in found[1]
    assert "404 and 410" in check(probe=f"{http_server.url}/look", probe_expect="404")[0][1]
    assert check(probe_expect="200") == [("probe_expect", "It says what the answer to “probe” must be, and there is no probe.")]


def test_check_notes_a_probe_that_asks_the_same_for_every_run_or_is_never_asked(http_server, make_tools, check_scope):
    def notes(**settings):
        return complaints(http_server, make_tools, check_scope, "notes", **settings)

    look = f"{http_server.url}/look"
    assert "{{ step.key }}" in notes(probe=look)[0][1]
    assert "{{ step.key }}" in notes(probe=f"{look}/{{{{ settings.account }}}}/{{{{ today }}}}")[0][1]
    assert notes(probe=f"{look}/{{{{ step.key }}}}") == notes(probe=f"{look}/{{{{ No }}}}") == notes() == []
    assert "never asked" in notes(probe=f"{look}/{{{{ No }}}}", action="http.put")[0][1]
    assert "never asked" in notes(probe=f"{look}/{{{{ No }}}}", idempotent="yes")[0][1]
