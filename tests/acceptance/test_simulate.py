"""`rowpact simulate`: every effect is told, and not a byte of anything changes."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from adapters.ledgers.sql import SqlLedger
from runner.cli.simulate import command
from runner.errors import RowpactError
from tests.acceptance.conftest import Shop
from tests.conftest import NOW, FixedClock
from tests.servers.http import HttpServer


def fingerprints(folder: Path) -> dict[str, str]:
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.rglob("*") if file.is_file()}


def told(shop: Shop, *words: str, code: int = 0) -> str:
    """What the command prints, in this process: it starts in no time."""
    done = CliRunner().invoke(command, words, obj=shop.folder / "config.toml")
    failed = done.exception if isinstance(done.exception, RowpactError) else ""
    assert (1 if failed else done.exit_code) == code, done.output
    return f"{done.output}{failed}"


def facts(shop: Shop, *words: str) -> Any:
    return json.loads(told(shop, *words, "--json"))


def test_every_effect_of_every_new_row_is_told_and_none_is_done(leads: Shop) -> None:
    before = fingerprints(leads.folder)
    printed = leads.run("simulate")
    assert "Leads row 2 ana@shop.example" in printed
    assert "Reply: Send mail to bob@shop.example – Subject: Hello Bob" in printed
    assert "set State to Answered" in printed
    assert "2 runs would start, with 4 effects. None was carried out." in printed
    assert fingerprints(leads.folder) == before


def test_rows_that_have_run_start_nothing_and_the_ledger_stays_as_it_is_byte_for_byte(leads: Shop) -> None:
    leads.run("run", "--once")
    leads.add("Leads", Name="Cy", Email="cy@shop.example", Budget=5)
    leads.add("Leads", Name="Di", Budget=5)
    before = fingerprints(leads.folder)
    found = leads.json("simulate")["contracts"][0]
    assert [run["key"] for run in found["runs"]] == ["cy@shop.example"]
    assert found["ran_already"] == 2
    assert found["waiting"] == [{"row": "Leads row 5", "because": "waits for Email"}]
    assert fingerprints(leads.folder) == before
    leads.run("run", "--once")
    assert leads.runs()["cy@shop.example"] == "DONE"


def test_what_a_killed_runner_left_beside_its_ledger_stays_there(leads: Shop) -> None:
    leads.run("run", "--once")
    ledger = SqlLedger(leads.folder / "business.ledger", "business", FixedClock(NOW))
    ledger.note("rows", "2")
    log = leads.folder / "business.ledger-wal"
    left = log.read_bytes(), (leads.folder / "business.ledger").read_bytes()
    ledger.close()
    (leads.folder / "business.ledger").write_bytes(left[1])
    log.write_bytes(left[0])
    before = fingerprints(leads.folder)
    assert "2 rows have run already" in leads.run("simulate")
    assert fingerprints(leads.folder) == before


def test_a_contract_that_is_switched_off_is_shown_when_it_is_named(leads: Shop) -> None:
    leads.type("Contracts", {"Contract": "Hello"}, Enabled="No")
    assert "No contract is switched on" in told(leads)
    assert "2 runs would start" in told(leads, "hello")
    assert "Did you mean “Hello”?" in told(leads, "Helo", code=1)


def test_what_a_person_is_asked_first_is_told(leads: Shop) -> None:
    leads.type("Steps", {"Step": "Reply"}, Approval="Budget > 800")
    leads.add("Settings", Setting="Bulk limit", Value=1)
    ana, bob = facts(leads)["contracts"][0]["runs"]
    assert "see A-0001 in Approvals" in ana["held"]
    assert ana["asks"] == []
    assert bob["asks"] == [{"step": "Reply", "what": "ask first (Budget 900 > 800 ✓)"}]
    assert bob["effects"][0]["what"].startswith("Send mail to bob@shop.example")


def test_what_only_the_outside_knows_is_said_to_be_unknown(leads: Shop, http_server: HttpServer) -> None:
    url = f"http://{http_server.host}/people"
    rows = [
        ["Contract", "Step", "Action", "With", "If"],
        ["Hello", "Look up", "http.get", f"url: {url}", None],
        ["Hello", "Reply", "email.send", "to: {{ email }}\nsubject: Hi\nbody: You are {{ steps.look_up.json.rank }}.", None],
        ["Hello", "Cheer", "notify", "message: hooray", "steps.look_up.json.rank > 3"],
    ]
    leads.config(f'[http]\nallow = ["{http_server.host}"]')
    contracts = leads.tab("Contracts")
    leads.write(
        Contracts=[list(contracts[0]), *(list(row.values()) for row in contracts)],
        Steps=rows,
        Leads="Name | Email | State\nAna | ana@shop.example |",
    )
    run = facts(leads)["contracts"][0]["runs"][0]
    assert [effect["step"] for effect in run["effects"]] == ["Look up", "Reply"]
    assert "You are ‹Look up: json.rank›." in run["effects"][1]["what"]
    assert run["ends"].startswith("What comes next depends on what ‹…› will be")
    assert "‹…› stands for what a step will give" in told(leads)
    assert http_server.hits() == 0


def test_a_later_step_sees_the_row_that_an_earlier_one_would_write(leads: Shop) -> None:
    contracts = leads.tab("Contracts")
    leads.write(
        Contracts=[list(contracts[0]), *(list(row.values()) for row in contracts)],
        Steps=[
            ["Contract", "Step", "Action", "With"],
            ["Hello", "Add", "sheet.add", "tab: Clients\nkey: Email\nEmail: {{ email }}\nStage: new"],
            ["Hello", "Promote", "sheet.set", "tab: Clients\nkey: Email\nEmail: {{ email }}\nStage: old"],
            ["Hello", "Look", "sheet.find", "tab: Clients\nkey: Email\nEmail: {{ email }}"],
            ["Hello", "Say", "notify", "message: '{{ steps.look.stage }}'"],
        ],
        Clients="Email | Stage | Row ID\n",
        Leads="Name | Email | State\nAna | ana@shop.example |",
    )
    run = facts(leads)["contracts"][0]["runs"][0]
    assert "'old'" in run["effects"][2]["what"], run
    assert run["ends"] == "it would end DONE: all steps are done"
    assert leads.tab("Clients") == []


def test_of_very_many_runs_the_first_show_what_it_does(leads: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.engine.simulate.MOST", 1)
    first, second = facts(leads)["contracts"][0]["runs"]
    assert len(first["effects"]) == 2
    assert (second["effects"], second["ends"]) == ([], "Not followed: 1 others show what it does.")


def test_a_schedule_is_shown_at_its_moment(leads: Shop) -> None:
    leads.write(
        Contracts="Contract | Enabled | Trigger | When\nReport | Yes | Schedule | every day 09:00",
        Steps="Contract | Step | Action | With\nReport | Say | notify | message: Good morning",
    )
    leads.config('[runner]\ntimezone = "Europe/Dublin"')
    now = facts(leads)["contracts"][0]
    assert now["runs"] == []
    assert "to see it: rowpact simulate" in told(leads).lower()
    later = facts(leads, "Report", "--at", "2036-07-01 09:00")
    assert later["at"] == "2036-07-01T08:00:00+00:00"
    assert [run["key"] for run in later["contracts"][0]["runs"]] == ["2036-07-01 09:00"]


def test_the_future_shows_what_will_be_due_then(leads: Shop) -> None:
    leads.write(
        Contracts="Contract | Enabled | Trigger | Tab | When | Dedupe key\nRemind | Yes | Date due | Bills | on Due | {{ no }}",
        Steps="Contract | Step | Action | With\nRemind | Say | notify | message: Bill {{ no }}",
        Bills="No | Due | State\n7 | 2036-07-01 |",
    )
    leads.config('[runner]\ntimezone = "Europe/Dublin"')
    assert facts(leads)["contracts"][0]["waiting"] == [{"row": "Bills row 2", "because": "due 2036-07-01"}]
    later = facts(leads, "--at", "2036-07-02 09:00")["contracts"][0]
    assert [run["effects"][0]["what"] for run in later["runs"]] == ["Notify (P2): Bill 7"]


def test_mistakes_are_named_and_the_rest_is_shown(leads: Shop) -> None:
    contracts = leads.tab("Contracts")
    headers = list(contracts[0])
    bad = dict.fromkeys(headers) | {"Contract": "Bad", "Enabled": "Yes", "Trigger": "New rwo", "Tab": "Leads"}
    book = {name: [list(leads.tab(name)[0]), *(list(row.values()) for row in leads.tab(name))] for name in ("Steps", "Leads")}
    leads.write(Contracts=[headers, list(contracts[0].values()), list(bad.values())], **book)
    printed = told(leads, code=1)
    assert "2 runs would start" in printed
    assert "Contracts!C3" in printed
    assert "2 runs would start" in told(leads, "Hello")


@pytest.mark.parametrize("time", ["tomorrow", "09:00", "2026-13-01"])
def test_a_time_that_cannot_be_read_is_wrong_usage(leads: Shop, time: str) -> None:
    assert "is not a time" in told(leads, "--at", time, code=2)


def test_the_past_cannot_be_simulated(leads: Shop) -> None:
    assert "has passed" in told(leads, "--at", "2020-01-01", code=2)
