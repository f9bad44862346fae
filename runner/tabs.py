"""The tabs that Rowpact knows: their columns, who writes each, and what the owner is told about it.

One description serves the parser, the projection, the templates and the tab a runner has to create. Names are promises.
"""

from dataclasses import dataclass
from enum import StrEnum

from runner.values import name_key


class Side(StrEnum):
    """Whose cell it is."""

    OWNER = "owner"
    RUNNER = "runner"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a standard tab."""

    name: str
    #: Shown when a cell of the column is selected, and in the docs.
    hint: str
    side: Side = Side.OWNER
    #: Drop-down values; empty for free text. A value outside the list is warned about, not refused.
    choices: tuple[str, ...] = ()
    #: Characters.
    width: int = 16
    #: `text`, `time` (date and clock in the owner's zone), `number`, `wrap` (text over several lines)
    format: str = "text"


@dataclass(frozen=True, slots=True)
class StandardTab:
    """A tab with a meaning."""

    name: str
    #: One sentence for the owner.
    about: str
    columns: tuple[Column, ...]
    #: The runner creates it and owns all columns but those marked otherwise.
    runners: bool = False

    @property
    def headers(self) -> tuple[str, ...]:
        """Column names, left to right."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column | None:
        """The column of that name, in any spelling."""
        return next((column for column in self.columns if name_key(column.name) == name_key(name)), None)


YES_NO = ("Yes", "No")
CHECK = Column("Check", "Rowpact writes here: OK, or what to mend.", Side.RUNNER, width=44, format="wrap")


def _ours(name: str, hint: str, width: int = 16, format: str = "text") -> Column:  # noqa: A002
    return Column(name, hint, Side.RUNNER, width=width, format=format)


CONTRACTS = StandardTab(
    "Contracts",
    "One row is one promise: when it acts, on which rows, and who answers for it.",
    (
        Column("Contract", "A name that no other contract has.", width=24),
        Column("Enabled", "Yes acts. No does nothing. Shadow previews and does nothing.", choices=("Yes", "No", "Shadow"), width=10),
        Column("Class", "How far it may act without you.", choices=("Deterministic", "Agent-assist", "Blocked"), width=15),
        Column("Trigger", "What starts a run: New row, State is Won, Date due, Schedule, Called…", choices=("New row", "State is …", "Date due", "Schedule", "Webhook", "Inbox", "File", "Called"), width=18),
        Column("Tab", "The tab whose rows it works on.", width=14),
        Column("When", "For Date due: 3 days before Due date. For Schedule: every Monday 09:00.", width=22),
        Column("If", "Only rows for which this is true. Blank: every row. Example: Country in US, CA", width=28, format="wrap"),
        Column("Dedupe key", "Two rows with one key are one event, for ever. Blank: the Row ID. Example: {{ email }}", width=18),
        Column("Entry state", "Written to the row's State when a run starts.", width=14),
        Column("Exit state", "Written to the row's State when a run ends well.", width=14),
        Column("Owner", "Who handles it.", width=12),
        Column("Rollback owner", "Who cleans up when it fails. Blank: the owner.", width=15),
        Column("Risk", "High: every outside effect asks for your approval first.", choices=("Low", "Medium", "High"), width=10),
        Column("Severity", "How loudly a failure alerts: P0 at once, P1 hourly, P2 with the report.", choices=("P0", "P1", "P2"), width=10),
        Column("SLA", "Time from trigger to done. Example: 4h", width=10),
        Column("SOP", "The checklist in SOPs for when the automation halts.", width=18),
        Column("Rhythm", "The least activity that is normal: 1 per business day.", width=18),
        Column("Limit", "At most this often: 30 per hour.", width=14),
        Column("Hours", "When outside effects may happen: Mon-Fri 09:00-17:00.", width=20),
        Column("Minutes saved", "Per finished run, for the weekly report.", width=14, format="number"),
        CHECK,
    ),
)

STEPS = StandardTab(
    "Steps",
    "The steps of each contract, in row order.",
    (
        Column("Contract", "The contract this step belongs to.", width=24),
        Column("Step", "A name that no other step of the contract has.", width=20),
        Column("Action", "What it does.", choices=("email.send", "http.get", "http.post", "http.put", "http.patch", "http.delete", "sheet.add", "sheet.set", "sheet.find", "decide", "check", "ai.write", "mcp.call", "wait", "task", "notify", "file.write", "contract.call"), width=14),
        Column("With", "Its settings, one a line: to: {{ email }}. A line that begins with a blank continues the one above.", width=52, format="wrap"),
        Column("If", "The step is skipped unless this is true.", width=26, format="wrap"),
        Column("Approval", "No, Always, a condition, or 1 in 10.", width=20),
        Column("Retry", "Waits before each new try: 30s, 2m, 10m. No: never.", width=14),
        Column("Timeout", "Blank: 60s.", width=10),
        Column("On failure", "Dead letter, Undo, Continue, or Go to a step.", choices=("Dead letter", "Undo", "Continue", "Go to …"), width=14),
        Column("Undo", "The step that reverses this one.", width=14),
        Column("Owner", "Blank: the contract's owner.", width=12),
        CHECK,
    ),
)

FIELDS = StandardTab(
    "Fields",
    "What a row must hold before a contract may act on it.",
    (
        Column("Contract", "The contract that needs the field.", width=24),
        Column("Field", "A column of the contract's tab.", width=18),
        Column("Type", "", choices=("text", "number", "integer", "money", "date", "datetime", "email", "phone", "url", "yes/no", "choice"), width=12),
        Column("Required", "A row whose required fields are blank waits.", choices=YES_NO, width=10),
        Column("Rule", ">= 0, 1..100, one of A, B, matches a pattern, max 200 characters.", width=28),
        Column("Private", "Yes: masked in Audit, alerts, reports and logs.", choices=YES_NO, width=10),
        CHECK,
    ),
)

ROUTES = StandardTab(
    "Routes",
    "Branches: after a step, the first line that is true wins.",
    (
        Column("Contract", "", width=24),
        Column("After", "The step after which the choice is made.", width=20),
        Column("If", "Blank: always.", width=32, format="wrap"),
        Column("Go to", "A step, End, Review (asks you) or Stop.", width=18),
        Column("Set state", "Written to the row's State.", width=16),
        CHECK,
    ),
)

CHECKS = StandardTab(
    "Checks",
    "What AI text must satisfy before it may leave.",
    (
        Column("Checks", "The set's name.", width=18),
        Column("Kind", "", choices=("Schema", "Policy", "Context", "Length"), width=12),
        Column("Rule", "", width=44, format="wrap"),
        Column("On failure", "", choices=("Redo", "Review", "Stop"), width=12),
        CHECK,
    ),
)

TEMPLATES = StandardTab(
    "Templates",
    "Texts of mails. {{ name }} is filled from the row's column Name.",
    (
        Column("Template", "A name that email.send can use: template: Welcome", width=20),
        Column("Subject", "", width=44),
        Column("Body", "", width=80, format="wrap"),
        CHECK,
    ),
)

SETTINGS = StandardTab(
    "Settings",
    "Numbers and words that contracts share: {{ settings.hot_lead }}. Pause = Yes stops every effect.",
    (Column("Setting", "", width=22), Column("Value", "", width=20), Column("Note", "For you.", width=60, format="wrap")),
)

SOPS = StandardTab(
    "SOPs",
    "What a person does when the automation halts.",
    (Column("SOP", "", width=22), Column("No", "", width=6, format="number"), Column("Instruction", "", width=90, format="wrap")),
)

_STATES = "HELD WAITING RUNNING RETRYING AWAITING_APPROVAL AWAITING_TASK PAUSED IN_DOUBT DEAD_LETTER ROLLING_BACK DONE INVALID REJECTED ROLLED_BACK CANCELLED CLOSED"

RUNS = StandardTab(
    "Runs",
    "Every event and how far it has been carried.",
    (
        _ours("Run", "The run's number.", 10),
        _ours("Contract", "", 22),
        _ours("Key", "Two events with one key are one event.", 24),
        Column("State", "Where it stands.", Side.RUNNER, choices=tuple(_STATES.split()), width=20),
        _ours("Step", "The step it is at, or stopped at.", 18),
        _ours("Tries", "", 7, "number"),
        _ours("Next try", "", 17, "time"),
        _ours("Due", "By when it should be done (SLA).", 17, "time"),
        _ours("Owner", "", 12),
        _ours("Rollback owner", "", 15),
        _ours("Risk", "", 9),
        _ours("Input", "The row's values it works with.", 40),
        _ours("Output", "What its last step gave.", 32),
        _ours("Error", "", 44),
        _ours("Started", "", 17, "time"),
        _ours("Updated", "", 17, "time"),
        Column("Command", "Type PAUSE, RESUME, RETRY, UNDO or CANCEL.", choices=("PAUSE", "RESUME", "RETRY", "UNDO", "CANCEL"), width=12),
        _ours("Result", "What Rowpact did with your command.", 40, "wrap"),
    ),
    runners=True,
)

APPROVALS = StandardTab(
    "Approvals",
    "Nothing on this list happens until you type APPROVE beside it.",
    (
        _ours("Approval", "", 10),
        _ours("Run", "", 10),
        _ours("Contract", "", 22),
        _ours("Step", "", 18),
        _ours("What will happen", "Exactly this. If it would become anything else, you are asked anew.", 64, "wrap"),
        _ours("Risk", "", 9),
        _ours("Owner", "", 12),
        _ours("Asked", "", 17, "time"),
        _ours("Expires", "After this it is never a yes.", 17, "time"),
        Column("Decision", "Type APPROVE or REJECT; a reason may follow REJECT. Where many runs are held: RELEASE or SKIP.", choices=("APPROVE", "REJECT", "RELEASE", "SKIP"), width=14),
        Column("Decided by", "Your name.", width=14),
        Column("Edited text", "For a text that may not leave as it is: write a better one here, then type APPROVE.", width=40, format="wrap"),
        Column("Note", "For you.", width=24),
        _ours("Result", "What Rowpact did with your answer.", 40, "wrap"),
    ),
    runners=True,
)

DEAD_LETTERS = StandardTab(
    "Dead letters",
    "What could not be done by itself, and what it needs from you.",
    (
        _ours("Run", "", 10),
        _ours("Contract", "", 22),
        _ours("Step", "", 18),
        Column("State", "IN_DOUBT: it may have happened; find out, then say which.", Side.RUNNER, choices=("DEAD_LETTER", "IN_DOUBT"), width=14),
        _ours("Severity", "", 9),
        _ours("Error", "", 56, "wrap"),
        _ours("Payload", "What was being done.", 40),
        _ours("Tries", "", 7, "number"),
        _ours("Rollback owner", "", 15),
        _ours("SOP", "What to do by hand.", 48, "wrap"),
        _ours("Failed at", "", 17, "time"),
        Column("Decision", "RETRY: try again. DONE: it is done, go on. UNDO: reverse it. CLOSE: leave it.", choices=("RETRY", "DONE", "UNDO", "CLOSE"), width=14),
        Column("Decided by", "Your name.", width=14),
        Column("Note", "For you.", width=24),
        _ours("Result", "What Rowpact did with your answer.", 40, "wrap"),
    ),
    runners=True,
)

TASKS = StandardTab(
    "Tasks",
    "Work for people; the run goes on when you type DONE.",
    (
        _ours("Task", "", 10),
        _ours("Run", "", 10),
        _ours("Contract", "", 22),
        _ours("Step", "", 18),
        _ours("What to do", "", 64, "wrap"),
        _ours("Owner", "", 12),
        _ours("Due", "", 17, "time"),
        _ours("Asked", "", 17, "time"),
        Column("Done", "Type DONE or FAILED.", choices=("DONE", "FAILED"), width=12),
        Column("Done by", "Your name.", width=14),
        Column("Note", "For you.", width=24),
        _ours("Result", "", 40, "wrap"),
    ),
    runners=True,
)

AUDIT = StandardTab(
    "Audit",
    "Everything that happened, in order; each line is chained to the one before by its Hash.",
    (
        _ours("Seq", "", 8, "number"),
        _ours("Time", "", 17, "time"),
        _ours("Contract", "", 22),
        _ours("Run", "", 10),
        _ours("Step", "", 18),
        _ours("Event", "", 18),
        _ours("Result", "", 20),
        _ours("Who", "", 14),
        _ours("Detail", "", 80),
        _ours("Hash", "", 14),
    ),
    runners=True,
)

ALERTS = StandardTab(
    "Alerts",
    "What is not as it should be, who was told of it, and what is over. Type SEEN beside what you know of.",
    (
        _ours("Alert", "", 9),
        _ours("When", "", 17, "time"),
        _ours("Severity", "P0 is told at once, P1 every hour, P2 once a day.", 9),
        _ours("What", "", 64, "wrap"),
        _ours("Where", "What to type, or where to look.", 48, "wrap"),
        _ours("Count", "How often.", 8, "number"),
        _ours("Told", "Who has been told, and when last.", 36, "wrap"),
        _ours("State", "", 26, "wrap"),
        Column("Seen", "Type SEEN, OK or x: then nobody is reminded of it again.", choices=("SEEN",), width=10),
    ),
    runners=True,
)

KPIS = StandardTab(
    "KPIs",
    "What the automation is worth.",
    (
        _ours("KPI", "", 30),
        _ours("Unit", "", 10),
        Column("Baseline", "How it was before. Blank: the first full week.", width=12, format="number"),
        Column("Target", "Where you want it.", width=12, format="number"),
        _ours("This week", "", 12, "number"),
        _ours("Last week", "", 12, "number"),
        _ours("Trend", "", 14),
        _ours("Status", "", 20),
        _ours("Meaning", "", 70),
    ),
    runners=True,
)

KPI_WEEKS = StandardTab(
    "KPI weeks",
    "The numbers behind the charts in KPIs: eight weeks, oldest first.",
    (
        _ours("Weeks ago", "0 is the week that is going on.", 10, "number"),
        _ours("Week", "Its Monday.", 10),
        *(
            _ours(name, "", 13, "number")
            for name in (
                "Lead response", "Leads answered within SLA", "Hours returned", "Failure rate, critical path", "Failure rate, all contracts",
                "Days to get paid", "Approvals decided", "Wait for an approval", "Approvals rejected", "AI cost", "Backlog",
            )
        ),
    ),
    runners=True,
)

RUNNER = StandardTab(
    "Runner",
    "How the runner itself is doing.",
    (_ours("Name", "", 22), _ours("Value", "", 90, "wrap")),
    runners=True,
)

OWNERS_TABS = (CONTRACTS, STEPS, FIELDS, ROUTES, CHECKS, TEMPLATES, SETTINGS, SOPS)
RUNNERS_TABS = (RUNS, APPROVALS, DEAD_LETTERS, TASKS, ALERTS, AUDIT, KPIS, KPI_WEEKS, RUNNER)
STANDARD_TABS = {name_key(tab.name): tab for tab in (*OWNERS_TABS, *RUNNERS_TABS)}

#: Special columns of data tabs.
ROW_ID, STATE, RUN = "Row ID", "State", "Run"
