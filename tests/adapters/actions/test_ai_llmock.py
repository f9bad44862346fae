"""ai.write against a server of other people's making that speaks OpenAI's language, breaks on demand and grades its clients."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.request import urlopen

import pytest
from llmock.scenarios import Delay, Fail, Reply
from llmock.testing import LLMockServer

from adapters.actions.ai import actions
from adapters.ai import ladder
from runner.errors import ActionFailed
from runner.ports import Done, ModelService, Tools

GOOD = {"subject": "Your garden", "tone": "warm"}


@pytest.fixture(scope="module")
def server() -> Iterator[LLMockServer]:
    with LLMockServer() as running:
        yield running


@pytest.fixture
def write(server: LLMockServer, make_tools: Callable[..., Tools], prepare_for: Any, call_for: Any) -> Callable[..., Done]:
    """`write("Answer.")`: one call. Each prompt is another, so that the server can tell calls apart."""
    ladder.forget()
    tools = replace(
        make_tools(secrets={"AI_KEY": "sk-test-1"}),
        models=ModelService(base_url=server.base_url("openai"), model="gpt-4o-mini", api_key="{{ secrets.AI_KEY }}"),
    )
    (action,) = actions(tools)

    def run(prompt: str, timeout: float = 10) -> Done:
        request = action.prepare({"prompt": prompt, "fields": "subject, tone: one of warm, formal"}, prepare_for())
        ending = action.perform(request, call_for(timeout=timeout))
        assert isinstance(ending, Done)
        return ending

    return run


def test_a_good_answer(server: LLMockServer, write: Callable[..., Done]) -> None:
    server.state.scenarios.add(Reply(json.dumps(GOOD)))
    done = write("good")
    assert {name: done.result[name] for name in GOOD} == GOOD
    assert "tokens in" in done.said


@pytest.mark.parametrize("status", [500, 502, 503, 529])
def test_a_server_in_trouble_is_asked_again_later(server: LLMockServer, write: Callable[..., Done], status: int) -> None:
    server.state.scenarios.add(Fail(status, times=3))
    with pytest.raises(ActionFailed) as failed:
        write(f"trouble {status}")
    assert not failed.value.permanent
    server.state.scenarios.clear()


def test_a_refusal_is_final(server: LLMockServer, write: Callable[..., Done]) -> None:
    server.state.scenarios.add(Fail(401))
    with pytest.raises(ActionFailed, match="api_key") as failed:
        write("refused")
    assert failed.value.permanent


def test_an_answer_that_is_late_is_given_up(server: LLMockServer, write: Callable[..., Done]) -> None:
    server.state.scenarios.add(Delay(2))
    with pytest.raises(ActionFailed) as failed:
        write("late", timeout=0.3)
    assert not failed.value.permanent


def test_too_many_says_when_and_the_server_finds_no_fault_with_us(server: LLMockServer, write: Callable[..., Done]) -> None:
    server.state.scenarios.add(Fail(429, retry_after=30))
    with pytest.raises(ActionFailed) as failed:
        write("too many")
    assert failed.value.retry_after == timedelta(seconds=30)
    with urlopen(f"{server.url}/_llmock/verdict") as page:
        verdict = json.load(page)
    assert (verdict["passed"], verdict["errors"]) == (True, 0), verdict
