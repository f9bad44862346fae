"""Carries every run as far as it can go now.

Invariant: law 2. No effect begins before its intent is on disk, and nothing follows an effect before its receipt is. Commits are
grouped: what arrives together shares one. Effects of different runs go side by side, effects of one run in order.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from runner.engine import review
from runner.engine.breaker import Breaker
from runner.engine.briefing import call_for
from runner.engine.call import Calls
from runner.engine.journal import Journal
from runner.engine.learn import learn
from runner.engine.look import Doubt, ending, in_doubt, look
from runner.engine.preview import Preview
from runner.engine.record import Recorder
from runner.engine.roll_back import ask_by_hand
from runner.engine.seen import Seen, plan_of
from runner.errors import ActionFailed, ActionInDoubt, LeaseLost, LedgerUnusable, RowpactError
from runner.events import EventKind
from runner.model import EffectRecord, Run, RunState, Step
from runner.ports import Done, Learned, NeedsPerson, Outcome, Unfit, Wait, World
from runner.rules.advance import Act, AskFirst, ByHand, End, Fail, Go, advance
from runner.rules.desk import Desk
from runner.rules.overlay import SheetView
from runner.rules.pace import Later
from runner.rules.plan import Plan
from runner.rules.spending import cost_of
from runner.rules.taint import handed_on

#: How many runs make one step between two commits at most.
GROUP = 256
#: How much longer than its own time-out a step may take before it counts as hung.
GRACE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An effect whose intent is on disk, or will be with the next commit."""

    run: Run
    plan: Plan
    act: Act
    effect: EffectRecord
    until: datetime


@dataclass(slots=True)
class Execution:
    """One tick's work on its runs."""

    world: World
    seen: Seen
    view: SheetView
    desk: Desk
    journal: Journal
    #: Called now and then during long work, so that the owner sees it move.
    meanwhile: Callable[[], None] = lambda: None
    #: Every run is a shadow, in a ledger that keeps nothing: what it would do is said, and not done.
    preview: bool = False
    ready: deque[Run] = field(default_factory=deque)
    #: Runs whose next effect waits for a free thread.
    queued: deque[Run] = field(default_factory=deque)
    flying: dict[Future[Outcome], Begun] = field(default_factory=dict)
    #: When the flying ones were last looked after.
    looked: datetime | None = None
    #: Tries whose end was not seen, with what is known: the outside is asked once nothing else can be done.
    doubts: list[tuple[Begun, ActionInDoubt]] = field(default_factory=list)
    calls: Calls = field(init=False)
    breaker: Breaker = field(init=False)
    _pool: ThreadPoolExecutor | None = None

    def __post_init__(self) -> None:
        self.breaker = Breaker.of(self.world.ledger, self.journal)
        self.calls = Calls(self.world, self.seen.book, self.journal)

    def carry(self, runs: list[Run]) -> None:
        """Until every run has ended, waits, or needs somebody."""
        self.ready.extend(runs)
        try:
            while self.ready or self.queued or self.flying or self.doubts:
                if not (self.ready or self.queued or self.flying):
                    self._look()
                self._land()
                begun = self._decide()
                self.journal.commit()
                self.breaker.remember()
                self._act(begun)
                self.meanwhile()
            self.journal.commit()
            self.breaker.remember()
        except Exception:
            self._see_out()
            raise
        finally:
            if self._pool:
                self._pool.shutdown(wait=False, cancel_futures=True)
                self._pool = None

    @property
    def record(self) -> Recorder:
        """Records at the present moment."""
        return Recorder(self.journal, self.world.clock.now(), self.seen.book)

    # ------------------------------------------------------------------------------------------------------------ decide

    def _decide(self) -> list[Begun]:
        """The next move of every ready run, up to the next effect of each."""
        begun: list[Begun] = []
        desk = replace(self.desk, now=self.world.clock.now(), stopped=self.breaker.stopped)
        free = self.world.workers - len(self.flying)
        while len(begun) < GROUP and (run := self._next(free > 0)):
            if self.world.clock.stopped and not run.finished:
                continue  # nothing more begins; what is finished is still taken to its next rest
            plan = plan_of(run, self.world.ledger)
            move = advance(run, plan, desk)
            if self.preview or plan.contract.shadow:
                self._go_on(Preview(self.world, self.view, desk, self.record, self.preview).take(run, plan, move))
                if self.preview:
                    self.journal.commit()  # what it would write is seen by its next step
                continue
            if not isinstance(move, Act):
                self._go_on(self._turn(run, plan, move))
                continue
            if not move.action.inline and free <= 0:
                self.queued.append(run)
                continue
            free -= not move.action.inline
            if move.outside:
                desk.pace.begins(run, desk.now)
            run, effect = self.record.intent(run, move, plan)
            until = self.world.clock.now() + move.step.timeout + GRACE
            begun.append(Begun(run=run, plan=plan, act=move, effect=effect, until=until))
        return begun

    def _next(self, thread_free: bool) -> Run | None:  # noqa: FBT001
        if thread_free and self.queued:
            return self.queued.popleft()
        return self.ready.popleft() if self.ready else None

    def _turn(self, run: Run, plan: Plan, move: Later | AskFirst | Go | End | Fail | ByHand) -> Run:
        match move:
            case Later():
                self.desk.pace.waits(run, move)
                return self.record.later(run, move, plan)
            case Go():
                return self.record.go(run, move, plan)
            case End():
                return self.record.end(run, move, plan)
            case AskFirst():
                return self.record.ask_first(run, move, plan, self.world.ledger.next_id("A"))
            case ByHand():
                effects, action = self.world.ledger.books.effects, self.desk.actions.get(move.step.action)
                return ask_by_hand(run, move, plan, self.record, effects, action, self.world.ledger.next_id("T"))
            case Fail(step=step, message=message):
                return self._fail(run, plan, step, message)

    def _fail(self, run: Run, plan: Plan, step: Step, message: str) -> Run:
        """A mistake in a cell: nothing was begun, and trying again would not help."""
        noted = self.journal.change(
            EventKind.FAILED, run, replace(run, error=message), plan.contract, step=step.name, detail=message
        )
        letter = self.world.ledger.next_id("D")
        if run.finished:
            return self.record.park(noted, step, plan, message, RunState.DEAD_LETTER, letter, "")
        action = self.desk.actions.get(step.action)
        return self.record.refuse(noted, step, plan, action, ActionFailed(message, permanent=True), letter, "")

    # --------------------------------------------------------------------------------------------------------------- act

    def _act(self, begun: list[Begun]) -> None:
        """Begin what is on disk as begun: quick work here and now, the rest in threads."""
        for one in begun:
            if one.act.action.inline:
                self._end(one, self._call(one))
            else:
                self._pool = self._pool or ThreadPoolExecutor(self.world.workers, thread_name_prefix="effect")
                self.flying[self._pool.submit(self._perform, one)] = one

    def _call(self, one: Begun) -> Outcome | RowpactError:
        try:
            return self._perform(one)
        except RowpactError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a bug in an action must not stop the other runs
            return _unexpected(error, one)

    def _perform(self, one: Begun) -> Outcome:
        call = call_for(
            one.run, one.act.step, one.effect.key, one.effect.attempt, self.world, self.seen.book, self.view, one.effect.begun
        )
        if not one.act.action.inline:  # nothing of those leaves
            self.world.ledger.keep_hold()  # whoever slept between intent and effect may have been taken for dead
        return one.act.action.perform(one.act.request, call)

    # -------------------------------------------------------------------------------------------------------------- land

    def _land(self) -> None:
        """Take in what has ended; wait for it when nothing else can be done."""
        if not self.flying:
            return
        idle = not self.ready or len(self.flying) >= self.world.workers or self.world.clock.stopped
        ended, _ = wait(self.flying, timeout=0.25 if idle else 0, return_when=FIRST_COMPLETED)
        for future in ended:
            one = self.flying.pop(future)
            error = future.exception()
            if error is None:
                self._end(one, future.result())
            elif isinstance(error, RowpactError):
                self._end(one, error)
            elif isinstance(error, Exception):
                self._end(one, _unexpected(error, one))
            else:
                raise error
        self._give_up_on_the_hung()

    def _give_up_on_the_hung(self) -> None:
        """What does not end in its time is in doubt. Time that the computer slept, or its clock jumped, was no time of theirs."""
        now, before = self.world.clock.now(), self.looked
        self.looked = now
        gone = now - before if before else timedelta()
        if not timedelta() <= gone <= GRACE:
            self.flying = {future: replace(one, until=one.until + gone) for future, one in self.flying.items()}
        for future, one in list(self.flying.items()):
            if one.until <= now:
                del self.flying[future]
                self.seen.hung[one.effect.id] = future
                self._end(one, ActionInDoubt(f"No end was seen within {one.act.step.timeout.total_seconds():.0f} seconds."))

    def _see_out(self) -> None:
        """The tick breaks off: what is under way ends first, so that whoever settles it later does not do so beside it."""
        left = max((one.act.step.timeout + GRACE for one in self.flying.values()), default=timedelta())
        wait([future for future in self.flying if not future.cancel()], timeout=left.total_seconds())

    def _end(self, one: Begun, ending: Outcome | RowpactError) -> None:
        """Record how a try ended; a run that can go on at once is ready again."""
        if isinstance(ending, Done | Learned):
            learn(one.act.action, ending.learned, self.world.ledger)
        if isinstance(ending, ActionInDoubt) and not one.effect.effect.may_repeat:
            self.doubts.append((one, ending))
        else:
            self._go_on(self._ended(one, ending))

    def _look(self) -> None:
        """Ask the outside about every doubt; a person is asked about what stays one."""
        asked = [(self._doubt(one), one, error) for one, error in self.doubts]
        self.doubts.clear()
        found = look([doubt for doubt, _, _ in asked], self.world, self.seen, self.view, self.world.clock.now())
        for doubt, one, error in asked:
            probed = found.get(one.effect.id)
            known = ending(probed) if probed else None
            if known:
                self._end(one, known)
                continue
            payload, letter = one.act.action.describe(one.act.request), self.world.ledger.next_id("D")
            self.record.doubt(one.run, one.effect, one.plan, in_doubt(str(error), doubt, probed, self.world), letter, payload)

    def _doubt(self, one: Begun) -> Doubt:
        return Doubt(run=one.run, plan=one.plan, effect=one.effect, over=self.world.clock.now())

    def _go_on(self, run: Run) -> None:
        if run.state.goes_on:
            self.ready.appendleft(run)  # runs that have begun come before those that have not: fewer are open at any moment

    def _ended(self, one: Begun, ending: Outcome | RowpactError) -> Run:
        run, plan, effect, record = one.run, one.plan, one.effect, self.record
        self.desk.purse.pay(cost_of(ending))
        match ending:
            case LeaseLost() | LedgerUnusable():
                raise ending  # nothing can be recorded any more, not even that nothing was done
            case Done():
                self.breaker.worked(run, effect.step)
                return record.done(run, effect, plan, self._started(run, effect, ending))
            case Wait():
                return record.waits(run, effect, plan, ending)
            case Learned():
                return record.anew(run, effect, plan, ending)
            case Unfit():
                return review.unfit(run, effect, plan, ending, record, self.world.ledger)
            case NeedsPerson():
                return record.needs_person(run, effect, plan, ending, self.world.ledger.next_id("T"))
            case _:
                failed = record.failed(run, effect, plan, ending)
                self.breaker.failed(run, effect.step, plan, ending, record.now)
                error = ActionFailed(str(ending)) if isinstance(ending, ActionInDoubt) else ending
                payload, letter = one.act.action.describe(one.act.request), self.world.ledger.next_id("D")
                return record.refuse(failed, one.act.step, plan, one.act.action, error, letter, payload)

    def _started(self, run: Run, effect: EffectRecord, ending: Done) -> Done:
        """The ending with the run that it starts; recorded with what follows in one commit, and carried on after it."""
        if ending.start is None:
            return ending
        handed = replace(ending.start, by_model=handed_on(effect, ending.start.values))
        found, new = self.calls.start(handed, run, self.world.clock.now())
        if new is not None:
            self.ready.append(new)
        said = f"{'started' if new else 'known already:'} {found} {ending.start.contract}"
        return replace(ending, result={**ending.result, "run": found, "started": new is not None}, said=said)


def _unexpected(error: Exception, one: Begun) -> RowpactError:
    """A bug: it is not known how far the action got."""
    message = f"Something unexpected went wrong in {one.act.action.name}: {type(error).__name__}: {error}"
    return ActionInDoubt(message)
