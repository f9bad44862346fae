"""The ledger on SQLite or PostgreSQL: what it has recorded is on disk, and nothing is recorded by halves.

Invariant: `books` is what the recorded events add up to, at every moment; it is folded from the very text that was written.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from adapters.ledgers import schema
from adapters.ledgers.backup import back_up
from adapters.ledgers.chain import START, before_first, storable
from adapters.ledgers.database import OpenedFile, connect, place, reading
from adapters.ledgers.documents import event, numbered, restore, row
from adapters.ledgers.examine import examine
from adapters.ledgers.group import Group
from adapters.ledgers.history import as_wanted, every
from adapters.ledgers.lease import Lease
from adapters.ledgers.sentences import damaged, usable
from adapters.ledgers.statements import (
    APPEND,
    CLAIM_KEY,
    COUNTERS,
    DOC_OF_RUN,
    EFFECTS_OF_RUN,
    HEAD,
    KNOWN,
    LIVE,
    NOTE,
    PLAN,
    add_all,
    put,
    put_once,
)
from adapters.ledgers.trail import PAGE, page
from adapters.ledgers.verify import disagreements, first_of
from runner.model import Ask, EffectRecord, Event, Run
from runner.ports import Books, Clock
from runner.rules.replay import ASK, EFFECT, KINDS, RUN, Change, Kind, fold, settle, undo
from runner.values import dump, load, utc


class SqlLedger:
    """`runner.ports.Ledger` in a file or at a `postgresql://` URL; several workbooks may share it, each with a chain of its own."""

    def __init__(self, where: str | Path, workbook: str, clock: Clock) -> None:
        """Open the ledger, making it when there is none. Raises `LedgerUnusable`."""
        self.books = Books()
        self.workbook = workbook
        self._clock = clock
        self._name = place(where)
        self._lock = RLock()
        self._plans: dict[str, str] = {}
        self._lease = Lease(workbook)
        self._engine = connect(where)
        self._file = OpenedFile(where)
        self._reads = reading(self._engine)
        try:
            with usable(self._name), self._reads.connect() as connection:
                self._load(connection)
        except BaseException:
            self._engine.dispose()
            raise

    def close(self) -> None:
        """Let go of the database. The lease stays as it is: `release` comes first when the work is over."""
        self._engine.dispose()

    def acquire(self, holder: str, now: datetime) -> None:
        """Take or renew the lease; `books` is read again when somebody else may have written in between.

        A lease of a process on this machine that is no more is taken over at once, any other when it has run out.
        Raises `LeaseHeld`.
        """
        with self._lock:
            self._file.refuse_another()
            if self._lease.fresh(holder, now):
                return
            with usable(self._name), self._engine.begin() as connection:
                fence = self._lease.take(connection, holder, utc(now))
                if fence != self._lease.fence and self._head(connection) != (self._seq, self._hash):
                    self._load(connection)
            self._lease.won(holder, fence, utc(now))

    def keep_hold(self) -> None:
        """Renew the lease if it is old; asks the database only then. Raises `LeaseLost` when somebody took it over."""
        with self._lock:
            self._file.refuse_another()
            if self._lease.fresh(self._lease.holder, utc(self._clock.now())):
                return
            with usable(self._name), self._engine.begin() as connection:
                self._lease.check(connection, utc(self._clock.now()))

    def release(self) -> None:
        """Give the lease back; does nothing when it is no longer ours."""
        with self._lock, usable(self._name):
            if self._lease.fence:
                with self._engine.begin() as connection:
                    self._lease.give_back(connection)
                self._lease.fence = 0

    # --------------------------------------------------------------------------------------------------- record

    def record(self, events: Sequence[Event]) -> None:
        """Append the events and what they change in one transaction, on disk when it returns.

        Raises `LeaseLost`, `LedgerUnusable` (the lease must then be acquired anew), or ValueError for events that cannot be
        true: a new run under a dedupe key that has one (`known` tells), fields of a record that never began. Nothing of
        the group is recorded then, and `books` is as it was.
        """
        if not events:
            return
        with self._lock:
            if not self._lease.fence:
                raise self._lease.lost()
            group = self._fold(events)
            try:
                with usable(self._name), self._engine.begin() as connection:
                    self._lease.check(connection, utc(self._clock.now()))
                    self._write(connection, group)
            except ValueError:
                undo(self.books, group.touched)
                raise
            except BaseException:
                undo(self.books, group.touched)
                self._lease.fence = 0  # whether a commit that failed reached the disk is not known: acquiring again reads the truth
                raise
            else:
                self._seq, self._hash = group.seq, group.hash
                self._plans.clear()
            finally:
                settle(self.books, group.touched)

    def _fold(self, events: Sequence[Event]) -> Group:
        group = Group(self.workbook, max(self._seq, before_first(events)), self._hash)
        try:
            for one in events:
                group.add(one, storable(dump(one.data)), self._clock.now())
            # From the text, all at once: what memory holds is what a later start would read.
            facts = load(f"[{','.join(group.facts)}]")
            for one, data in zip(events, facts, strict=True):
                fold(self.books, one.run, data, group.touched, self._recall)
        except BaseException:
            undo(self.books, group.touched)
            settle(self.books, group.touched)
            raise
        return group

    def _write(self, connection: sa.Connection, group: Group) -> None:
        add_all(connection, APPEND, group.lines)
        created = [change for change in group.touched if change.old is None]
        self._claim_keys(connection, created)
        latest: dict[Kind, dict[str, Change]] = {}
        for change in group.touched:
            latest.setdefault(change.kind, {})[change.key] = change
        for kind, changes in latest.items():
            rows = [row(self.workbook, kind, change.key, change.new) for change in changes.values()]
            add_all(connection, put(self._engine.dialect.name, schema.DOCUMENTS[kind], kind.identity), rows)
        self._count(created, group.seq)
        counters = [(self.workbook, name, value) for name, value in self._last.items()]
        add_all(connection, self._put(schema.COUNTERS), counters)
        if self._plans:
            plans = [(self.workbook, digest, text) for digest, text in self._plans.items()]
            add_all(connection, put_once(self._engine.dialect.name, schema.PLANS), plans)

    def _claim_keys(self, connection: sa.Connection, created: list[Change]) -> None:
        runs: list[Any] = [change.new for change in created if change.kind is RUN]
        keys = [(self.workbook, storable(run.contract), storable(run.key), run.id) for run in runs]
        try:
            if keys:
                add_all(connection, CLAIM_KEY, keys)
        except IntegrityError:
            names = ", ".join(f"{run.contract}: {run.key}" for run in runs)
            raise ValueError(f"one of these keys has a run already: {names}") from None

    def _count(self, created: list[Change], seq: int) -> None:
        """Ids that were made elsewhere (a ledger rebuilt from its sheet) are never given again either."""
        self._last[schema.AUDIT] = seq
        for letter, number in map(numbered, created):
            if number > self._last.get(letter, 0):
                self._last[letter] = number

    def _put(self, table: sa.Table) -> sa.Insert:
        return put(self._engine.dialect.name, table)

    # ----------------------------------------------------------------------------------------------------- read

    def _load(self, connection: sa.Connection) -> None:
        """Everything that memory holds, as the database has it now."""
        ours = {"workbook": self.workbook}
        self._seq, self._hash = self._head(connection)
        self._last: dict[str, int] = {name: int(value) for name, value in connection.execute(COUNTERS, ours)}
        books = Books()
        for kind in KINDS:
            held = kind.held(books)
            for key, doc in connection.execute(LIVE[kind], ours):
                record = restore(kind, key, doc, self._name)
                if not getattr(record, "archived", False):
                    held[kind.key_of(record)] = record
        books.edits = as_wanted(connection, self.workbook, books.edits)
        self.books = books

    def _head(self, connection: sa.Connection) -> tuple[int, str]:
        head = connection.execute(HEAD, {"workbook": self.workbook}).one_or_none()
        return (head.seq, head.hash) if head else (0, START)

    def _recall(self, run: str) -> Iterable[EffectRecord]:
        with usable(self._name), self._reads.connect() as connection:
            found = connection.execute(EFFECTS_OF_RUN, {"workbook": self.workbook, "run": storable(run)}).all()
        return [restore(EFFECT, key, doc, self._name) for key, doc in found]

    def run(self, name: str) -> Run | None:
        """The run of that number, archived or not."""
        doc = self._one(DOC_OF_RUN, run=storable(name))
        run: Run | None = restore(RUN, name, doc, self._name) if doc else None
        return run

    def all_runs(self) -> Iterator[Run]:
        """Every run, archived or not."""
        return every(self._reads, self.workbook, RUN, self._name)

    def all_asks(self) -> Iterator[Ask]:
        """Every question, archived or not."""
        return every(self._reads, self.workbook, ASK, self._name)

    def head(self) -> tuple[int, str]:
        """Number and hash of the last audit line."""
        with usable(self._name), self._reads.connect() as connection:
            return self._head(connection)

    def next_id(self, letter: str) -> str:
        """The next number of that letter. It is durable once an event that carries it is recorded."""
        with self._lock:
            number = self._last.get(letter, 0) + 1
            self._last[letter] = number
            return f"{letter}-{number:04d}"

    def known(self, contract: str, keys: Iterable[str]) -> Mapping[str, str]:
        """Of these dedupe keys, those that already have a run of the contract: key → run id."""
        wanted = {storable(key): key for key in keys}
        asked, found = list(wanted), {}
        with usable(self._name), self._reads.connect() as connection:
            for start in range(0, len(asked), PAGE):
                values = {"workbook": self.workbook, "contract": storable(contract), "keys": asked[start : start + PAGE]}
                found.update({wanted[key]: run for key, run in connection.execute(KNOWN, values)})
        return found

    def plan(self, digest: str) -> str:
        """The contract text that was stored under this digest. Raises KeyError."""
        text = self._plans.get(digest) or self._one(PLAN, digest=digest)
        if text is None:
            raise KeyError(digest)
        return text

    def keep_plan(self, digest: str, text: str) -> None:
        """Store a contract text with the next `record`; storing it again does nothing."""
        with self._lock:
            self._plans.setdefault(digest, storable(text))

    def note(self, name: str, value: str | None = None) -> str:
        """A small fact about the runner itself; "" when it was never set. With `value`: set it, on disk when it returns.

        Raises `LeaseLost` when the lease was ours and somebody took it over.
        """
        if value is None:
            return self._one(NOTE, name=name) or ""
        with self._lock, usable(self._name), self._engine.begin() as connection:
            if self._lease.fence:
                self._lease.check(connection, utc(self._clock.now()))
            connection.execute(self._put(schema.NOTES), {"workbook": self.workbook, "name": name, "value": storable(value)})
        return value

    def _one(self, query: "sa.Select[Any]", **values: str) -> str | None:
        with usable(self._name), self._reads.connect() as connection:
            found: str | None = connection.execute(query, {"workbook": self.workbook, **values}).scalar()
            return found

    def events(self, *, after: int = 0, run: str = "", limit: int | None = None) -> Iterator[Event]:
        """The audit trail after this `seq`, in order, of one run or of all; read page by page as it is consumed."""
        left = limit
        while left is None or left > 0:
            many = PAGE if left is None else min(left, PAGE)
            with usable(self._name), self._reads.connect() as connection:
                found = page(connection, self.workbook, after=after, run=storable(run), many=many)
            yield from map(event, found)
            if len(found) < many:
                return
            after, left = found[-1].seq, None if left is None else left - many

    @property
    def lines(self) -> int:
        """How many audit lines there are: the number of the last."""
        return self._seq

    def examine(self) -> None:
        """A look at file and chain that costs little. Raises `LedgerDamaged`."""
        with usable(self._name), self._reads.connect() as connection:
            wrong = examine(connection, self.workbook)
        if wrong:
            raise damaged(self._name, wrong)

    def verify(self) -> list[str]:
        """Recompute the chain, rebuild the state from it and compare; one sentence for each disagreement."""
        with usable(self._name), self._reads.connect() as connection:
            return first_of(disagreements(connection, self.workbook))

    def backup(self, to: Path) -> None:
        """A copy of the whole ledger as it is at one moment, while it is in use. Raises `LedgerUnusable`."""
        back_up(self._engine, self._name, to)
