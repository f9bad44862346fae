"""`task`: work for a person, as a row in Tasks; the run waits until somebody types DONE.

Invariant: pure; nothing happens but the question.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from runner.errors import ActionFailed
from runner.model import Effect
from runner.ports import Action, Call, CheckScope, NeedsPerson, Prepare, Tools
from runner.rules.findings import did_you_mean
from runner.rules.literals import Unclear, Unlike, read_instant
from runner.rules.spans import SpanError, parse_span
from runner.values import name_key


def actions(_tools: Tools) -> list[Action]:
    """`task` with `title`, `sop`, `owner`, `due`."""
    return [
        Action(
            name="task",
            required=("title",),
            optional=("sop", "owner", "due"),
            owners_settings=("sop", "owner"),
            results=("done_by", "note"),
            effect=lambda _settings: Effect.PURE,
            prepare=_prepare,
            describe=lambda request: f"Ask {request['owner'] or 'somebody'} to: {request['what']}",
            perform=_perform,
            check=_check,
            inline=True,
        )
    ]


def _prepare(settings: Mapping[str, str], about: Prepare) -> dict[str, Any]:
    title = settings["title"].strip()
    sop = settings.get("sop", "").strip()
    steps = about.book.sops.get(name_key(sop), ())
    lines = [title, *(f"{number}. {line}" for number, line in enumerate(steps, 1))]
    return {
        "what": "\n".join(lines),
        "owner": settings.get("owner", "").strip() or about.owner,
        "due": _due(settings.get("due", "").strip(), about),
        "sop": sop,
    }


def _due(text: str, about: Prepare) -> datetime | None:
    """A length of time from now, or a date."""
    if not text:
        return None
    try:
        return about.now + parse_span(text).plain()
    except SpanError:
        pass
    try:
        return read_instant(text, about.zone)
    except Unlike as error:
        message = f"due: “{text}” is neither a length of time (2 days) nor a date (2026-11-30)."
        raise ActionFailed(message, permanent=True) from error
    except Unclear as error:
        raise ActionFailed(f"due: {error}", permanent=True) from error


def _perform(request: Mapping[str, Any], _call: Call) -> NeedsPerson:
    return NeedsPerson(what=request["what"], owner=request["owner"], due=request["due"], sop=request["sop"])


def _check(settings: Mapping[str, str], scope: CheckScope) -> list[tuple[str, str]]:
    sop = settings.get("sop", "").strip()
    if sop and "{{" not in sop and name_key(sop) not in scope.book.sops:
        return [("sop", f"There is no SOP “{sop}”. {did_you_mean(sop, scope.book.sops)}".strip())]
    return []
