"""Who takes part, and how each is configured.

Invariant: every peer is asked for the same durability: what is acknowledged is on disk.
"""

from benchmarks.durability.peer import Peer
from benchmarks.durability.rowpact import Rowpact

PROCRASTINATE = ("procrastinate==3.10.0", "psycopg[binary]==3.3.9")
DBOS = ("dbos==3.4.0", "psycopg[binary]==3.3.9")

CONTENDERS: tuple[Rowpact | Peer, ...] = (
    Rowpact(),
    Rowpact(
        name="rowpact-probe",
        title="Rowpact, a service that can be asked",
        configured="the step has a `probe`",
        probing=True,
        share=0,
    ),
    Peer(
        name="dbos",
        title="DBOS on SQLite",
        configured="as it comes (rollback journal, synchronous=FULL)",
        packages=DBOS,
        program="dbos_job.py",
        variables={"DBOS_URL": "sqlite:///{folder}/dbos.db"},
    ),
    Peer(
        name="dbos-wal",
        title="DBOS on SQLite, WAL",
        configured="file switched to WAL beforehand: its quickest durable way on SQLite",
        packages=DBOS,
        program="dbos_job.py",
        variables={"DBOS_URL": "sqlite:///{folder}/dbos.db", "DBOS_WAL": "{folder}/dbos.db"},
        killed=False,
    ),
    Peer(
        name="dbos-postgres",
        title="DBOS on PostgreSQL",
        configured="as its documentation recommends for production",
        packages=DBOS,
        program="dbos_job.py",
        variables={"DBOS_URL": "{postgres}/dbos_{place}"},
        needs_postgres=True,
    ),
    Peer(
        name="huey",
        title="Huey on SQLite",
        configured="pipeline of five tasks, retries=3, fsync=True; one worker: its quickest",
        packages=("huey==3.5.4",),
        program="huey_job.py",
        share=0.25,
    ),
    Peer(
        name="procrastinate",
        title="Procrastinate",
        configured="PostgreSQL, one job a step with a lock for each run, retry=3; as it comes",
        packages=PROCRASTINATE,
        program="procrastinate_job.py",
        variables={"PROCRASTINATE_URL": "{postgres}/{place}"},
        needs_postgres=True,
        prepares=True,
    ),
    Peer(
        name="procrastinate-stalled",
        title="Procrastinate, stalled jobs tried again",
        configured="with the periodic task that its documentation shows; a worker counts as dead after 2 s, not 30",
        packages=PROCRASTINATE,
        program="procrastinate_job.py",
        variables={"PROCRASTINATE_URL": "{postgres}/{place}", "PROCRASTINATE_STALLED": "yes"},
        needs_postgres=True,
        prepares=True,
        share=0,
    ),
    Peer(
        name="prefect",
        title="Prefect",
        configured="server on SQLite as it comes, results persisted, retries=3; ten kills, as each start takes seconds",
        packages=("prefect==3.8.8", "fastapi==0.139.0"),  # its server does not start with the newest fastapi
        program="prefect_job.py",
        variables={
            "PREFECT_HOME": "{folder}",
            "PREFECT_API_URL": "http://127.0.0.1:{port}/api",
            "PREFECT_LOGGING_LEVEL": "ERROR",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
        },
        health="http://127.0.0.1:{port}/api/health",
        share=0.005,
        kills_at_most=10,
    ),
)
