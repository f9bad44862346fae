"""Weeks in the life of a shop, on the real command line: the clock of each command is set, everything else is real."""

from tests.acceptance.conftest import Shop
from tests.servers.http import HttpServer, Reply

WEEKS = """
    Contract | Enabled | Trigger | Tab | When | Dedupe key | Owner | Hours | Limit | SLA | Rhythm | Check
    Morning | Yes | Schedule |  | every weekday 09:00 |  | Ana |  |  |  |  |
    Night | Yes | Schedule |  | every day 02:30 |  | Ana |  |  |  |  |
    Hello | Yes | New row | Leads |  | {{ email }} | Ana | Mon-Fri 09:00-17:00 | 3 per hour | 4h | 1 per business day |
"""
STEPS = r"""
    Contract | Step | Action     | With                                                                    | Check
    Morning  | Say  | email.send | to: ana@shop.example\nsubject: Morning {{ scheduled }}\nbody: Good day. |
    Night    | Say  | email.send | to: ana@shop.example\nsubject: Night {{ scheduled }}\nbody: Good night. |
    Hello    | Mail | email.send | to: {{ email }}\nsubject: Hello\nbody: Thank you.                       |
"""


def _tick(shop: Shop, moment: str) -> str:
    shop.clock = moment
    return shop.run("run", "--once")


def _subjects(shop: Shop) -> list[str]:
    return [str(mail["Subject"]) for mail in shop.mails()]


def test_a_week_with_office_hours_a_limit_and_a_clock_change_night(shop: Shop) -> None:
    shop.config('[runner]\ntimezone = "Europe/Berlin"\n')
    leads = "\n".join(f"n{number}@shop.example | | |" for number in range(5))
    shop.write(Contracts=WEEKS, Steps=STEPS, Leads=f"Email | State | Run | Row ID\n{leads}")
    _tick(shop, "2026-10-23T17:30:00+02:00")  # Friday, after hours
    assert set(shop.runs().values()) == {"WAITING"}
    assert {str(row["Next try"]) for row in shop.tab("Runs")} == {"2026-10-26 09:00:00"}

    _tick(shop, "2026-10-25T02:31:00+02:00")  # the night on which 02:30 comes twice
    _tick(shop, "2026-10-25T02:31:00+01:00")
    assert _subjects(shop) == ["Night 2026-10-25 02:30"]

    _tick(shop, "2026-10-26T09:00:30+01:00")  # Monday: the computer slept through the night's moment
    assert sorted(_subjects(shop)) == ["Hello"] * 3 + [
        "Morning 2026-10-26 09:00",
        "Night 2026-10-25 02:30",
        "Night 2026-10-26 02:30",
    ]
    late = next(row for row in shop.tab("Audit") if "Night" in str(row["Contract"]) and "late by" in str(row["Detail"]))
    assert "2026-10-26 02:30, late by 6 h 30 min" in str(late["Detail"])
    shop.clock = "2026-10-26T09:01:00+01:00"
    assert "Not done within twice its SLA of 4 h" in shop.run("status")

    _tick(shop, "2026-10-26T10:02:00+01:00")  # an hour later the other two have their turn
    assert _subjects(shop).count("Hello") == 5
    _tick(shop, "2026-10-30T10:02:00+01:00")  # nobody has asked for days
    shop.clock = "2026-10-30T10:03:00+01:00"
    assert "No run has started since 2026-10-23 17:30; 1 per business day is normal." in " ".join(shop.run("status").split())
    assert _subjects(shop).count("Morning 2026-10-30 09:00") == 1
    assert len(_subjects(shop)) == 10  # of the moments slept through only the newest of each has run
    assert "unbroken" in shop.run("audit", "verify")


BILLS = """
    Contract | Enabled | Trigger | Tab   | Dedupe key | Owner | Check
    Bill     | Yes     | New row | Bills | {{ no }}   | Ana   |
"""


def test_a_month_with_equal_failures_a_full_day_and_the_archive(shop: Shop, http_server: HttpServer) -> None:
    shop.config(
        f'[http]\nallow = ["{http_server.host}"]\n[runner]\ntimezone = "Europe/Berlin"\nworkers = 1\narchive_after = "30 days"\n'
    )
    http_server.on("/bill", Reply(422, b'{"error": "closed"}'))
    shop.write(
        Contracts=BILLS,
        Steps=[
            ["Contract", "Step", "Action", "With"],
            ["Bill", "Send", "http.post", f"url: {http_server.url}/bill\nbody: {{{{ no }}}}"],
        ],
        Settings="Setting | Value | Note\nRuns per day | 9 |",
        Bills="No | State | Run | Row ID\n" + "\n".join(f"{number} | | |" for number in range(100, 107)),
    )
    _tick(shop, "2026-10-05T10:00:00+02:00")
    assert http_server.hits() == 5, "five equal failures stop the contract"
    (stopped,) = shop.tab("Approvals")
    assert "stopped after 5 equal failures" in str(stopped["What will happen"])

    http_server.on("/bill", Reply(201, b"{}"))
    shop.type("Approvals", {"Approval": stopped["Approval"]}, Decision="RELEASE", Decided_by="Ana")
    for letter in shop.tab("Dead letters"):
        shop.type("Dead letters", {"Run": letter["Run"]}, Decision="RETRY", Decided_by="Ana")
    for number in range(107, 112):
        shop.add("Bills", No=number)
    _tick(shop, "2026-10-05T10:05:00+02:00")
    states = [str(row["State"]) for row in shop.tab("Runs")]
    assert states == ["DONE"] * 9 + ["HELD"] * 3
    assert "Held until tomorrow: Runs per day in Settings is 9." in str(shop.tab("Runs")[-1]["Error"])
    _tick(shop, "2026-10-06T00:01:00+02:00")
    assert set(shop.runs().values()) == {"DONE"}
    assert http_server.hits() == 5 + 12

    printed = _tick(shop, "2026-11-10T09:00:00+01:00")
    assert "12 runs that ended before 2026-10-11 were moved into the archive workbook." in printed
    assert shop.tab("Runs") == []
    assert shop.json("show", "R-0001")["state"] == "DONE"  # type: ignore[index]
    shop.add("Bills", No=100)
    _tick(shop, "2026-11-10T09:05:00+01:00")
    assert shop.tab("Bills")[-1]["Run"] == "R-0001 has this key already (archived)"
    assert http_server.hits() == 5 + 12
    assert "unbroken" in shop.run("audit", "verify")
