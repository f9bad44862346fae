"""Rows that a step adds are known by their key: killed at any write of the ledger or the workbook, each row stands there once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.office import CONTRACTS, STEPS, Office


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the product may catch it."""


def _office(folder: Path) -> Office:
    office = Office(folder)
    office.write(
        Contracts=CONTRACTS + "Log | Yes | New row | Leads | | {{ email }} | Ana | Rolf",
        Steps=STEPS + "Log | Note | sheet.add | tab: Journal\\nkey: Email\\nEmail: {{ email }}\\nWhat: Called {{ email }}",
        Settings="Setting | Value",
        Leads="Email | State | Run\nana@shop.example\nbob@shop.example",
        Journal="Email | What",
    )
    return office


def _killing(moment: int, done: Callable[..., Any], *, after: bool, count: list[int]) -> Callable[..., Any]:
    """`done`, but killed at this call of all that are counted: before it does anything, or after it did."""

    def call(*arguments: Any) -> Any:
        count[0] += 1
        if count[0] == moment and not after:
            raise Killed
        answer = done(*arguments)
        if count[0] == moment:
            raise Killed
        return answer

    return call


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_each_row_stands_there_once_wherever_the_runner_was_killed(tmp_path: Path, after: bool) -> None:
    struck = 0
    for moment in range(1, 30):
        folder = tmp_path / str(moment)
        folder.mkdir()
        office, count = _office(folder), [0]
        ledger, workbook = office.world.ledger, office.workbook
        ledger.record = _killing(moment, ledger.record, after=after, count=count)  # type: ignore[method-assign]
        write, workbook.write = workbook.write, _killing(moment, workbook.write, after=after, count=count)  # type: ignore[method-assign]
        try:
            office.tick()
            office.tick()
        except Killed:
            struck += 1
        workbook.write = write  # type: ignore[method-assign]
        office.restart()
        for _ in range(3):
            office.tick()
        rows = sorted(str(row["What"]) for row in office.tab("Journal"))
        assert rows == ["Called ana@shop.example", "Called bob@shop.example"], f"killed at {moment}"
        assert set(office.states().values()) == {"DONE"}
        office.close()
        if count[0] < moment:
            break
    else:
        pytest.fail("it never came to an end")
    assert struck >= 4
