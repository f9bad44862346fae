"""The status page as data: nothing is said twice, and nothing is left out."""

from datetime import UTC
from typing import Any

from runner.model import Problem
from runner.rules.stands import Around, Page, page

NOTHING: dict[str, Any] = {
    "unreadable": "",
    "runs": {},
    "open": [],
    "needs_you": [],
    "alerts": [],
    "channels_failing": {},
    "writes_waiting": "",
    "waiting_since": "",
    "report": None,
    "audit": {"line": 0, "hash": ""},
}


def of(*problems: Problem, **facts: object) -> Page:
    return page(NOTHING | facts, Around(zone=UTC, workbook="business.xlsx", problems=problems))


def alert(kind: str, contract: str = "", question: str = "") -> dict[str, str]:
    return {"kind": kind, "contract": contract, "question": question, "severity": "P1", "what": f"{kind}!", "where": "tab Runner"}


def test_when_there_is_nothing_it_says_so() -> None:
    assert of().verdict == "Nothing needs you."
    assert dict(of().facts)["Next due"] == "nothing, until somebody changes the workbook"
    assert dict(of().facts)["Last report"] == "none yet"


def test_an_alert_that_is_listed_as_needing_somebody_is_not_said_again() -> None:
    silent = {"kind": "silent", "contract": "Hello", "what": "Silent since Monday.", "where": "tab Contracts, row Hello"}
    alerts = [alert("silent", "Hello"), alert("dead letter", "Pay", "D-0001"), alert("disk nearly full")]
    made = of(alerts=alerts, needs_you=[silent])
    assert [one.title for one in made.alerts.items] == ["P1 · disk nearly full"]
    assert [one.title for one in made.silent.items] == ["Hello"]
    assert made.verdict == "Nothing waits for an answer, but something is worth a look."


def test_what_keeps_the_runner_from_its_work_comes_before_everything_else() -> None:
    made = of(channels_failing={"mail to ana@example.com": "no such host."}, unreadable="It is gone.")
    assert made.verdict == "Rowpact is held up."
    assert made.troubles == (
        "The workbook could not be read. It is gone.",
        "Alerts cannot be told by mail to ana@example.com: no such host.",
    )


def test_a_mistake_has_its_cell_and_its_mend() -> None:
    (item,) = of(Problem(where="Steps!F14", message="There is no such step.", fix="Write Reply.")).mistakes.items
    assert (item.title, item.text, item.where) == ("Steps!F14", "There is no such step.", "Write Reply.")
