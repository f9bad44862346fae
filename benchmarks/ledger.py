"""The ledger beside bare sqlite3 and DBOS on one disk: runs of five steps, an intent and a receipt for each.

    python benchmarks/ledger.py [--runs 2000] [--group 64] [--rounds 3] [--dir DIR] [--dbos-python PATH] [--dbos-runs 300]

Bare sqlite3 executes the very statements that the ledger executed, with the same rows in the same transactions (WAL,
synchronous=FULL): what the ratio shows is the price of the chain, the books and SQLAlchemy. The rounds are interleaved, so
that all meet the same disk. DBOS on SQLite takes part when its Python is named or it can be imported; it keeps no intents.
"""

import argparse
import gc
import importlib.util
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

STEPS = 5
START = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


class Clock:
    """A clock that costs nothing: the benchmark measures the ledger."""

    def now(self):
        return START

    def sleep(self, seconds):
        raise NotImplementedError


def run_events(number):
    """The life of one run, as the engine records it: started, five times about to act and acted, ended."""
    from runner.events import EventKind
    from runner.model import Effect, EffectRecord, Event, Run, RunState
    from runner.rules.replay import changes, whole

    contract = "Follow up new leads"
    row = {"Name": f"Lead {number}", "Email": f"lead{number}@example.com", "Fit score": 70 + number % 30, "Country": "US"}
    run = Run(id=f"R-{number:05d}", contract=contract, key=f"L-{number:05d}", plan="f" * 64, owner="Ana", rollback_owner="Ana")
    run = replace(run, tab="Leads", row_id=run.key, input=row, started=START, updated=START, due=START + timedelta(hours=4))
    yield Event(kind=EventKind.STARTED, run=run.id, contract=contract, detail="A new row in Leads.", data={"run": whole(run)})
    for at in range(1, STEPS + 1):
        now, step = START + timedelta(seconds=at), f"step {at}"
        request = {"url": "http://127.0.0.1:8080/leads", "json": row}
        key = {"key": f"{run.id}/{step}", "digest": "d" * 64}
        effect = EffectRecord(
            run=run.id, step=step, attempt=1, effect=Effect.KEYED, state="begun", request=request, begun=now, **key
        )
        told = {"run": run.id, "contract": contract, "step": step, "attempt": 1}
        old, run = run, replace(run, step=step, tries=1, updated=now)
        data = {"run": changes(old, run), "effect": whole(effect)}
        yield Event(kind=EventKind.INTENT, detail="http.post to 127.0.0.1", data=data, **told)
        old, run = run, replace(run, results={**run.results, step: {"status": 200, "json": {"id": number}}}, updated=now)
        data = {"run": changes(old, run), "effect": changes(effect, replace(effect, state="done", ended=now))}
        yield Event(kind=EventKind.RECEIPT, result="200", data=data, **told)
    data = {"run": changes(run, replace(run, state=RunState.DONE, ended=run.updated))}
    yield Event(kind=EventKind.ENDED, run=run.id, contract=contract, result="DONE", data=data)


def groups(runs, size) -> Iterator[list]:
    """Half as many runs in flight: each gives two events to a group, how its last step ended and what it does next."""
    for first in range(0, runs, size // 2):
        lives = [list(run_events(number)) for number in range(first, min(first + size // 2, runs))]
        for at in range(0, 2 * STEPS + 2, 2):
            yield [event for life in lives for event in life[at : at + 2]]


def ours(path, work):
    """Seconds to record the groups."""
    from adapters.ledgers.sql import SqlLedger

    ledger = SqlLedger(path, "business.xlsx", Clock())
    ledger.acquire("host:1:a", START)
    begun = time.perf_counter()
    for group in work:
        ledger.record(group)
    took = time.perf_counter() - begun
    ledger.release()
    ledger.close()
    return took


def statements_of(path, work):
    """What the ledger executes for the groups: one list of (statement, rows) a transaction."""
    import sqlalchemy as sa

    transactions = []

    def see(_connection, _cursor, statement, parameters, _context, executemany):
        if statement.startswith("BEGIN"):
            transactions.append([])
        elif statement.startswith(("INSERT", "UPDATE")):
            transactions[-1].append((statement, list(parameters) if executemany else [parameters]))

    sa.event.listen(sa.Engine, "before_cursor_execute", see)
    try:
        ours(path, work)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", see)
    return [rows for rows in transactions if any("INTO events" in statement for statement, _ in rows)]


def bare(path, transactions):
    """Seconds for sqlite3 alone to do the same."""
    from adapters.ledgers.database import connect

    connect(path).dispose()
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    begun = time.perf_counter()
    for rows in transactions:
        connection.execute("BEGIN IMMEDIATE")
        for statement, values in rows:
            connection.executemany(statement, values)
        connection.execute("COMMIT")
    took = time.perf_counter() - begun
    connection.close()
    return took


def dbos(python, folder, runs):
    """Seconds for DBOS to carry as many runs of five no-op steps, one after the other."""
    command = [python, str(Path(__file__).resolve()), "--as-dbos", str(runs)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=True)
    return json.loads(done.stdout.splitlines()[-1])["seconds"]


def as_dbos(runs):
    """The child process: prints its seconds and leaves."""
    from dbos import DBOS

    Path("dbos.sqlite").unlink(missing_ok=True)
    DBOS(config={"name": "bench", "system_database_url": "sqlite:///dbos.sqlite", "log_level": "ERROR"})

    @DBOS.step()
    def step(number: int) -> dict:
        return {"id": number}

    @DBOS.workflow()
    def workflow(number: int) -> int:
        for at in range(STEPS):
            step(at)
        return number

    DBOS.launch()
    workflow(-1)
    begun = time.perf_counter()
    for number in range(runs):
        workflow(number)
    print(json.dumps({"seconds": time.perf_counter() - begun}), flush=True)
    os._exit(0)  # its threads would keep the process


def row_of(name, runs, seconds, floor):
    rate = statistics.median(runs / took for took in seconds)
    print(f"{name:<44}{rate:>10,.0f} runs/s{rate / floor:>10.3f} of bare", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--group", type=int, default=64, help="events in one transaction")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dir", help="where the files go: the disk that is measured")
    parser.add_argument("--dbos-python", default=sys.executable if importlib.util.find_spec("dbos") else None)
    parser.add_argument("--dbos-runs", type=int, default=300)
    parser.add_argument("--as-dbos", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.as_dbos:
        return as_dbos(given.as_dbos)
    folder = Path(tempfile.mkdtemp(prefix="ledger-bench-", dir=given.dir))
    try:
        return compare(given, folder)
    finally:
        shutil.rmtree(folder)


def compare(given, folder):
    work = list(groups(given.runs, given.group))
    transactions = statements_of(folder / "seen.ledger", work)
    single = [[event] for number in range(min(given.runs, 300)) for event in run_events(number)]
    took = {"ours": [], "bare": [], "single": [], "dbos": []}
    gc.collect()
    gc.freeze()  # what is prepared here is not the ledger's to look through
    for turn in range(given.rounds):
        took["bare"].append(bare(folder / f"bare{turn}.db", transactions))
        took["ours"].append(ours(folder / f"ours{turn}.ledger", work))
        took["single"].append(ours(folder / f"single{turn}.ledger", single))
        if given.dbos_python:
            took["dbos"].append(dbos(given.dbos_python, folder, given.dbos_runs))
    floor = statistics.median(given.runs / seconds for seconds in took["bare"])
    events = sum(map(len, work))
    print(f"{given.runs} runs of {STEPS} steps, {events} events, median of {given.rounds} rounds, SQLite in {folder.parent}")
    row_of(f"bare sqlite3, {given.group} events a commit", given.runs, took["bare"], floor)
    row_of(f"ledger, {given.group} events a commit", given.runs, took["ours"], floor)
    row_of("ledger, one event a commit", len(single) // (2 * STEPS + 2), took["single"], floor)
    if took["dbos"]:
        row_of(f"DBOS, no intents ({given.dbos_runs} runs)", given.dbos_runs, took["dbos"], floor)
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    sys.exit(main())
