"""The seams: what the engine asks of the outside world. Adapters implement these; tests hold every implementation to one suite."""

from runner.ports.actions import (
    Action,
    Call,
    CheckScope,
    Done,
    Fault,
    NeedsPerson,
    OtherSide,
    Outcome,
    Prepare,
    Probed,
    Sheet,
    StartRun,
    Wait,
)
from runner.ports.world import Books, Clock, Ledger, Mailer, Secrets, Tools, Workbook, World

__all__ = [
    "Action",
    "Books",
    "Call",
    "CheckScope",
    "Clock",
    "Done",
    "Fault",
    "Ledger",
    "Mailer",
    "NeedsPerson",
    "OtherSide",
    "Outcome",
    "Prepare",
    "Probed",
    "Secrets",
    "Sheet",
    "StartRun",
    "Tools",
    "Wait",
    "Workbook",
    "World",
]
