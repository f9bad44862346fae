"""Offices for the engine's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import FixedClock
from tests.engine.office import CONTRACTS, MAIL, STEPS, Office

__all__ = ["CONTRACTS", "MAIL", "STEPS", "Office"]


@pytest.fixture
def office(tmp_path: Path, fixed_clock: FixedClock) -> Iterator[Office]:
    """One contract that answers each lead by mail, each address once; two leads."""
    made = Office(tmp_path, clock=fixed_clock)
    made.write(
        Contracts=CONTRACTS + "Hello | Yes | New row | Leads | | {{ email }} | Ana | Rolf",
        Steps=STEPS + f"Hello | Reply | email.send | {MAIL}",
        Settings="Setting | Value",
        Leads="Name | Email | Budget | State | Run | Row ID\nAda | ada@shop.example | 500\nBob | bob@shop.example | 900",
    )
    yield made
    made.close()
