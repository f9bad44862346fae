"""The ledger checks itself: the chain line by line, and the state against what the lines add up to.

Invariant: a change to any column of a line or of the state, a line taken away or put in, gives at least one sentence.
"""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa

from adapters.ledgers import schema, statements
from adapters.ledgers.chain import COVERED, START, link, storable
from adapters.ledgers.documents import event, numbered, row
from adapters.ledgers.trail import PAGE, Line, lines
from runner.events import EventKind
from runner.model import EffectRecord, Event
from runner.ports import Books
from runner.rules.replay import EFFECT, KINDS, RUN, Change, Kind, apply, settle
from runner.values import dump, load

#: Characters of a digest in hexadecimal.
_SHA256 = 64
#: Sentences after which no more are listed.
_ENOUGH = 50


def first_of(sentences: Iterable[str]) -> list[str]:
    """The sentences; of very many the first, and one that says so."""
    found = list(islice(sentences, _ENOUGH + 1))
    return (
        found
        if len(found) <= _ENOUGH
        else [*found[:_ENOUGH], "There are more disagreements than these. Mend or restore, then verify again."]
    )


def disagreements(connection: sa.Connection, workbook: str) -> Iterator[str]:
    """Every disagreement within one workbook's part of the ledger, as sentences."""
    if connection.dialect.name == "sqlite":
        said = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
        if said != "ok":
            yield f"The file of the ledger is damaged ({said}). Put the newest backup in its place."
            return
    replayed = _Replay(connection, workbook)
    last, sound = None, True
    for line in lines(connection, workbook):
        broken = _broken(last, line, sound=sound)
        if broken:
            yield broken
        problem = replayed.add(line)
        if problem:
            yield problem
            return
        last, sound = line, not broken
    yield from replayed.compare(0 if last is None else last.seq)


def _broken(last: Line | None, line: Line, *, sound: bool) -> str:
    """What is wrong with the line or its place; `sound`: nothing was with the line before, so a bad joint is news."""
    expected, previous = (1, START) if last is None else (last.seq + 1, last.hash)
    # a ledger that was rebuilt, or put back from a copy, goes on with the numbers in the sheet
    if line.seq > expected and line.kind != EventKind.ADOPTED:
        missing = f"line {expected} is" if line.seq == expected + 1 else f"lines {expected} to {line.seq - 1} are"
        return f"Audit {missing} missing."
    columns = line._mapping  # noqa: SLF001
    if link(line.previous, tuple(columns[name] for name in COVERED), line.data) != line.hash:
        return f"Audit line {line.seq} was changed after it was written."
    if sound and line.previous != previous:
        return f"Audit line {line.seq} does not follow from the line before it: one of the two was replaced."
    return ""


class _Replay:
    """The state that the lines add up to. Of a record that is over only a fingerprint of its row is kept."""

    def __init__(self, connection: sa.Connection, workbook: str) -> None:
        self._connection, self._workbook = connection, workbook
        self._books = Books()
        self._rows: dict[Kind, dict[str, int]] = {kind: {} for kind in KINDS}
        self._keys: dict[tuple[str, str], str] = {}
        self._numbers: dict[str, int] = {}
        self._now = 0

    def add(self, line: Line) -> str:
        """Fold one line in; a sentence when it cannot be."""
        self._now = line.seq
        try:
            touched = apply(self._books, event(line), self._recall)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return f"Audit line {line.seq} cannot be read back, so the state could not be compared from there on."
        for change in touched:
            self._note(change)
        settle(self._books, touched)
        return ""

    def _note(self, change: Change) -> None:
        self._rows[change.kind][storable(change.key)] = hash(row(self._workbook, change.kind, change.key, change.new))
        if change.old is None:
            letter, number = numbered(change)
            self._numbers[letter] = max(number, self._numbers.get(letter, 0))
            if change.kind is RUN:
                run: Any = change.new
                self._keys[storable(run.contract), storable(run.key)] = storable(run.id)

    def _recall(self, run: str) -> Iterable[EffectRecord]:
        """The effects of a run that had ended, rebuilt from its own lines so far."""
        books = Books(runs={run: self._books.runs[run]})
        for line in lines(self._connection, self._workbook, run):
            if line.seq >= self._now:
                break
            data = event(line).data
            effects = {name: data[name] for name in (EFFECT.name, EFFECT.plural) if name in data}
            apply(books, Event(kind="", run=run, data=effects))
        return books.effects.values()

    def compare(self, seq: int) -> Iterator[str]:
        """What the tables hold against what the lines add up to."""
        for kind in KINDS:
            yield from self._compare_rows(kind)
        yield from self._compare_keys()
        yield from self._compare_counters(seq)
        yield from self._compare_plans()

    def _stored(self, table: sa.Table) -> Iterator[Line]:
        query = statements.everything(table).execution_options(yield_per=PAGE)
        yield from self._connection.execute(query, {"workbook": self._workbook})

    def _compare_rows(self, kind: Kind) -> Iterator[str]:
        expected = self._rows[kind]
        for stored in self._stored(schema.DOCUMENTS[kind]):
            fingerprint = expected.pop(stored.id, None)
            if fingerprint is None:
                yield f"The ledger holds {kind.name} {stored.id}, of which no audit line tells."
            elif not self._tells(kind, stored, fingerprint):
                yield f"What the ledger holds about {kind.name} {stored.id} is not what its audit lines add up to."
        for key in expected:
            yield f"The ledger no longer holds {kind.name} {key}, of which the audit lines tell."

    def _tells(self, kind: Kind, stored: Line, fingerprint: int) -> bool:
        """Whether the row says what the lines add up to; one that an older version wrote lacks the fields that came later."""
        copies, doc = stored[:-1], stored[-1]
        if hash((*copies, doc)) == fingerprint:
            return True
        try:
            fields = load(doc)
            if storable(dump(fields)) != doc:
                return False
            doc = row(self._workbook, kind, stored.id, kind.make(None, fields))[-1]
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return False
        return hash((*copies, doc)) == fingerprint

    def _compare_keys(self) -> Iterator[str]:
        for stored in self._stored(schema.DEDUPE):
            if self._keys.pop((stored.contract, stored.key), None) != stored.run:
                yield f"The key {stored.key} of {stored.contract} is kept for run {stored.run}, but the audit lines do not say so."
        for (contract, key), run in self._keys.items():
            yield f"The key {key} of {contract} is no longer kept for run {run}: the same event could be carried out again."

    def _compare_counters(self, seq: int) -> Iterator[str]:
        counters = {stored.name: stored.value for stored in self._stored(schema.COUNTERS)}
        written = counters.get(schema.AUDIT, 0)
        if written > seq:
            yield f"The audit trail was cut short: {written} lines were written, the last one there is {seq}."
        elif written < seq:
            yield f"The count of audit lines was changed: it says {written}, but there are {seq}."
        for letter, number in self._numbers.items():
            if counters.get(letter, 0) < number:
                yield f"The count for numbers that begin with {letter} was changed: {letter}-{number:04d} could be given again."

    def _compare_plans(self) -> Iterator[str]:
        for stored in self._stored(schema.PLANS):
            if len(stored.digest) == _SHA256 and hashlib.sha256(stored.text.encode()).hexdigest() != stored.digest:
                yield f"The contract text that is kept under {stored.digest[:12]}… was changed after it was written."
