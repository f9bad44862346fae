"""What decisions and actions are told besides the run and the request.

Invariant: the same for every way in which an action is reached: to do, to ask whether it was done, to preview.
"""

from datetime import datetime

from runner.model import Book, Run, Step
from runner.ports import Call, World
from runner.rules.desk import Desk
from runner.rules.overlay import SheetView
from runner.rules.pace import Pace
from runner.rules.spending import OUTSIDE_RUNS, Purse, noted
from runner.rules.taint import sources
from runner.values import name_key


def desk_of(world: World, book: Book, now: datetime) -> Desk:
    """What every move of one tick is decided from."""
    books = world.ledger.books
    return Desk(
        book=book,
        actions=world.actions,
        now=now,
        zone=world.zone,
        workbook=world.workbook.key,
        pace=Pace(runs=books.runs),
        purse=purse_of(world),
        texts=books.texts,
    )


def purse_of(world: World) -> Purse:
    """What may be spent."""
    besides = noted(world.ledger.note(OUTSIDE_RUNS)) if world.budget else {}
    return Purse(runs=world.ledger.books.runs, budget=world.budget, besides=besides)


def call_for(run: Run, step: Step, key: str, attempt: int, world: World, book: Book, view: SheetView, now: datetime | None) -> Call:
    """What an action is told besides its request."""
    return Call(
        run=run.id,
        contract=run.contract,
        step=step.name,
        attempt=attempt,
        key=key,
        now=now or world.clock.now(),
        timeout=step.timeout,
        zone=world.zone,
        sheet=view,
        book=book,
        row=run.input,
        results={name_key(name): results for name, results in run.results.items()},
        depth=run.depth,
        models=sources(run, world.ledger.books.texts),
    )
