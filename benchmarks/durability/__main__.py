"""Goes through the contenders, one after the other on one disk, and prints the table.

    python -m benchmarks.durability [--only rowpact,dbos] [--kills 50] [--runs 2000] [--rounds 3] [--envs FOLDER] [--data FOLDER]

Invariant: no two contenders run at the same time; a contender that fails is a line of the table and stops no other.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.durability.contenders import CONTENDERS
from benchmarks.durability.disk import fsyncs_per_second
from benchmarks.durability.effect import Service
from benchmarks.durability.envs import Missing
from benchmarks.durability.kills import kill_again_and_again
from benchmarks.durability.peer import Peer
from benchmarks.durability.rowpact import Rowpact
from benchmarks.durability.table import Result, table

Contender = Rowpact | Peer


def main() -> None:
    options = _options()
    names = [name for name in options.only.split(",") if name]
    chosen = [one for one in CONTENDERS if not names or one.name in names]
    results = [Result(name=one.name, title=one.title, configured=one.configured) for one in chosen]
    fsyncs = []
    with tempfile.TemporaryDirectory(dir=options.data) as text:
        folder = Path(text)
        folder.chmod(0o755)  # PostgreSQL runs as a user of its own
        for one, result in zip(chosen, results, strict=True):
            _attempt(one, result, lambda one=one, result=result: _kill(one, result, folder / one.name / "kills", options))
        for number in range(options.rounds):
            fsyncs.append(fsyncs_per_second(folder))
            for one, result in zip(chosen, results, strict=True):
                place = folder / one.name / f"round{number}"
                _attempt(one, result, lambda one=one, result=result, place=place: _race(one, result, place, options))
        fsyncs.append(fsyncs_per_second(folder))
    print(f"\n{table(results, fsyncs)}")
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    print(f"Load of the machine at the end (1, 5, 15 minutes): {load}; {os.cpu_count()} cores.")
    if any(result.missing for result in results):
        sys.exit(1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.durability", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--only", default="", help=f"some of {','.join(one.name for one in CONTENDERS)}")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--runs", type=int, default=2000, help="runs of Rowpact in a round; slower ones take a part of them")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--envs", type=Path, default=Path("build/bench"), help="where the peers are installed, once")
    parser.add_argument("--data", default=None, help="a folder on the disk to measure; otherwise that of temporary files")
    options = parser.parse_args()
    options.envs = options.envs.resolve()
    return options


def _attempt(one: Contender, result: Result, what: Callable[[], None]) -> None:
    if result.missing:
        return
    try:
        what()
    except (Missing, RuntimeError) as reason:
        result.missing = str(reason)
        print(f"{one.title}: {reason}", file=sys.stderr, flush=True)


def _kill(one: Contender, result: Result, folder: Path, options: argparse.Namespace) -> None:
    """Install it, and kill it."""
    if isinstance(one, Peer):
        one.install(options.envs)
    if not one.killed or not options.kills:
        return
    service = Service()
    try:
        with one.beside(_new(folder / "beside")):
            one.prepare(_new(folder / "data"), service)
            kills = min(options.kills, one.kills_at_most or options.kills)
            result.tally = kill_again_and_again(one, service, kills, one.patience)
    finally:
        service.stop()
    print(f"{one.title}: {result.tally}", file=sys.stderr, flush=True)


def _race(one: Contender, result: Result, folder: Path, options: argparse.Namespace) -> None:
    """One round of its runs; the rounds of all take turns, so that a busy moment of the machine meets everybody."""
    if not one.share:
        return
    with one.beside(_new(folder / "beside")):
        one.prepare(_new(folder / "data"), None)
        result.rates.append(one.throughput(max(10, round(options.runs * one.share))))
    print(f"{one.title}: {result.rates[-1]}", file=sys.stderr, flush=True)


def _new(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    main()
