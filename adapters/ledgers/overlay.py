"""A ledger laid over another one: what is recorded stays in memory, and the one below is only read.

Invariant: no method changes the ledger below; to the engine it is one ledger that goes on where that one stands.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from runner.model import Ask, Event, Run
from runner.ports import Books, Clock, Ledger
from runner.rules.replay import apply


class OverlayLedger:
    """Implements `runner.ports.Ledger` for a simulation. `below` None: a workbook that never ran."""

    def __init__(self, below: Ledger | None, clock: Clock) -> None:
        self._below, self._clock = below, clock
        held = below.books if below else Books()
        self.books = Books(
            runs=dict(held.runs),
            effects=dict(held.effects),
            asks=dict(held.asks),
            edits=dict(held.edits),
            rows=dict(held.rows),
            texts=dict(held.texts),
        )
        self._numbers: dict[str, int] = {}
        self._keys: dict[tuple[str, str], str] = {}
        self._plans: dict[str, str] = {}
        self._notes: dict[str, str] = {}
        self._events: list[Event] = []
        #: Run → its own of those.
        self._events_of: dict[str, list[Event]] = {}
        #: Runs that began here: the one below knows nothing of them.
        self._began: set[str] = set()

    def acquire(self, holder: str, now: datetime) -> None:
        """Nobody has to make way for a look."""

    def keep_hold(self) -> None:
        """Nothing is held, and nothing leaves."""

    def release(self) -> None:
        """There is nothing to give back."""

    def close(self) -> None:
        """Nothing of its own is open."""

    def record(self, events: Sequence[Event]) -> None:
        """Fold the events into the books; they are gone with this object."""
        for event in events:
            for change in apply(self.books, event):
                if isinstance(change.new, Run) and change.old is None:
                    self._keys[change.new.contract, change.new.key] = change.new.id
                    self._began.add(change.new.id)
            kept = replace(event, seq=len(self._events) + 1, time=event.time or self._clock.now())
            self._events.append(kept)
            self._events_of.setdefault(kept.run, []).append(kept)

    def next_id(self, letter: str) -> str:
        """The number that would come next; the ledger below gives it again when something really begins."""
        if self._below:
            return self._below.next_id(letter)
        self._numbers[letter] = self._numbers.get(letter, 0) + 1
        return f"{letter}-{self._numbers[letter]:04d}"

    def known(self, contract: str, keys: Iterable[str]) -> Mapping[str, str]:
        """Of these dedupe keys, those that have a run here or below."""
        wanted = list(keys)
        found = dict(self._below.known(contract, wanted)) if self._below else {}
        return found | {key: self._keys[contract, key] for key in wanted if (contract, key) in self._keys}

    def run(self, name: str) -> Run | None:
        """The run of that number."""
        return self.books.runs.get(name) or (self._below.run(name) if self._below else None)

    def all_runs(self) -> Iterator[Run]:
        """Every run, here or below."""
        yield from self.books.runs.values()
        yield from (run for run in (self._below.all_runs() if self._below else ()) if run.id not in self.books.runs)

    def all_asks(self) -> Iterator[Ask]:
        """Every question, here or below."""
        yield from self.books.asks.values()
        yield from (ask for ask in (self._below.all_asks() if self._below else ()) if ask.id not in self.books.asks)

    def head(self) -> tuple[int, str]:
        """The last line below: what is recorded here has no hash."""
        return self._below.head() if self._below else (0, "")

    def plan(self, digest: str) -> str:
        """The contract text that was stored under this digest. Raises KeyError."""
        if digest in self._plans or self._below is None:
            return self._plans[digest]
        return self._below.plan(digest)

    def keep_plan(self, digest: str, text: str) -> None:
        """Keep a contract text in memory."""
        self._plans[digest] = text

    def events(self, *, after: int = 0, run: str = "", limit: int | None = None) -> Iterator[Event]:
        """Of a run: all of it. Of all: what was recorded here, and the first line below, which stands for the others."""
        if self._below and not after and (run not in self._began if run else limit == 1):
            yield from self._below.events(run=run, limit=limit)
        found = [event for event in (self._events_of.get(run, ()) if run else self._events) if event.seq > after]
        yield from found[:limit]

    def note(self, name: str, value: str | None = None) -> str:
        """A small fact about the runner; one that is set here is not set below."""
        if value is not None:
            self._notes[name] = value
        return self._notes[name] if name in self._notes else self._below.note(name) if self._below else ""

    def verify(self) -> list[str]:
        """There is no chain to break."""
        return []
