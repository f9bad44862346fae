"""What people typed beside the questions: strict words, taken once, and a sentence back for everything else.

Invariant: anything that is not exactly an answer changes nothing; an answered question stays answered.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, tzinfo

from runner import tabs
from runner.model import Ask, AskKind, Row, Snapshot, column_letter
from runner.values import name_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One decision that stands beside an open question."""

    ask: Ask
    #: `APPROVE REJECT RELEASE SKIP RETRY DONE UNDO CLOSE FAILED`
    word: str
    #: What followed the word.
    reason: str
    by: str
    note: str
    #: What stands under `Edited text`, as typed.
    edited: str = ""
    #: The cell that it was typed into.
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """Where questions of one kind stand."""

    tab: tabs.StandardTab
    cell: str
    by: str
    words: tuple[str, ...]


DESKS = {
    AskKind.APPROVAL: _Desk(tab=tabs.APPROVALS, cell="Decision", by="Decided by", words=("APPROVE", "REJECT")),
    AskKind.DEAD_LETTER: _Desk(tab=tabs.DEAD_LETTERS, cell="Decision", by="Decided by", words=("RETRY", "DONE", "UNDO", "CLOSE")),
    AskKind.TASK: _Desk(tab=tabs.TASKS, cell="Done", by="Done by", words=("DONE", "FAILED")),
}
#: Who typed it, when no name stands beside it.
SOMEONE = "someone with the workbook"
#: What `Result` says in a row that the runner did not write.
NEVER_ASKED = "Rowpact does not ask this, so what is typed here changes nothing. Delete the row."
_DOUBT_WORDS = ("DONE", "RETRY")
_HOLD_WORDS = ("RELEASE", "SKIP")
#: What is asked about first.
_RANK = {"P0": 0, "P1": 1}
#: How a question was closed → the word that closed it.
_TAKEN = {
    "approved": "APPROVE",
    "rejected": "REJECT",
    "retried": "RETRY",
    "undone": "UNDO",
    "closed": "CLOSE",
    "done": "DONE",
    "failed": "FAILED",
    "released": "RELEASE",
    "skipped": "SKIP",
}


def words_for(ask: Ask) -> tuple[str, ...]:
    """The words that this question takes."""
    if ask.hold:
        return _HOLD_WORDS
    return _DOUBT_WORDS if ask.run_state == "IN_DOUBT" else DESKS[ask.kind].words


def place_of(ask: Ask, row: Row | None) -> str:
    """`Approvals!K7 (row A-0003, column Decision)`; without the address where the sheet does not show the row."""
    desk = DESKS[ask.kind]
    name = ask.run if ask.kind is AskKind.DEAD_LETTER and ask.run else ask.id
    words = f"row {name}, column {desk.cell}"
    if row is None or not row.tab.has(desk.cell):
        return f"tab {desk.tab.name}, {words}"
    tab = f"'{row.tab.name}'" if " " in row.tab.name else row.tab.name
    return f"{tab}!{column_letter(row.tab.columns[name_key(desk.cell)])}{row.number} ({words})"


def urgency(ask: Ask) -> tuple[int, bool, str, str]:
    """What questions are sorted by: failures by severity, then approvals of High risk, other ones and tasks; the oldest first."""
    rank = _RANK.get(ask.severity, 2) if ask.kind is AskKind.DEAD_LETTER else 2
    return (rank, ask.risk != "High", ask.asked.isoformat() if ask.asked else "", ask.id)


def too_open(open_to: str) -> tuple[str, str]:
    """What is wrong with a workbook that is not only shared by name, where the risk is High, and how to mend it."""
    message = f"The risk is High, and {open_to} can edit this workbook: whoever it is could type APPROVE."
    return message[:1].upper() + message[1:], "Choose Share and set General access to Restricted."


def untrusted(asks: Mapping[str, Ask], snapshot: Snapshot) -> dict[str, str]:
    """Ask id → why no answer to it is taken, of questions of High risk in a workbook that is too open."""
    if not snapshot.open_to:
        return {}
    said = " ".join(too_open(snapshot.open_to))
    return {ask.id: said for ask in asks.values() if ask.risk == "High"}


def rows_of(asks: Mapping[str, Ask], snapshot: Snapshot, zone: tzinfo) -> dict[str, Row]:
    """Ask id → its row in the sheet, found by what names it, never by place."""
    return {ask_id: rows[0] for ask_id, rows in _all_rows_of(asks, snapshot, zone).items()}


def _all_rows_of(asks: Mapping[str, Ask], snapshot: Snapshot, zone: tzinfo) -> dict[str, list[Row]]:
    by_name = {name_of(ask, zone): ask.id for ask in asks.values()}
    rows: dict[str, list[Row]] = {}
    for kind, desk in DESKS.items():
        tab = snapshot.tab(desk.tab.name)
        for row in tab.rows if tab else ():
            ask_id = by_name.get((kind, *_row_name(kind, row)))
            if ask_id is not None:
                rows.setdefault(ask_id, []).append(row)
    return rows


def strangers(kind: AskKind, asks: Mapping[str, Ask], snapshot: Snapshot, zone: tzinfo) -> Iterator[Row]:
    """Rows beside which somebody typed an answer, and that no question of this kind is asked in."""
    desk, known = DESKS[kind], {name_of(ask, zone) for ask in asks.values() if ask.kind is kind}
    tab = snapshot.tab(desk.tab.name)
    for row in tab.rows if tab else ():
        if row.text(desk.cell) and (kind, *_row_name(kind, row)) not in known:
            yield row


def contradictions(asks: Mapping[str, Ask], snapshot: Snapshot, zone: tzinfo) -> dict[str, str]:
    """Ask id → what `Result` says, for open questions that several rows answer differently: none of them counts."""
    found: dict[str, str] = {}
    for ask_id, rows in _all_rows_of(asks, snapshot, zone).items():
        ask = asks[ask_id]
        given = {word: row for row in reversed(rows) if (word := typed(ask, row)[0]) in words_for(ask)}
        if ask.state == "open" and len(given) > 1:
            words = " and ".join(f"{word} in row {row.number}" for word, row in sorted(given.items()))
            found[ask_id] = f"This question stands here more than once, with {words}, so nothing counts. Delete the wrong row."
    return found


def name_of(ask: Ask, zone: tzinfo) -> tuple[str, ...]:
    """What names the question's row: its number, or for Dead letters the run and the second in which it failed."""
    if ask.kind is AskKind.DEAD_LETTER:
        shown = ask.asked.astimezone(zone).replace(tzinfo=None, microsecond=0) if ask.asked else None
        return (ask.kind, ask.run, _second(shown) if shown else "")
    return (ask.kind, ask.id)


def _row_name(kind: AskKind, row: Row) -> tuple[str, ...]:
    if kind is AskKind.DEAD_LETTER:
        failed = row.get("Failed at")
        if type(failed) is date:
            failed = datetime.combine(failed, time())  # a cell does not keep a midnight
        return (row.text("Run"), _second(failed) if isinstance(failed, datetime) else "")
    return (row.text("Approval" if kind is AskKind.APPROVAL else "Task"),)


def _second(moment: datetime) -> str:
    """To the second: a spreadsheet keeps times as fractions of a day and gives them back a little off."""
    return datetime.fromtimestamp(round(moment.replace(tzinfo=UTC).timestamp()), UTC).strftime("%Y-%m-%d %H:%M:%S")


def answers(asks: Mapping[str, Ask], rows: Mapping[str, Row]) -> Iterator[Answer]:
    """Every open question beside which one of its words stands."""
    for ask_id, row in rows.items():
        ask = asks[ask_id]
        if ask.state != "open":
            continue
        word, reason = typed(ask, row)
        if word in words_for(ask):
            desk = DESKS[ask.kind]
            edited = str(row.get("Edited text") or "").strip() if ask.kind is AskKind.APPROVAL else ""
            by, note = row.text(desk.by), row.text("Note")
            yield Answer(ask=ask, word=word, reason=reason, by=by, note=note, edited=edited, where=row.address(desk.cell))


def typed(ask: Ask, row: Row) -> tuple[str, str]:
    """(the word in capitals, what follows it). Only REJECT, FAILED and CLOSE may be followed by a reason."""
    text = row.text(DESKS[ask.kind].cell)
    word, _, reason = text.replace("\n", " ").partition(" ")
    word = word.rstrip(":,.;-–—").upper() if reason else word.upper()
    if reason and word not in ("REJECT", "FAILED", "CLOSE"):
        return text.upper(), ""
    return word, reason.strip(" :,-–—")


def closed(given: Answer, state: str, said: str, moment: datetime | None) -> Ask:
    """The question as it stands once the answer has been taken: by whom, and what became of it."""
    by = given.by or SOMEONE
    return replace(given.ask, state=state, by=by, note=given.note, result=f"{said} by {by}, {moment:%Y-%m-%d %H:%M}.")


def reply(ask: Ask, row: Row | None) -> str:
    """What the `Result` cell says: the fate of the answer, or what to type."""
    if row is None:
        return ask.result
    word, _ = typed(ask, row)
    if ask.state == "open":
        if not word or word in words_for(ask):
            return ask.result
        return f"“{row.text(DESKS[ask.kind].cell)[:40]}” is not an answer. Type {_or(words_for(ask))}."
    if word and word in words_for(ask) and word != _TAKEN.get(ask.state):
        return f"{ask.result} {'Decided already: what' if ask.by else 'What'} was typed later changes nothing."
    return ask.result


def _or(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
