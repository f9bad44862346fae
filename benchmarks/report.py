"""The report of a year: seconds of CPU and peak memory, the reading of the ledger included, at growing sizes side by side.

    python -m benchmarks.report [--runs 25000 50000 100000] [--dir DIR]

A run is recorded as the engine does it, in ten audit lines, over a year of the ledger's own clock; one in ten asks a person, one in
fifty fails. What ended more than ninety days ago has left memory, as in a ledger that archives. Each size is reported in a process
of its own, which starts with nothing: it opens the ledger, counts every KPI of every week, composes the letter, writes HTML and
text, and picks the audit lines of the week. `--dir` keeps the ledgers, so that they are made once.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from runner.events import EventKind
from runner.model import Ask, AskKind, Contract, Effect, EffectRecord, Event, FieldRule, Run, RunState
from runner.rules.replay import changes, whole

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
BEGIN = NOW - timedelta(days=365)
ARCHIVED = timedelta(days=90)
#: Three steps of two lines each, the first and the last line, and two more.
STEPS, LINES = ("Score", "Reply", "Book"), 10
GROUP = 100
CONTRACT = Contract(
    name="Lead response",
    enabled=True,
    trigger="New row",
    tab="Leads",
    severity="P1",
    minutes_saved=6.0,
    fields=(FieldRule(field="Email", private=True),),
)


class Clock:
    """The moment that the recorded group is of."""

    def __init__(self) -> None:
        self.moment = BEGIN

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        raise NotImplementedError


def life(number: int, started: datetime, plan: str) -> Iterator[Event]:
    """Ten lines: started, three steps begun and done, a question or a note, its answer, ended."""
    row = {"Name": f"Lead {number}", "Email": f"lead{number}@example.com", "Fit score": 40 + number % 60, "Message": "Hello! " * 20}
    run = Run(id=f"R-{number:06d}", contract=CONTRACT.name, key=f"L-{number:06d}", plan=plan, owner="Ana", rollback_owner="Ana")
    run = replace(run, tab="Leads", row_id=run.key, input=row, started=started, updated=started, due=started + timedelta(hours=4))
    told = {"run": run.id, "contract": run.contract}
    yield Event(kind=EventKind.STARTED, detail="a new row in Leads", data={"run": whole(run)}, **told)
    for at, step in enumerate(STEPS, 1):
        now = started + timedelta(minutes=at * (1 + number % 40))
        effect = EffectRecord(
            run=run.id,
            step=step,
            attempt=at,
            effect=Effect.KEYED,
            state="begun",
            key=f"{run.id}/{step}",
            digest="d" * 64,
            begun=now,
        )
        old, run = run, replace(run, step=step, tries=1, attempts=at, acted=run.acted or now, updated=now)
        yield Event(
            kind=EventKind.INTENT,
            step=step,
            detail="about to act",
            data={"run": changes(old, run), "effect": whole(effect)},
            **told,
        )
        old, run = run, replace(run, results={**run.results, step: {"status": 200, "text": "It was done. " * 5}}, updated=now)
        done = changes(effect, replace(effect, state="done", ended=now))
        yield Event(kind=EventKind.RECEIPT, step=step, result="200", data={"run": changes(old, run), "effect": done}, **told)
    yield from _asked(number, run, told)
    ended = replace(run, state=RunState.DONE, ended=run.updated, archived=NOW - started > ARCHIVED)
    yield Event(kind=EventKind.ENDED, result="DONE", detail="all steps are done", data={"run": changes(run, ended)}, **told)


def _asked(number: int, run: Run, told: dict[str, str]) -> Iterator[Event]:
    """Two lines: one run in ten was asked about, one in fifty had failed; of the others two notes."""
    kind = AskKind.DEAD_LETTER if number % 50 == 0 else AskKind.APPROVAL if number % 10 == 0 else None
    if kind is None or run.updated is None:
        for detail in ("left out: the condition is false", "next"):
            yield Event(kind=EventKind.ROUTED, detail=detail, data={"run": {"id": run.id}}, **told)
        return
    ask = Ask(
        id=f"{'D' if kind is AskKind.DEAD_LETTER else 'A'}-{number:06d}", kind=kind, run=run.id, contract=run.contract, step="Reply"
    )
    ask = replace(ask, what="POST https://crm.example/leads was answered with 500", asked=run.updated, owner="Ana")
    answer = "retried" if kind is AskKind.DEAD_LETTER else "approved"
    given = replace(ask, state=answer, answered=run.updated + timedelta(minutes=30), archived=NOW - run.updated > ARCHIVED)
    yield Event(kind=EventKind.ASKED, result=ask.id, detail=ask.what, data={"ask": whole(ask)}, **told)
    yield Event(kind=EventKind.ANSWERED, result=ask.id, data={"ask": changes(ask, given)}, **told)


def make(path: Path, runs: int) -> None:
    """A ledger of that many runs, evenly over the year."""
    from adapters.ledgers.sql import SqlLedger
    from runner.engine.seen import store
    from runner.rules.plan import freeze

    clock = Clock()
    ledger = SqlLedger(path, "business.xlsx", clock)
    ledger.acquire("host:1:a", clock.moment)
    plan, every = store(freeze(CONTRACT, {}), ledger), timedelta(days=365) / runs
    for first in range(0, runs, GROUP):
        starts = [BEGIN + every * number for number in range(first, min(first + GROUP, runs))]
        clock.moment = starts[-1]
        ledger.acquire("host:1:a", clock.moment)
        ledger.record([event for number, started in enumerate(starts, first) for event in life(number, started, plan)])
    ledger.release()
    ledger.close()


def report_of(path: Path) -> dict[str, float]:
    """What the report costs, in this process."""
    from adapters.ledgers.sql import SqlLedger
    from adapters.workbooks.memory import MemoryWorkbook
    from runner.engine.excerpt import excerpt
    from runner.engine.report import Desk, as_html, as_text, report
    from runner.rules.kpi.calculate import Facts, calculate
    from runner.rules.kpi.weeks import Week

    calculate(Facts(zone=UTC, now=NOW))  # pandas is imported
    before, begun, clock = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter(), Clock()
    clock.moment = NOW
    ledger = SqlLedger(path, "business.xlsx", clock)
    opened = resource.getrusage(resource.RUSAGE_SELF)
    letter = report(Desk(ledger=ledger, workbook=MemoryWorkbook(), zone=UTC, now=NOW, redact=str))
    written = len(as_html(letter)) + len(as_text(letter))
    lines, left_out = excerpt(ledger, Week.read(letter.week), UTC)
    took, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    assert written > 10_000
    assert lines
    return {
        "wall": took,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "opening": opened.ru_utime + opened.ru_stime - before.ru_utime - before.ru_stime,
        "megabytes": after.ru_maxrss / 1024,
        "before": before.ru_maxrss / 1024,
        "runs": sum(line.runs for line in letter.lines),
        "lines": len(lines) + left_out,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, nargs="+", default=[25_000, 50_000, 100_000])
    parser.add_argument("--dir", type=Path, help="keeps the ledgers here")
    parser.add_argument("--of", type=Path, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.of:
        print(json.dumps(report_of(told.of)))
        return
    with tempfile.TemporaryDirectory() as folder:
        measured = [(runs, _measured(told.dir or Path(folder), runs)) for runs in told.runs]
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print("| runs | audit lines | CPU s | of it opening | wall s | peak MB (before) | times: runs | CPU | memory |")
    print("|---|---|---|---|---|---|---|---|---|")
    least, base = measured[0]
    for runs, cost in measured:
        memory = f"{cost['megabytes']:.0f} ({cost['before']:.0f})"
        grown = (cost["megabytes"] - cost["before"]) / (base["megabytes"] - base["before"])
        times = f"{runs / least:.1f} | {cost['cpu'] / base['cpu']:.1f} | {grown:.1f}"
        print(
            f"| {runs:,} | {runs * LINES:,} | {cost['cpu']:.1f} | {cost['opening']:.1f} | {cost['wall']:.1f} | {memory} | {times} |"
        )


def _measured(folder: Path, runs: int) -> dict[str, float]:
    path = folder / f"{runs}.ledger"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unready = path.with_suffix(".part")
        for left in folder.glob(f"{unready.name}*"):
            left.unlink()
        make(unready, runs)
        unready.replace(path)
    command = [sys.executable, "-m", "benchmarks.report", "--of", str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()
