"""What an action is told besides its request.

Invariant: the same for every way in which an action is reached: to do, to ask whether it was done, to preview.
"""

from datetime import datetime

from runner.model import Book, Run, Step
from runner.ports import Call, World
from runner.rules.overlay import SheetView


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
        depth=run.depth,
    )
