"""Rowpact as a contender: a workbook, a config and the real command line.

Invariant: nothing of Rowpact is called from inside; the effect is an `http.post` that nobody has called repeatable.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, Popen

import openpyxl

from benchmarks.durability.effect import Service
from benchmarks.durability.table import Rate

ROOT = Path(__file__).resolve().parents[2]
STEPS = ["Contract", "Step", "Action", "With"]
CONTRACTS = ["Contract", "Enabled", "Trigger", "Tab", "Dedupe key", "Owner"]


@dataclass(slots=True)
class Rowpact:
    """`probing`: the step names the address at which the service can be asked whether the charge was made."""

    probing: bool = False
    name: str = "rowpact"
    title: str = "Rowpact, a service that cannot be asked"
    configured: str = "defaults; SQLite, WAL, synchronous=FULL"
    patience: float = 30
    share: float = 1
    killed: bool = True
    kills_at_most: int = 0
    folder: Path = field(default=Path(), init=False)

    @contextmanager
    def beside(self, _folder: Path) -> Iterator[None]:
        """It needs nothing."""
        yield

    def prepare(self, folder: Path, service: Service | None) -> None:
        """A new workbook without rows."""
        self.folder = folder
        if service:
            (folder / "config.toml").write_text(
                '[workbook]\nkind = "excel"\npath = "business.xlsx"\n[email]\nfolder = "outbox"\nfrom = "ana@example.com"\n'
                f'[http]\nallow = ["{service.host}"]\n'
            )
            self._write(service.url)

    def _write(self, url: str) -> None:
        probe = f"\nprobe: {url}/charge/{{{{ key }}}}" if self.probing else ""
        book = openpyxl.Workbook()
        book.remove(book.active)
        tabs: dict[str, list[list[str]]] = {
            "Contracts": [CONTRACTS, ["Job", "Yes", "New row", "Jobs", "{{ key }}", "Ana"]],
            "Steps": [
                STEPS,
                ["Job", "One", "notify", "message: {{ key }} one"],
                ["Job", "Two", "notify", "message: {{ key }} two"],
                ["Job", "Charge", "http.post", f"url: {url}/charge/{{{{ key }}}}{probe}"],
                ["Job", "Four", "notify", "message: {{ key }} four"],
                ["Job", "End", "http.post", f"url: {url}/end/{{{{ key }}}}\nidempotent: Yes"],
            ],
            "Jobs": [["Key", "State", "Run", "Row ID"]],
        }
        for name, rows in tabs.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        book.save(self.folder / "business.xlsx")

    def work(self, key: str = "") -> Popen[bytes]:
        """A person adds a row; `rowpact run --once` goes through the workbook."""
        if key:
            book = openpyxl.load_workbook(self.folder / "business.xlsx")
            book["Jobs"].append([key])
            book.save(self.folder / "business.xlsx")
        command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); from runner.cli import main; main()"]
        return Popen([*command, "run", "--once"], cwd=self.folder, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True)

    def in_doubt(self) -> set[str]:
        """What the owner reads in the tab Runs."""
        rows = list(openpyxl.load_workbook(self.folder / "business.xlsx")["Runs"].iter_rows(values_only=True))
        key, state = rows[0].index("Key"), rows[0].index("State")
        return {str(row[key]) for row in rows[1:] if row[state] == "IN_DOUBT"}

    def throughput(self, runs: int) -> Rate:
        """Runs a second of the engine and the ledger, from rows that stand there to runs that are done."""
        command = [sys.executable, "-m", "benchmarks.engine", "--only", "rowpact", "--runs", str(runs)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=True)
        found = json.loads(done.stdout.strip().splitlines()[-1])
        return Rate(runs_s=found["runs_s"], cpu_ms=found["cpu_ms"])
