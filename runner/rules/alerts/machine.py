"""Conditions of the runner itself: it is stopped, it cannot write, a disk is full, a credential fails, nobody can be told.

Invariant: pure; a hiccup shorter than its grace is no condition; a clock that was set back prolongs no grace.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from runner.model import AlertBoard, Condition
from runner.ports import Disk
from runner.ports.checkup import Finding, Verdict
from runner.rules.alerts.view import key, said
from runner.rules.weekly.words import moment

#: What keeps a tick from ending may pass by itself: a file that is being copied, a service that is restarted.
STOPPED_GRACE = timedelta(minutes=5)
#: A workbook may be open in Excel for this long before somebody is told that nothing can be shown.
WAITING_GRACE = timedelta(hours=1)
#: A channel that failed so often in a row is itself worth telling, by the others.
TRIES = 2
#: A disk is nearly full with less than this, or with less than this share of it and less than `PLENTY`; bytes.
LITTLE, SHARE, PLENTY = 500_000_000, 0.05, 5_000_000_000
#: Below this the ledger may not be able to record what it does next.
NOTHING = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """What keeps ticks from ending."""

    since: datetime
    why: str
    #: The workbook cannot be read; else it is something else.
    unreadable: bool = False


def stopped(halt: Halt | None, workbook: str, now: datetime, zone: tzinfo, *, again_soon: bool) -> Iterator[Condition]:
    """Nothing goes on. `again_soon`: the runner looks again by itself, so that a hiccup can be waited out."""
    if halt is None or (again_soon and timedelta() <= now - halt.since < STOPPED_GRACE):
        return
    kind = "workbook unreadable" if halt.unreadable else "runner stopped"
    yield Condition(
        key=key(kind),
        severity="P0",
        kind=kind,
        what=f"Nothing runs since {moment(halt.since, zone)}. {said(halt.why)}",
        brief=said(halt.why),
        where=f"Mend what the sentence says; Rowpact tries again by itself. `rowpact doctor` looks at {workbook} more closely",
    )


def waiting(why: str, since: datetime | None, now: datetime, zone: tzinfo) -> Iterator[Condition]:
    """What happened cannot be shown in the workbook."""
    if why and since and not timedelta() <= now - since < WAITING_GRACE:
        yield Condition(
            key="write-back waits",
            severity="P1",
            kind="workbook locked",
            what=f"Since {moment(since, zone)} nothing can be written into the workbook. {said(why)} Runs go on meanwhile.",
            brief=f"no writing since {moment(since, zone)}",
            where="Close it where it is open; what waits is then written by itself",
        )


def disks(measured: Iterable[Disk]) -> Iterator[Condition]:
    """Disks that are nearly full, each once."""
    for disk in {each.folder: each for each in measured}.values():
        short = disk.free < LITTLE or (disk.free < PLENTY and disk.free < disk.total * SHARE)
        if short:
            yield Condition(
                key=key("disk", disk.holds),
                severity="P0" if disk.free < NOTHING else "P1",
                kind="disk nearly full",
                what=f"The disk with {disk.holds} has {_size(disk.free)} left of {_size(disk.total)}. "
                "When it is full, nothing can be recorded, so nothing will be done.",
                brief=f"{_size(disk.free)} left for {disk.holds}",
                where=f"Make room on the disk of {disk.folder}",
            )


def _size(number: int) -> str:
    return f"{number / 1e9:,.1f} GB" if number >= 1e9 else f"{number / 1e6:,.0f} MB"


def credentials(findings: Iterable[Finding]) -> Iterator[Condition]:
    """What the daily probes found: it fails, or is about to expire."""
    for found in findings:
        fails = found.verdict is Verdict.PROBLEM
        name = f"{found.area} {found.what}".strip()
        yield Condition(
            key=key("credential", name),
            severity="P1",
            kind="connection fails" if fails else "about to expire",
            what=f"{name}: {said(found.says)}",
            brief=name,
            where=found.mend or "`rowpact doctor` tries it again",
        )


def ledger(wrong: Iterable[str]) -> Iterator[Condition]:
    """What the daily proof of the ledger found."""
    sentences = list(wrong)
    if sentences:
        yield Condition(
            key="ledger",
            severity="P0",
            kind="ledger not sound",
            what=said(" ".join(sentences)),
            brief="run `rowpact audit verify`",
            where="Run `rowpact audit verify`; put a backup of the ledger back if it says so",
            count=len(sentences),
        )


def channels(board: AlertBoard) -> Iterator[Condition]:
    """Ways of telling that do not work; they are told by the other ways."""
    for name, trouble in board.troubles.items():
        if trouble.tries >= TRIES:
            yield Condition(
                key=f"channel {name}",
                severity="P1",
                kind="alerts do not arrive",
                what=f"Alerts cannot be told by {name}. {said(trouble.why)}",
                brief=name,
                where="Look at [alerts] in config.toml; it is tried again by itself",
                channel=name,
            )
