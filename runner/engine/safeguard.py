"""Once a day: the ledger is proved sound, and a copy of it is kept.

Invariant: a copy is only kept of a ledger that is sound, so that damage never takes the place of the last good copy.
"""

from datetime import datetime, timedelta

from runner.engine.journal import Journal
from runner.errors import LedgerDamaged, LedgerUnusable
from runner.events import EventKind
from runner.ports import Ledger, World
from runner.values import dump, load

EVERY = timedelta(days=1)
_DONE, _UNSOUND = "safeguarded at", "ledger unsound"


def safeguard(world: World, journal: Journal, now: datetime) -> None:
    """After a tick that had something to do. Raises `LedgerDamaged`; everything else that is wrong is said, and stands in Audit."""
    last = world.ledger.note(_DONE)
    if world.safeguard is None or (last and timedelta() <= now - datetime.fromisoformat(last) < EVERY):
        return
    try:
        wrong = world.safeguard()
    except LedgerDamaged:
        raise
    except LedgerUnusable as error:
        wrong = [str(error)]
    for sentence in wrong:
        journal.note(EventKind.NOTED, detail=sentence)
        world.say(sentence)
    journal.commit()
    if wrong != unsound(world.ledger):
        world.ledger.note(_UNSOUND, dump(wrong))
    world.ledger.note(_DONE, now.isoformat())


def unsound(ledger: Ledger) -> list[str]:
    """What the last proof found wrong, a sentence each."""
    return [str(sentence) for sentence in load(ledger.note(_UNSOUND) or "[]")]
