"""The job on Prefect. Runs in Prefect's own environment: serve | work [KEY] | throughput RUNS.

Results are persisted and keyed by the inputs, so that a flow that is run again skips the tasks that had ended. Its server, on
SQLite as it comes, runs beside the worker and is not killed.
"""

import json
import os
import sys
import time
import urllib.request

if sys.argv[1] == "serve":
    port = os.environ["PREFECT_API_URL"].split(":")[2].split("/")[0]
    os.execv(f"{sys.prefix}/bin/prefect", ["prefect", "server", "start", "--host", "127.0.0.1", "--port", port])

from prefect import flow, task
from prefect.cache_policies import INPUTS


def post(verb, key):
    if url := os.environ.get("SERVICE"):
        urllib.request.urlopen(urllib.request.Request(f"{url}/{verb}/{key}", data=b""), timeout=60).close()


@task(persist_result=True, cache_policy=INPUTS, retries=3)
def nothing(key, number):
    return f"{key}/{number}"


@task(persist_result=True, cache_policy=INPUTS, retries=3)
def charge(key):
    post("charge", key)
    return key


@task(persist_result=True, cache_policy=INPUTS, retries=3)
def end(key):
    post("end", key)
    return key


@flow(persist_result=True, retries=3)
def job(key):
    nothing(key, 1)
    nothing(key, 2)
    charge(key)
    nothing(key, 4)
    end(key)


def work(key=""):
    """Without a new run there is nothing to start: Prefect takes up no flow whose process died."""
    if key:
        job(key)
    else:
        time.sleep(60)


def throughput(runs):
    job("warm")
    started, cpu = time.perf_counter(), time.process_time()
    for number in range(int(runs)):
        job(f"run-{number}")
    seconds, used = time.perf_counter() - started, time.process_time() - cpu
    print(json.dumps({"runs_s": int(runs) / seconds, "cpu_ms": 1000 * used / int(runs)}), flush=True)


{"work": work, "throughput": throughput}[sys.argv[1]](*sys.argv[2:])
os._exit(0)
