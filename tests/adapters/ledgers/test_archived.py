"""What has left the workbook stays out of memory, and only that, whatever the owner's cells look like."""

from collections.abc import Callable

from adapters.ledgers import sql
from adapters.ledgers.sql import SqlLedger
from runner.model import Run, RunState
from tests.adapters.ledgers.conftest import Story


def test_an_opened_ledger_holds_what_is_not_archived_and_gives_the_rest_when_asked(
    open_ledger: Callable[..., SqlLedger], story: Story
) -> None:
    ledger = open_ledger()
    ledger.record([story.started(1, archived=True, state=RunState.DONE), *story.life(2), story.asked(2)])
    ledger.close()
    again = open_ledger()
    assert list(again.books.runs) == ["R-0002"]
    assert list(again.books.asks) == ["A-0002"]
    assert [run.id for run in again.all_runs()] == ["R-0001", "R-0002"]
    assert again.run("R-0001") is not None


def test_cells_that_read_like_the_ledgers_own_mark_hide_no_run(open_ledger: Callable[..., SqlLedger], story: Story) -> None:
    ledger = open_ledger()
    row = {"archived": True, "note": '"archived":true}', "last": {"archived": True}}
    ledger.record([story.started(1, input=row, key='x","archived":true}'), story.started(2, undo_because='"archived":true}')])
    ledger.close()
    assert list(open_ledger().books.runs) == ["R-0001", "R-0002"]


def test_those_that_are_archived_are_not_even_read(open_ledger: Callable[..., SqlLedger], story: Story, monkeypatch) -> None:
    ledger = open_ledger()
    ledger.record([story.started(1, archived=True), story.started(2)])
    ledger.close()
    read: list[str] = []
    restore = sql.restore
    monkeypatch.setattr(sql, "restore", lambda kind, key, *more: (read.append(key), restore(kind, key, *more))[1])
    assert isinstance(open_ledger().books.runs["R-0002"], Run)
    assert read == ["R-0002"]
