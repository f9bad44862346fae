"""A ledger to test on (SQLite always, PostgreSQL where a server is named), a clock that stands, and the life of a run."""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.ledgers.sql import SqlLedger
from runner.events import EventKind
from runner.model import Ask, AskKind, Effect, EffectRecord, Event, Run, RunState
from runner.rules.replay import whole

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
#: A database that tests may fill, `postgresql://…`; each test uses a workbook name of its own.
POSTGRES = "ROWPACT_TEST_POSTGRES"


class StandingClock:
    def __init__(self) -> None:
        self.moment = NOON

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class Story:
    """Events as the engine records them, for runs called by number."""

    contract = "Follow up"

    def started(self, number: int, key: str | None = None, **fields) -> Event:
        run = Run(
            id=f"R-{number:04d}", contract=self.contract, key=key or f"lead-{number}", input={"Name": "Zoë", "Due": NOON.date()}
        )
        return self._event(EventKind.STARTED, number, {"run": whole(run) | {"started": NOON, **fields}})

    def intent(self, number: int, step: str = "send", attempt: int = 1) -> Event:
        run = f"R-{number:04d}"
        effect = EffectRecord(
            run=run, step=step, attempt=attempt, effect=Effect.ONCE, state="begun", key=f"{run}/{step}", digest="d" * 64,
            request={"to": ["ana@example.com"], "subject": "Hello"}, begun=NOON,
        )  # fmt: skip
        data = {"effect": whole(effect), "run": {"id": run, "step": step, "tries": attempt}}
        return self._event(EventKind.INTENT, number, data, step=step, attempt=attempt)

    def receipt(self, number: int, step: str = "send", attempt: int = 1) -> Event:
        run = f"R-{number:04d}"
        effect = {"run": run, "step": step, "attempt": attempt, "state": "done", "ended": NOON}
        data = {"effect": effect, "run": {"id": run, "results": {step: {"status": 200}}}}
        return self._event(EventKind.RECEIPT, number, data, step=step, attempt=attempt, result="done")

    def asked(self, number: int) -> Event:
        ask = Ask(
            id=f"A-{number:04d}", kind=AskKind.APPROVAL, run=f"R-{number:04d}", contract=self.contract, step="send", asked=NOON
        )
        return self._event(EventKind.ASKED, number, {"ask": whole(ask)})

    def moved(self, number: int, state: RunState, kind: EventKind = EventKind.ENDED) -> Event:
        return self._event(kind, number, {"run": {"id": f"R-{number:04d}", "state": state}}, result=state.value)

    def life(self, number: int) -> list[Event]:
        return [self.started(number), self.intent(number), self.receipt(number), self.moved(number, RunState.DONE)]

    def _event(self, kind: EventKind, number: int, data, **fields) -> Event:
        return Event(kind=kind, run=f"R-{number:04d}", contract=self.contract, data=data, detail="Mail to Zoë", **fields)


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "business.ledger"


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, path: Path) -> str:
    """Where the ledger is: a file, or the server that the environment names."""
    if request.param == "sqlite":
        return str(path)
    if POSTGRES not in os.environ:
        pytest.skip(f"no PostgreSQL: name a database in {POSTGRES}")
    pytest.importorskip("psycopg", reason="the PostgreSQL driver is not installed")
    return os.environ[POSTGRES]


@pytest.fixture
def workbook() -> str:
    """A name that no other test uses: all may share one database."""
    return f"business-{uuid.uuid4().hex[:8]}.xlsx"


@pytest.fixture
def open_ledger(where: str, workbook: str, clock: StandingClock) -> Iterator[Callable[..., SqlLedger]]:
    """Opens the ledger, as often as asked; holds the lease unless told otherwise."""
    opened = []

    def open_one(workbook: str = workbook, *, holder: str = "here:1:a") -> SqlLedger:
        ledger = SqlLedger(where, workbook, clock)
        opened.append(ledger)
        if holder:
            ledger.acquire(holder, clock.now())
        return ledger

    yield open_one
    for ledger in opened:
        with suppress(Exception):
            ledger.release()
        ledger.close()


@pytest.fixture
def ledger(open_ledger: Callable[..., SqlLedger]) -> SqlLedger:
    return open_ledger()
