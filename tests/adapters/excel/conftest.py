"""Workbooks for the tests."""

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from adapters.workbooks.excel import ExcelWorkbook
from tests.adapters.excel.by_hand import PatientClock, plain_parts


@pytest.fixture
def clock() -> PatientClock:
    return PatientClock()


@pytest.fixture
def opened(clock: PatientClock) -> Callable[[Path], ExcelWorkbook]:
    """Path → the workbook there."""
    return lambda path: ExcelWorkbook(path, clock=clock)


Handmade = Callable[..., Path]


@pytest.fixture
def handmade(tmp_path: Path) -> Handmade:
    """A workbook of one tab `Leads` from its sheet XML (without declaration), with more parts if wanted."""

    def make(
        sheet: str,
        *,
        parts: Mapping[str, str | bytes] | None = None,
        workbook: str = "",
        styles: bool = True,
        name: str = "hand.xlsx",
    ) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, data in {**plain_parts(sheet, workbook, styles=styles), **(parts or {})}.items():
                archive.writestr(part, data)
        return path

    return make
