"""What people type into Runs: one of five words, taken once, and a sentence back.

Invariant: pure. A word that stays in the cell is one command; taken away and typed again it is another.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from runner import tabs
from runner.model import Run, RunState, Snapshot

WORDS = ("PAUSE", "RESUME", "RETRY", "UNDO", "CANCEL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What stands in a Command cell and was not taken yet."""

    run: Run
    #: In capitals; "" when a command was taken away.
    word: str
    #: The cell that it stands in.
    where: str


def commands(runs: Mapping[str, Run], snapshot: Snapshot) -> Iterator[Command]:
    """Every Command cell that says something else than when it was last looked at."""
    tab = snapshot.tab(tabs.RUNS.name)
    seen: set[str] = set()
    for row in tab.rows if tab and tab.has("Command") else ():
        run = runs.get(row.text("Run"))
        if run is None or run.id in seen:
            continue
        seen.add(run.id)
        word = " ".join(row.text("Command").upper().split())
        if word != run.command:
            yield Command(run=run, word=word, where=row.address("Command"))


def refusal(word: str, run: Run) -> str:
    """Why the command makes no sense now, and what would; "" when it does."""
    if word not in WORDS:
        return f"“{word[:40]}” is not a command. Type PAUSE, RESUME, RETRY, UNDO or CANCEL."
    state = run.state
    if state is RunState.IN_DOUBT:
        return "Nobody knows yet whether its step happened. Find out, and type DONE or RETRY beside it in Dead letters."
    match word:
        case "RESUME" if state is not RunState.PAUSED:
            return f"It is not paused: it is {state}."
        case "UNDO":
            return _no_way_back(run)
        case "RETRY" if state is RunState.PAUSED:
            return "It is paused. Type RESUME."
        case "RETRY" if state not in (RunState.DEAD_LETTER, RunState.RETRYING, RunState.INVALID):
            return f"There is nothing to try again: it is {state}."
        case "PAUSE" | "CANCEL" if state.ended:
            return f"It has ended: it is {state}."
        case "PAUSE" if state is RunState.PAUSED:
            return "It is paused already. Type RESUME to go on."
        case "PAUSE" if state in (RunState.DEAD_LETTER, RunState.HELD):
            tab = tabs.DEAD_LETTERS if state is RunState.DEAD_LETTER else tabs.APPROVALS
            return f"It stands still already, until you decide in {tab.name}."
    return ""


def _no_way_back(run: Run) -> str:
    if run.state is RunState.ROLLED_BACK:
        return "It has been reversed already."
    if run.reverses and not run.state.ended:
        return "It is being reversed already." + (" Type RESUME." if run.state is RunState.PAUSED else "")
    if not run.results:
        return "No step has finished, so there is nothing to reverse." + ("" if run.state.ended else " CANCEL ends it.")
    return ""
