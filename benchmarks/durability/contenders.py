"""Who takes part, and how each is configured.

Invariant: every peer is asked for the same durability: what is acknowledged is on disk.
"""

from benchmarks.durability.peer import Peer
from benchmarks.durability.rowpact import Rowpact

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
)
