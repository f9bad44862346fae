"""The demo is the shop window: it runs for real, and what it promises on the screen is true."""

import re
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest

from tests.acceptance.conftest import Shop


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, str]:
    """The demo in a folder of its own, and what it printed."""
    shop = Shop(tmp_path_factory.mktemp("demo"))
    printed = shop.run("demo", "business")
    shop.folder = shop.folder / "business"
    return shop, printed


@pytest.fixture
def demo(played: tuple[Shop, str], tmp_path: Path) -> Shop:
    """A copy of the played demo, to type into."""
    folder = tmp_path / "business"
    shutil.copytree(played[0].folder, folder)
    return Shop(folder)


def test_every_kind_of_ending_is_there(played: tuple[Shop, str]) -> None:
    shop, _ = played
    states = [str(row["State"]) for row in shop.tab("Runs")]
    assert {"DONE", "WAITING", "AWAITING_APPROVAL", "AWAITING_TASK", "DEAD_LETTER", "INVALID"} == set(states)
    leads = {str(row["Email"]): row for row in shop.tab("Leads") if row["Run"]}
    assert leads["zoe@verde.example"]["State"] == "Contacted"
    assert leads["gus@lind.example"]["State"] == "Nurture"
    assert str(leads["jonas@weber.example"]["Run"]) == "waits for Budget"
    assert "INVALID" in str(leads["tom(at)bakerbikes.example"]["Run"])


def test_the_report_counts_no_template_as_a_text_by_a_model(demo: Shop) -> None:
    assert "AI wrote" not in demo.run("report")


def test_a_service_that_failed_was_really_called_again(played: tuple[Shop, str]) -> None:
    shop, printed = played
    failed = [row for row in shop.tab("Audit") if row["Event"] == "try failed" and "answered with 503" in str(row["Detail"])]
    assert len(failed) == 2
    acted = [row["Run"] for row in shop.tab("Audit") if row["Event"] == "acted" and row["Step"] == "Log in CRM"]
    assert {row["Run"] for row in failed} <= set(acted)
    assert "refused 3 of 10 calls" in printed


def test_the_dead_letter_brings_its_checklist(played: tuple[Shop, str]) -> None:
    (letter,) = played[0].tab("Dead letters")
    assert "422" in str(letter["Error"])
    assert str(letter["SOP"]).startswith("Book a payment by hand\n1. ")


def test_no_mail_left_without_a_row_and_each_left_once(played: tuple[Shop, str]) -> None:
    shop, _ = played
    to = shop.recipients()
    assert len(to) == len(set(to)) + 1  # claire gets two: an invoice, and word of a milestone
    assert "priya@northlight.example" not in to
    assert "win@spam.example" not in to


def test_the_cell_that_it_names_is_the_cell_to_type_into(played: tuple[Shop, str], demo: Shop) -> None:
    cell = re.search(r"type APPROVE into cell ([A-Z]+\d+)", played[1])
    assert cell
    book = openpyxl.load_workbook(demo.path)
    sheet = book["Approvals"]
    assert sheet.cell(1, sheet[cell[1]].column).value == "Decision"
    run = sheet.cell(sheet[cell[1]].row, 2).value
    sheet[cell[1]] = "APPROVE"
    book.save(demo.path)
    before = len(demo.mails())
    demo.run("run", "--once")
    assert {row["Run"]: row["State"] for row in demo.tab("Runs")}[run] == "DONE"
    assert len(demo.mails()) == before + 1


def test_nothing_moves_when_nothing_is_typed(demo: Shop) -> None:
    before, said = demo.path.read_bytes(), _cells(demo)
    printed = demo.run("run", "--once") + demo.run("run", "--once")
    assert dict(_cells(demo).items() ^ said.items()) == {}, printed
    assert demo.path.read_bytes() == before


def _cells(shop: Shop) -> dict[tuple[str, str], str]:
    """(tab, cell) → what stands there."""
    book = openpyxl.load_workbook(shop.path)
    cells = ((sheet.title, cell) for sheet in book for row in sheet.iter_rows() for cell in row)
    return {(tab, cell.coordinate): str(cell.value) for tab, cell in cells if cell.value is not None}


def test_check_and_audit_find_nothing_wrong(demo: Shop) -> None:
    assert "No mistakes" in demo.run("check")
    assert "unbroken" in demo.run("audit", "verify")


def test_it_does_not_write_over_an_earlier_demo(demo: Shop) -> None:
    before = demo.path.read_bytes()
    assert "Name another folder" in Shop(demo.folder.parent).run("demo", "business", code=1)
    assert demo.path.read_bytes() == before


def test_libreoffice_opens_it_and_sees_every_run(demo: Shop) -> None:
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice is not installed")
    profile = f"-env:UserInstallation={(demo.folder / 'profile').as_uri()}"
    command = [soffice, profile, "--headless", "--convert-to", "ods", "--outdir", str(demo.folder), str(demo.path)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_path(str(demo.folder / "business.ods"))
    runs = book.get_sheet_by_name("Runs").to_python()
    assert [row[0] for row in runs[1:] if row[0]] == [row["Run"] for row in demo.tab("Runs")]
