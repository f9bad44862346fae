"""What a service would answer is judged as a real answer is."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from adapters.web.rehearsal import counts, rehearse
from runner.errors import ActionFailed, ActionInDoubt
from runner.model import Effect
from runner.ports import Call, Fault

ONCE = {"method": "POST", "url": "https://api.example.com/x", "headers": {}, "effect": Effect.ONCE, "expect": [[200, 299]]}
KEYED = {**ONCE, "effect": Effect.KEYED}


def ended(request: dict, call: Call, fault: Fault) -> Exception:
    with pytest.raises((ActionFailed, ActionInDoubt)) as caught:
        rehearse(request, call, fault, str)
    return caught.value


@pytest.mark.parametrize("fault", [Fault.TIMEOUT, Fault.SERVER_ERROR])
def test_what_may_have_been_done_is_in_doubt_and_with_a_key_is_tried_again(call_for: Callable[..., Call], fault: Fault) -> None:
    assert isinstance(ended(ONCE, call_for(), fault), ActionInDoubt)
    again = ended(KEYED, call_for(), fault)
    assert isinstance(again, ActionFailed)
    assert not again.permanent


def test_a_429_says_how_long_to_wait_and_a_refusal_is_for_good(call_for: Callable[..., Call]) -> None:
    busy, refused = ended(ONCE, call_for(), Fault.TOO_MANY), ended(ONCE, call_for(), Fault.REFUSED)
    assert isinstance(busy, ActionFailed)
    assert busy.retry_after == timedelta(seconds=60)
    assert isinstance(refused, ActionFailed)
    assert refused.permanent


def test_a_good_answer_has_every_result_and_a_page_instead_of_data_has_no_json(call_for: Callable[..., Call]) -> None:
    assert rehearse(ONCE, call_for(), None, str).result == {"status": 200, "json": {}, "text": "{}", "headers": {}}
    assert rehearse(ONCE, call_for(), Fault.MALFORMED, str).result["json"] is None
    assert rehearse({**ONCE, "expect": [[404, 404]]}, call_for(), None, str).result["status"] == 404


def test_only_a_post_or_patch_without_a_key_is_done_twice() -> None:
    assert counts(ONCE)
    assert not counts(KEYED)
    assert not counts({**ONCE, "method": "PUT", "effect": Effect.REPEATABLE})
