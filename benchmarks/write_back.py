"""Writing back into a workbook: Rowpact's patch beside openpyxl's load and save.

50 changed cells and 50 new rows in the largest of 12 tabs. Every try is a process of its own and the ways take turns, so that
all meet the same noise; the figures are CPU seconds (user and system, without imports) and the whole process's peak memory.

    python benchmarks/write_back.py [--rows 10000] [--tries 5]
"""

import argparse
import json
import resource
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.model import RowEdit
    from runner.values import Value

ROOT = Path(__file__).resolve().parent.parent
HEADERS = ("Name", "Company", "Email", "City", "Stage", "Note", *(f"Number {n}" for n in range(1, 7)), "Asked", "Due", "Run")
CHANGED = ADDED = 50
FIRST_DAY = datetime(2026, 1, 1, 9, 30)  # noqa: DTZ001 - cells hold local times


def make(path: Path, rows: int) -> None:
    """A workbook of one tab with so many rows of 15 columns (text, numbers, dates) and 11 tabs with 100 rows."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    for tab in range(12):
        sheet = book.create_sheet("Leads" if tab == 0 else f"Tab {tab}")
        sheet.append(HEADERS)
        for row in range(rows if tab == 0 else 100):
            texts = (f"Name {row}", f"Company {row % 977}", f"person{row}@example.com", f"City {row % 83}", "open", "called twice")
            numbers = tuple(row * factor / 8 for factor in range(1, 7))
            days = FIRST_DAY + timedelta(hours=row), FIRST_DAY + timedelta(days=row % 700), f"R-{row:04} DONE"
            sheet.append((*texts, *numbers, *days))
    book.save(path)


def patch(path: Path, rows: int) -> dict[str, float]:
    """The write alone, with a snapshot of no more than it looks at: headers and the last row."""
    from adapters.clock import SystemClock
    from adapters.workbooks.excel import ExcelWorkbook
    from runner.model import Snapshot, Tab

    workbook = ExcelWorkbook(path, clock=SystemClock())
    tab = Tab.build("Leads", [(1, HEADERS), (rows + 1, HEADERS)])
    snapshot = Snapshot(tabs={"leads": tab}, version=workbook.version())
    start = time.process_time()
    workbook.write(edits(rows), snapshot)
    return {"cpu": time.process_time() - start}


def read_and_patch(path: Path, rows: int) -> dict[str, float]:
    """What a tick with something to say does."""
    from adapters.clock import SystemClock
    from adapters.workbooks.excel import ExcelWorkbook

    workbook = ExcelWorkbook(path, clock=SystemClock())
    start = time.process_time()
    workbook.write(edits(rows), workbook.read())
    return {"cpu": time.process_time() - start}


def edits(rows: int) -> list["RowEdit"]:
    from runner.model import RowEdit

    changed = [RowEdit(tab="Leads", row=2 + n * (rows // CHANGED), cells={"Run": f"R-{n} changed"}) for n in range(CHANGED)]
    return changed + [RowEdit(tab="Leads", row=None, cells=dict(zip(HEADERS, new_row(n), strict=True))) for n in range(ADDED)]


def load_and_save(path: Path, rows: int) -> dict[str, float]:
    """The same with openpyxl, which reads and writes in one go."""
    import openpyxl

    start = time.process_time()
    book = openpyxl.load_workbook(path)
    sheet = book["Leads"]
    for n in range(CHANGED):
        sheet.cell(2 + n * (rows // CHANGED), len(HEADERS), f"R-{n} changed")
    for n in range(ADDED):
        sheet.append(new_row(n))
    book.save(path)
    return {"cpu": time.process_time() - start}


def peak_memory() -> float:
    """MB. On Linux not from getrusage: what that says of a child begins at what its parent held."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


WAYS = {"Rowpact, write alone": patch, "Rowpact, read and write": read_and_patch, "openpyxl, load and save": load_and_save}


def new_row(n: int) -> list["Value"]:
    return [f"New {n}", "Company", "new@example.com", "City", "open", "added", *range(6), FIRST_DAY, FIRST_DAY, f"R-{n} new"]


def one_try(way: str, source: Path, rows: int) -> dict[str, float]:
    import shutil
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(source, folder)
        command = [sys.executable, __file__, "--rows", str(rows), "--way", way, "--file", copy]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=900, cwd=ROOT)
        check(Path(copy), rows)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def check(path: Path, rows: int) -> None:
    """Both ways really wrote: the last row and a changed cell are there."""
    from python_calamine import CalamineWorkbook

    cells = CalamineWorkbook.from_path(path).get_sheet_by_name("Leads").to_python()
    assert len(cells) == 1 + rows + ADDED
    assert cells[1][-1] == "R-0 changed"
    assert cells[-1][0] == f"New {ADDED - 1}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--tries", type=int, default=5)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        figures = WAYS[options.way](options.file, options.rows)
        print(json.dumps({**figures, "memory": peak_memory()}))
        return
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "business.xlsx"
        make(source, options.rows)
        tries = [{way: one_try(way, source, options.rows) for way in WAYS} for _ in range(options.tries)]
    report(tries, options.rows)


def report(tries: list[dict[str, dict[str, float]]], rows: int) -> None:
    """Medians, and how many times the last way's."""
    import statistics

    print(f"{CHANGED} changed cells and {ADDED} new rows, {rows:,} rows, 12 tabs; medians of {len(tries)} tries")
    print(f"{'':26}{'CPU s':>9}{'less by':>9}{'peak MB':>9}{'less by':>9}")
    figures = {way: [statistics.median(each[way][what] for each in tries) for what in ("cpu", "memory")] for way in WAYS}
    peer = figures["openpyxl, load and save"]
    for way, (cpu, memory) in figures.items():
        print(f"{way:26}{cpu:>9.3f}{peer[0] / cpu:>8.1f}×{memory:>9.1f}{peer[1] / memory:>8.1f}×")


if __name__ == "__main__":
    main()
