"""2,000 five-step runs of actions that do nothing, every intent and every receipt on disk before what follows it.

Side by side in one run on one disk: Rowpact's engine and ledger; bare sqlite3 with group commit of the same rows (the limit for
a program whose runs wait for the disk); bare sqlite3 with ready-made batches (the limit of the file itself); DBOS on SQLite, if an
interpreter that has it is named. Prints runs a second, CPU, and ratios.

    python benchmarks/engine.py [--runs 2000] [--dbos-python PATH]
"""

import argparse
import contextlib
import itertools
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC
from pathlib import Path
from queue import Empty, SimpleQueue

STEPS = 5


def rowpact(runs: int, folder: Path) -> dict[str, float]:
    """Rows become runs and are carried to their end, as a tick does it; the workbook itself is not part of it."""
    from adapters.clock import SystemClock
    from adapters.ledgers.holder import Holder
    from adapters.ledgers.sql import SqlLedger
    from runner.engine.admit import admit
    from runner.engine.execute import Execution
    from runner.engine.journal import Journal
    from runner.engine.seen import Seen
    from runner.model import Book, Contract, Effect, Snapshot, Step, Tab
    from runner.ports import Action, Done, Secrets, World
    from runner.rules.advance import Desk
    from runner.rules.overlay import SheetView
    from runner.wiring import spare_the_collector

    nothing = Action(
        name="nothing",
        effect=lambda _settings: Effect.ONCE,
        prepare=lambda settings, _about: dict(settings),
        describe=lambda request: f"do {request['what']}",
        perform=lambda _request, _call: Done(result={"ok": True}),
        inline=True,
    )
    steps = tuple(Step(name=f"Step {n}", action="nothing", settings={"what": "{{ name }}"}) for n in range(1, STEPS + 1))
    contract = Contract(name="Bench", enabled=True, tab="Rows", dedupe_key="{{ name }}", owner="Ana", steps=steps)
    tab = Tab.build("Rows", [(1, ("Name", "Amount")), *((n + 2, (f"row {n}", n)) for n in range(runs))])
    spare_the_collector()
    clock = SystemClock()
    ledger = SqlLedger(folder / "bench.ledger", "bench", clock)
    world = World(
        workbook=None, ledger=ledger, actions={"nothing": nothing}, clock=clock, zone=UTC, workers=8,
        holder=str(Holder.here()), say=lambda _line: None, new_id=lambda: "",
        secrets=Secrets(names=frozenset(), reveal=lambda text, _host: text, redact=lambda text: text),
    )  # fmt: skip
    ledger.acquire(world.holder, clock.now())
    seen = Seen(
        snapshot=Snapshot(tabs={"rows": tab}, version=1), book=Book(contracts={"Bench": contract}, settings={"bulk_limit": runs})
    )
    journal = Journal(ledger, world.secrets.redact, world.say)
    view = SheetView(seen.snapshot, ledger.books)
    desk = Desk(book=seen.book, actions=world.actions, now=clock.now(), zone=UTC, workbook="bench")
    started, cpu = time.perf_counter(), time.process_time()
    admit(world, seen, journal, clock.now())
    Execution(world, seen, view, desk, journal).carry(list(ledger.books.runs.values()))
    seconds, used = time.perf_counter() - started, time.process_time() - cpu
    done = sum(run.state == "DONE" for run in ledger.books.runs.values())
    events = sum(1 for _ in ledger.events())
    assert done == runs, f"{done} of {runs} are done"
    return {"runs_s": runs / seconds, "cpu_ms": 1000 * used / runs, "events": events}


EVENT = ("2026-11-22T17:12:54+00:00", "about to act", "Bench", 1, "", "Rowpact", "do row 1", "x" * 330, "0" * 64, "0" * 64)
DOC = "x" * 600
STATEMENTS = {
    "event": "INSERT INTO events VALUES ('bench',?,?,?,?,?,?,?,?,?,?,?,?,?)",
    "effect": "INSERT OR REPLACE INTO effects VALUES ('bench',?,?,?)",
    "run": "INSERT OR REPLACE INTO runs VALUES ('bench',?,?,?)",
}


def bare_tables(folder: Path) -> sqlite3.Connection:
    """The same columns as the ledger's, without its code."""
    db = sqlite3.connect(folder / "bare.db", isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute(
        "CREATE TABLE events (workbook, seq, time, kind, contract, attempt, result, who, detail, data, previous, hash, run, step,"
        " PRIMARY KEY (workbook, seq))"
    )
    for name in ("runs", "effects"):
        db.execute(f"CREATE TABLE {name} (workbook, id, state, doc, PRIMARY KEY (workbook, id))")
    return db


def waves(name: str) -> Iterator[list[tuple[str, tuple[object, ...]]]]:
    """What one run has to have on disk before it may go on: its start with its first intent, then each receipt with the next."""
    for wave in range(STEPS + 1):
        rows: list[tuple[str, tuple[object, ...]]] = [("event", (*EVENT, name, f"Step {wave}")), ("run", (name, "RUNNING", DOC))]
        if wave < STEPS:
            rows += [("event", (*EVENT, name, f"Step {wave}")), ("effect", (f"{name}/{wave}", "begun", DOC))]
        if wave:
            rows.append(("effect", (f"{name}/{wave - 1}", "done", DOC)))
        if wave == STEPS:
            rows.append(("event", (*EVENT, name, "end")))
        yield rows


def bare(runs: int, folder: Path, in_flight: int = 32) -> dict[str, float]:
    """Natural group commit: runs in flight as threads, one writer that commits whatever is waiting in one transaction."""
    db, queue = bare_tables(folder), SimpleQueue()
    left, guard, seq = iter(range(runs)), threading.Lock(), itertools.count(1)

    def write() -> None:
        while (first := queue.get()) is not None:
            group = [first]
            with contextlib.suppress(Empty):
                while True:
                    group.append(queue.get_nowait())
            cursor = db.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            for rows, _ in group:
                for kind, values in rows:
                    cursor.execute(STATEMENTS[kind], (next(seq), *values) if kind == "event" else values)
            cursor.execute("COMMIT")
            for _, done in group:
                done.set_result(True)

    def carry() -> None:
        while True:
            with guard:
                number = next(left, None)
            if number is None:
                return
            for rows in waves(f"R-{number:04d}"):
                done: Future[bool] = Future()
                queue.put((rows, done))
                done.result()

    started, cpu = time.perf_counter(), time.process_time()
    writer = threading.Thread(target=write)
    writer.start()
    carriers = [threading.Thread(target=carry) for _ in range(in_flight)]
    for thread in carriers:
        thread.start()
    for thread in carriers:
        thread.join()
    queue.put(None)
    writer.join()
    return _rate(db, runs, started, cpu)


def batches(runs: int, folder: Path, group: int = 256) -> dict[str, float]:
    """No engine at all: ready-made rows of 256 runs a transaction by executemany. Nothing that has to decide can reach this."""
    db, seq = bare_tables(folder), itertools.count(1)
    started, cpu = time.perf_counter(), time.process_time()
    for first in range(0, runs, group):
        for rows in zip(*(waves(f"R-{number:04d}") for number in range(first, min(first + group, runs))), strict=True):
            db.execute("BEGIN IMMEDIATE")
            for kind, statement in STATEMENTS.items():
                values = [row for one in rows for name, row in one if name == kind]
                db.executemany(statement, [(next(seq), *row) for row in values] if kind == "event" else values)
            db.execute("COMMIT")
    return _rate(db, runs, started, cpu)


def _rate(db: sqlite3.Connection, runs: int, started: float, cpu: float) -> dict[str, float]:
    seconds, used = time.perf_counter() - started, time.process_time() - cpu
    events = db.execute("SELECT count(*) FROM events").fetchone()[0]
    assert events == runs * (2 + 2 * STEPS), events
    return {"runs_s": runs / seconds, "cpu_ms": 1000 * used / runs, "events": events}


DBOS = """
import json, sys, time
from dbos import DBOS
DBOS(config={"name": "bench", "log_level": "ERROR", "console_log_level": "ERROR", "enable_otlp": False,
             "system_database_url": f"sqlite:///{sys.argv[2]}/dbos.db"})

@DBOS.step()
def nothing(number: int) -> dict:
    return {"ok": number}

@DBOS.workflow()
def five(_run: int) -> None:
    for number in range(5):
        nothing(number)

DBOS.launch()
five(-1)
runs = int(sys.argv[1])
started, cpu = time.perf_counter(), time.process_time()
for number in range(runs):
    five(number)
seconds, used = time.perf_counter() - started, time.process_time() - cpu
print(json.dumps({"runs_s": runs / seconds, "cpu_ms": 1000 * used / runs}), flush=True)
import os
os._exit(0)
"""


def dbos(runs: int, folder: Path, python: str) -> dict[str, float]:
    """DBOS as it comes, one workflow after the other: the quickest way that it has on SQLite."""
    done = subprocess.run(
        [python, "-c", DBOS, str(runs), str(folder)], capture_output=True, text=True, timeout=600, check=True, cwd=folder
    )
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def one(what: str, runs: int, python: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        if what == "dbos":
            return dbos(max(100, runs // 10), Path(folder), python)
        return {"rowpact": rowpact, "bare": bare, "batches": batches}[what](runs, Path(folder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dbos-python", default="")
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    if args.only:
        print(json.dumps(one(args.only, args.runs, args.dbos_python)))
        return
    names = ["rowpact", "bare", "batches", *(["dbos"] if args.dbos_python else [])]
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(args.rounds):
        for name in names:
            command = [sys.executable, __file__, "--only", name, "--runs", str(args.runs), "--dbos-python", args.dbos_python]
            done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=True)
            found[name].append(json.loads(done.stdout.strip().splitlines()[-1]))
    median = {name: statistics.median(result["runs_s"] for result in results) for name, results in found.items()}
    for name, results in found.items():
        cpu = statistics.median(result["cpu_ms"] for result in results)
        print(f"{name:8} {median[name]:9.0f} runs/s  {cpu:7.2f} ms CPU a run")
    print(f"\nRowpact / bare sqlite3, group commit: {median['rowpact'] / median['bare']:.2f}")
    print(f"Rowpact / bare sqlite3, ready-made batches: {median['rowpact'] / median['batches']:.2f}")
    if "dbos" in median:
        print(f"Rowpact / DBOS: {median['rowpact'] / median['dbos']:.1f}")


if __name__ == "__main__":
    main()
