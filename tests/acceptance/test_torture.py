"""SIGKILL at every boundary by name, and at random moments: afterwards nothing has happened twice and nothing is lost.

Each test kills the real command line, lets it run again, answers as an owner would who looks at the world first, and then compares
the world's own count with what the workbook promised.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from tests.acceptance.boundaries import ARCHIVE, LIVES, Life
from tests.acceptance.campaign import Campaign
from tests.acceptance.firm import Firm
from tests.acceptance.graveyard import KILLED, Graveyard
from tests.acceptance.outside import Outside
from tests.acceptance.person import answer
from tests.acceptance.promises import all_is_done, all_is_told, nothing_lost, nothing_twice, settled

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor SIGKILL")


@pytest.fixture(scope="module")
def graveyard() -> Iterator[Graveyard]:
    made = Graveyard()
    yield made
    made.close()


@pytest.fixture
def outside() -> Iterator[Outside]:
    made = Outside()
    yield made
    made.stop()


@pytest.fixture
def firm(tmp_path: Path, outside: Outside) -> Firm:
    made = Firm(folder=tmp_path, outside=outside)
    made.open()
    return made


def rest(firm: Firm, graveyard: Graveyard) -> None:
    """Ticks and answers until nobody has anything to say."""
    for _ in range(8):
        assert graveyard.run(firm.folder, "run", "--once") == 0
        nothing_twice(firm)
        nothing_lost(firm)
        if not answer(firm):
            return
    pytest.fail("it never came to rest")


def dies(firm: Firm, graveyard: Graveyard, spot: str) -> None:
    assert graveyard.run(firm.folder, "run", "--once", spot=spot) == KILLED, f"the runner never came to {spot}"
    nothing_twice(firm)


def happen(what: str, firm: Firm, graveyard: Graveyard) -> None:
    """One thing of a script."""
    match what:
        case "tick":
            assert graveyard.run(firm.folder, "run", "--once") == 0
        case "answer":
            assert answer(firm) == 1
        case "lose the ledger":
            for file in firm.folder.glob("business.ledger*"):
                file.unlink()
        case spot:
            dies(firm, graveyard, spot)


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES)
def test_nothing_twice_and_nothing_lost_when_killed(life: Life, firm: Firm, graveyard: Graveyard) -> None:
    firm.mail = life.mail
    firm.open()
    firm.come(**{life.tab: 1})
    for what in life.script:
        happen(what, firm, graveyard)
    rest(firm, graveyard)
    all_is_done(firm)
    assert settled(firm) == [*life.how]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_cancelled_run_stays_cancelled_when_killed(firm: Firm, graveyard: Graveyard, when: str) -> None:
    firm.come(Claims=1)
    graveyard.run(firm.folder, "run", "--once")
    firm.type("Runs", {"Run": "R-0001"}, Command="CANCEL")
    dies(firm, graveyard, f"commit|{when}|command|1")
    rest(firm, graveyard)
    all_is_told(firm)
    assert firm.runs() == {"1": "CANCELLED"}
    assert firm.outside.requests("/once") == {}


@pytest.mark.parametrize("spots", ARCHIVE.values(), ids=ARCHIVE)
def test_what_moves_into_the_archive_is_there_once_when_killed(firm: Firm, graveyard: Graveyard, spots: tuple[str, ...]) -> None:
    firm.open('archive_after = "1s"\n')
    firm.come(Bills=1)
    graveyard.run(firm.folder, "run", "--once")
    time.sleep(1.1)  # what ended is older than archive_after
    firm.come(Bills=1)
    for spot in spots:
        dies(firm, graveyard, spot)
    for _ in range(2):
        assert graveyard.run(firm.folder, "run", "--once") == 0
    archive = openpyxl.load_workbook(firm.folder / "business.archive.xlsx")
    gone = [row[0] for row in archive["Runs"].iter_rows(min_row=2, values_only=True)]
    lines = [row[0] for row in archive["Audit"].iter_rows(min_row=2, values_only=True)]
    assert sorted([*gone, *(row["Run"] for row in firm.look()["Runs"])]) == ["R-0001", "R-0002"]
    kept = [row["Seq"] for row in firm.look()["Audit"]]
    assert sorted([*lines, *kept]) == [*range(1, len(lines) + len(kept) + 1)]
    assert set(firm.outside.requests("/once")) == firm.once()
    assert [row["Run"] for row in firm.look()["Bills"]] == ["R-0001 DONE", "R-0002 DONE"]
    nothing_twice(firm)
    all_is_told(firm)


@pytest.mark.parametrize(("mail", "seed"), [("smtp", 11), ("folder", 12)])
def test_fifty_runs_killed_at_random_moments_end_as_promised(tmp_path: Path, graveyard: Graveyard, mail: str, seed: int) -> None:
    outside = Outside(slow=0.02, seed=seed)
    try:
        campaign = Campaign(firm=Firm(folder=tmp_path, outside=outside, mail=mail), graveyard=graveyard, seed=seed, kills=12)
        campaign.run()
    finally:
        outside.stop()
    assert campaign.killed == 12
    assert len(campaign.firm.look()["Runs"]) == 50
