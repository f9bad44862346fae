"""The words of the audit trail: one for everything that can happen to a run, the same in ledger, log and sheet."""

from enum import StrEnum


class EventKind(StrEnum):
    """What an event says; its value is the word the owner reads in Audit."""

    STARTED = "run started"
    REFUSED = "row refused"
    INTENT = "about to act"
    RECEIPT = "acted"
    FAILED = "try failed"
    DOUBTED = "in doubt"
    SKIPPED = "step skipped"
    ROUTED = "routed"
    WAITING = "waiting"
    ASKED = "asked"
    ANSWERED = "answered"
    VOIDED = "question void"
    EXPIRED = "question expired"
    REMINDED = "reminded"
    SLA_CROSSED = "SLA crossed"
    SILENT = "silent"
    PARKED = "dead letter"
    RESUMED = "resumed"
    UNDOING = "rolling back"
    ENDED = "run ended"
    NOTED = "noted"
    RESTORED = "cell put back"
    ROW_NAMED = "row named"
    EDIT_LANDED = "written to sheet"
    PLANNED = "contract read"
    RUNNER = "runner"
