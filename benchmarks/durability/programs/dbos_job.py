"""The job on DBOS. Runs in DBOS's own environment: work [KEY] | throughput RUNS.

The database is DBOS_URL. Steps are plain: its documentation says that a step is tried again after a crash.
"""

import json
import os
import sqlite3
import sys
import time
import urllib.request

from dbos import DBOS, SetWorkflowID

if path := os.environ.get("DBOS_WAL"):
    sqlite3.connect(path).execute("PRAGMA journal_mode=WAL").close()

DBOS(
    config={
        "name": "bench",
        "application_version": "1",
        "log_level": "ERROR",
        "console_log_level": "ERROR",
        "enable_otlp": False,
        "system_database_url": os.environ["DBOS_URL"],
    }
)


def post(verb, key):
    if url := os.environ.get("SERVICE"):
        urllib.request.urlopen(urllib.request.Request(f"{url}/{verb}/{key}", data=b""), timeout=60).close()


@DBOS.step()
def nothing(number):
    return {"ok": number}


@DBOS.step()
def charge(key):
    post("charge", key)
    return {"ok": key}


@DBOS.step()
def end(key):
    post("end", key)
    return {"ok": key}


@DBOS.workflow()
def job(key):
    nothing(1)
    nothing(2)
    charge(key)
    nothing(4)
    end(key)


def work(key=""):
    """Launching recovers what was pending."""
    DBOS.launch()
    if key:
        with SetWorkflowID(key):
            DBOS.start_workflow(job, key)
    while DBOS.list_workflows(status=["PENDING", "ENQUEUED"]):
        time.sleep(0.05)


def throughput(runs):
    """One after the other: its quickest way; threads do not help."""
    DBOS.launch()
    for number in range(10):
        job(f"warm-{number}")
    started, cpu = time.perf_counter(), time.process_time()
    for number in range(int(runs)):
        job(f"run-{number}")
    seconds, used = time.perf_counter() - started, time.process_time() - cpu
    print(json.dumps({"runs_s": int(runs) / seconds, "cpu_ms": 1000 * used / int(runs)}), flush=True)


{"work": work, "throughput": throughput}[sys.argv[1]](*sys.argv[2:])
os._exit(0)
