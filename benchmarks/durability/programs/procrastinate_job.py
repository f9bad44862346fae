"""The job on Procrastinate, one job a step. Runs in Procrastinate's own environment: prepare | work [KEY] | throughput RUNS.

The database is PROCRASTINATE_URL. Jobs of one run share a lock. With PROCRASTINATE_STALLED its documented periodic task tries
jobs again whose worker has fallen silent; heartbeats are quicker than the defaults of 10 and 30 s, so that fifty kills take
minutes and not hours.
"""

import asyncio
import json
import os
import sys
import time
import urllib.request

import procrastinate
import psycopg

URL = os.environ["PROCRASTINATE_URL"]
STEPS = 5
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=URL))


def post(verb, key):
    if url := os.environ.get("SERVICE"):
        urllib.request.urlopen(urllib.request.Request(f"{url}/{verb}/{key}", data=b""), timeout=60).close()


@app.task(name="step", retry=3)
async def step(key, number):
    if number in (3, STEPS):
        await asyncio.to_thread(post, "charge" if number == 3 else "end", key)
    if number < STEPS:
        await step.configure(lock=key).defer_async(key=key, number=number + 1)


if os.environ.get("PROCRASTINATE_STALLED"):

    @app.periodic(cron="* * * * * */2")
    @app.task(queueing_lock="retry_stalled_jobs")
    async def retry_stalled_jobs(timestamp):  # noqa: ARG001 - Procrastinate passes it by name
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=2):
            await app.job_manager.retry_job(job)


def prepare():
    server, _, name = URL.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    with app.open():
        app.schema_manager.apply_schema()


async def begin(*keys):
    for key in keys:
        await step.configure(lock=key).defer_async(key=key, number=1)


def work(key=""):
    async def worker():
        async with app.open_async():
            await begin(*filter(None, [key]))
            await app.run_worker_async(
                concurrency=4, fetch_job_polling_interval=0.1, update_heartbeat_interval=0.5, stalled_worker_timeout=2
            )

    asyncio.run(worker())


def throughput(runs):
    async def carry(keys):
        async with app.open_async():
            await begin(*keys)
            await app.run_worker_async(concurrency=8, fetch_job_polling_interval=0.1, wait=False, install_signal_handlers=False)

    asyncio.run(carry(["warm-1", "warm-2"]))
    started, cpu = time.perf_counter(), time.process_time()
    asyncio.run(carry([f"run-{number}" for number in range(int(runs))]))
    seconds, used = time.perf_counter() - started, time.process_time() - cpu
    with psycopg.connect(URL) as connection:
        (done,) = connection.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'").fetchone()
    assert done == STEPS * (int(runs) + 2), done
    print(json.dumps({"runs_s": int(runs) / seconds, "cpu_ms": 1000 * used / int(runs)}), flush=True)


{"prepare": prepare, "work": work, "throughput": throughput}[sys.argv[1]](*sys.argv[2:])
os._exit(0)
