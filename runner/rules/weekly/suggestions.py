"""What to change next week: harden what fails often, cut what gives nothing back, notice what drifts.

Invariant: pure; at most three, each with the numbers that it rests on and the cell to change.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from runner.model import Ask, AskKind
from runner.rules.kpi.score import Score
from runner.rules.weekly.letter import Failure
from runner.rules.weekly.lines import Tally
from runner.rules.weekly.sources import Sources
from runner.rules.weekly.words import amount, many

MOST = 3
#: So many equal failures in one week are worth a change.
_OFTEN = 2
#: So many runs without Minutes saved are worth a question.
_BUSY = 20
#: So many approvals in one week without a single no are worth a spot check.
_ALWAYS_YES = 10
#: So much worse than the baseline, two weeks in a row, is a drift.
_DRIFT = 0.2


def suggestions(sources: Sources, tallies: dict[str, Tally], failures: list[Failure]) -> list[str]:
    """The weightiest first."""
    return [
        *_harden(failures),
        *_costly(sources, tallies),
        *_spot_check(sources),
        *_drift(sources.scores),
        *_worthless(tallies),
    ][:MOST]


def _harden(failures: list[Failure]) -> Iterator[str]:
    if failures and failures[0].count >= _OFTEN:
        worst = failures[0]
        yield (
            f"“{worst.contract}” stopped {worst.count} times at “{worst.step}” for the same reason. Mend the cause, or give "
            "the step more patience in Steps, column Retry."
        )


def _answered(sources: Sources) -> list[Ask]:
    return [ask for ask in sources.asks if not ask.hold and sources.within(ask.answered)]


def _costly(sources: Sources, tallies: dict[str, Tally]) -> Iterator[str]:
    approval, dead_letter = sources.minutes
    spent: Counter[str] = Counter()
    for ask in _answered(sources):
        if ask.kind is not AskKind.TASK:
            spent[ask.contract] += int(60 * (approval if ask.kind is AskKind.APPROVAL else dead_letter))
    for name, seconds in spent.most_common():
        saved = tallies[name].saved if name in tallies else 0.0
        if seconds / 60 > max(saved, 10.0):
            yield (
                f"“{name}” saved {saved:.0f} minutes and its questions took about {seconds / 60:.0f}. Ask less (Steps, column "
                "Approval), or do without it."
            )
            return


def _spot_check(sources: Sources) -> Iterator[str]:
    decided: dict[str, Counter[str]] = {}
    for ask in _answered(sources):
        if ask.kind is AskKind.APPROVAL:
            decided.setdefault(ask.contract, Counter())[ask.state] += 1
    for name, counts in sorted(decided.items(), key=lambda item: -item[1]["approved"]):
        if counts["approved"] >= _ALWAYS_YES and not counts["rejected"]:
            yield (
                f"You approved all {counts['approved']} questions of “{name}”. A spot check may do: Steps, column Approval, "
                "1 in 10."
            )
            return


def _drift(scores: Sequence[Score]) -> Iterator[str]:
    for score in scores:
        if score.baseline and all(_worse(score, value) for value in score.trend[-2:]):
            yield (
                f"“{score.kpi.name}” has been worse than its baseline of {amount(score.baseline, score.kpi)} for two weeks. "
                "Look for the cause, or type a new Baseline in KPIs."
            )
            return


def _worse(score: Score, value: float | None) -> bool:
    if value is None or not score.baseline or score.kpi.lower is None:
        return False
    gap = (value - score.baseline) / abs(score.baseline)
    return (gap if score.kpi.lower else -gap) > _DRIFT


def _worthless(tallies: dict[str, Tally]) -> Iterator[str]:
    for name, tally in sorted(tallies.items(), key=lambda item: -item[1].runs):
        if tally.runs >= _BUSY and not tally.saved:
            yield (
                f"“{name}” ran {many(tally.runs, 'time')} and counts for nothing: type what a run saves in Contracts, column "
                "Minutes saved, or switch it off if nobody would miss it."
            )
            return
