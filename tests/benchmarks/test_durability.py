"""The benchmark of kills works, and it can tell an engine that repeats or forgets from one that does neither."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.durability.effect import Service
from benchmarks.durability.kills import Tally, kill_again_and_again

ROOT = Path(__file__).resolve().parents[2]

#: Carries out the keys of the file that is its first word, without any memory of what it has done.
CARELESS = """
import sys, urllib.request
for key in open(sys.argv[1]).read().split():
    for verb in ("charge", "end"):
        urllib.request.urlopen(urllib.request.Request(f"{sys.argv[2]}/{verb}/{key}", data=b""), timeout=30).close()
"""


@dataclass
class Careless:
    """Starts again with everything that it was ever given, or with what it was given last alone."""

    folder: Path
    url: str
    forgets: bool

    def work(self, key: str = "") -> subprocess.Popen[bytes]:
        given = self.folder / "given"
        before = given.read_text() if given.exists() and not self.forgets else ""
        given.write_text(f"{before}{key}\n")
        return subprocess.Popen([sys.executable, "-c", CARELESS, str(given), self.url], start_new_session=True)

    def in_doubt(self) -> set[str]:
        return set()


@pytest.mark.parametrize(
    ("forgets", "seen"),
    [
        (False, Tally(kills=2, duplicates=2, losses=0, in_doubt=0, settled=0)),
        (True, Tally(kills=2, duplicates=0, losses=2, in_doubt=0, settled=0)),
    ],
)
def test_an_engine_that_repeats_or_forgets_is_seen(tmp_path: Path, forgets: bool, seen: Tally) -> None:
    service = Service()
    try:
        assert kill_again_and_again(Careless(tmp_path, service.url, forgets), service, 2, 5) == seen
    finally:
        service.stop()


def test_a_killed_charge_is_in_doubt_and_stands_in_the_table() -> None:
    words = ["--only", "rowpact", "--kills", "1", "--runs", "10", "--rounds", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "benchmarks.durability", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr
    assert "| Rowpact, a service that cannot be asked | 1 | 0 | 0 | 1 | 0 |" in done.stdout
    assert "fsyncs of this disk" in done.stdout
