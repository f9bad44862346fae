"""2,000 five-step runs of actions that do nothing, every intent and every receipt on disk before what follows it.

Side by side in one run on one disk: Rowpact's engine and ledger; bare sqlite3 that inserts and updates the same rows in groups
of the same size (the limit); DBOS on SQLite, if an interpreter that has it is named. Prints runs a second, CPU, and ratios.

    python benchmarks/engine.py [--runs 2000] [--dbos-python PATH]
"""

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC
from pathlib import Path

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
    from runner.model import Book, Contract, Effect, Row, Snapshot, Step, Tab
    from runner.ports import Action, Done, Secrets, World
    from runner.rules.advance import Desk
    from runner.rules.overlay import SheetView

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
    clock = SystemClock()
    ledger = SqlLedger(folder / "bench.ledger", "bench", clock)
    world = World(
        workbook=None, ledger=ledger, actions={"nothing": nothing}, clock=clock, zone=UTC, workers=8,
        holder=str(Holder.here()), say=lambda _line: None, new_id=lambda: "",
        secrets=Secrets(names=frozenset(), reveal=lambda text, _host: text, redact=lambda text: text),
    )  # fmt: skip
    ledger.acquire(world.holder, clock.now())
    seen = Seen(snapshot=Snapshot(tabs={"rows": tab}, version=1), book=Book(contracts={"Bench": contract}))
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
    assert isinstance(tab.rows[0], Row)
    return {"runs_s": runs / seconds, "cpu_ms": 1000 * used / runs, "events": events, "groups": _groups(folder)}


def _groups(folder: Path) -> int:
    """Not recorded by the ledger: estimated from what the engine groups."""
    from runner.engine.execute import GROUP

    del folder
    return GROUP


def bare(runs: int, folder: Path, group: int) -> dict[str, float]:
    """The same rows by bare sqlite3: per event one insert into a table of the same columns; per intent and receipt one row of
    effects, per group the runs' documents; one commit a group, each on disk."""
    db = sqlite3.connect(folder / "bare.db", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute(
        "CREATE TABLE events (workbook, seq, time, kind, run, contract, step, attempt, result, who, detail, data, previous, hash,"
        " PRIMARY KEY (workbook, seq))"
    )
    for name in ("runs", "effects"):
        db.execute(f"CREATE TABLE {name} (workbook, id, state, doc, PRIMARY KEY (workbook, id))")
    event = ("bench", "2026-11-22T17:12:54+00:00", "about to act", "Bench", "", "Rowpact", "do row 1")
    doc, data, digest = "x" * 700, "x" * 400, "0" * 64
    seq = 0
    started, cpu = time.perf_counter(), time.process_time()
    for first in range(0, runs, group):
        names = [f"R-{n:04d}" for n in range(first, min(first + group, runs))]
        for wave in range(STEPS + 1):
            events, effects = [], []
            for name in names:
                for _ in range(1 if wave in (0, STEPS) else 2):
                    seq += 1
                    events.append((event[0], seq, event[1], event[2], name, event[3], f"Step {wave}", wave, *event[4:], data, digest, digest))
                if wave:
                    effects.append((event[0], f"{name}/{wave - 1}", "done", doc))
                if wave < STEPS:
                    effects.append((event[0], f"{name}/{wave}", "begun", doc))
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", events)
            db.executemany("INSERT OR REPLACE INTO effects VALUES (?,?,?,?)", effects)
            db.executemany("INSERT OR REPLACE INTO runs VALUES (?,?,?,?)", [(event[0], name, "RUNNING", doc) for name in names])
            db.execute("COMMIT")
    seconds, used = time.perf_counter() - started, time.process_time() - cpu
    return {"runs_s": runs / seconds, "cpu_ms": 1000 * used / runs, "events": seq}


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
    done = subprocess.run([python, "-c", DBOS, str(runs), str(folder)], capture_output=True, text=True, timeout=600, check=True, cwd=folder)
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def one(what: str, runs: int, python: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        if what == "dbos":
            return dbos(max(100, runs // 10), Path(folder), python)
        return rowpact(runs, Path(folder)) if what == "rowpact" else bare(runs, Path(folder), 256)


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
    names = ["rowpact", "bare", *(["dbos"] if args.dbos_python else [])]
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
    print(f"\nRowpact / bare sqlite3: {median['rowpact'] / median['bare']:.2f}")
    if "dbos" in median:
        print(f"Rowpact / DBOS: {median['rowpact'] / median['dbos']:.1f}")


if __name__ == "__main__":
    main()
