"""A workbook that moves from Excel to Google Sheets and back keeps its contracts, runs and decisions."""

import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

import sheet_templates
from adapters.workbooks.excel.create import create
from adapters.workbooks.google_sheets import opening
from runner import wiring
from runner.cli import rowpact
from runner.engine.seen import Seen
from runner.engine.tick import tick
from runner.errors import LeaseHeld, RowpactError
from runner.ports import World
from tests.adapters.google_sheets.conftest import ROBOT, GoogleDesk
from tests.conftest import NOW

EXCEL = '[workbook]\npath = "business.xlsx"\n'


@pytest.fixture
def shop(google_desk: GoogleDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an Excel workbook that has run once, and an empty Google sheet that is shared with the key there."""
    create(sheet_templates.load("client-onboarding"), tmp_path / "business.xlsx", today=NOW.date(), samples=True)
    (tmp_path / "config.toml").write_text(EXCEL, encoding="utf-8")
    key = tmp_path / "service-account.json"
    key.write_text(json.dumps(google_desk.key), encoding="utf-8")
    key.chmod(0o600)
    google_desk.sheet = google_desk.google.sheet("Our business", {}, shared_with=[ROBOT])
    monkeypatch.setattr(opening, "open_client", lambda *_, **__: google_desk.client(google_desk.credentials(), ROBOT))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def one_tick() -> World:
    world = wiring.open_world(wiring.load_config(Path("config.toml")))
    tick(world, Seen())
    world.ledger.release()
    return world


def converted(*words: str) -> dict[str, str]:
    ran = CliRunner().invoke(rowpact, ["convert", *words, "--json"], standalone_mode=False)
    if ran.exception:
        raise ran.exception
    told: dict[str, str] = json.loads(ran.output)
    return told


def states(world: World) -> dict[str, tuple[str, str]]:
    return {run.key: (run.id, run.state.value) for run in world.ledger.books.runs.values()}


def test_there_and_back_nothing_is_lost_and_nothing_is_done_twice(shop: Path, google_desk: GoogleDesk) -> None:
    before = states(one_tick())
    mails = sorted((shop / "outbox").iterdir())
    assert before
    there = converted("business.xlsx", google_desk.sheet.url)
    assert 'name = "business"' in there["config"]
    (shop / "config.toml").write_text(there["config"], encoding="utf-8")
    world = one_tick()
    assert states(world) == before
    assert sorted((shop / "outbox").iterdir()) == mails
    assert world.workbook.key == "business.xlsx"

    tasks = google_desk.sheet.tab("Tasks")
    tasks.type(2, "Done", "DONE")
    done = states(one_tick())
    assert done != before

    back = converted(google_desk.sheet.url, "moved.xlsx")
    (shop / "config.toml").write_text(back["config"], encoding="utf-8")
    world = one_tick()
    assert states(world) == done
    assert world.ledger.verify() == []
    assert world.workbook.key == "business.xlsx"
    book = openpyxl.load_workbook(shop / "moved.xlsx")
    assert [cell.value for cell in book["Tasks"]["I"]][:2] == ["Done", "DONE"]


def test_every_cell_stands_where_it_stood(shop: Path, google_desk: GoogleDesk) -> None:
    path = shop / "business.xlsx"
    book = openpyxl.load_workbook(path)
    mine = book.create_sheet("My own page!")
    for place, value in {"B2": "a note", "D9": 4.5, "A7": NOW.date(), "C3": "=1+1 is text", "E4": True}.items():
        mine[place].value = value
        if isinstance(value, str):
            mine[place].data_type = "s"
    book.save(path)
    converted("business.xlsx", google_desk.sheet.url)
    page = google_desk.sheet.tab("My own page!")
    assert page.rows[8] == [None, None, None, 4.5]
    assert (page.rows[6][0], page.rows[2][2], page.rows[3][4]) == (NOW.date(), "=1+1 is text", True)
    converted(google_desk.sheet.url, "back.xlsx")
    back = openpyxl.load_workbook(shop / "back.xlsx")["My own page!"]
    assert (back["D9"].value, back["C3"].value, back["C3"].data_type) == (4.5, "=1+1 is text", "s")


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (lambda desk: desk.sheet.tab("Sheet1").type(1, 1, "x"), "is not empty"),
        (lambda desk: desk.sheet.share(ROBOT, "reader"), "may only look at this sheet"),
    ],
)
def test_what_cannot_be_filled_is_said_and_left_alone(
    shop: Path, google_desk: GoogleDesk, prepare: Callable[[GoogleDesk], None], sentence: str
) -> None:
    prepare(google_desk)
    with pytest.raises(RowpactError, match=sentence):
        converted("business.xlsx", google_desk.sheet.url)
    assert google_desk.sheet.titles == ["Sheet1"]
    assert (shop / "config.toml").read_text(encoding="utf-8") == EXCEL


def test_a_file_that_is_there_is_not_written_over(shop: Path, google_desk: GoogleDesk) -> None:
    converted("business.xlsx", google_desk.sheet.url)
    size = (shop / "business.xlsx").stat()
    with pytest.raises(RowpactError, match="already a file"):
        converted(google_desk.sheet.url, "business.xlsx")
    assert (shop / "business.xlsx").stat() == size


def test_nothing_is_moved_while_a_runner_works_on_it(shop: Path, google_desk: GoogleDesk) -> None:
    one_tick()
    world = wiring.open_world(wiring.load_config(Path("config.toml")))
    world.ledger.acquire("somewhere-else:1:x", world.clock.now())
    with pytest.raises(LeaseHeld):
        converted("business.xlsx", google_desk.sheet.url)
    assert google_desk.sheet.titles == ["Sheet1"]


def test_the_ledger_is_named_where_it_would_not_be_found(shop: Path, google_desk: GoogleDesk) -> None:
    (shop / "data").mkdir()
    (shop / "business.xlsx").rename(shop / "data" / "business.xlsx")
    (shop / "config.toml").write_text('[workbook]\npath = "data/business.xlsx"\n', encoding="utf-8")
    before = states(one_tick())
    told = converted("data/business.xlsx", google_desk.sheet.url)
    assert 'ledger = "data/business.ledger"' in told["config"]
    (shop / "config.toml").write_text(told["config"], encoding="utf-8")
    assert states(one_tick()) == before
