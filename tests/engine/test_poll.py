"""The loop says once what stops it, and once that it works again."""

from datetime import timedelta

import pytest

from runner.engine.poll import Poller
from runner.errors import WorkbookUnreadable
from tests.engine.office import Office


def test_a_workbook_that_was_away_and_comes_back_as_it_was_works_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    poller = Poller(world=office.world, every=timedelta(seconds=15), seen=office.seen)
    for _ in range(3):
        poller.once()
    assert office.tick().quiet
    office.said.clear()

    def away() -> object:
        raise WorkbookUnreadable("It is not there.")

    with monkeypatch.context() as gone:
        gone.setattr(office.workbook, "version", away)
        gone.setattr(office.workbook, "read", away)
        poller.once()
        poller.once()
    poller.once()
    poller.once()
    assert office.said == ["Stopped for now: It is not there.", "It works again."]
    assert office.tick().quiet
