"""What people do to a workbook at any moment: every doing takes a number, so that a search can choose and repeat it.

Each row of Leads carries a marker in column A, which has no header, so that the runner does not see it: it moves with its row.
"""

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field

from adapters.workbooks.memory import Grid
from runner import tabs
from runner.values import Value, name_key
from tests.engine.office import Cells, Office, put

LEADS = [None, "Name", "Email", "Phone", "Company", "City", "Source", "Budget", "State", "Run", "Row ID"]
#: What somebody adds to a header.
OLD = " (old)"
CONTRACT = ["Contract", "Enabled", "Trigger", "Tab", "Dedupe key", "Exit state", "Owner", "Check"]
STEP = ["Contract", "Step", "Action", "With", "Approval", "Check"]
WITH = "to: {{ email }}\nsubject: WORD {{ name }}\nbody: Thank you!"
#: The owner's tabs as they should be; what somebody broke is mended from here.
PROMISES: dict[str, Grid] = {
    "Contracts": [
        CONTRACT,
        ["Hello", "Yes", "New row", "Leads", None, "Answered", "Ana", None],
        ["Won", "Yes", "State is Won", "Leads", None, None, "Ana", None],
    ],
    "Steps": [
        STEP,
        ["Hello", "Reply", "email.send", WITH.replace("WORD", "Hello"), "Budget >= 1000", None],
        ["Won", "Thank", "email.send", WITH.replace("WORD", "Won"), None, None],
    ],
    "Fields": [["Contract", "Field", "Type", "Required", "Check"], ["Hello", "Email", "email", "Yes", None]],
    "Settings": [["Setting", "Value"], ["Bulk limit", 1000], ["Pause", "No"]],
}
WORDS = ("APPROVE", " approve ", "REJECT", "reject: too dear", "yes", "APPROVE it", None, "RELEASE")
SETTLINGS = ("RETRY", "DONE", "CLOSE", "UNDO", "no idea", None)
COMMANDS = ("PAUSE", "RESUME", "RETRY", "UNDO", "CANCEL", "stop!", None)
SCRAWLS: tuple[Value, ...] = (
    None,
    "DONE",
    "R-0001",
    "A-0001",
    "approved",
    7,
    "R-0001 DONE",
    "AWAITING_APPROVAL",
    "Send mail to you",
)


@dataclass
class People:
    """Everybody who has the workbook, and what is known of them: whose row is whose, and what was approved."""

    office: Office
    #: Marker → every name that its row may be known by; rows that could not be told apart share one set.
    known_as: dict[str, set[str]] = field(default_factory=dict)
    #: (Approval, What will happen) as both stood in the sheet when somebody typed APPROVE beside them.
    approved: set[tuple[str, str]] = field(default_factory=set)
    older: list[dict[str, Grid]] = field(default_factory=list)
    _names: int = 0
    _before: dict[str, Grid] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, rows in deepcopy(PROMISES).items():
            self.office.workbook.tabs[name] = rows
        self.office.workbook.tabs["Leads"] = [list(LEADS)]
        self.add(0)
        self.add(1)

    def do(self, doing: str, pick: int) -> None:
        """One of `DOINGS`."""
        before = deepcopy(self.office.workbook.tabs)
        DOINGS[doing](self, pick)
        self._before = before

    # ------------------------------------------------------------------------------------------------------ the data tab

    @property
    def leads_tab(self) -> str:
        """Leads, as it is called just now."""
        return next((name for name in self.office.workbook.tabs if name.startswith("Leads")), "Leads")

    @property
    def leads(self) -> Grid:
        rows = self.office.workbook.tabs.setdefault(self.leads_tab, [])
        if not rows:
            rows.append(list(LEADS))
        return rows

    def lines(self) -> Grid:
        """The rows that hold a lead."""
        return [line for line in self.leads[1:] if line and line[0]]

    def cell(self, line: Cells, header: str) -> Value:
        at = self._column(header)
        return line[at] if at < len(line) else None

    def _column(self, header: str) -> int:
        """Where it stands, under a header that was typed over too."""
        return [str(name).removesuffix(OLD) for name in self.leads[0]].index(header)

    def _put(self, line: Cells, header: str, value: Value) -> None:
        put(self.leads[0], line, str(self.leads[0][self._column(header)]), value)

    def add(self, pick: int) -> None:
        """A new lead; every other one is worth so much that its answer needs a yes."""
        line: Cells = [None]
        self._rename(line, big=bool(pick % 2))
        self.leads.append(line)
        self._saved()

    def _rename(self, line: Cells, *, big: bool) -> None:
        """The row becomes another lead's."""
        self._names += 1
        number = self._names
        line[0] = f"m{number}"
        self.known_as[f"m{number}"] = {f"N{number}"}
        self._put(line, "Name", f"N{number}")
        self._put(line, "Email", f"n{number}@shop.example")
        for header in ("Phone", "Company", "City", "Source"):
            self._put(line, header, f"{header} {number}")
        self._put(line, "Budget", number + 2000 * big)

    def sort(self, pick: int) -> None:
        lines = self.leads[1:]
        random.Random(pick).shuffle(lines)
        self.leads[1:] = lines
        self._saved()

    def insert(self, pick: int) -> None:
        self.leads.insert(1 + pick % len(self.leads), [])
        self._saved()

    def delete(self, pick: int) -> None:
        if line := _some(self.lines(), pick):
            self._mingle(line)
            self.leads[:] = [other for other in self.leads if other is not line]
            self._saved()

    def copy(self, pick: int) -> None:
        """A whole row is copied; every other time the copy is made another lead at once."""
        line = _some(self.lines(), pick)
        if line is None:
            return
        copied = list(line)
        if pick % 2 or not self.cell(line, "Row ID"):  # rows that were alike from the start are leads of their own
            self._rename(copied, big=bool(pick % 3))
        else:
            self._names += 1
            copied[0] = f"m{self._names}"
            self.known_as[copied[0]] = self.known_as[str(line[0])]
        self.leads.insert(1 + pick % len(self.leads), copied)
        self._saved()

    def change_a_copy(self, pick: int) -> None:
        """One of several rows that were alike becomes another lead."""
        shared = [line for line in self.lines() if self._sharers(line) > 1]
        if line := _some(shared, pick):
            before = self.known_as[str(line[0])]
            self._rename(line, big=bool(pick % 2))
            name = self.known_as[str(line[0])]
            before |= name
            self.known_as[str(line[0])] = before
            self._saved()

    def _one_of_a_kind(self) -> Grid:
        """Rows that were never copied: a copy that somebody changes is a lead of its own, whatever it is called."""
        return [line for line in self.lines() if self._sharers(line) == 1]

    def _sharers(self, line: Cells) -> int:
        return sum(names is self.known_as[str(line[0])] for names in self.known_as.values())

    def _mingle(self, line: Cells) -> None:
        """A row goes while others show its Row ID: they can no longer be told from it."""
        row_id = self.cell(line, "Row ID")
        for other in self.lines():
            if other is not line and row_id and self.cell(other, "Row ID") == row_id:
                both = self.known_as[str(line[0])]
                both |= self.known_as[str(other[0])]
                old = self.known_as[str(other[0])]
                self.known_as |= {marker: both for marker, names in self.known_as.items() if names is old}

    def change_the_address(self, pick: int) -> None:
        """What an approval was bound to becomes something else."""
        if line := _some(self._one_of_a_kind(), pick):
            self._put(line, "Email", f"{str(self.cell(line, 'Name')).lower()}.{pick % 3}@shop.example")
            self._saved()

    def win(self, pick: int) -> None:
        """Somebody types a State that another contract waits for."""
        if line := _some(self._one_of_a_kind(), pick):
            self._put(line, "State", "Won")
            self._saved()

    def move_columns(self, pick: int) -> None:
        one, other = 1 + pick % (len(LEADS) - 1), 1 + pick // 7 % (len(LEADS) - 1)
        for line in self.leads:
            line.extend([None] * (len(LEADS) - len(line)))
            line[one], line[other] = line[other], line[one]
        self._saved()

    def rename_a_column(self, pick: int) -> None:
        """A header is typed over, or put right again."""
        headers = self.leads[0]
        wrong = next((at for at, header in enumerate(headers) if str(header).endswith(OLD)), None)
        if wrong is None:
            headers[1 + pick % (len(headers) - 1)] = f"{headers[1 + pick % (len(headers) - 1)]} (old)"
        else:
            headers[wrong] = str(headers[wrong]).removesuffix(OLD)
        self._saved()

    def rename_the_tab(self, pick: int) -> None:
        """Every other time Contracts is told of it."""
        book = self.office.workbook
        if not any(self.cell(line, "Row ID") for line in self.lines()):
            return  # nothing would tell that it is the same tab
        old, new = self.leads_tab, "Leads" if self.leads_tab != "Leads" else "Leads 2026"
        tabs_now = {new if name == old else name: rows for name, rows in book.tabs.items()}
        for row in tabs_now.get("Contracts", [])[1:] if pick % 2 else ():
            if len(row) > 3 and row[3]:
                row[3] = new
        book.tabs = tabs_now
        self._saved()

    def blank_row_ids(self, pick: int) -> None:
        lines = self.lines()
        for line in lines if pick % 2 and self.leads_tab == "Leads" else lines[pick % len(lines) :][:1] if len(lines) > 1 else []:
            self._put(line, "Row ID", None)
        self._saved()

    def scrawl_into_run_cells(self, pick: int) -> None:
        if line := _some(self.lines(), pick):
            self._put(line, "Run", SCRAWLS[pick % len(SCRAWLS)])
            self._saved()

    # --------------------------------------------------------------------------------------------- the runner's own tabs

    def _runners(self, pick: int) -> Grid:
        """One of the runner's tabs that hold anything."""
        names = {name_key(tab.name) for tab in tabs.RUNNERS_TABS}
        found = [rows for name, rows in self.office.workbook.tabs.items() if name_key(name) in names and len(rows) > 1]
        return found[pick % len(found)] if found else []

    def scrawl(self, pick: int) -> None:
        """Somebody types into a cell of the runner's."""
        if rows := self._runners(pick):
            row = rows[1 + pick // 3 % (len(rows) - 1)]
            at = pick // 5 % len(rows[0])
            row.extend([None] * (at + 1 - len(row)))
            row[at] = SCRAWLS[pick % len(SCRAWLS)]
            if name_key(str(rows[0][at])) not in ("decision", "done", "command"):
                self._saved()

    def forge_a_row(self, pick: int) -> None:
        """Somebody adds a row that only the runner could, or copies one of its rows."""
        if rows := self._runners(pick):
            source = rows[1 + pick // 2 % (len(rows) - 1)]
            rows.insert(1 + pick % len(rows), [*source] if pick % 2 else [SCRAWLS[pick % len(SCRAWLS)], *source[1:]])
            self._saved()

    def sort_a_runners_tab(self, pick: int) -> None:
        if rows := self._runners(pick):
            body = rows[1:]
            random.Random(pick).shuffle(body)
            rows[1:] = body
            self._saved()

    def empty_a_tab(self, pick: int) -> None:
        names = sorted(self.office.workbook.tabs)
        rows = self.office.workbook.tabs[names[pick % len(names)]]
        del rows[pick // 2 % 2 :]
        self._saved()

    def delete_a_tab(self, pick: int) -> None:
        names = sorted(name for name in self.office.workbook.tabs if name != self.leads_tab)
        self.office.workbook.tabs = {
            name: rows for name, rows in self.office.workbook.tabs.items() if name != names[pick % len(names)]
        }
        self._saved()

    # ---------------------------------------------------------------------------------------------------------- decisions

    def decide(self, pick: int) -> None:
        """Right or wrong, once or again, beside one question or, filled down, beside all."""
        word = WORDS[pick % len(WORDS)]
        rows = self.office.workbook.tabs.get("Approvals", [])
        for row in rows[1:] if pick % 3 == 0 else filter(None, [_some(rows[1:], pick // 3)]):
            if "Decision" in rows[0]:
                put(rows[0], row, "Decision", word)
                if word and word.strip().upper() == "APPROVE":
                    shown = {str(header): row[at] if at < len(row) else None for at, header in enumerate(rows[0])}
                    self.approved.add((str(shown.get("Approval")), str(shown.get("What will happen"))))
        self._saved()

    def settle(self, pick: int) -> None:
        rows = self.office.workbook.tabs.get("Dead letters", [])
        if (row := _some(rows[1:], pick)) is not None and "Decision" in rows[0]:
            put(rows[0], row, "Decision", SETTLINGS[pick % len(SETTLINGS)])
            self._saved()

    def command(self, pick: int) -> None:
        rows = self.office.workbook.tabs.get("Runs", [])
        if (row := _some(rows[1:], pick)) is not None and "Command" in rows[0]:
            put(rows[0], row, "Command", COMMANDS[pick % len(COMMANDS)])
            self._saved()

    def pause(self, pick: int) -> None:
        for row in self.office.workbook.tabs.get("Settings", [])[1:]:
            if row and row[0] == "Pause":
                row[1] = ("Yes", "No")[pick % 2]
        self._saved()

    # ------------------------------------------------------------------------------------------------------ whole workbooks

    def keep_a_copy(self, _pick: int) -> None:
        self.older.append(deepcopy(self.office.workbook.tabs))

    def restore(self, pick: int) -> None:
        """Last week's copy comes back."""
        if self.older:
            self.office.workbook.tabs = deepcopy(self.older[pick % len(self.older)])
            self._saved()

    def undo(self, _pick: int) -> None:
        """Everything is as it was before the last doing, what the runner wrote since included."""
        if self._before:
            self.office.workbook.tabs = self._before
            self._saved()

    def open_or_close(self, pick: int) -> None:
        self.office.workbook.opened_by = ("", "Ana")[pick % 2]

    def mend(self) -> None:
        """Everybody goes home and has put right what was broken; the workbook is closed."""
        book = self.office.workbook
        book.opened_by = ""
        kept = {"Leads" if name == self.leads_tab else name: rows for name, rows in book.tabs.items()}
        rows = kept.setdefault("Leads", [])
        headers = [None, *(str(header).removesuffix(OLD) for header in rows[0][1:])] if rows else list(LEADS)
        kept["Leads"] = [headers, *rows[1:]]
        for name, promised in deepcopy(PROMISES).items():
            kept[name] = [[*row[:-1], None] if name != "Settings" else row for row in promised]
        book.tabs = kept
        self._saved()

    def _saved(self) -> None:
        self.office.workbook.touched()


def _some(rows: Grid, pick: int) -> Cells | None:
    return rows[pick % len(rows)] if rows else None


#: Every doing that may strike at any moment.
DOINGS: dict[str, Callable[[People, int], None]] = {
    doing.__name__: doing
    for doing in (
        People.add,
        People.sort,
        People.insert,
        People.delete,
        People.copy,
        People.change_a_copy,
        People.change_the_address,
        People.win,
        People.move_columns,
        People.rename_a_column,
        People.rename_the_tab,
        People.blank_row_ids,
        People.scrawl_into_run_cells,
        People.scrawl,
        People.forge_a_row,
        People.sort_a_runners_tab,
        People.empty_a_tab,
        People.delete_a_tab,
        People.decide,
        People.settle,
        People.command,
        People.pause,
        People.keep_a_copy,
        People.restore,
        People.undo,
        People.open_or_close,
    )
}
