"""kill -9 and a full disk: what was acknowledged is there, and no group is there by half."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from adapters.ledgers.sql import SqlLedger

KILLS = 12
GROUP = 7

WORKER = """
import itertools, os, resource, sys
from adapters.clock import SystemClock
from adapters.ledgers.holder import Holder
from adapters.ledgers.sql import SqlLedger
from runner.errors import LedgerUnusable
from runner.model import Event, Run
from runner.rules.replay import whole

path, group, limit = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
clock = SystemClock()
ledger = SqlLedger(path, "business.xlsx", clock)
ledger.acquire(str(Holder.here()), clock.now())
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
print("ready", flush=True)
for turn in itertools.count():
    if turn > 20000:
        sys.exit("the loop was not ended")
    ids = [ledger.next_id("R") for _ in range(group)]
    runs = [Run(id=one, contract="Follow up", key=one, input={"Text": "x" * 400}) for one in ids]
    try:
        ledger.record([Event(kind="run started", run=run.id, data={"run": whole(run)}) for run in runs])
    except LedgerUnusable as error:
        held = len(ledger.books.runs)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        ledger.acquire(str(Holder.here()), clock.now())
        print("refused", held, len(ledger.books.runs), error, flush=True)
        ledger.record([Event(kind="noted", detail="there is room again")])
        print("again", flush=True)
        break
    print(ids[-1], flush=True)
"""


def start(path: Path, limit: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORKER, str(path), str(GROUP), str(limit)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_killed_runner_loses_nothing_it_had_recorded_and_leaves_no_half_group(path, clock):
    rng, acknowledged = random.Random(7), 0
    for _ in range(KILLS):
        worker = start(path)
        assert worker.stdout.readline() == "ready\n", worker.communicate()
        time.sleep(rng.uniform(0.005, 0.05))
        worker.kill()
        said, _ = worker.communicate(timeout=60)
        numbers = [int(line[2:]) for line in said.splitlines(keepends=True) if line.endswith("\n")]
        ledger = SqlLedger(path, "business.xlsx", clock)
        there = len(ledger.books.runs)
        assert there % GROUP == 0
        assert there >= max([acknowledged, *numbers])
        assert ledger.next_id("R") == f"R-{there + 1:04d}"
        assert ledger.verify() == []
        ledger.close()
        acknowledged = there
    assert acknowledged > 0


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on a file's size there")
def test_a_full_disk_is_one_sentence_and_nothing_is_recorded_by_half(path, clock):
    worker = start(path, limit=400_000)
    said, complaints = worker.communicate(timeout=60)
    assert complaints == ""
    lines = said.splitlines()
    refused = next(line for line in lines if line.startswith("refused"))
    before, after, sentence = refused.split(maxsplit=3)[1:]
    assert before == after == str(sum(line.startswith("R-") for line in lines) * GROUP)
    assert "is full or refuses to write" in sentence
    assert str(path) in sentence
    assert lines[-1] == "again"
    ledger = SqlLedger(path, "business.xlsx", clock)
    assert len(ledger.books.runs) == int(after)
    assert ledger.verify() == []
    ledger.close()
