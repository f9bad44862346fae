"""The golden set: texts by a model that a check has passed, a person where one was asked, and that a later step has used.

Invariant: pure, and derived from the ledger alone; a text counts as it was used, so as a person edited it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runner.events import EventKind
from runner.model import Event, Run, RunState
from runner.rules.shadow import is_shadow
from runner.rules.taint import RESULTS, mark_of

#: What a step adds to its results that no model wrote.
COST = "cost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """What one step of one run wrote, and how it was asked for."""

    run: Run
    #: As the run's results name it.
    step: str
    #: Result name → value, as used.
    results: Mapping[str, Any]
    #: The request with which it was asked for: `to model messages prompt …`.
    request: Mapping[str, Any]
    asked: datetime | None


def may_hold(run: Run) -> bool:
    """Whether it is worth a look at the run's events."""
    return bool(run.cleared) and bool(run.by_model) and run.state is not RunState.REJECTED and not is_shadow(run)


def golden(run: Run, events: Iterable[Event]) -> Iterator[Golden]:
    """The run's approved texts, a step each, in the order in which they were written. `events`: the run's own, in order."""
    begun: dict[tuple[str, int], dict[str, Any]] = {}
    wrote: dict[str, tuple[dict[str, Any], datetime | None]] = {}
    used: list[Mapping[str, Any]] = []
    for event in events:
        effect, place = event.data.get("effect") or {}, (event.step, event.attempt)
        if event.kind == EventKind.INTENT:
            begun[place] = {**effect}
        elif event.kind == EventKind.RECEIPT and (intent := begun.get(place)):
            if "messages" in intent["request"]:
                wrote[event.step] = (intent["request"], event.time)
            elif intent["by_model"] and RESULTS not in intent["by_model"]:
                used.append(intent["request"])
    for step, (request, asked) in wrote.items():
        results = {name: value for name, value in run.results.get(step, {}).items() if name != COST}
        texts = [value for value in results.values() if isinstance(value, str) and mark_of(value) in run.cleared]
        if any(_holds(one, text) for text in texts for one in used):
            yield Golden(run=run, step=step, results=results, request=request, asked=asked)


def _holds(request: Any, text: str) -> bool:
    """Whether a request holds the text, plain or as JSON."""
    match request:
        case str():
            said, forms = (
                _squeezed(request),
                (text, *(json.dumps(text, ensure_ascii=ascii_only)[1:-1] for ascii_only in (False, True))),
            )
            return any(_squeezed(form) in said for form in forms)
        case Mapping():
            return any(_holds(value, text) for value in request.values())
        case list() | tuple():
            return any(_holds(value, text) for value in request)
        case _:
            return False


def _squeezed(text: str) -> str:
    return " ".join(text.split())
