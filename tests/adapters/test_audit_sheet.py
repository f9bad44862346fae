"""The audit lines of a week as a workbook that travels in a mail."""

import io
from datetime import UTC, datetime

import openpyxl

from adapters.documents.audit_sheet import audit_sheet
from runner.tabs import AUDIT


def test_what_looks_like_a_formula_a_link_or_a_control_sign_is_text() -> None:
    line = (
        7,
        datetime(2026, 11, 22, 17, 5, tzinfo=UTC),
        "=cmd()",
        "+1",
        "@x",
        "-2",
        "https://x.example",
        "a\x01b",
        "x" * 40_000,
        None,
    )
    sheet = openpyxl.load_workbook(io.BytesIO(audit_sheet([line])))["Audit"]
    header, row = list(sheet.iter_rows())
    assert tuple(cell.value for cell in header) == AUDIT.headers
    assert all(cell.font.bold for cell in header)
    assert [cell.data_type for cell in row[2:9]] == ["s"] * 7
    assert [cell.value for cell in row[:8]] == [
        7,
        datetime.combine(line[1].date(), line[1].time()),
        "=cmd()",
        "+1",
        "@x",
        "-2",
        "https://x.example",
        "ab",
    ]
    assert len(str(row[8].value)) == 32_767
    assert all(cell.hyperlink is None for cell in row)
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:J2")
    assert sheet.column_dimensions["I"].width > sheet.column_dimensions["A"].width
