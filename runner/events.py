"""The words of the audit trail: one for everything that can happen to a run, the same in ledger, log and sheet."""

from enum import StrEnum


class EventKind(StrEnum):
    """What an event says; its value is the word the owner reads in Audit."""

    STARTED = "run started"
    REFUSED = "row refused"
    HELD = "run held"
    INTENT = "about to act"
    RECEIPT = "acted"
    FAILED = "try failed"
    DOUBTED = "in doubt"
    SHADOW = "shadow"
    SKIPPED = "step skipped"
    ROUTED = "routed"
    UNFIT = "text not fit"
    WAITING = "waiting"
    STOPPED = "contract stopped"
    ASKED = "asked"
    ANSWERED = "answered"
    COMMANDED = "command"
    VOIDED = "question void"
    EXPIRED = "question expired"
    REMINDED = "reminded"
    SLA_CROSSED = "SLA crossed"
    SILENT = "silent"
    ALERTED = "alert told"
    PARKED = "dead letter"
    RESUMED = "resumed"
    UNDOING = "rolling back"
    ENDED = "run ended"
    NOTED = "noted"
    ADOPTED = "ledger rebuilt"
    ARCHIVED = "archived"
    RESTORED = "cell put back"
    ROW_NAMED = "row named"
    EDIT_LANDED = "written to sheet"
    PLANNED = "contract read"
    RUNNER = "runner"


class Settled(StrEnum):
    """How a step that a dead runner left behind was settled without asking anybody; stands in `Result` beside its event."""

    AGAIN = "settled: a repeat is harmless"
    FOUND = "settled: it had happened"
    ABSENT = "settled: it had not happened"
