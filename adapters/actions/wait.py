"""`wait`: the run goes on after a length of time, or at a moment.

Invariant: the moment is fixed when the step is reached; a restart does not begin the wait anew.
"""

from collections.abc import Mapping
from typing import Any

from runner.errors import ActionFailed
from runner.model import Effect
from runner.ports import Action, Call, CheckScope, Done, Outcome, Prepare, Tools, Wait
from runner.rules.literals import Unclear, Unlike, read_instant
from runner.rules.spans import SpanError, parse_span, show_span


def actions(_tools: Tools) -> list[Action]:
    """`wait` with `for` or `until`."""
    return [
        Action(
            name="wait",
            optional=("for", "until"),
            effect=lambda _settings: Effect.PURE,
            prepare=_prepare,
            describe=lambda request: f"Wait until {request['until']:%Y-%m-%d %H:%M}",
            perform=_perform,
            check=_check,
            inline=True,
        )
    ]


def _prepare(settings: Mapping[str, str], about: Prepare) -> dict[str, Any]:
    if settings.get("for", "").strip():
        try:
            return {"until": about.now + parse_span(settings["for"]).plain()}
        except SpanError as error:
            raise ActionFailed(f"for: {error}", permanent=True) from error
    text = settings.get("until", "").strip()
    try:
        return {"until": read_instant(text, about.zone)}
    except Unlike as error:
        message = f"until: “{text}” is not a moment. Write for example 2026-11-30 09:00."
        raise ActionFailed(message, permanent=True) from error
    except Unclear as error:
        raise ActionFailed(f"until: {error}", permanent=True) from error


def _perform(request: Mapping[str, Any], call: Call) -> Outcome:
    until = request["until"]
    if until <= call.now:
        return Done(said="the moment has passed")
    return Wait(until=until, because=f"waits {show_span(until - call.now)}")


def _check(settings: Mapping[str, str], _scope: CheckScope) -> list[tuple[str, str]]:
    if ("for" in settings) == ("until" in settings):
        return [("", "Write either for: 2 days or until: {{ due_date }}.")]
    length = settings.get("for", "")
    if length and "{{" not in length:
        try:
            parse_span(length).plain()
        except SpanError as error:
            return [("for", str(error))]
    return []
