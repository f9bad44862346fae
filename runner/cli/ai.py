"""`rowpact ai replay`: texts that were approved, asked for again after the prompt, the model or the checks have changed.

Invariant: the model is asked and nobody else; the workbook is only read; the ledger keeps one note, what it has cost.
"""

import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from runner.cli import screen
from runner.errors import LedgerUnusable

if TYPE_CHECKING:
    from runner.config import Config
    from runner.engine.ask_again import Again
    from runner.ports import Ledger, World


@click.group("ai")
def command() -> None:
    """Texts by a model: what today's prompt and model make of those that were approved."""


@command.command("replay")
@click.argument("contract", default="", metavar="[CONTRACT]")
@click.option("--step", default="", metavar="STEP", help="Only what this step wrote.")
@click.option("--model", default="", metavar="MODEL", help="Ask this model instead of the step's own.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="At most so many, the newest ones.")
@click.option("--diff", "with_diff", is_flag=True, help="Show what changed in each text.")
@screen.json_option
@click.pass_obj
def replay(config: Path, contract: str, step: str, model: str, *, limit: int, with_diff: bool, as_json: bool) -> None:
    """Ask for approved texts again and hold them against the checks of today. Nobody but the model is written to."""
    from runner import wiring

    loaded = wiring.load_config(config)
    with wiring.open_simulation(loaded) as world, _cost_note(loaded) as paid:
        found = _replayed(replace(world, budget=loaded.ai.budget), contract, step, model, limit, paid)
        redact = world.secrets.redact
    found.currency = loaded.ai.budget.currency if loaded.ai.budget else found.currency
    if as_json:
        texts = [_facts(one, _hider(one, redact)) for one in found.again]
        screen.say_json(
            {"texts": texts, **{name: getattr(found, name) for name in ("of", "stopped", "skipped", "problems", "cost", "says")}}
        )
    else:
        _tell(found, redact, with_diff=with_diff)
    raise click.exceptions.Exit(0 if found.fine else 1)


#: After so many texts in a row that did not come, no more are asked for: the service is down, or a key is wrong.
_IN_VAIN = 3


@dataclass(slots=True)
class Replay:
    """What has come so far."""

    #: How many texts there are to ask for.
    of: int
    again: "list[Again]" = field(default_factory=list)
    #: Why some were not asked for, a sentence each.
    skipped: list[str] = field(default_factory=list)
    #: Why it ended early; "" when it did not.
    stopped: str = ""
    problems: list[str] = field(default_factory=list)
    currency: str = "USD"

    @property
    def fine(self) -> bool:
        """Whether all was asked for, and all would leave."""
        return not (self.stopped or self.problems or self.skipped) and all(one.passes for one in self.again)

    @property
    def cost(self) -> str:
        """What it has cost, with its currency."""
        known = [one.cost for one in self.again if one.cost is not None]
        return f"{sum(known, Decimal()):f} {self.currency}" if len(known) == len(self.again) else "not priced"

    @property
    def says(self) -> str:
        """The last line."""
        if not self.of:
            return "There is no approved text yet: one is kept when a check has passed it and a later step has used it."
        if not self.again:
            return f"Nothing could be asked for. {self.stopped}".strip()
        passed, refused, failed = (list(some) for some in _sorted_out(self.again))
        words = [f"{len(passed)} of {len(self.again)} still pass{'es' * (len(passed) == 1)}"]
        words += [f"{len(refused)} would be refused: {', '.join(refused)}"] * bool(refused)
        words += [f"{len(failed)} brought no text: {', '.join(failed)}"] * bool(failed)
        return f"{'; '.join(words)}. Cost: {self.cost}." + (f" {self.stopped}" if self.stopped else "")


def _sorted_out(again: "list[Again]") -> "tuple[Iterator[str], Iterator[str], Iterator[str]]":
    """The runs of texts that still pass, that the checks refuse, that did not come."""
    return (
        (one.golden.run.id for one in again if one.passes),
        (one.golden.run.id for one in again if one.reasons),
        (one.golden.run.id for one in again if one.failed),
    )


def _replayed(world: "World", contract: str, step: str, model: str, limit: int, paid: Callable[[Decimal], None]) -> Replay:
    """Asked for one by one. Ctrl-C keeps what has come so far."""
    from runner.engine.ask_again import asker, golden_set, step_now
    from runner.engine.gather import gather
    from runner.engine.seen import Seen
    from runner.model import Snapshot
    from runner.rules.chosen import choose

    seen = Seen()
    gather(world, seen)
    _, problems = choose(contract, seen.snapshot or Snapshot(tabs={}, version=None), seen.book)
    goldens, asks = golden_set(world, contract, step, limit), asker(world, seen, model, paid)
    found = Replay(of=len(goldens), problems=[str(problem) for problem in problems if contract])
    try:
        for place, one in enumerate(goldens, 1):
            _progress(f"asking for text {place} of {len(goldens)} ({one.run.id})")
            now = step_now(one, seen.book)
            if now is None:
                found.skipped.append(f"{one.run.id}: {one.run.contract} has no step “{one.step}” with ai.write that could run now.")
            elif because := asks.held_back(now[1]):
                found.stopped = f"Stopped after {place - 1}: {because}."
                break
            else:
                found.again.append(asks.ask(one, *now))
            if len(found.again) >= _IN_VAIN and all(each.failed for each in found.again[-_IN_VAIN:]):
                found.stopped = f"Stopped after {place} of {len(goldens)}: {_IN_VAIN} in a row did not come."
                break
    except KeyboardInterrupt:
        found.stopped = f"You stopped it after {len(found.again)} of {len(goldens)}."
    _progress("")
    return found


def _progress(text: str) -> None:
    """One line on the error stream that is written over, where somebody watches."""
    if sys.stderr.isatty():
        click.echo(f"\r{text:<79}\r", nl=False, err=True)


@contextmanager
def _cost_note(config: "Config") -> Iterator[Callable[[Decimal], None]]:
    """Keeps what each call has cost where the budget sees it: a note in the ledger. No lease is taken."""
    from runner import wiring
    from runner.rules.spending import OUTSIDE_RUNS, with_cost

    with ExitStack() as opened:
        ledger: Ledger | None = None

        def paid(cost: Decimal) -> None:
            nonlocal ledger
            if not cost:
                return
            try:
                if ledger is None:
                    ledger = wiring.open_ledger(config, wiring.only_workbook(config), wiring.open_clock())
                    opened.callback(ledger.close)
                ledger.note(OUTSIDE_RUNS, with_cost(ledger.note(OUTSIDE_RUNS), cost, wiring.open_clock().now()))
            except LedgerUnusable as error:
                click.echo(f"{click.style('!', fg='yellow')} The cost was not counted against the budget: {error}", err=True)

        yield paid


# ------------------------------------------------------------------------------------------------------------ as data


def _facts(one: "Again", hide: Callable[[str], str]) -> dict[str, Any]:
    then, differs = one.golden.request, one.difference
    return {
        "run": one.golden.run.id,
        "key": hide(one.golden.run.key),
        "contract": one.contract.name,
        "step": one.golden.step,
        "passes": one.passes,
        "checked": one.checked,
        "reasons": [hide(reason) for reason in one.reasons],
        "reasons_for_the_approved_text": [hide(reason) for reason in one.reasons_then],
        "failed": hide(one.failed),
        "similarity": round(differs.similarity, 3) if differs else None,
        "facts_kept": list(differs.kept) if differs else [],
        "facts_lost": list(differs.lost) if differs else [],
        "fields_changed": {name: list(pair) for name, pair in differs.fields.items()} if differs else {},
        "diff": [hide(line) for line in differs.lines] if differs else [],
        "then": {"model": then["model"], "host": _host(then["to"]), "texts": _hidden(one.golden.results, hide)},
        "now": {"model": one.request.get("model"), "host": _host(one.request.get("to", "")), "texts": _hidden(one.results, hide)},
        "same_prompt": one.same_prompt,
        "cost": one.cost,
    }


def _hidden(results: Mapping[str, Any], hide: Callable[[str], str]) -> dict[str, Any]:
    return {name: hide(value) if isinstance(value, str) else value for name, value in results.items()}


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _hider(one: "Again", redact: Callable[[str], str]) -> Callable[[str], str]:
    """Without secrets, and without the values that Fields calls Private: now, or when the run began."""
    from runner.engine.journal import mask

    return lambda text: redact(mask(text, one.golden.run, one.contract))


# ------------------------------------------------------------------------------------------------------- for people


def _tell(found: Replay, redact: Callable[[str], str], *, with_diff: bool) -> None:
    for (contract, step), some in groupby(found.again, key=lambda one: (one.contract.name, one.golden.step)):
        ours = list(some)
        click.echo(f"\n{click.style(f'{contract} · {step}', bold=True)}")
        _head(ours)
        screen.table(("Run", "For", "Checks", "Change", "Facts", "Fields"), (_row(one, redact) for one in ours))
        for one in ours:
            _below(one, _hider(one, redact), with_diff=with_diff)
    for line in [*found.skipped, *found.problems]:
        click.echo(f"{click.style('!', fg='yellow')} {line}")
    mark = click.style("✓", fg="green") if found.fine else click.style("✗", fg="red")
    click.echo(f"\n{mark} {click.style(found.says, bold=True)}")
    if found.again:
        click.echo(click.style("Nothing was sent, and nothing in the workbook changed.", dim=True))


def _head(ours: "list[Again]") -> None:
    """By whom they were written, then and now."""
    then = ", ".join(dict.fromkeys(f"{one.golden.request['model']} at {_host(one.golden.request['to'])}" for one in ours))
    now = ", ".join(dict.fromkeys(f"{one.request['model']} at {_host(one.request['to'])}" for one in ours if one.request))
    changed = sum(not one.same_prompt for one in ours if one.request)
    prompt = f"the prompt has changed since {changed} of {len(ours)} were written" if changed else "the prompt is the same"
    for line in (f"then: {then}", f"now:  {now or 'no answer'}; {prompt}"):
        click.echo(click.style(f"  {line}", dim=True))


def _row(one: "Again", redact: Callable[[str], str]) -> tuple[str, ...]:
    hide, differs = _hider(one, redact), one.difference
    verdict = ("no text", "red") if one.failed else ("refused", "red") if one.reasons else ("passed", "green")
    verdict = verdict if one.checked or one.failed else ("no check", "yellow")
    facts = f"{len(differs.kept)} kept" if differs else ""
    if differs and differs.lost:
        facts = click.style(f"lost: {', '.join(differs.lost)}", fg="yellow")
    fields = ", ".join(f"{name}: {hide(then)} → {hide(now)}" for name, (then, now) in differs.fields.items()) if differs else ""
    changed = f"{differs.changed} %" if differs else ""
    name = screen.brief(hide(one.golden.run.key), 24)
    return (one.golden.run.id, name, click.style(verdict[0], fg=verdict[1]), changed, facts, fields)


def _below(one: "Again", hide: Callable[[str], str], *, with_diff: bool) -> None:
    """Why a text is refused, and with `with_diff` its lines."""
    said = [hide(reason) for reason in one.reasons] + ([hide(one.failed)] if one.failed else [])
    if one.reasons and one.reasons_then:
        said.append("The checks of today refuse the approved text too.")
    for text in said:
        _say(f"{one.golden.run.id}: {text}", "red")
    lines = one.difference.lines if with_diff and one.difference else ()
    if lines and not said:
        _say(f"{one.golden.run.id}:", "white")
    for line in lines:
        _say(hide(line), {"- ": "yellow", "+ ": "green"}.get(line[:2], "white"), indent="  ")


def _say(text: str, colour: str, indent: str = "") -> None:
    width = max(40, shutil.get_terminal_size().columns - len(indent))
    for piece in textwrap.wrap(text, width, subsequent_indent="    "):
        click.echo(indent + click.style(piece, fg=colour))
