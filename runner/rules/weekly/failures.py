"""The week's failures: cause, and what became of them.

Invariant: pure; each run that failed in the week is in exactly one line.
"""

import re
from collections import Counter

from runner.model import Ask, Run, RunState
from runner.rules.kpi.facts import is_failure
from runner.rules.weekly.letter import Failure
from runner.rules.weekly.sources import Sources
from runner.rules.weekly.words import clipped

_FATES = {
    RunState.DONE: "ended well after somebody settled it",
    RunState.DEAD_LETTER: "waits in Dead letters with its checklist",
    RunState.IN_DOUBT: "waits in Dead letters: nobody knows yet whether it happened",
    RunState.CLOSED: "was closed",
    RunState.ROLLED_BACK: "was reversed",
    RunState.REJECTED: "was rejected",
    RunState.CANCELLED: "was cancelled",
}
_SEVERAL = {
    RunState.DONE: "ended well after somebody settled them",
    RunState.DEAD_LETTER: "wait in Dead letters with their checklist",
    RunState.IN_DOUBT: "wait in Dead letters: nobody knows yet whether they happened",
}


def failures(sources: Sources) -> list[Failure]:
    """The most frequent first."""
    groups: dict[tuple[str, str, str], list[tuple[Ask, Run]]] = {}
    for run, ask in _first(sources).items():
        key = (clipped(ask.contract), clipped(ask.step), re.sub(r"\d+", "#", clipped(ask.what)))
        groups.setdefault(key, []).append((ask, sources.runs[run]))
    found = [
        Failure(
            contract=contract, step=step, count=len(group), cause=clipped(group[0][0].what), fate=_fate([run for _, run in group])
        )
        for (contract, step, _), group in groups.items()
    ]
    return sorted(found, key=lambda one: (-one.count, one.contract, one.step, one.cause))


def _first(sources: Sources) -> dict[str, Ask]:
    """Run → the question of its first failure, for runs that first failed in this week."""
    found: dict[str, Ask] = {}
    for ask in sources.asks:
        if is_failure(ask) and ask.run in sources.runs and sources.within(ask.asked) and sources.failures.get(ask.run) == ask.asked:
            found.setdefault(ask.run, ask)
    return found


def _fate(runs: list[Run]) -> str:
    counts = Counter(run.state for run in runs)
    said = []
    for state, count in counts.most_common():
        words = _FATES.get(state, "is under way again")
        if count > 1:
            words = _SEVERAL.get(state, words.replace("was ", "were ").replace("is ", "are "))
        said.append(f"{count} {words}")
    return f"{'; '.join(said)}."
