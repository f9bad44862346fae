"""The job on Huey: five tasks in a pipeline. Runs in Huey's own environment: work [KEY] | throughput RUNS."""

import json
import os
import sys
import time
import urllib.request

from huey import SqliteHuey

#: fsync=True: every commit is on disk, as everywhere here.
huey = SqliteHuey("bench", filename="huey.db", fsync=True)


def post(verb, key):
    if url := os.environ.get("SERVICE"):
        urllib.request.urlopen(urllib.request.Request(f"{url}/{verb}/{key}", data=b""), timeout=60).close()


@huey.task(retries=3)
def nothing(key):
    return key


@huey.task(retries=3)
def charge(key):
    post("charge", key)
    return key


@huey.task(retries=3)
def end(key):
    post("end", key)
    return key


def begin(key):
    return huey.enqueue(nothing.s(key).then(nothing).then(charge).then(nothing).then(end))


def consumer():
    return huey.create_consumer(workers=1, initial_delay=0.01, max_delay=0.02, check_worker_health=False)


def work(key=""):
    if key:
        begin(key)
    consumer().run()


def throughput(runs):
    """The runs are handed in and carried out at once, as in life."""
    own = consumer()
    own.start()
    list(begin("warm"))[-1].get(blocking=True, timeout=60)
    started, cpu = time.perf_counter(), time.process_time()
    last = [list(begin(f"run-{number}"))[-1] for number in range(int(runs))]
    last[-1].get(blocking=True, timeout=300, backoff=1.0, max_delay=0.01)  # tasks go in order: it is the last to end
    seconds, used = time.perf_counter() - started, time.process_time() - cpu
    assert all(result.get() for result in last[:-1])
    print(json.dumps({"runs_s": int(runs) / seconds, "cpu_ms": 1000 * used / int(runs)}), flush=True)


{"work": work, "throughput": throughput}[sys.argv[1]](*sys.argv[2:])
os._exit(0)
