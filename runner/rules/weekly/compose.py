"""Writes the report: from sources to the letter.

Invariant: pure; long lists are cut and counted, so that no week makes a mail that is clipped on its way.
"""

from runner.model import Run
from runner.rules.kpi.definitions import HOURS_RETURNED
from runner.rules.kpi.facts import cost_of
from runner.rules.kpi.score import Score, shown
from runner.rules.weekly.failures import failures
from runner.rules.weekly.letter import Failure, Letter
from runner.rules.weekly.lines import lines, tallies
from runner.rules.weekly.needs import needs
from runner.rules.weekly.sources import Sources
from runner.rules.weekly.suggestions import suggestions
from runner.rules.weekly.tiles import chosen, tile
from runner.rules.weekly.words import amount, clipped, many
from runner.values import name_key

NEEDS, LINES, FAILURES, SILENT = 5, 12, 5, 5
#: When more than this share of the runs failed, the week was no good one.
MUCH = 0.03
#: Of one sentence, so many characters are shown.
WIDE = 400


def compose(sources: Sources) -> Letter:
    """The report of that week."""
    counted, failed, asked = tallies(sources), failures(sources), needs(sources)
    tiles, listed = chosen(list(sources.scores)), lines(counted)
    silent = [f"“{name}”: {sentence}" for name, (sentence, _) in sorted(sources.silences.items())]
    return Letter(
        workbook=sources.workbook,
        week=sources.week.name,
        dates=sources.week.dates,
        unfinished=sources.now < sources.week.ends(sources.zone),
        verdict=_verdict(tiles, sum(line.runs for line in listed), sum(one.count for one in failed), sources),
        but=_but(failed, tiles),
        needs=tuple(asked[:NEEDS]),
        more_needs=max(0, len(asked) - NEEDS),
        tiles=tuple(map(tile, tiles)),
        lines=tuple(listed[:LINES]),
        more_lines=max(0, len(listed) - LINES),
        failures=tuple(failed[:FAILURES]),
        more_failures=sum(one.count for one in failed[FAILURES:]),
        silent=tuple(clipped(one, WIDE) for one in silent[:SILENT]),
        suggestions=tuple(clipped(one, WIDE) for one in suggestions(sources, counted, failed)),
        ai=_ai(sources),
        head=f"line {sources.head[0]}, {sources.head[1]}" if sources.head[0] else "nothing recorded yet",
        footer=_footer(sources),
        missing=clipped(sources.missing, WIDE),
    )


def _verdict(tiles: list[Score], runs: int, failed: int, sources: Sources) -> str:
    """The week in one sentence. A week in which much failed is no good one, whatever its targets are."""
    if not runs:
        return "A quiet week: no run came to an end."
    judged = [score.met for score in tiles if score.met is not None]
    met = sum(judged)
    good = met == len(judged)
    calm = failed <= runs * MUCH
    mood = "A good week" if good and calm else "A mixed week" if met * 2 >= len(judged) else "A hard week"
    hours = next((score.value or 0.0 for score in sources.scores if score.kpi == HOURS_RETURNED), 0.0)
    back = (
        f"you got {shown(hours):g} {'hour' if shown(hours) == 1 else 'hours'} back"
        if hours >= 0.1
        else f"{many(runs, 'run')} came to an end"
    )
    if not judged:
        return f"{mood}: {back}."
    one = "the one number with a target is on it" if good else "the one number with a target missed it"
    on = one if len(judged) == 1 else f"{met} of {len(judged)} numbers are on target"
    return f"{mood}: {on}{' and' if good else ', but' if hours >= 0.1 else ';'} {back}."


def _but(failed: list[Failure], tiles: list[Score]) -> str:
    """The worst thing, straight after the verdict."""
    if failed:
        worst = failed[0]
        return (
            f"“{worst.contract}” failed {'once' if worst.count == 1 else f'{worst.count} times'} at “{worst.step}”: {worst.cause}"
        )
    for score in tiles:
        if score.met is False and score.value is not None and score.target is not None:
            return f"{score.kpi.name} is {amount(score.value, score.kpi)}; you want {amount(score.target, score.kpi)}."
    return "Nothing failed."


def _ai(sources: Sources) -> str:
    """What AI steps cost in the week; "" when there was none."""
    spent = [run for run in sources.runs.values() if sources.within(run.started) and _used(run)]
    if not spent:
        return ""
    steps, cost = sum(map(_used, spent)), sum(map(cost_of, spent))
    limit = f" Limit: {sources.budget}." if sources.budget else ""
    return f"AI wrote {many(steps, 'text')} for ${cost:,.2f}.{limit}"


def _used(run: Run) -> int:
    """How many texts a model wrote in it; a template that stands in for one is none."""
    return sum("cost" in result and f"steps.{name_key(step)}" in run.by_model for step, result in run.results.items())


def _footer(sources: Sources) -> str:
    local = sources.now.astimezone(sources.zone)
    zone = getattr(sources.zone, "key", None) or local.tzname()
    return (
        f"Weeks run from Monday to Sunday, times are {zone}. Was: the Baseline typed in the tab KPIs, else the first full week. "
        f"What each number means stands there too. Counted from {many(sources.counted, 'run')} in {sources.ledger}, archived "
        f"ones included, on {local.day} {local:%B %Y at %H:%M} by Rowpact {sources.version} on your own computer."
    )
