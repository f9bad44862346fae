"""Each thing that somebody should hear of, brought about for real, is one alert, and is over when it is over."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from runner.engine.attend import EVERY
from runner.engine.poll import Poller
from runner.engine.tick import Report, tick
from runner.errors import ActionInDoubt, LeaseHeld, LedgerUnusable, RowpactError, WorkbookUnreadable
from runner.ports import Disk
from runner.ports.checkup import Finding, Verdict, problem
from runner.rules.breaker import EQUAL_FAILURES
from tests.engine.alarms import HEADS, fails, mail, subjects, tells, text
from tests.engine.office import STEPS, Office
from tests.engine.postbox import Postbox

MAIL = "to: {{ email }}\\nsubject: Hello\\nbody: Thank you!"


def lay_out(office: Office, step: str, leads: int = 1, sla: str = "", rhythm: str = "", settings: str = "") -> None:
    office.write(
        Contracts=f"{HEADS}Hello | Yes | New row | Leads | | {{{{ email }}}} | Ana | Rolf | | {sla} | {rhythm} | P1 | Call",
        Steps=STEPS + step,
        SOPs="SOP | No | Instruction\nCall | 1 | Call them",
        Settings=f"Setting | Value\n{settings}",
        Leads="Name | Email | Row ID\n" + "\n".join(f"Ada | ada{number}@shop.example" for number in range(leads)),
    )


def alerts(office: Office) -> list[str]:
    """`P1 In doubt: …` of each that stands."""
    return [f"{row['Severity']} {row['What']}" for row in office.tab("Alerts") if not str(row["State"]).startswith("over")]


def only(office: Office, beginning: str) -> dict[str, Any]:
    (row,) = [row for row in office.tab("Alerts") if str(row["What"]).startswith(beginning)]
    return row


def test_in_doubt(office: Office) -> None:
    lay_out(office, f"Hello | Reply | email.send | {MAIL}")
    office.post.fault = ActionInDoubt("The line dropped after the last dot.")
    office.tick()
    row = only(office, "In doubt: Hello · Reply: The line dropped")
    assert (row["Severity"], row["Where"]) == ("P1", "Type DONE or RETRY in tab Dead letters, row R-0001, column Decision")
    office.type("Dead letters", {"Run": "R-0001"}, Decision="DONE", Decided_by="Ana")
    office.tick()
    assert alerts(office) == []


def test_a_contract_that_the_circuit_breaker_stopped(office: Office) -> None:
    lay_out(office, "Hello | Call | http.get | url: http://127.0.0.1:9/ | | | No", leads=EQUAL_FAILURES + 2)
    office.http_allow = ("127.0.0.1:9",)
    office.restart()
    office.tick()
    row = only(office, "Contract stopped: Hello · Call: Hello has stopped after 5 equal failures")
    assert row["Where"] == "Type RELEASE or SKIP in tab Approvals, row A-0001, column Decision"
    office.type("Approvals", {"Approval": "A-0001"}, Decision="SKIP")
    office.tick()
    assert [each.partition(":")[0] for each in alerts(office)] == ["P1 Dead letter"]


def test_an_sla_that_is_crossed_and_crossed_twice(office: Office) -> None:
    post = Postbox()
    lay_out(office, f"Hello | Reply | email.send | {MAIL} | | Always", sla="4h")
    tells(office, mail(post), severities="P1")
    office.tick()
    office.tick(hours=4)
    assert alerts(office) == [
        "P1 Past its SLA: Hello: Not done within its SLA of 4 h: it is AWAITING_APPROVAL at “Reply”. (R-0001)"
    ]
    office.tick(hours=4)
    assert alerts(office)[-1].startswith("P1 Twice past its SLA: Hello: Not done within twice its SLA of 4 h")
    office.tick(hours=1)
    assert any(subject.startswith("P1 twice past its SLA: Hello") for subject in subjects(post))
    office.type("Approvals", {}, Decision="APPROVE")
    office.tick()
    assert alerts(office) == []


def test_an_approval_that_nobody_gives_and_one_that_expires(office: Office) -> None:
    lay_out(office, f"Hello | Reply | email.send | {MAIL} | | Always", leads=2)
    office.tick()
    assert alerts(office) == []
    office.tick(days=4)
    row = only(office, "Approval overdue: Hello · Reply: 2 approvals have been waiting since Sun 22 Nov, 17:12")
    assert row["Count"] == 2
    assert "Thank you!" not in str(row)  # what would be sent stays in the workbook
    office.tick(days=4)
    assert [each.partition(":")[0] for each in alerts(office)] == ["P1 Dead letter"]


def test_a_contract_that_fell_silent_and_runs_again(office: Office) -> None:
    lay_out(office, f"Hello | Reply | email.send | {MAIL}", leads=0, rhythm="1 per day")
    office.tick()
    office.tick(days=2)
    assert only(office, "Silent: Hello:")["Where"] == "Look at tab Contracts, row Hello, columns Rhythm and Enabled"
    office.add("Leads", Name="Bob", Email="bob@shop.example")
    office.tick()
    assert alerts(office) == []


def test_runs_that_are_held_because_so_many_came_at_once(office: Office) -> None:
    lay_out(office, f"Hello | Reply | email.send | {MAIL}", leads=4, settings="Bulk limit | 3")
    office.tick()
    row = only(office, "Runs held: Hello: 4 new runs of Hello came at once and wait for your word.")
    assert row["Where"] == "Type RELEASE or SKIP in tab Approvals, row A-0001, column Decision"
    assert "ada0@" not in str(row)  # keys may be private
    office.type("Approvals", {}, Decision="RELEASE")
    office.tick()
    assert alerts(office) == []


def test_what_a_notify_step_says_goes_to_the_channels_of_its_severity(office: Office) -> None:
    post, other = Postbox(), Postbox()
    lay_out(office, "Hello | Tell | notify | severity: P0\\nmessage: {{ name }} is a large lead", leads=3)
    office.write(Fields="Contract | Field | Type | Private\nHello | Email | email | Yes")
    tells(office, mail(post), severities="P0")
    tells(office, mail(other, "bob@example.com"), severities="P1 P2")
    office.tick()
    (told,) = post.mails
    assert told["Subject"] == "P0 notice: Hello · Tell (3×)"
    assert "Ada is a large lead" in text(told)
    office.restart()
    office.tick(minutes=20)
    assert (len(post.mails), len(other.mails)) == (1, 0)
    office.add("Leads", Name="Eve", Email="eve@shop.example")
    office.tick()
    assert len(post.mails) == 2
    assert "Eve is a large lead" in text(post.mails[1])
    office.type("Alerts", {}, Seen="SEEN")
    office.tick(hours=2)
    assert len(post.mails) == 2


def running(office: Office, once: Callable[..., Report] = tick) -> Poller:
    office.with_(mode="running, every 15 s")
    return Poller(world=office.world, every=timedelta(seconds=15), seen=office.seen, tick=once)


def test_a_workbook_that_cannot_be_read_for_long(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    post = Postbox()
    tells(office, mail(post))
    poller = running(office)
    poller.once()

    def away() -> object:
        raise WorkbookUnreadable("business.xlsx is not there.")

    with monkeypatch.context() as gone:
        gone.setattr(office.workbook, "version", away)
        gone.setattr(office.workbook, "read", away)
        for _ in range(4):
            office.clock.sleep(60)
            poller.once()
        assert post.mails == []  # a hiccup
        assert office.seen.next_due
        office.clock.moment = office.seen.next_due
        poller.once()
        poller.once()
        assert subjects(post) == ["P0 workbook unreadable: business.xlsx is not there."]
        assert "business.xlsx is not there." in text(post.mails[0])
        office.clock.sleep(30 * 60)
        poller.once()
        assert len(post.mails) == 2
    poller.once()
    assert subjects(post)[-1].startswith("over: P0 workbook unreadable")
    assert alerts(office) == []


def test_a_workbook_that_is_locked_for_long(office: Office) -> None:
    post = Postbox()
    tells(office, mail(post))
    office.workbook.opened_by = "business.xlsx is open in Excel."
    office.tick()
    assert office.tick(minutes=50).quiet
    assert office.seen.next_due
    office.tick(minutes=10)
    office.tick(hours=1)
    assert subjects(post) == ["P1 workbook locked: no writing since Sun 22 Nov, 17:12"]
    office.workbook.opened_by = ""
    office.tick()
    office.tick()  # reads what it has written
    office.tick(hours=1)
    assert subjects(post)[1:] == ["over: P1 workbook locked: no writing since Sun 22 Nov, 17:12"]


def test_a_tick_that_fails_by_a_mistake_of_ours_is_told_before_the_process_ends(office: Office) -> None:
    post = Postbox()
    tells(office, mail(post))

    def broken(_world: object, _seen: object) -> Report:
        raise ZeroDivisionError("division by zero")

    with pytest.raises(ZeroDivisionError):
        Poller(world=office.world, every=timedelta(seconds=15), seen=office.seen, tick=broken).once()
    assert subjects(post)[0].startswith("P0 runner stopped:")
    assert "ZeroDivisionError: division by zero" in text(post.mails[0])


def test_a_tick_that_breaks_off_after_alerts_were_looked_at_is_told_when_it_lasts(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Postbox()
    tells(office, mail(post))
    office.tick()
    office.with_(mode="every 15 seconds")
    poller = running(office)

    def broken(*_anything: object) -> None:
        raise RowpactError("The audit could not be archived.")

    with monkeypatch.context() as patch:
        patch.setattr("runner.engine.tick.archive", broken)
        office.seen.ended = False
        for _ in range(8):
            poller.once()
            office.clock.sleep(60)
    assert [subject.partition(":")[0] for subject in subjects(post)] == ["P0 runner stopped"]
    for _ in range(2):
        poller.once()
        office.clock.sleep(15)
    assert [subject.partition(":")[0] for subject in subjects(post)] == ["P0 runner stopped", "over"]
    office.tick()  # reads what it has written
    assert office.tick().quiet


def test_what_a_tick_fails_with_leaves_without_secrets(office: Office) -> None:
    post = Postbox()
    tells(office, mail(post))
    office.with_(secrets=replace(office.world.secrets, redact=lambda text: text.replace("hunter2", "•••PW•••")))

    def broken(_world: object, _seen: object) -> Report:
        raise ValueError("hunter2 is no number")

    with pytest.raises(ValueError, match="hunter2"):
        Poller(world=office.world, every=timedelta(seconds=15), seen=office.seen, tick=broken).once()
    assert "hunter2" not in post.mails[0].as_string()
    assert "•••PW••• is no number" in text(post.mails[0])


def test_a_runner_that_only_stands_by_tells_nobody(office: Office) -> None:
    post = Postbox()
    tells(office, mail(post))

    def held(_world: object, _seen: object) -> Report:
        raise LeaseHeld("Another runner works.")

    poller = Poller(world=office.world, every=timedelta(seconds=15), seen=office.seen, tick=held)
    for _ in range(3):
        poller.once()
        office.clock.sleep(3600)
    assert post.mails == []


def test_a_ledger_that_can_record_nothing_is_told_once_and_again_only_after_its_time(office: Office) -> None:
    post = Postbox()
    tells(office, mail(post))
    office.tick()

    def refuses(*_anything: Any) -> Any:
        raise LedgerUnusable("The disk is full.")

    ledger = office.world.ledger
    ledger.acquire = refuses  # type: ignore[method-assign]
    poller = running(office)
    office.seen.ended = False
    for _ in range(10):
        poller.once()
        office.clock.sleep(60)
    assert [subject.partition(":")[0] for subject in subjects(post)] == ["P0 runner stopped"]
    assert "The disk is full." in text(post.mails[0])
    office.clock.sleep(21 * 60)
    poller.once()
    assert len(post.mails) == 2
    del ledger.acquire  # type: ignore[attr-defined]
    poller.once()
    assert subjects(post)[-1].startswith("over: P0 runner stopped")


def test_a_disk_that_fills_up_while_nothing_else_happens(office: Office) -> None:
    post = Postbox()
    disk = Disk(holds="the ledger", folder="/srv/shop", free=40_000_000_000, total=64_000_000_000)
    office.alerting = replace(office.alerting, disks=lambda: [disk])
    tells(office, mail(post), severities="P0 P1")
    poller = running(office)
    for _ in range(3):
        poller.once()
    disk = replace(disk, free=87_000_000)
    office.clock.sleep(EVERY.total_seconds())
    poller.once()
    assert subjects(post) == ["P0 disk nearly full: 87 MB left for the ledger"]
    poller.once()
    assert only(office, "Disk nearly full")["Where"] == "Make room on the disk of /srv/shop"
    disk = replace(disk, free=20_000_000_000)
    office.clock.sleep(EVERY.total_seconds())
    poller.once()
    poller.once()
    assert alerts(office) == []


@pytest.mark.parametrize(("free", "total", "severity"), [(3e9, 100e9, "P1"), (3e9, 10e9, ""), (6e9, 4e12, ""), (4e8, 1e9, "P1")])
def test_when_a_disk_counts_as_nearly_full(office: Office, free: float, total: float, severity: str) -> None:
    office.alerting = replace(office.alerting, disks=lambda: [Disk(holds="x", folder="/x", free=int(free), total=int(total))])
    office.restart()
    office.tick()
    assert [each[:2] for each in (alerts(office) if "Alerts" in office.workbook.tabs else [])] == [severity] * bool(severity)


def test_a_credential_that_fails_twice_is_told_and_so_is_that_it_works_again(office: Office) -> None:
    post, found = Postbox(), list[Finding]()
    tells(office, mail(post), severities="P1")
    office.with_(probe=lambda: list(found))
    poller = running(office)
    office.with_(probe=lambda: list(found), mode="running")
    poller = Poller(world=office.world, every=timedelta(seconds=15), seen=office.seen)

    def probes_end() -> None:
        for _ in range(2000):
            poller.once()
            if poller._prober._findings is None:
                break
        poller.once()

    poller.once()  # the first day is the doctor's
    found.append(problem("Connect and sign in", "The mail server refused the login of ana.", "Correct username and password."))
    found[0] = replace(found[0], area="E-mail")
    office.clock.sleep(25 * 3600)
    probes_end()
    assert alerts(office) == [] if "Alerts" in office.workbook.tabs else True  # it may be the network
    office.clock.sleep(11 * 60)
    probes_end()
    row = only(office, "Connection fails: E-mail Connect and sign in: The mail server refused the login of ana.")
    assert (row["Severity"], row["Where"]) == ("P1", "Correct username and password.")
    office.clock.sleep(3600)
    poller.once()
    assert len(post.mails) == 1
    found.clear()
    office.clock.sleep(3600)
    probes_end()
    assert alerts(office) == []


def test_what_is_about_to_expire_is_worth_a_word(office: Office) -> None:
    from runner.rules.alerts.machine import credentials

    found = Finding(
        what="api.stripe.com", area="Web", verdict=Verdict.WARNING, says="its certificate ends on 2 Dec", mend="Renew it."
    )
    (condition,) = credentials([found])
    assert (condition.kind, condition.where) == ("about to expire", "Renew it.")


def test_a_ledger_that_is_not_sound(office: Office) -> None:
    wrong = ["Audit line 3 was changed."]
    office.with_(safeguard=lambda: list(wrong))
    office.tick()
    office.tick(seconds=1)
    office.seen.ended = False
    office.tick()
    assert only(office, "Ledger not sound")["Severity"] == "P0"
    wrong.clear()
    office.seen.ended = False
    office.tick(days=1, minutes=1)
    office.seen.ended = False
    office.tick(minutes=1)
    assert alerts(office) == []


def test_a_ledger_that_was_lost_and_rebuilt(office: Office) -> None:
    fails(office)
    office.tick()
    office.type("Alerts", {"Alert": "W-1"}, Seen="ok")
    office.tick()
    office.lose_ledger()
    office.tick()
    office.tick()
    assert {each.partition(":")[0] for each in alerts(office)} == {"P1 Ledger put back", "P0 Dead letter"}
    assert "W-1" not in [row["Alert"] for row in office.tab("Alerts")]  # what was typed beside it answers no other
