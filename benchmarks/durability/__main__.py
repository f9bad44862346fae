"""Goes through the contenders, one after the other on one disk, and prints the table.

    python -m benchmarks.durability [--only rowpact,dbos] [--kills 50] [--runs 2000] [--rounds 3] [--envs FOLDER] [--data FOLDER]

Invariant: no two contenders run at the same time; a contender that fails is a line of the table and stops no other.
"""

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.durability.contenders import CONTENDERS
from benchmarks.durability.disk import fsyncs_per_second
from benchmarks.durability.effect import Service
from benchmarks.durability.envs import Missing, postgres, python_with
from benchmarks.durability.kills import Tally, kill_again_and_again
from benchmarks.durability.peer import Peer
from benchmarks.durability.rowpact import Rowpact
from benchmarks.durability.table import Result, table

Contender = Rowpact | Peer


def main() -> None:
    options = _options()
    names = [name for name in options.only.split(",") if name]
    chosen = [one for one in CONTENDERS if not names or one.name in names]
    with tempfile.TemporaryDirectory(dir=options.data) as folder:
        Path(folder).chmod(0o755)
        before = fsyncs_per_second(Path(folder))
        results = [_measure(one, Path(folder) / one.name, options) for one in chosen]
        after = fsyncs_per_second(Path(folder))
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    print(f"\n{table(results, (before, after))}")
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


def _measure(one: Contender, folder: Path, options: argparse.Namespace) -> Result:
    result = Result(name=one.name, title=one.title, configured=one.configured)
    try:
        if isinstance(one, Peer):
            one.python = python_with(one.packages, options.envs / one.packages[0].partition("=")[0])
        with ExitStack() as own:
            if isinstance(one, Peer) and one.needs_postgres:
                one.postgres = own.enter_context(postgres(folder / "cluster"))
            if one.killed and options.kills:
                result.tally = _kills(one, folder / "kills", options.kills)
            for number in range(options.rounds if one.share else 0):
                _say(f"{one.title}: round {number + 1}")
                one.prepare(_new(folder / f"round{number}"), None)
                result.rates.append(one.throughput(max(10, round(options.runs * one.share))))
    except (Missing, RuntimeError) as reason:
        result.missing = str(reason)
    _say(f"{one.title}: {result.tally or ''} {[round(rate, 1) for rate in result.rates]} {result.missing}")
    return result


def _kills(one: Contender, folder: Path, kills: int) -> Tally:
    _say(f"{one.title}: {kills} kills")
    service = Service()
    try:
        one.prepare(_new(folder), service)
        return kill_again_and_again(one, service, kills, one.patience)
    finally:
        service.stop()


def _new(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
