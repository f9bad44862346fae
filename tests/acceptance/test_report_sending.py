"""The Monday report by the real command line: late, killed, raced, asked for by hand; it leaves once."""

import json
import shutil
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.clock import SystemClock
from tests.acceptance.computer import PLAIN, Computer, until
from tests.acceptance.conftest import Shop
from tests.acceptance.graveyard import KILLED, Graveyard
from tests.acceptance.test_two_runners import Pair
from tests.servers.smtp import SmtpServer

MORE = '[report]\nto = ["ana@example.com"]\n'
SUNDAY, MONDAY = "2026-11-22T20:00:00+00:00", "2026-11-23T08:00:01+00:00"


def reports(shop: Shop) -> list[str]:
    return [str(mail["Subject"]) for mail in shop.mails() if mail["List-Id"]]


@pytest.fixture(scope="module")
def two_weeks_old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the runner looked 15 days ago: a report is due, whatever day it is."""
    shop = Shop(tmp_path_factory.mktemp("old"))
    shop.config(MORE)
    shop.write(
        Contracts="Contract | Enabled | Trigger | Tab | Dedupe key\nHello | Yes | New row | Leads | {{ email }}",
        Steps=r"""
            Contract | Step  | Action     | With
            Hello    | Reply | email.send | to: {{ email }}\nsubject: Hello\nbody: Thank you!
        """,
        Leads="Name | Email | State | Run | Row ID\nAna | ana@shop.example",
    )
    shop.clock = (SystemClock().now() - timedelta(days=15)).isoformat()
    shop.run("run", "--once")
    return shop.folder


@pytest.fixture
def shop_with_report(tmp_path: Path, two_weeks_old: Path) -> Shop:
    """The same folder, for a test alone."""
    return Shop(Path(shutil.copytree(two_weeks_old, tmp_path, dirs_exist_ok=True)))


@pytest.fixture(scope="module")
def graveyard() -> Iterator[Graveyard]:
    made = Graveyard()
    yield made
    made.close()


def test_it_comes_on_monday_with_the_first_tick_and_never_again(leads: Shop) -> None:
    leads.config(MORE + '[runner]\ntimezone = "UTC"\n')
    leads.clock = SUNDAY
    leads.run("run", "--once")
    assert reports(leads) == []
    leads.clock = MONDAY
    assert "the report was sent to ana@example.com" in leads.run("run", "--once")
    leads.run("run", "--once")
    (subject,) = reports(leads)
    assert subject.startswith("business.xlsx, 2026-W47:")
    assert sorted(path.name for path in (leads.folder / "business.reports").iterdir()) == [
        f"2026-W47.{ending}" for ending in ("html", "log", "txt", "xlsx")
    ]
    run = next(row for row in leads.tab("Runs") if row["Key"] == "2026-W47")
    assert (run["Contract"], run["State"]) == ("Weekly report (Rowpact)", "DONE")
    shown = leads.json("show", str(run["Run"]))
    assert [line["event"] for line in shown["audit_log"]].count("acted") == 1  # type: ignore[index]
    assert "It is not sent twice." in leads.run("report", "--send", "--week", "2026-W47", code=1)
    assert leads.sound()


def test_by_hand_it_goes_now_and_says_to_whom(shop_with_report: Shop) -> None:
    shop = shop_with_report
    said = shop.json("report", "--send")
    assert isinstance(said, dict)
    assert (said["left"], len(reports(shop))) == (True, 1)
    shop.run("run", "--once")
    assert len(reports(shop)) == 1
    assert shop.json("report", "--send", code=1)["left"] is False  # type: ignore[index]
    assert shop.sound()


def test_by_hand_with_nobody_named_says_where_to_name_somebody(leads: Shop) -> None:
    assert "name somebody in config.toml [report] to" in leads.run("report", "--send", code=1)


#: Each leaves something else on disk: half a letter, a letter, a claim, an intent, a mail, a receipt.
SPOTS = [
    *("replace|before|-W|2", "replace|after|-W|2", "commit|before|about to act@Send|1"),
    *("commit|after|about to act@Send|1", "folder|after|mail|1", "commit|after|acted@Send|1"),
]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor SIGKILL")
@pytest.mark.parametrize("spot", SPOTS)
def test_killed_at_any_point_it_leaves_once_and_nobody_is_asked(shop_with_report: Shop, graveyard: Graveyard, spot: str) -> None:
    shop = shop_with_report
    assert graveyard.run(shop.folder, "run", "--once", spot=spot) == KILLED
    for _ in range(2):
        assert graveyard.run(shop.folder, "run", "--once") == 0
    assert len(reports(shop)) == 1
    assert shop.tab("Dead letters") == []
    assert shop.sound()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor SIGKILL")
@pytest.mark.parametrize(("spot", "left"), [("smtp|before|mail|1", 0), ("smtp|after|mail|1", 1)])
def test_killed_with_a_mail_server_that_cannot_be_asked_it_is_in_doubt_and_not_repeated(
    shop_with_report: Shop, graveyard: Graveyard, smtp_server: SmtpServer, spot: str, left: int
) -> None:
    shop = shop_with_report
    (shop.folder / "config.toml").write_text(
        '[workbook]\npath = "business.xlsx"\n[email]\nmode = "smtp"\nfrom = "Ana <ana@example.com>"\nhost = "127.0.0.1"\n'
        f'security = "none"\nport = {smtp_server.port}\n{MORE}',
        encoding="utf-8",
    )
    assert graveyard.run(shop.folder, "run", "--once", spot=spot) == KILLED
    for _ in range(2):
        assert graveyard.run(shop.folder, "run", "--once") == 0
    assert len(smtp_server.messages) == left
    (letter,) = shop.tab("Dead letters")
    assert (letter["State"], letter["Severity"]) == ("IN_DOUBT", "P1")
    assert "type DONE or RETRY beside it" in shop.run("report", "--send", "--week", _week(shop), code=1)
    shop.type("Dead letters", {"Run": letter["Run"]}, Decision="DONE" if left else "RETRY", Decided_by="Ana")
    assert graveyard.run(shop.folder, "run", "--once") == 0
    assert len(smtp_server.messages) == 1


def _week(shop: Shop) -> str:
    return next(str(row["Key"]) for row in shop.tab("Runs") if row["Contract"] == "Weekly report (Rowpact)")


def test_of_two_runners_at_once_one_sends_it(shop_with_report: Shop) -> None:
    pair = Pair(shop_with_report)
    try:
        pair.go(lambda: None)
    finally:
        pair.end()
    shop_with_report.run("run", "--once")
    assert len(reports(shop_with_report)) == 1


#: A runner whose hold on the workbook ends soon, so that the test need not wait for it.
SHORT = "from datetime import timedelta; from adapters.ledgers import lease\n"
SHORT += "lease.LENGTH, lease.RENEW_BELOW = timedelta(seconds=3), timedelta(seconds=2)\n" + PLAIN


def test_by_hand_while_a_runner_watches_the_workbook(shop_with_report: Shop, computer: Computer) -> None:
    shop = shop_with_report
    shop.config(MORE)
    runner = computer.start("run", code=SHORT)
    until(lambda: len(reports(shop)) == 1, "the report that was due")
    sent = json.loads(shop.start("report", "--send", "--week", "2020-W10", "--json", env=computer.env).stdout)
    assert sent["left"], sent
    assert len(reports(shop)) == 2
    computer.run("report", "--send", "--week", "2020-W10", code=1)
    shop.add("Leads", Name="Cy", Email="cy@shop.example")
    until(lambda: "cy@shop.example" in shop.recipients(), "the lead after it")
    assert "Traceback" not in computer.stop(runner)
    assert len(reports(shop)) == 2
    assert shop.sound()
