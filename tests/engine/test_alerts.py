"""What is not as it should be is told to whom it concerns: once, again until somebody knows, and when it is over."""

from datetime import timedelta

import pytest

from runner.engine.board import keep_board
from runner.engine.seen import Seen
from runner.engine.tick import tick
from runner.errors import ActionFailed
from runner.model import AlertBoard
from tests.conftest import NOW
from tests.engine.alarms import bodies, fails, hook, mail, subjects, tells, text
from tests.engine.office import Office
from tests.engine.postbox import Postbox
from tests.servers.http import HttpServer, Reply


@pytest.fixture
def post() -> Postbox:
    return Postbox()


def shown(office: Office) -> list[tuple[object, ...]]:
    return [(row["Severity"], str(row["What"]).partition(":")[0], row["Count"], row["State"]) for row in office.tab("Alerts")]


def test_p0_is_told_at_once_and_the_mail_says_all_that_is_needed(office: Office, post: Postbox) -> None:
    fails(office, sop="Bank")
    tells(office, mail(post))
    office.tick()
    (told,) = post.mails
    assert told["Subject"] == "P0 dead letter: Pay · Transfer"
    assert told["To"] == "ana@example.com"
    said = text(told)
    assert "nowhere.example is not a host that Rowpact may reach" in said
    assert "→ Type RETRY, DONE, UNDO or CLOSE in tab Dead letters, row R-0001, column Decision" in said
    assert "1. Open the bank" in said
    assert "2. Pay by hand" in said
    assert "Type SEEN in the tab Alerts, row W-1" in said
    (row,) = office.tab("Alerts")
    assert (row["Alert"], row["Severity"], row["Count"], row["State"]) == ("W-1", "P0", 1, "open")
    assert row["Told"] == "mail to ana@example.com, 2026-11-22 17:12"
    assert office.events("alert told")[0].detail == "W-1 dead letter, by mail to ana@example.com"


def test_equal_failures_are_one_alert_with_a_count_and_the_first_runs(office: Office, post: Postbox) -> None:
    fails(office, rows=4)
    tells(office, mail(post))
    office.tick()
    assert subjects(post) == ["P0 dead letter: Pay · Transfer (4×)"]
    assert "Runs: R-0001, R-0002, R-0003, R-0004" in text(post.mails[0])
    assert shown(office) == [("P0", "Dead letter", 4, "open")]


def test_p0_is_repeated_until_somebody_types_seen(office: Office, post: Postbox) -> None:
    fails(office)
    tells(office, mail(post))
    office.tick()
    office.tick()  # reads what it has written
    assert office.seen.next_due == NOW + timedelta(minutes=30)
    assert office.tick(minutes=29).quiet
    office.tick(minutes=1)
    assert subjects(post)[1:] == ["still P0 dead letter: Pay · Transfer"]
    office.type("Alerts", {"Alert": "W-1"}, Seen="ok")
    office.tick(minutes=1)
    assert shown(office) == [("P0", "Dead letter", 1, "seen: nobody is reminded")]
    office.tick(hours=2)
    assert len(post.mails) == 2
    assert office.tab("Alerts")[0]["Seen"] == "ok"


def test_what_is_no_answer_is_said_and_changes_nothing(office: Office, post: Postbox) -> None:
    fails(office)
    tells(office, mail(post))
    office.tick()
    office.type("Alerts", {"Alert": "W-1"}, Seen="later")
    office.tick(minutes=31)
    assert len(post.mails) == 2
    assert office.tab("Alerts")[0]["State"] == "open; “later” is not known here, type SEEN"


def test_an_answered_question_is_over_and_that_is_told_once_to_whoever_was_told(
    office: Office, post: Postbox, http_server: HttpServer
) -> None:
    fails(office)
    http_server.on("/alerts", Reply(200))
    tells(office, mail(post), hook(http_server))
    office.tick()
    office.type("Dead letters", {"Run": "R-0001"}, Decision="CLOSE", Decided_by="Ana")
    office.tick(minutes=5)
    office.tick(hours=1)
    office.restart()
    office.tick(hours=1)
    assert subjects(post) == ["P0 dead letter: Pay · Transfer", "over: P0 dead letter: Pay · Transfer"]
    assert [[item["news"] for item in body["alerts"]] for body in bodies(http_server)] == [["new"], ["over"]]
    assert shown(office) == [("P0", "Dead letter", 1, "over since 2026-11-22 17:17")]


def test_a_restart_tells_nothing_again(office: Office, post: Postbox) -> None:
    fails(office, rows=2)
    tells(office, mail(post))
    office.tick()
    for _ in range(3):
        office.restart()
        office.tick(minutes=1)
    assert len(post.mails) == 1


def test_a_kill_before_anybody_was_told_costs_no_news_and_one_after_it_gives_the_same_message(
    office: Office, post: Postbox
) -> None:
    fails(office)
    tells(office, mail(post))

    def killed() -> None:
        raise KeyboardInterrupt

    post.meanwhile = killed  # nothing has left
    with pytest.raises(KeyboardInterrupt):
        office.tick()
    office.restart()
    ledger = office.world.ledger
    note = ledger.note

    def killed_when_it_is_kept(name: str, value: str | None = None) -> str:
        if name == "alerts" and value and "mail to" in value:
            raise KeyboardInterrupt
        return note(name, value)

    ledger.note = killed_when_it_is_kept  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):  # it has left, and nobody has written that down
        office.tick()
    assert len(post.mails) == 1
    office.restart()
    office.tick(minutes=1)
    first, second = post.mails
    assert first["Message-ID"] == second["Message-ID"]
    office.restart()
    office.tick()
    assert len(post.mails) == 2


def test_p1_is_gathered_until_the_hour_is_full(office: Office, post: Postbox) -> None:
    fails(office, "P1")
    tells(office, mail(post), severities="P1")
    office.tick()
    office.tick()
    assert post.mails == []
    assert office.seen.next_due == NOW.replace(hour=18, minute=0, second=0)
    office.add("Bills", No=2, Bank="nowhere.example")
    office.tick(minutes=20)
    office.tick(minutes=27, seconds=6)
    assert subjects(post) == ["P1 dead letter: Pay · Transfer (2×)"]


def test_p2_comes_with_the_daily_digest_by_the_owners_clock(office: Office, post: Postbox) -> None:
    fails(office, "P2")
    tells(office, mail(post), severities="P2")
    office.tick()
    assert office.seen.next_due == NOW.replace(day=23, hour=8, minute=0, second=0)
    office.tick(hours=14, minutes=47)
    assert post.mails == []
    office.tick(seconds=6)
    assert subjects(post) == ["P2 dead letter: Pay · Transfer"]


def test_what_ended_before_anybody_heard_of_it_is_not_told(office: Office, post: Postbox) -> None:
    fails(office, "P1")
    tells(office, mail(post))
    office.tick()
    office.type("Dead letters", {"Run": "R-0001"}, Decision="CLOSE")
    office.tick(minutes=5)
    office.tick(hours=2)
    assert post.mails == []


def test_nobody_named_and_the_alert_still_stands_in_the_workbook(office: Office) -> None:
    fails(office)
    office.tick()
    assert [row["Told"] for row in office.tab("Alerts")] == ["nobody yet"]
    assert office.seen.next_due is None


def test_an_alert_keeps_its_number_and_its_moment_over_restarts(office: Office) -> None:
    fails(office)
    office.tick()
    (before,) = office.tab("Alerts")
    office.restart()
    office.tick(hours=1)
    office.type("Dead letters", {"Run": "R-0001"}, Decision="CLOSE")
    office.restart()
    office.tick(hours=1)
    (after,) = office.tab("Alerts")
    assert (after["Alert"], after["When"], after["State"]) == (before["Alert"], before["When"], "over since 2026-11-22 19:12")


def test_a_workbook_without_alerts_has_no_such_tab(office: Office) -> None:
    office.tick()
    assert "Alerts" not in office.workbook.tabs


def test_ended_alerts_leave_the_tab_after_some_days_and_the_owners_cells_stay_beside_theirs(office: Office) -> None:
    fails(office)
    office.tick()
    office.type("Dead letters", {"Run": "R-0001"}, Decision="CLOSE")
    office.tick(hours=1)
    office.add("Bills", No=2, Bank="nowhere.example")
    office.tick(days=2)
    assert [row["Alert"] for row in office.tab("Alerts")] == ["W-1", "W-2"]
    office.type("Alerts", {"Alert": "W-2"}, Seen="x")
    office.tick(days=2)
    office.tick()
    office.tick()
    assert [(row["Alert"], row["Seen"]) for row in office.tab("Alerts")] == [("W-2", "x")]
    assert office.tick().quiet


def test_a_channel_that_fails_is_tried_again_later_and_later_and_stops_no_other(
    office: Office, post: Postbox, http_server: HttpServer
) -> None:
    fails(office)
    http_server.on("/alerts", Reply(500), Reply(500), Reply(500), Reply(200))
    tells(office, hook(http_server), mail(post))
    office.tick()
    assert subjects(post) == ["P0 dead letter: Pay · Transfer"]
    place = f"webhook ({http_server.host})"
    assert [line for line in office.said if "Alerts" in line] == [
        f"Alerts cannot be told by {place}: {http_server.host} answered 500 Internal Server Error. Tried again Sun 22 Nov, 17:13."
    ]
    assert office.seen.next_due == NOW + timedelta(minutes=1)
    office.tick(minutes=1)
    assert shown(office)[1] == ("P1", "Alerts do not arrive", 1, "open")
    assert office.seen.next_due == NOW + timedelta(minutes=3)
    office.tick(minutes=2)
    assert http_server.hits() == 3
    office.restart()
    office.tick(minutes=4)
    assert http_server.hits() == 3
    office.tick(minutes=1)
    assert http_server.hits() == 4
    assert office.said[-1] == f"Alerts can be told by {place} again."
    assert {item["title"] for item in bodies(http_server)[-1]["alerts"]} == {"dead letter · Pay · Transfer"}


def test_a_channel_that_always_fails_makes_no_alerts_about_alerts(office: Office, http_server: HttpServer) -> None:
    fails(office)
    http_server.on("/alerts", Reply(404))
    tells(office, hook(http_server))
    for _ in range(40):
        office.tick(hours=1)
    (row,) = [row for row in office.tab("Alerts") if str(row["What"]).startswith("Alerts")]
    where = http_server.host
    assert row["What"] == (
        f"Alerts do not arrive: Alerts cannot be told by webhook ({where}). {where} answered 404 Not Found. "
        "Look whether the address of the webhook in config.toml [alerts] is still right."
    )
    assert http_server.hits() <= 42


def test_a_channel_that_asks_for_patience_gets_it(office: Office, http_server: HttpServer) -> None:
    fails(office)
    http_server.on("/alerts", Reply(429, headers={"Retry-After": "1200"}), Reply(200))
    tells(office, hook(http_server))
    office.tick()
    assert office.seen.next_due == NOW + timedelta(minutes=20)


def test_a_mailer_that_fails_is_a_channel_that_fails(office: Office, post: Postbox) -> None:
    fails(office)
    tells(office, mail(post))
    post.fault = ActionFailed("The mail server is gone.")
    office.tick()
    assert post.mails == []
    office.tick(minutes=1)
    assert len(post.mails) == 1


def test_private_values_and_keys_stay_in_the_workbook(office: Office, post: Postbox) -> None:
    fails(office)
    office.write(
        Fields="Contract | Field | Type | Required | Private\nPay | Bank | text | Yes | Yes",
        Bills="No | Bank | Run | Row ID\n1 | lovelace.example",
    )
    tells(office, mail(post))
    office.tick()
    (told,) = post.mails
    assert "lovelace" in str(office.tab("Dead letters")[0]["Error"])
    assert "lovelace" not in told.as_string()
    assert "••• is not a host" in text(told)
    assert "lovelace" not in str(office.tab("Alerts"))


def test_what_another_runner_has_told_between_two_ticks_is_not_told_again(office: Office, post: Postbox) -> None:
    fails(office, rows=0)
    tells(office, mail(post))
    office.tick()
    office.add("Bills", No="1", Bank="nowhere.example")
    tick(office.world, Seen())  # `rowpact run --once` beside a runner that waits for its next tick
    office.tick(seconds=15)
    assert subjects(post) == ["P0 dead letter: Pay · Transfer"]
    assert [row["Alert"] for row in office.tab("Alerts")] == ["W-1"]


def test_seen_beside_an_alert_that_the_ledger_forgot_answers_no_other(office: Office, post: Postbox) -> None:
    tells(office, mail(post), severities="P0")
    fails(office, rows=0)
    office.tick()
    board = AlertBoard(last=1)
    keep_board(office.world.ledger, board)  # a copy from when W-1 was the newest
    office.write(Alerts=f"Alert | When | Severity | What | Where | Count | Told | Seen | State\nW-3 ||||||| ok\nW-{'9' * 9999}")
    office.restart()
    office.add("Bills", No="1", Bank="nowhere.example")
    office.tick()
    office.tick(minutes=1)
    assert [(row["Alert"], row["State"]) for row in office.tab("Alerts")] == [("W-4", "open")]
