"""Asks for approved texts again, with the prompt, the model and the checks of today, and compares.

Invariant: nothing is sent to anybody but the model, and no run, cell or question changes; the budget holds here too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from heapq import nlargest
from typing import Any

from runner.engine.briefing import call_for, desk_of
from runner.engine.seen import Seen
from runner.errors import ActionFailed, RowpactError
from runner.model import Book, Contract, Run, Snapshot, Step
from runner.ports import Done, Unfit, World
from runner.rules.advance import scope_of
from runner.rules.check_model import writer_of
from runner.rules.desk import Desk
from runner.rules.fill import names_in
from runner.rules.golden import COST, Golden, golden, may_hold
from runner.rules.overlay import SheetView
from runner.rules.plan import Plan
from runner.rules.replay import altered
from runner.rules.request import filled_settings, key_of, request_of
from runner.rules.rewritten import Difference, difference
from runner.rules.spending import cost_of
from runner.values import name_key

#: How many runs are looked at for one text that is asked for again, at most: a bound on work, not on what is kept.
_LOOKED_AT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """One approved text, and what came when it was asked for again."""

    golden: Golden
    contract: Contract
    #: The request of today.
    request: Mapping[str, Any]
    results: Mapping[str, Any]
    #: Why the checks of today would not let the new text leave; none when they would.
    reasons: tuple[str, ...] = ()
    #: What the checks of today say of the approved text.
    reasons_then: tuple[str, ...] = ()
    checked: bool = True
    difference: Difference | None = None
    cost: Decimal | None = None
    #: Why there is no new text; "" when there is.
    failed: str = ""

    @property
    def passes(self) -> bool:
        """Whether the new text would leave."""
        return not (self.reasons or self.failed)

    @property
    def same_prompt(self) -> bool:
        """Whether the model is told what it was told then."""
        then, now = self.golden.request, self.request
        return bool(now) and (then["messages"][0], then["prompt"]) == (now["messages"][0], now["prompt"])


def golden_set(world: World, contract: str, step: str, most: int) -> list[Golden]:
    """The newest approved texts of that contract and step ("" for all), newest first."""
    wanted = (run for run in world.ledger.all_runs() if may_hold(run) and name_key(contract) in ("", name_key(run.contract)))
    found: list[Golden] = []
    for run in nlargest(_LOOKED_AT * most, wanted, key=_when):
        texts = golden(run, world.ledger.events(run=run.id))
        found += [one for one in texts if name_key(step) in ("", name_key(one.step))]
        if len(found) >= most:
            break
    return found[:most]


def _when(run: Run) -> tuple[datetime, str]:
    moment = run.ended or run.updated
    assert moment is not None  # noqa: S101 - whatever was cleared was recorded at a moment
    return moment, run.id


@dataclass(slots=True)
class Asker:
    """Asks, one text after the other."""

    world: World
    seen: Seen
    desk: Desk
    view: SheetView
    #: Used instead of the step's own; "" for that.
    model: str
    #: Told what each call has cost, as soon as that is known.
    paid: Callable[[Decimal], None]

    def ask(self, golden: Golden, contract: Contract, step: Step) -> Again:
        """The same once more, and what the checks say of it."""
        plan = Plan(contract=contract, templates=self.seen.book.templates)
        run = altered(golden.run, redo={}, moment=golden.asked, step=step.name)
        again = Again(golden=golden, contract=contract, request={}, results={})
        try:
            done, request = self._carry_out(run, self._with_model(step), plan)
            if "messages" not in request:
                raise ActionFailed("config.toml names no AI model under [ai].", permanent=True)
        except (RowpactError, ValueError) as error:
            self._pay(cost_of(error))
            return replace(again, failed=str(error), cost=cost_of(error))
        assert isinstance(done, Done)  # noqa: S101 - ai.write ends in no other way
        self._pay(done.cost)
        results = {name: value for name, value in done.result.items() if name != COST}
        reasons, checked = self._judged(altered(run, results={**run.results, golden.step: results}), step, plan)
        then, _ = self._judged(run, step, plan)
        return replace(
            again,
            request=request,
            results=results,
            reasons=reasons,
            reasons_then=then,
            checked=checked,
            difference=difference(run.input, golden.results, results),
            cost=done.result.get(COST),
        )

    def held_back(self, step: Step) -> str:
        """Why no more may be asked now: the budget; "" when it may."""
        later = self.desk.purse.held_back(step, self.desk.now, self.desk.zone)
        return later.because.partition(": ")[2] if later else ""

    def _pay(self, cost: Decimal) -> None:
        self.desk.purse.pay(cost)
        self.paid(cost)

    def _with_model(self, step: Step) -> Step:
        if not self.model:
            return step
        kept = {name: text for name, text in step.settings.items() if name_key(name) != "model"}
        return replace(step, settings={**kept, "model": self.model})

    def _judged(self, run: Run, writer: Step, plan: Plan) -> tuple[tuple[str, ...], bool]:
        """(why the checks of today hold back what the run's `writer` step wrote, whether one looks at it at all)."""
        checks = [step for step in plan.contract.steps if step.action == "check" and _looks_at(step, writer)]
        reasons: list[str] = []
        for step in checks:
            try:
                ending, _ = self._carry_out(run, step, plan)
                reasons += ending.reasons if isinstance(ending, Unfit) else ()
            except RowpactError as error:
                reasons.append(str(error))
        return tuple(dict.fromkeys(reasons)), bool(checks)

    def _carry_out(self, run: Run, step: Step, plan: Plan) -> tuple[Any, Mapping[str, Any]]:
        """(ending, request) of the step as the engine itself would do it. Raises RowpactError."""
        action, desk = self.world.actions[step.action], self.desk
        scope = scope_of(run, plan, desk, key_of(run, step, desk.workbook))
        request = request_of(step, action, run, plan, desk, filled_settings(step, action, plan, scope), scope.step_key)
        call = call_for(run, step, scope.step_key, 1, self.world, desk.book, self.view, self.world.clock.now())
        return action.perform(request, call), request


def _looks_at(check: Step, writer: Step) -> bool:
    return any(writer_of(name) == name_key(writer.name) for name in names_in(check.settings.get("text", "")))


def asker(world: World, seen: Seen, model: str, paid: Callable[[Decimal], None]) -> Asker:
    """Whoever asks, of the workbook as it is now."""
    view = SheetView(seen.snapshot or Snapshot(tabs={}, version=None), world.ledger.books, seen.row_ids)
    return Asker(world, seen, desk_of(world, seen.book, world.clock.now()), view, model, paid)


def step_now(one: Golden, book: Book) -> tuple[Contract, Step] | None:
    """The contract and step that wrote it, as they stand in the workbook now; None when they do not, or have a mistake."""
    contract = next((each for each in book.contracts.values() if name_key(each.name) == name_key(one.run.contract)), None)
    step = contract.step(one.step) if contract else None
    return (contract, step) if contract and step and step.action == "ai.write" else None
