"""What the runner's cells should say: the ledger, as the owner sees it. Only the difference to what was read is written.

Invariant: a projection. A lost write, a sort, a hand edit or a restored copy all heal, and a sheet that says it already is not
written.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

from runner import tabs
from runner.model import AlertBoard, Ask, AskKind, Book, Event, Row, RowEdit, Run, RunState, Snapshot, TabEdit
from runner.ports import Books
from runner.rules import answers
from runner.rules.alerts.cells import alert_cells, left_over
from runner.rules.archive import closed_up
from runner.rules.drill import LAST_DRILL, NEVER
from runner.rules.kpi.cells import kpi_cells, week_cells
from runner.rules.kpi.score import Kept
from runner.rules.shadow import is_shadow
from runner.tabs import ROW_ID, RUN, StandardTab
from runner.values import ErrorValue, Value, dump, is_blank, name_key, show

#: What a cell of Excel or Google Sheets can hold.
CELL_LIMIT = 32_767


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the projection is made from besides the books."""

    book: Book
    zone: tzinfo
    #: The whole audit trail, in order, as Audit should show it.
    audit: Iterable[Event] = ()
    #: (tab, row number) → the run that the row belongs to by its key, for rows without Row ID.
    row_runs: Mapping[tuple[str, int], str] = field(default_factory=dict)
    #: (tab, row number) → what the row's `Run` cell says when no run speaks for it.
    row_says: Mapping[tuple[str, int], str] = field(default_factory=dict)
    #: (tab, row number) → the Row ID that is being given in this tick; "" for a row that is yet to get its own.
    row_ids: Mapping[tuple[str, int], str] = field(default_factory=dict)
    #: Name → value, for the tab Runner.
    runner: Mapping[str, str] = field(default_factory=dict)
    #: Ask id → what `Result` says instead, for answers that could not be carried out.
    replies: Mapping[str, str] = field(default_factory=dict)
    #: The last count of the KPIs; None before the first.
    kpis: Kept | None = None
    #: None before the first look: then nothing is said of them.
    alerts: AlertBoard | None = None


def project(books: Books, snapshot: Snapshot, facts: Facts) -> list[TabEdit | RowEdit]:
    """Every edit that makes the sheet say what the ledger knows; none when it does."""
    edits: list[TabEdit | RowEdit] = []
    rows = answers.rows_of(books.asks, snapshot, facts.zone)
    edits += _keyed(tabs.RUNS, snapshot, {run.id: _run_cells(run, facts.zone) for run in books.runs.values()})
    for kind, desk in answers.DESKS.items():
        edits += _desk(desk.tab, kind, books, snapshot, facts, rows)
    edits += _keyed(tabs.AUDIT, snapshot, {event.seq: audit_cells(event, facts.zone) for event in facts.audit})
    if facts.kpis and facts.kpis.trends:
        edits += _keyed(tabs.KPIS, snapshot, kpi_cells(facts.kpis, snapshot))
        edits += _keyed(tabs.KPI_WEEKS, snapshot, week_cells(facts.kpis))
    edits += _alerts(snapshot, facts)
    edits += _checks(snapshot, facts.book)
    edits += _data_tabs(books, snapshot, facts)
    if edits or not snapshot.tab(tabs.RUNNER.name) or _drilled_since(snapshot, facts):
        edits += _keyed(tabs.RUNNER, snapshot, {name: {"Name": name, "Value": value} for name, value in facts.runner.items()})
    return edits


def _alerts(snapshot: Snapshot, facts: Facts) -> list[TabEdit | RowEdit]:
    """The tab Alerts, made with the first of them; rows leave it when nothing else is to be said there."""
    tab = snapshot.tab(tabs.ALERTS.name)
    if facts.alerts is None or (tab is None and not facts.alerts.alerts):
        return []
    edits = _keyed(tabs.ALERTS, snapshot, alert_cells(facts.alerts, snapshot, facts.zone))
    return edits or (list(closed_up(tab, left_over(facts.alerts, snapshot))) if tab else [])


def _drilled_since(snapshot: Snapshot, facts: Facts) -> bool:
    """Whether there was a drill that the tab Runner does not name yet."""
    tab, wanted = snapshot.tab(tabs.RUNNER.name), facts.runner.get(LAST_DRILL, NEVER)
    if tab is None or wanted == NEVER:
        return False
    return not any(row.text("Name") == LAST_DRILL and same(row.get("Value"), wanted) for row in tab.rows)


def needs_tab(standard: StandardTab, snapshot: Snapshot) -> Iterator[TabEdit]:
    """The edit that makes the tab, or those of its columns that are missing."""
    tab = snapshot.tab(standard.name)
    missing = tuple(header for header in standard.headers if not (tab and tab.has(header)))
    if missing:
        yield TabEdit(tab=tab.name if tab else standard.name, headers=missing)


def _keyed(standard: StandardTab, snapshot: Snapshot, wanted: Mapping[object, Mapping[str, Value]]) -> list[TabEdit | RowEdit]:
    """Edits for a tab whose first column names its rows."""
    tab = snapshot.tab(standard.name)
    key = standard.headers[0]
    standing: dict[str, Row] = {}
    for row in tab.rows if tab else ():
        standing.setdefault(row.text(key), row)
    edits: list[TabEdit | RowEdit] = [*needs_tab(standard, snapshot)]
    for name, cells in wanted.items():
        edits += _difference(standard.name, standing.get(str(name)), cells)
    return edits


def _desk(
    standard: StandardTab, kind: AskKind, books: Books, snapshot: Snapshot, facts: Facts, rows: Mapping[str, Row]
) -> list[TabEdit | RowEdit]:
    edits: list[TabEdit | RowEdit] = [*needs_tab(standard, snapshot)]
    for ask in books.asks.values():
        if ask.kind is kind:
            row = rows.get(ask.id)
            result = facts.replies.get(ask.id) or answers.reply(ask, row)
            edits += _difference(standard.name, row, {**ask_cells(ask, facts.zone), "Result": result})
    for row in answers.strangers(kind, books.asks, snapshot, facts.zone):
        edits += _difference(standard.name, row, {"Result": answers.NEVER_ASKED})
    return edits


def _difference(tab: str, row: Row | None, cells: Mapping[str, Value]) -> Iterator[RowEdit]:
    if row is None:
        yield RowEdit(tab=tab, row=None, cells={header: value for header, value in cells.items() if not is_blank(value)})
        return
    wrong = {header: value for header, value in cells.items() if row.tab.has(header) and not same(row.get(header), value)}
    if wrong:
        yield RowEdit(tab=row.tab.name, row=row.number, cells=wrong)


def same(stands: Value, wanted: Value) -> bool:
    """Whether the cell already says it. Times compare to the second, numbers by value, texts as a cell keeps them."""
    if is_blank(stands) or is_blank(wanted):
        return is_blank(stands) and is_blank(wanted)
    if isinstance(stands, ErrorValue):
        return False
    if isinstance(wanted, datetime) and type(stands) is date:
        stands = datetime.combine(stands, time())  # a cell does not keep a midnight
    if isinstance(stands, datetime) and isinstance(wanted, datetime):
        return abs(stands - wanted) < timedelta(seconds=1)
    if isinstance(wanted, str):
        return isinstance(stands, str) and _as_kept(stands) == _as_kept(wanted)
    return not isinstance(stands, str) and stands == wanted


def _as_kept(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


# ------------------------------------------------------------------------------------------------ one row of each tab


def local(moment: datetime | None, zone: tzinfo) -> datetime | None:
    """As a cell shows it: the owner's wall clock, to the second."""
    return moment.astimezone(zone).replace(tzinfo=None, microsecond=0) if moment else None


def clip(text: str) -> str:
    """At most what a cell can hold, which counts signs beyond the first 65,536 as two."""
    if len(text) * 2 <= CELL_LIMIT or len(text.encode("utf-16-le", "surrogatepass")) // 2 <= CELL_LIMIT:
        return text
    kept = text.encode("utf-16-le", "surrogatepass")[: 2 * (CELL_LIMIT - 1)].decode("utf-16-le", "ignore")
    return kept + "…"


def _run_cells(run: Run, zone: tzinfo) -> dict[str, Value]:
    return {
        "Run": run.id,
        "Contract": run.contract,
        "Key": clip(run.key),
        "State": run.state.value,
        "Step": run.step,
        "Tries": run.tries or None,
        "Next try": local(run.next_try, zone),
        "Due": local(run.due, zone),
        "Owner": run.owner,
        "Rollback owner": run.rollback_owner,
        "Risk": run.risk,
        "Input": clip(said(run.input)),
        "Output": clip(said(run.output)),
        "Error": clip(run.error),
        "Started": local(run.started, zone),
        "Updated": local(run.updated, zone),
        "Result": run.reply,
    }


def said(values: Mapping[str, object]) -> str:
    """`Name: Ana, Budget: 4200`: the values as a person reads them, blanks left out."""
    pairs = ((name, dump(value) if isinstance(value, dict | list) else show(value)) for name, value in values.items())  # type: ignore[arg-type]
    return ", ".join(f"{name}: {text}" for name, text in pairs if text)


def ask_cells(ask: Ask, zone: tzinfo) -> dict[str, Value]:
    """What the row of a question says, but for `Result`."""
    shared: dict[str, Value] = {"Run": ask.run, "Contract": ask.contract, "Step": ask.step}
    match ask.kind:
        case AskKind.APPROVAL:
            return shared | {
                "Approval": ask.id,
                "What will happen": clip(ask.what),
                "Risk": ask.risk,
                "Owner": ask.owner,
                "Asked": local(ask.asked, zone),
                "Expires": local(ask.expires, zone),
            }
        case AskKind.TASK:
            return shared | {
                "Task": ask.id,
                "What to do": clip(ask.what),
                "Owner": ask.owner,
                "Due": local(ask.due, zone),
                "Asked": local(ask.asked, zone),
            }
        case AskKind.DEAD_LETTER:
            return shared | {
                "State": ask.run_state,
                "Severity": ask.severity,
                "Error": clip(ask.what),
                "Payload": clip(ask.payload),
                "Tries": ask.tries,
                "Rollback owner": ask.rollback_owner,
                "SOP": clip(ask.sop),
                "Failed at": local(ask.asked, zone),
            }


def audit_cells(event: Event, zone: tzinfo) -> dict[str, Value]:
    """What the line of an event says in Audit."""
    return {
        "Seq": event.seq,
        "Time": local(event.time, zone),
        "Contract": event.contract,
        "Run": event.run,
        "Step": event.step,
        "Event": event.kind,
        "Result": clip(event.result),
        "Who": event.who,
        "Detail": clip(event.detail),
        "Hash": event.hash,
    }


# --------------------------------------------------------------------------------------------------- the owner's tabs


def _checks(snapshot: Snapshot, book: Book) -> Iterator[RowEdit]:
    """The `Check` cells beside the owner's rows."""
    for tab in snapshot.tabs.values():
        for row in tab.rows:
            says = book.checks.get((tab.name, row.number))
            if says is not None and not same(row.get("Check"), says):
                yield RowEdit(tab=tab.name, row=row.number, cells={"Check": clip(says)})


def _data_tabs(books: Books, snapshot: Snapshot, facts: Facts) -> Iterator[RowEdit]:
    """The `Run` cells of data tabs: the row's last run and its state, else why there is none."""
    last = _last_runs(books, snapshot)
    for key, tab in snapshot.tabs.items():
        if key in tabs.STANDARD_TABS or not tab.has(RUN):
            continue
        for row in tab.rows:
            says = _row_says(row, last, books, facts)
            if says is not None and not same(row.get(RUN), says):
                yield RowEdit(tab=tab.name, row=row.number, cells={RUN: clip(says)})


def _last_runs(books: Books, snapshot: Snapshot) -> dict[tuple[str, str], Run]:
    """(tab, Row ID) → the run that was started last."""
    last: dict[tuple[str, str], Run] = {}
    for run in books.runs.values():
        if run.row_id:
            key = (snapshot.now_called(run.tab), run.row_id)
            if key not in last or _order(run) > _order(last[key]):
                last[key] = run
    return last


def _order(run: Run) -> tuple[int, str]:
    return (len(run.id), run.id)


def _row_says(row: Row, last: Mapping[tuple[str, str], Run], books: Books, facts: Facts) -> str | None:
    place = (row.tab.name, row.number)
    row_id = facts.row_ids.get(place, row.text(ROW_ID))
    run = last.get((name_key(row.tab.name), row_id)) or books.runs.get(facts.row_runs.get(place, ""))
    if run is None and place in facts.row_runs:  # its run is in the archive: the cell tells how it ended, or where it is now
        return None if row.text(RUN) else f"{facts.row_runs[place]} has this key already (archived)"
    if run is None and facts.row_ids.get(place) == "":
        return None  # it is yet to be told from the row that it was copied from
    if run is None:
        return facts.row_says.get(place, "")
    shadow = " (shadow)" if is_shadow(run) else ""
    return f"{run.id} {run.state.value}{shadow}" + (f": {run.error}" if run.state is RunState.INVALID else "")
