"""What a tick costs in which nothing has changed, and the peak memory of `run --once` on the demo.

python benchmarks/tick.py
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TICKS = 2000


def quiet(folder: Path) -> None:
    """CPU of a quiet tick in milliseconds, beside the bare stat that it cannot go below."""
    from runner import wiring
    from runner.engine.seen import Seen
    from runner.engine.tick import tick

    world = wiring.open_world(wiring.load_config(folder / "config.toml"))
    seen = Seen()
    while not tick(world, seen).quiet:
        pass
    before = time.process_time()
    for _ in range(TICKS):
        assert tick(world, seen).quiet
    ours = (time.process_time() - before) / TICKS
    before = time.process_time()
    for _ in range(TICKS):
        (folder / "business.xlsx").stat()
    bare = (time.process_time() - before) / TICKS
    world.ledger.release()
    print(f"quiet tick {1000 * ours:.4f} ms of CPU, a bare stat {1000 * bare:.4f} ms: {ours / bare:.1f} times")


def memory(folder: Path) -> None:
    """Peak memory of the whole process, and whether pandas or openpyxl were imported."""
    code = (
        "import sys, resource\n"
        "from runner.cli import main\n"
        f"sys.argv = ['rowpact', '--config', {str(folder / 'config.toml')!r}, 'run', '--once', '--quiet']\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 'pandas' in sys.modules, 'openpyxl' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    peak, pandas, openpyxl = done.stdout.strip().splitlines()[-1].split()
    print(f"run --once on the demo: {float(peak):.0f} MB at the peak; pandas imported: {pandas}; openpyxl imported: {openpyxl}")


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "demo"
        made = [sys.executable, "-c", "from runner.cli import main; main()", "demo", str(folder), "--json"]
        subprocess.run(made, capture_output=True, check=True, timeout=120)
        memory(folder)
        quiet(folder)
    print(f"(this process peaked at {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB)")


if __name__ == "__main__":
    main()
