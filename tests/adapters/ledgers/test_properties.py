"""Whatever happens in whatever order: memory, the ledger read anew, and its audit lines replayed all say the same."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from adapters.ledgers.sql import SqlLedger
from runner.model import Ask, AskKind, Edit, Effect, EffectRecord, Event, NamedRow, Run, RunState
from runner.ports import Books
from runner.rules.replay import apply, changes, settle, whole

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
texts = st.text(max_size=12)
cells = st.dictionaries(
    texts, st.one_of(texts, st.integers(), st.booleans(), st.none(), st.dates(), st.decimals(allow_nan=False)), max_size=3
)


class Clock:
    def __init__(self) -> None:
        self.moment = NOON

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class LedgerMachine(RuleBasedStateMachine):
    """Groups of events, restarts and takeovers, against a plain account of what was acknowledged."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.acknowledged = 0
        self.group: list[Event] = []
        self.draft: dict[str, object] = {}
        self.ledger = self._open("here:1:a")

    def _open(self, holder: str) -> SqlLedger:
        ledger = SqlLedger(Path(self.folder.name) / "business.ledger", "business.xlsx", self.clock)
        ledger.acquire(holder, self.clock.now())
        return ledger

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            assert self.ledger.verify() == []
            self.ledger.close()
            self.folder.cleanup()

    def _latest(self, kind: type) -> list:
        held = {"Run": self.ledger.books.runs, "Ask": self.ledger.books.asks, "Edit": self.ledger.books.edits}[kind.__name__]
        return [self.draft.get(key, record) for key, record in held.items()]

    @rule(fields=cells)
    def start_a_run(self, fields: dict) -> None:
        name = self.ledger.next_id("R")
        run = Run(id=name, contract="Follow up", key=name, input=fields)
        self.draft[name] = run
        self.group.append(Event(kind="run started", run=name, data={"run": whole(run)}))

    @precondition(lambda self: self.ledger.books.runs)
    @rule(data=st.data(), state=st.sampled_from(list(RunState)), results=st.dictionaries(texts, cells, max_size=2))
    def move_a_run(self, data: st.DataObject, state: RunState, results: dict) -> None:
        old = data.draw(st.sampled_from(self._latest(Run)))
        new = Run(
            id=old.id, contract=old.contract, key=old.key, input=old.input, state=state, results=results, updated=self.clock.now()
        )
        self.draft[old.id] = new
        self.group.append(Event(kind="resumed", run=old.id, data={"run": changes(old, new)}))

    @precondition(lambda self: self.ledger.books.runs)
    @rule(data=st.data(), step=st.sampled_from(["send", "a/b"]), attempt=st.integers(1, 3), request=cells)
    def act(self, data: st.DataObject, step: str, attempt: int, request: dict) -> None:
        run = data.draw(st.sampled_from(self._latest(Run)))
        names = {"run": run.id, "step": step, "attempt": attempt}
        effect = EffectRecord(**names, effect=Effect.KEYED, state="begun", key="k", digest="d", request=request, begun=NOON)
        self.group.append(Event(kind="about to act", run=run.id, step=step, data={"effect": whole(effect)}))
        done = names | {"state": "done", "ended": NOON.isoformat()}
        self.group.append(Event(kind="acted", run=run.id, step=step, data={"effect": done}))

    @rule(fields=cells)
    def ask_and_edit_and_name(self, fields: dict) -> None:
        number = self.ledger.next_id("A")
        ask = Ask(id=number, kind=AskKind.TASK, run="", contract="Follow up", step="call", what=str(fields))
        edit = Edit(id=f"edit {number}", tab="Leads", match={"Row ID": number}, cells=fields)
        row = NamedRow(id=number, tab="Leads", cells=fields)
        self.group.append(Event(kind="asked", data={"asks": [whole(ask)], "edits": [whole(edit)], "rows": [whole(row)]}))

    @precondition(lambda self: self.ledger.books.edits and not self.group)
    @rule(data=st.data())
    def see_an_edit_landed(self, data: st.DataObject) -> None:
        edit = data.draw(st.sampled_from(self._latest(Edit)))
        row = {"tab": "Leads", "id": edit.id.removeprefix("edit "), "landed": True}
        self.group.append(Event(kind="written to sheet", data={"edit": {"id": edit.id, "landed": True}, "row": row}))

    @rule()
    def record(self) -> None:
        self.ledger.record(self.group)
        self.acknowledged += len(self.group)
        self.group, self.draft = [], {}

    @rule()
    def fail_to_record(self) -> None:
        before = list(self.ledger.books.runs.values())
        try:
            self.ledger.record([*self.group, Event(kind="resumed", run="R-9999", data={"run": {"id": "R-9999", "state": "DONE"}})])
        except ValueError:
            assert list(self.ledger.books.runs.values()) == before
        else:
            raise AssertionError("an event that cannot be true was recorded")

    @rule()
    def restart(self) -> None:
        self.ledger.close()
        self.ledger = self._open("here:1:a")
        self.group, self.draft = [], {}

    @rule()
    def be_taken_over_and_take_back(self) -> None:
        self.clock.sleep(31)
        other = self._open("there:2:b")
        other.record([Event(kind="noted", detail="taken over")])
        self.acknowledged += 1
        other.close()
        self.clock.sleep(31)
        self.ledger.acquire("here:1:a", self.clock.now())

    @invariant()
    def memory_is_the_disk_is_the_replay(self) -> None:
        if not hasattr(self, "ledger"):
            return
        replayed = Books()
        past: dict[str, dict[str, EffectRecord]] = {}
        for event in self.ledger.events():
            touched = apply(replayed, event, lambda run: list(past.get(run, {}).values()))
            for change in touched:
                if isinstance(change.new, EffectRecord):
                    past.setdefault(change.new.run, {})[change.key] = change.new
            settle(replayed, touched)
        read = SqlLedger(Path(self.folder.name) / "business.ledger", "business.xlsx", self.clock)
        assert self.ledger.books == read.books == replayed
        assert len(list(read.events())) == self.acknowledged
        read.close()


TestLedger = LedgerMachine.TestCase
TestLedger.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
