"""The installed command polls a Google sheet: what it costs when nothing happens, counted on the other side."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.acceptance.google_shop import GoogleShop, open_shop

TABS = {
    "Contracts": r"""
        Contract | Enabled | Trigger | Tab   | Dedupe key  | Entry state | Exit state | Owner | Check
        Hello    | Yes     | New row | Leads | {{ email }} | Working     | Answered   | Ana   |
    """,
    "Steps": r"""
        Contract | Step  | Action     | With | Approval | Check
        Hello    | Reply | email.send | to: {{ email }}\nsubject: Hello {{ name }}\nbody: Thank you! | Budget > 800 |
    """,
    "Fields": """
        Contract | Field | Type  | Required | Check
        Hello    | Email | email | Yes      |
    """,
    "Leads": """
        Name | Email            | Budget | State | Run | Row ID
        Ana  | ana@shop.example | 500    |       |     |
        Bob  | bob@shop.example | 900    |       |     |
    """,
}


@pytest.fixture
def leads(tmp_path: Path, ca: trustme.CA, ca_file: Path) -> Iterator[GoogleShop]:
    """One contract that answers leads by mail, and asks before it writes to rich ones."""
    with open_shop(tmp_path, ca, ca_file, TABS) as made:
        yield made


def test_polling_costs_one_read_a_tick_and_no_write_when_nothing_happens(leads: GoogleShop) -> None:
    leads.run("run", "--once")
    leads.config('[runner]\npoll = "1s"\n')
    before = len(leads.google.api_calls)
    enough = threading.Event()

    def count(_call: str) -> None:
        if leads.google.reads >= reads + 8:
            enough.set()

    reads = leads.google.reads
    leads.google.between = count
    command = [sys.executable, "-c", "from runner.cli import main; main()", "run"]
    with subprocess.Popen(command, cwd=leads.shop.folder, env={**os.environ, **leads.env}, stdout=subprocess.DEVNULL) as process:
        assert enough.wait(100)
        process.terminate()
        process.wait(30)
    names = [call.name for call in leads.google.api_calls[before:]]
    assert names[0] == "spreadsheets.get"
    assert set(names[-5:]) == {"values.batchGetByDataFilter"}
    assert names.count("spreadsheets.batchUpdate") <= 1
