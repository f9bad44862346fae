"""From runs and questions to what is counted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from runner.model import Ask, AskKind, Contract, Run, RunState, Snapshot, Tab
from runner.rules.kpi.facts import RunFact, ask_fact, note_failure, run_fact
from runner.rules.kpi.invoices import paid_invoices

AT = datetime(2026, 11, 17, 15, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
RUN = Run(id="R-0001", contract="Hello", key="ana", state=RunState.DONE, started=AT, ended=LATER)
LOST = Ask(id="D-0001", kind=AskKind.DEAD_LETTER, run="R-0001", contract="Hello", step="Reply", asked=AT)
YES = Ask(
    id="A-0001", kind=AskKind.APPROVAL, run="R-0001", contract="Hello", step="Reply", state="approved", asked=AT, answered=LATER
)
HELLO = Contract(name="Hello", tab="New leads", severity="P1", minutes_saved=5.0)


def fact(run: Run = RUN, *asks: Ask, contract: Contract = HELLO, **settings: str) -> RunFact:
    failures: dict[str, datetime] = {}
    for one in asks:
        note_failure(one, failures)
    return run_fact(settings)(run, contract, failures.get(run.id))


def test_a_run_that_was_in_dead_letters_has_failed_even_if_it_ended_well() -> None:
    assert (fact(RUN, LOST).failed, fact(RUN, LOST).outcome) == (True, AT)
    assert (fact(RUN, YES).failed, fact(RUN, YES).outcome) == (False, LATER)


def test_invalid_and_cancelled_runs_say_nothing_about_the_automation() -> None:
    assert fact(replace(RUN, state=RunState.INVALID)).outcome is None
    cancelled = fact(replace(RUN, state=RunState.CANCELLED))
    assert (cancelled.outcome, cancelled.ended) == (None, LATER)  # it is no backlog either


def test_minutes_are_saved_by_what_is_done_only() -> None:
    assert fact().minutes == 5.0
    assert fact(replace(RUN, state=RunState.REJECTED)).minutes == 0.0


def test_leads_are_what_settings_name_else_new_rows_of_a_tab_of_leads() -> None:
    assert fact().lead
    assert not fact(contract=replace(HELLO, tab="Invoices")).lead
    assert not fact(contract=replace(HELLO, trigger="State is")).lead
    assert not fact(lead_contracts="Welcome, Quote").lead
    assert fact(lead_contracts="Welcome,\nhello", contract=replace(HELLO, tab="Invoices")).lead


def test_what_a_failed_try_cost_is_spent_too() -> None:
    assert fact(replace(RUN, spent={"2026-11-17": Decimal("0.02"), "2026-11-18": Decimal("0.01")})).cost == 0.03


def test_only_what_a_person_answered_is_an_answer() -> None:
    expired = replace(YES, state="expired", answered=None)
    bulk = replace(YES, hold="bulk", run="")
    task = replace(YES, kind=AskKind.TASK)
    assert [fact.answered for fact in map(ask_fact, [YES, expired, bulk, task, LOST]) if fact] == [LATER]


def test_invoices_are_found_by_usual_names_or_by_those_in_settings() -> None:
    day = datetime(2026, 11, 2)  # noqa: DTZ001 - a cell
    rows = [
        (day, day + timedelta(days=9)),
        ("2026-11-02", day),
        (day, None),
        (None, day),
        (day, day - timedelta(days=1)),
        (day, "soon"),
    ]

    def tab(name: str, *headers: str) -> Snapshot:
        return Snapshot(tabs={name.casefold(): Tab.build(name, [(1, headers), *enumerate(rows, 2)])}, version=1)

    assert [one.days for one in paid_invoices(tab("Invoices", "Issued", "Paid on"), {})] == [9, 0]
    assert [one.days for one in paid_invoices(tab("My invoices", "Invoice date", "Date paid"), {})] == [9, 0]
    named = {"invoices_tab": "Rechnungen", "issued_column": "Vom", "paid_column": "Bezahlt"}
    assert [one.days for one in paid_invoices(tab("Rechnungen", "Vom", "Bezahlt"), named)] == [9, 0]
    assert paid_invoices(tab("Rechnungen", "Vom", "Bezahlt"), {}) == []
    assert paid_invoices(None, {}) == []
