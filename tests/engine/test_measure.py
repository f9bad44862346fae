"""What is counted is everything; what is kept of it is what somebody asked for."""

from datetime import timedelta

from runner.engine.measure import Measured, measure
from runner.rules.kpi.weeks import Week
from tests.engine.office import CONTRACTS, MAIL, STEPS, Office


def measured(office: Office, week: Week | None = None) -> Measured:
    span = (week.starts(office.zone), week.ends(office.zone)) if week else None
    return measure(office.world.ledger, office.seen.snapshot, office.seen.book.settings, office.zone, office.clock.now(), span)


def test_of_a_week_its_runs_and_questions_are_kept_and_all_weeks_are_counted(office: Office) -> None:
    office.tick()
    first = Week.of(office.clock.now(), office.zone)
    office.write(Steps=STEPS + f"Hello | Reply | email.send | {MAIL} | | Always")
    office.clock.moment += timedelta(days=14)
    office.add("Leads", Name="Cleo", Email="cleo@shop.example")
    office.add("Leads", Name="Dan", Email="dan@shop.example")
    office.tick()
    office.type("Approvals", {"Approval": "A-0001"}, Decision="REJECT")
    office.tick()
    later = first.before(-2)
    assert {week: sorted(measured(office, week).runs) for week in (first, first.before(-1), later)} == {
        first: ["R-0001", "R-0002", "R-0004"],
        first.before(-1): ["R-0004"],  # it is open
        later: ["R-0003", "R-0004"],
    }
    assert {week: [ask.id for ask in measured(office, week).asks] for week in (first, later)} == {
        first: ["A-0002"],
        later: ["A-0001", "A-0002"],
    }
    for week in (None, first, later):
        found = measured(office, week)
        assert found.count == 4
        assert found.numbers.values["failures"] == {first.monday: 0.0, later.monday: 0.0}
        assert found.numbers.values["rejected"] == {later.monday: 1}
        assert found.contracts.keys() == found.runs.keys()


def test_shadow_runs_and_their_questions_are_not_counted(office: Office) -> None:
    office.write(
        Contracts=CONTRACTS + "Hello | Shadow | New row | Leads | | {{ email }} | Ana | Rolf",
        Steps=STEPS + f"Hello | Reply | email.send | {MAIL} | | Always",
    )
    office.tick()
    assert office.runs()
    found = measured(office, Week.of(office.clock.now(), office.zone))
    assert (found.count, found.runs, found.asks) == (0, {}, [])


def test_a_run_that_failed_in_the_week_is_kept_however_long_ago_it_started(office: Office) -> None:
    office.write(
        Steps=STEPS + "Hello | Rest | wait | for: 9 days\nHello | Send | email.send | to: {{ name }}\\nsubject: x\\nbody: x",
        Leads="Name | Email | State | Run | Row ID\nAda | ada@shop.example",
    )
    office.tick()
    begun = Week.of(office.clock.now(), office.zone)
    office.tick(days=9)
    failed = Week.of(office.clock.now(), office.zone)
    office.tick(days=14)
    office.type("Dead letters", {}, Decision="CLOSE")
    office.tick()
    assert measured(office, failed).failures.keys() == measured(office, failed).runs.keys() == {"R-0001"}
    assert begun != failed
