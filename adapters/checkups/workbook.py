"""The workbook: whether it can be read, written and is free, without a write."""

import os
from pathlib import Path

from adapters.checkups.folders import present
from runner.model import Snapshot
from runner.ports import Workbook
from runner.ports.checkup import Finding, problem, warning
from runner.tabs import RUNNERS_TABS
from runner.values import name_key


def counted(snapshot: Snapshot) -> str:
    """`Contracts 6 rows, Leads 312`: the owner's tabs, those with most rows first."""
    runners = {name_key(tab.name) for tab in RUNNERS_TABS}
    tabs = sorted((tab for key, tab in snapshot.tabs.items() if key not in runners), key=lambda tab: -len(tab.rows))
    told = [f"{tab.name} {len(tab.rows):,}" for tab in tabs if tab.rows][:4]
    return f"rows: {', '.join(told)}" if told else "no rows yet"


def file(path: Path, workbook: Workbook) -> list[Finding]:
    """An Excel file: read whole, its folder tried, and who has it open. Raises `WorkbookUnreadable`."""
    findings = [Finding(what="Opens", says=f"{path.name}, {counted(workbook.read())}")]
    if not os.access(path, os.W_OK):
        findings.append(problem("Can be written", f"{path} is read-only.", "Take the write protection off (in its properties)."))
    else:  # a new version is made beside it and takes its place
        findings.append(present("Can be written", path.resolve().parent, "[workbook] path"))
    if sentence := workbook.busy():
        findings.append(warning("Is free", sentence, "Close it when you are done: what Rowpact has to say waits until then."))
    return findings
