"""What waits for the owner, most urgent first, each with the cell to type into.

Invariant: pure; every open question is named or counted, none twice.
"""

from runner.model import Ask, AskKind, Row, column_letter
from runner.rules import answers
from runner.rules.weekly.letter import Need
from runner.rules.weekly.sources import Sources
from runner.rules.weekly.words import clipped, moment
from runner.values import name_key

_VERBS = {AskKind.APPROVAL: "Approve or reject", AskKind.DEAD_LETTER: "Settle", AskKind.TASK: "Do"}
_RANK = {"P0": 0, "P1": 1}


def needs(sources: Sources) -> list[Need]:
    """Every open question: failures by severity, then approvals and tasks, the oldest first."""
    opened = [ask for ask in sources.asks if ask.state == "open" and not ask.archived]
    return [_need(ask, sources) for ask in sorted(opened, key=_urgency)]


def _urgency(ask: Ask) -> tuple[int, str, str]:
    rank = _RANK.get(ask.severity, 2) if ask.kind is AskKind.DEAD_LETTER else 2
    return (rank, ask.asked.isoformat() if ask.asked else "", ask.id)


def _need(ask: Ask, sources: Sources) -> Need:
    about = " · ".join(clipped(part) for part in (ask.contract, ask.step) if part)
    verb = "Say whether it happened" if ask.run_state == "IN_DOUBT" else "Release or skip" if ask.hold else _VERBS[ask.kind]
    end = ask.expires or ask.due
    times = [f"Waiting since {moment(ask.asked, sources.zone)}"] if ask.asked else []
    if end:
        times.append(f"{'expires' if ask.expires else 'due'} {moment(end, sources.zone)}")
    if ask.owner:
        times.append(f"asked of {clipped(ask.owner)}")
    words = answers.words_for(ask)
    typed = f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]
    place = cell(ask, sources.rows.get(ask.id))
    return Need(title=f"{verb}: {about} – {clipped(ask.what)}", why=" · ".join(times), type=f"Type {typed} in {place}")


def cell(ask: Ask, row: Row | None) -> str:
    """`Approvals!K7 (row A-0003, column Decision)`; without the address where the workbook does not show the row."""
    desk = answers.DESKS[ask.kind]
    name = ask.run if ask.kind is AskKind.DEAD_LETTER and ask.run else ask.id
    words = f"row {name}, column {desk.cell}"
    if row is None or not row.tab.has(desk.cell):
        return f"tab {desk.tab.name}, {words}"
    tab = f"'{row.tab.name}'" if " " in row.tab.name else row.tab.name
    return f"{tab}!{column_letter(row.tab.columns[name_key(desk.cell)])}{row.number} ({words})"
