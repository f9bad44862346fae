"""Time on the real command line: what is due today runs, what may not act now waits, and a called contract runs along."""

from datetime import UTC, datetime, timedelta

from adapters.clock import SystemClock
from tests.acceptance.conftest import Shop

CONTRACTS = """
    Contract | Enabled | Trigger  | Tab      | When                   | Hours | Limit | Owner | Check
    Remind   | Yes     | Date due | Invoices | 2 days before Due date |       |       | Ana   |
    Note it  | Yes     | Called   |          |                        | HOURS |       | Ana   |
    Nightly  | Yes     | Schedule |          | every day 03:30        |       |       | Ana   |
"""
STEPS = r"""
    Contract | Step | Action        | With | Check
    Remind   | Mail | email.send    | to: {{ email }}\nsubject: Invoice {{ number }}\nbody: It is due on {{ due_date }}. |
    Remind   | Call | contract.call | contract: Note it\nkey: invoice {{ number }}\nEmail: {{ email }} |
    Note it  | Mail | email.send    | to: {{ email }}\nsubject: Noted\nbody: Thank you. |
    Nightly  | Say  | notify        | message: It is {{ scheduled }} |
"""
FIELDS = """
    Contract | Field | Type  | Required | Check
    Note it  | Email | email | Yes      |
"""


def invoices(today: datetime) -> str:
    days = [(today + timedelta(days=days)).date().isoformat() for days in (1, 9, -60)]
    rows = [f"{n} | n{n}@shop.example | {day} | |" for n, day in enumerate(days, 1)]
    return "\n".join(["Number | Email | Due date | Run | Row ID", *rows])


def test_what_is_due_runs_and_what_it_calls_waits_for_its_hours(shop: Shop) -> None:
    now = SystemClock().now().astimezone(UTC)
    hours = "-".join(f"{(now + timedelta(hours=later)):%H}:00" for later in (2, 3))
    shop.config('[runner]\ntimezone = "UTC"')
    shop.write(Contracts=CONTRACTS.replace("HOURS", hours), Steps=STEPS, Fields=FIELDS, Invoices=invoices(now))
    shop.run("check")
    shop.run("run", "--once")
    assert shop.recipients() == ["n1@shop.example"]
    says = [str(row["Run"]) for row in shop.tab("Invoices")]
    assert says[0] == "R-0001 DONE"
    assert says[1] == f"due {(now + timedelta(days=7)).date().isoformat()}"
    assert says[2].endswith("too long ago: not run")
    called = shop.json("show", "R-0002")
    assert isinstance(called, dict)
    assert (called["state"], called["tries"]) == ("WAITING", 0)
    assert shop.tab("Runs")[1]["Key"] == "invoice 1"
    shop.run("run", "--once")
    assert len(shop.tab("Runs")) == 2
    shop.run("audit", "verify")


def test_mistakes_about_time_stand_beside_their_rows(shop: Shop) -> None:
    contracts = (
        CONTRACTS.replace("every day 03:30", "every full moon ").replace("Due date |", "Due day  |").replace("HOURS", "9 to 5")
    )
    shop.write(Contracts=contracts, Steps=STEPS, Fields=FIELDS, Invoices="Number | Email | Due date | Run | Row ID")
    said = shop.run("check", code=1)
    assert "Contracts!E2  Invoices has no column “Due day”." in said
    shop.run("run", "--once", code=None)
    checks = [str(row["Check"]) for row in shop.tab("Contracts")]
    assert "Did you mean “Due date”?" in checks[0]
    assert checks[1].startswith("F2:") or "does not say which hours" in checks[1]
    assert "“every full moon” does not say when." in checks[2]
