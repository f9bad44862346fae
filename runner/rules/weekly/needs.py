"""What waits for the owner, most urgent first, each with the cell to type into.

Invariant: pure; every open question is named or counted, none twice.
"""

from runner.model import Ask, AskKind
from runner.rules import answers
from runner.rules.weekly.letter import Need
from runner.rules.weekly.sources import Sources
from runner.rules.weekly.words import clipped, moment

_VERBS = {AskKind.APPROVAL: "Approve or reject", AskKind.DEAD_LETTER: "Settle", AskKind.TASK: "Do"}


def needs(sources: Sources) -> list[Need]:
    """Every open question: failures by severity, then approvals and tasks, the oldest first."""
    opened = [ask for ask in sources.asks if ask.state == "open" and not ask.archived]
    return [_need(ask, sources) for ask in sorted(opened, key=answers.urgency)]


def verb(ask: Ask) -> str:
    """What is wanted of a person."""
    return "Say whether it happened" if ask.run_state == "IN_DOUBT" else "Release or skip" if ask.hold else _VERBS[ask.kind]


def _need(ask: Ask, sources: Sources) -> Need:
    about = " · ".join(clipped(part) for part in (ask.contract, ask.step) if part)
    end = ask.expires or ask.due
    times = [f"Waiting since {moment(ask.asked, sources.zone)}"] if ask.asked else []
    if end:
        times.append(f"{'expires' if ask.expires else 'due'} {moment(end, sources.zone)}")
    if ask.owner:
        times.append(f"asked of {clipped(ask.owner)}")
    words = answers.words_for(ask)
    typed = f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]
    place = answers.place_of(ask, sources.rows.get(ask.id))
    return Need(title=f"{verb(ask)}: {about} – {clipped(ask.what)}", why=" · ".join(times), type=f"Type {typed} in {place}")
