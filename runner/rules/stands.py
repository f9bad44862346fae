"""The status page as data: what the template in `runner/pages` shows.

Invariant: pure; long lists are cut and counted. It says nothing of when it was written, so that two which are equal say the same.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, TypeVar

from runner.model import Problem, RunState
from runner.rules.weekly.words import clipped, many, moment

_T = TypeVar("_T")
#: So many of each list are shown.
NEEDS, RUNS, OTHERS = 20, 30, 10
#: Of one sentence, so many characters.
WIDE = 400
#: What an alert is called among what needs somebody.
_LISTED_AS = {"past its SLA": "SLA crossed", "twice past its SLA": "SLA crossed", "silent": "silent"}
#: What each open state means for whoever waits.
MEANS = {
    RunState.HELD: "not begun: many at once, or a limit reached",
    RunState.WAITING: "goes on by itself at its time",
    RunState.RUNNING: "being carried out",
    RunState.RETRYING: "failed, and is tried again by itself",
    RunState.AWAITING_APPROVAL: "waits for a yes",
    RunState.AWAITING_TASK: "waits for somebody's work",
    RunState.PAUSED: "stopped by hand until RESUME",
    RunState.IN_DOUBT: "may have happened: somebody has to say",
    RunState.DEAD_LETTER: "could not be done: somebody has to settle it",
    RunState.ROLLING_BACK: "being reversed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing in a list: its name, what is said of it, and where in the workbook it stands."""

    title: str
    text: str = ""
    #: What to type and where, or where to look.
    where: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """The first of many."""

    items: tuple[Item, ...] = ()
    #: How many there are besides.
    more: int = 0

    @property
    def count(self) -> int:
        """How many there are in all."""
        return len(self.items) + self.more


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Where everything stands."""

    workbook: str
    place: str
    #: The whole page in one sentence.
    verdict: str
    #: What keeps the runner from its work: sentences.
    troubles: tuple[str, ...]
    needs: List
    alerts: List
    failing: List
    silent: List
    mistakes: List
    #: (state, how many, what it means) of open runs.
    states: tuple[tuple[str, int, str], ...]
    runs: List
    #: `12 DONE, 1 CLOSED`.
    ended: str
    #: `running, every 15 s`, `one tick`, `stopped`.
    mode: str
    #: (name, value): next due, last report, waiting writes, head of the trail.
    facts: tuple[tuple[str, str], ...]

    @property
    def watching(self) -> bool:
        """Whether the runner goes on after this page was written."""
        return self.mode.startswith("running")


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the page says besides what the ledger counts."""

    zone: tzinfo
    workbook: str
    place: str = ""
    mode: str = ""
    next_due: datetime | None = None
    paused: bool = False
    problems: Sequence[Problem] = ()
    #: (what the text is about, the text) → the text without what is private.
    mask: Callable[[Mapping[str, Any], str], str] = lambda _about, text: text


def page(facts: Mapping[str, Any], around: Around) -> Page:
    """The page of what `engine.standing` found."""
    needs = [one for one in facts["needs_you"] if one["kind"] != "silent"]
    silent = [one for one in facts["needs_you"] if one["kind"] == "silent"]
    failing = [run for run in facts["open"] if run["state"] == RunState.RETRYING]
    troubles, alerts = tuple(_troubles(facts, around)), other_alerts(facts)
    return Page(
        workbook=around.workbook,
        place=around.place,
        verdict=_verdict(troubles, len(needs), len(facts["open"]), look=bool(silent or alerts or around.problems)),
        troubles=troubles,
        needs=_list(needs, NEEDS, lambda one: _need(one, around)),
        alerts=_list(alerts, OTHERS, _alert),
        failing=_list(failing, OTHERS, lambda run: _failing(run, around)),
        silent=_list(silent, OTHERS, lambda one: Item(title=one["contract"], text=_short(one["what"]), where=one["where"])),
        mistakes=_list(around.problems, OTHERS, lambda one: Item(title=one.where, text=_short(one.message), where=_short(one.fix))),
        states=tuple((state.value, facts["runs"][state], means) for state, means in MEANS.items() if state in facts["runs"]),
        runs=_list(facts["open"], RUNS, lambda run: _run(run, around)),
        ended=", ".join(f"{count:,} {state}" for state, count in facts["runs"].items() if RunState(state).ended) or "none yet",
        mode=around.mode,
        facts=tuple(_facts(facts, around)),
    )


def other_alerts(facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The alerts that are not listed already among what needs somebody."""
    listed = {(one["kind"], one["contract"]) for one in facts["needs_you"]}
    return [one for one in facts["alerts"] if not one["question"] and (_LISTED_AS.get(one["kind"]), one["contract"]) not in listed]


def _verdict(troubles: Sequence[str], needs: int, running: int, *, look: bool) -> str:
    if troubles:
        return "Rowpact is held up."
    if needs:
        return f"{many(needs, 'thing')} need{'s' * (needs == 1)} you."
    if look:
        return "Nothing waits for an answer, but something is worth a look."
    return f"Nothing needs you. {many(running, 'run')} going on." if running else "Nothing needs you."


def _troubles(facts: Mapping[str, Any], around: Around) -> Iterable[str]:
    if facts["unreadable"]:
        yield f"The workbook could not be read. {facts['unreadable']}"
    if facts["writes_waiting"]:
        since = moment(datetime.fromisoformat(facts["waiting_since"]), around.zone) if facts["waiting_since"] else ""
        yield f"Nothing could be written into the workbook{f' since {since}' if since else ''}: {facts['writes_waiting']}"
    for name, why in facts["channels_failing"].items():
        yield f"Alerts cannot be told by {name}: {why}"
    if around.paused:
        yield "Everything is paused: tab Settings, row Pause. Type No there to go on."


def _need(one: Mapping[str, Any], around: Around) -> Item:
    words = one["type"]
    typed = f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)
    about = " · ".join(clipped(part) for part in (one["run"], one["contract"], one["step"]) if part)
    times = [f"Waiting since {moment(one['asked'], around.zone)}"] if words and one["asked"] else []
    asked = [f"asked of {clipped(one['owner'])}"] if one["owner"] else []
    return Item(
        title=f"{one['do'] or one['kind']}: {about}",
        text=_short(around.mask(one, one["what"])),
        where=f"Type {typed} in {one['where']}" if typed else f"See {one['where']}",
        note=" · ".join((*times, *asked, *([_short(around.mask(one, one["said"]))] if one["said"] else []))),
    )


def _alert(one: Mapping[str, Any]) -> Item:
    return Item(title=f"{one['severity']} · {one['kind']}", text=_short(one["what"]), where=_short(one["where"]))


def _failing(run: Mapping[str, Any], around: Around) -> Item:
    again = f"tried again {moment(run['next_try'], around.zone)}" if run["next_try"] else "tried again soon"
    text = _short(around.mask(run, run["error"])) or "no reason was given"
    return Item(title=_named(run), text=text, where=f"See tab Runs, row {run['run']}", note=again)


def _run(run: Mapping[str, Any], around: Around) -> Item:
    return Item(title=_named(run), text=run["state"], where=clipped(run["owner"]), note=moment(run["next_try"], around.zone))


def _named(run: Mapping[str, Any]) -> str:
    return " · ".join(clipped(part) for part in (run["run"], run["contract"], run["step"]) if part)


def _facts(facts: Mapping[str, Any], around: Around) -> Iterable[tuple[str, str]]:
    line, digest = facts["audit"]["line"], facts["audit"]["hash"]
    yield "Next due", moment(around.next_due, around.zone) or "nothing, until somebody changes the workbook"
    yield "Last report", _report(facts["report"], around.zone)
    yield "Writes waiting", clipped(facts["writes_waiting"], WIDE) or "none"
    yield "Head of the audit trail", f"line {line:,}, {digest}" if line else "nothing recorded yet"


def _report(report: Mapping[str, Any] | None, zone: tzinfo) -> str:
    if report is None:
        return "none yet"
    became = "sent" if report["state"] == RunState.DONE else f"not sent, {report['state']}"
    return f"{report['week']}: {became} {moment(report['at'], zone)}"


def _list(found: Sequence[_T], most: int, item: Callable[[_T], Item]) -> List:
    """Only what is shown is put into words."""
    return List(items=tuple(map(item, found[:most])), more=max(0, len(found) - most))


def _short(text: str) -> str:
    return clipped(text, WIDE)
