"""The post room: where the weekly report is kept and leaves.

Invariant: the part of the composition root that `run`, `report --send` and the action share; nothing is opened before it is needed.
"""

from typing import TYPE_CHECKING

from runner.config.kinds import WEEKDAYS
from runner.ports import Letters, PostRoom

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.config import Config
    from runner.values import Value


def open_letters(config: "Config") -> Letters:
    """`business.reports` beside the workbook, which has it to itself."""
    from adapters.letters import LetterFolder

    workbook = config.workbooks[0]
    return LetterFolder(config.beside(workbook).with_suffix(".reports"))


def open_post_room(config: "Config") -> PostRoom:
    """`[report]`: to whom, and when."""
    report = config.report
    return PostRoom(
        to=report.to,
        weekday=WEEKDAYS.index(report.day),
        at=report.at,
        link=config.workbooks[0].url,
        letters=open_letters(config),
        as_workbook=_as_workbook,
    )


def _as_workbook(lines: "Sequence[Sequence[Value]]") -> bytes:
    from adapters.documents.audit_sheet import audit_sheet

    return audit_sheet(lines)
