"""`rowpact drill`: every step with every failure, on the command line, and nothing leaves."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

import sheet_templates
from adapters.ledgers.sql import SqlLedger
from runner import wiring
from runner.cli.drill import command
from runner.model import Effect
from runner.ports import Action, Tools
from tests.acceptance.conftest import Shop
from tests.conftest import NOW, FixedClock
from tests.servers.http import HttpServer

BY_FAULT = {"time-out", "500", "429", "malformed answer", "refused", "killed before", "killed after"}


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def by_trial(found: dict, step: str) -> dict[str, dict]:
    return {drill["trial"]: drill for drill in found["drills"] if drill["step"] == step}


def test_a_mail_step_is_drilled_with_every_failure_and_each_row_says_what_to_type(leads: Shop) -> None:
    before = digest(leads.path)
    found = leads.json("drill")
    reply = by_trial(found, "Reply")
    assert set(reply) == BY_FAULT
    assert {trial for trial, drill in reply.items() if drill["state"] == "IN_DOUBT"} == {
        "time-out", "malformed answer", "killed before", "killed after"}  # fmt: skip
    assert {drill["then"] for drill in found["drills"]} == {"DONE"}
    assert reply["429"]["tries"] == 4
    assert reply["429"]["row"]["Error"].startswith("The mail server mail.drill.example did not take the mail: 451")
    assert reply["refused"]["type"] == ["RETRY", "DONE", "UNDO", "CLOSE"]
    assert reply["killed after"]["found"] == "Dead letters: type DONE or RETRY"
    assert {drill["trial"] for drill in found["drills"] if not drill["step"]} == {"duplicate trigger", "workbook locked"}
    assert found["contracts"] == [
        {"contract": "Hello", "row": "Leads row 2", "unreached": [], "why_not": "", "without_failure": ""}
    ]
    assert found["promises_held"]
    assert found["verdict"] == (
        "9 drills: none sent anything twice, none lost a run; 3 end in Dead letters, 4 ask you whether it happened.")  # fmt: skip
    assert digest(leads.path) == before
    assert leads.mails() == []
    printed = leads.run("drill", "hello")
    assert "time-out → Dead letters: type DONE or RETRY" in printed
    assert "Look into the Sent folder or ask ana@shop.example" in " ".join(printed.split())
    assert "✓ 9 drills: none sent anything twice, none lost a run" in printed


@pytest.mark.parametrize("name", [name for name in sheet_templates.names() if name not in ("blank", "lead-to-cash")])
def test_every_template_holds_its_promises(shop: Shop, name: str) -> None:
    (shop.folder / "config.toml").unlink()
    shop.run("new", "business.xlsx", "--template", name, "--samples")
    found = shop.json("drill")
    assert found["promises_held"]
    assert found["problems"] == []
    assert all(row["unreached"] == [] and row["row"] for row in found["contracts"])
    assert all(drill["then"] and not drill["twice"] and not drill["lost"] for drill in found["drills"])
    assert not (shop.folder / "outbox").exists()


def test_the_demo_drills_without_reaching_anything(shop: Shop, http_server: HttpServer) -> None:
    (shop.folder / "config.toml").unlink()
    shop.run("demo", "demo")
    mails = sorted((shop.folder / "demo" / "outbox").iterdir())
    config = shop.folder / "demo" / "config.toml"
    config.write_text(
        config.read_text(encoding="utf-8").replace('allow = ["', f'allow = ["{http_server.host}", "'), encoding="utf-8"
    )
    found = shop.json("--config", "demo/config.toml", "drill")
    assert found["promises_held"], found["problems"]
    assert set(by_trial(found, "Log in CRM")) == BY_FAULT
    assert sorted((shop.folder / "demo" / "outbox").iterdir()) == mails
    assert http_server.hits() == 0


CONTRACTS = """
    Contract | Enabled | Trigger  | Tab    | When              | If            | Dedupe key | Owner | Risk
    Report   | No      | Schedule |        | every Monday 02:30 |              |            | Ana   |
    Remind   | Yes     | Date due | Bills  | 3 days before Due | Kind in Rent  | {{ no }}   | Ana   | High
    Charge   | Yes     | Called   |        |                   |               |            | Ana   |
    Order    | Yes     | New row  | Orders |                   | Amount >= 100 | {{ no }}   | Ana   |
"""
FIELDS = r"""
    Contract | Field  | Type  | Required | Rule
    Charge   | Amount | money | Yes      | >= 1
    Order    | No     | text  | Yes      | matches [A-Z]{2}-\d+
"""


def steps(host: str) -> list[list[object]]:
    reserve = f"url: http://{host}/r\nidempotent: yes\nform: n={{{{ steps.look.json.customer.name }}}}"
    pay = "contract: Charge\nkey: {{ no }}\nAmount: {{ steps.reserve.json.total }}"
    rank = "steps.look.json.rank > 7"
    return [
        ["Contract", "Step", "Action", "With", "If", "Approval", "On failure", "Undo"],
        ["Report", "Say", "notify", "message: hello"],
        ["Remind", "Mail", "email.send", "to: {{ email }}\nsubject: Pay\nbody: {{ amount }}"],
        ["Charge", "Post", "http.post", f'url: http://{host}/charge\njson: {{"a": {{{{ amount }}}}}}'],
        ["Order", "Look", "http.get", f"url: http://{host}/look"],
        ["Order", "Reserve", "http.post", reserve, rank, None, None, "Release"],
        ["Order", "Pay", "contract.call", pay, None, None, "Undo"],
        ["Order", "Paper", "file.write", "path: {{ no }}.txt\nbody: Thank you", None, "Always"],
        ["Order", "Release", "http.delete", f"url: http://{host}/r/{{{{ steps.reserve.json.id }}}}"],
    ]


def test_schedules_dates_calls_ways_back_and_made_up_rows_are_drilled_too(shop: Shop, http_server: HttpServer) -> None:
    bills = "No | Due | Amount | Kind | Email | State | Row ID | Run"
    orders = "No | Amount | State | Run | Row ID\nAB-12 | 500 | | |"
    shop.write(Contracts=CONTRACTS, Steps=steps(http_server.host), Fields=FIELDS, Bills=bills, Orders=orders)
    shop.config(f'[runner]\ntimezone = "America/New_York"\n[http]\nallow = ["{http_server.host}"]\n[files]\nallow = ["documents"]')
    found = shop.json("drill")
    assert found["problems"] == []
    assert {row["contract"]: row["row"] for row in found["contracts"]} == {
        "Report": "", "Remind": "a made-up row", "Charge": "a made-up row", "Order": "Orders row 2"}  # fmt: skip
    assert by_trial(found, "Look")["malformed answer"]["state"] == "DEAD_LETTER"  # later steps need what is in it
    assert by_trial(found, "Post")["500"]["state"] == "IN_DOUBT"
    assert by_trial(found, "Reserve")["500"]["state"] == "DEAD_LETTER"  # the service heeds the key: it was tried again
    assert by_trial(found, "Pay")["refused"]["then"] == "ROLLED_BACK"
    assert by_trial(found, "Release")["429"]["way"] == "after UNDO"
    nights = [drill["found"] for drill in found["drills"] if drill["trial"] == "clock-change night"]
    assert len(nights) == 4
    assert all(night.endswith("it ran once") for night in nights)
    assert http_server.hits() == 0
    assert not (shop.folder / "documents").exists()


def test_a_contract_whose_failures_nobody_sees_is_a_problem(leads: Shop) -> None:
    leads.type("Contracts", {"Contract": "Hello"}, Owner=None)
    printed = leads.run("drill", code=1)
    assert "Nobody is named to see it: fill in Owner beside “Hello” in Contracts." in " ".join(printed.split())
    assert "7 would be seen by nobody" in printed


def test_a_contract_with_mistakes_is_named_and_the_others_are_drilled(leads: Shop) -> None:
    leads.add("Contracts", Contract="Bad", Enabled="Yes", Trigger="New rwo", Tab="Leads")
    found = leads.json("drill", code=1)
    assert any("Contracts!C3" in problem for problem in found["problems"])
    assert len(found["drills"]) == 9
    assert found["verdict"].endswith("1 contract could not be drilled.")
    assert "Did you mean “Hello”?" in leads.run("drill", "Helo", code=1)


def test_an_action_that_is_wrongly_called_repeatable_is_found_out(leads: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = wiring.open_actions

    def careless(tools: Tools) -> dict[str, Action]:
        actions = dict(honest(tools))
        return actions | {"email.send": replace(actions["email.send"], effect=lambda _settings: Effect.REPEATABLE)}

    monkeypatch.setattr(wiring, "open_actions", careless)
    done = CliRunner().invoke(command, [], obj=leads.folder / "config.toml")
    assert done.exit_code == 1
    said = " ".join(done.output.split())
    assert "TWICE: “Reply” (Steps!B2) was done twice." in said
    assert "sent anything twice" in said
    assert "none sent anything twice" not in said


def test_a_runner_that_forgets_what_a_dead_one_began_is_found_out(leads: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.engine.tick.recover", lambda *_arguments: None)
    done = CliRunner().invoke(command, ["Hello", "--json"], obj=leads.folder / "config.toml")
    assert done.exit_code == 1
    found = json.loads(done.output)
    assert by_trial(found, "Reply")["killed before"]["lost"] or by_trial(found, "Reply")["killed after"]["twice"]


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGINT for one process")
def test_ctrl_c_ends_it_in_one_word_and_leaves_nothing_behind(leads: Shop) -> None:
    program = "from runner.cli import main; main()"
    environment = {**os.environ, "TMPDIR": str(leads.folder)}
    process = subprocess.Popen(
        [sys.executable, "-c", program, "drill"], cwd=leads.folder, env=environment, text=True, stdout=-1, stderr=-1
    )
    assert process.stdout
    assert process.stdout.readline().startswith("Drilling business.xlsx")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said.split()) == (1, ["Stopped."])
    assert sorted(path.name for path in leads.folder.iterdir()) == ["business.xlsx", "config.toml"]


def test_what_comes_later_of_a_schedule_is_no_second_time(leads: Shop, http_server: HttpServer) -> None:
    leads.write(
        Contracts="Contract | Enabled | Trigger | When | Owner\nOften | Yes | Schedule | every 15 minutes | Ana",
        Steps=[
            ["Contract", "Step", "Action", "With"],
            ["Often", "Post", "http.post", f"url: http://{http_server.host}/a\njson: {{}}"],
            ["Often", "Rest", "wait", "for: 1 day"],
            ["Often", "Say", "notify", "message: hello"],
        ],
    )
    leads.config(f'[http]\nallow = ["{http_server.host}"]')
    found = leads.json("drill")
    assert found["problems"] == []
    assert by_trial(found, "Say")["killed after"]["state"] == "DONE"
    assert by_trial(found, "Post")["killed after"]["state"] == "IN_DOUBT"


def test_a_row_that_needs_somebody_anyway_says_so_and_later_steps_are_drilled_all_the_same(leads: Shop) -> None:
    leads.write(
        Contracts="Contract | Enabled | Trigger | Tab | Dedupe key | Owner\nOrder | Yes | New row | Orders | {{ no }} | Ana",
        Steps=[
            ["Contract", "Step", "Action", "With"],
            ["Order", "Set", "sheet.set", "tab: Orders\nkey: No\nNo: nowhere\nAmount: 3"],
            ["Order", "Mail", "email.send", "to: ana@shop.example\nsubject: Hi\nbody: Hello"],
        ],
        Orders="No | Amount\n7 | 500",
    )
    found = leads.json("drill")
    assert found["contracts"][0]["without_failure"] == "Dead letters: Orders has no row where No = nowhere."
    assert by_trial(found, "Mail")["refused"]["state"] == "DEAD_LETTER"
    assert by_trial(found, "Mail")["time-out"]["state"] == "IN_DOUBT"
    assert "Even without a failure this row needs you." in leads.run("drill")


def test_the_runner_tab_names_the_last_drill_once_and_a_living_runner_is_not_disturbed(leads: Shop) -> None:
    leads.run("run", "--once")
    alive = SqlLedger(leads.folder / "business.ledger", "business", FixedClock(NOW))
    alive.acquire("another:1:x", NOW)
    leads.run("drill")
    alive.release()
    alive.close()
    assert "last drill" in [row["Name"] for row in leads.tab("Runner")]
    leads.run("run", "--once")
    value = next(row["Value"] for row in leads.tab("Runner") if row["Name"] == "last drill")
    assert "all contracts: 9 drills: none sent anything twice" in str(value)
    before = digest(leads.path)
    leads.run("run", "--once")
    assert digest(leads.path) == before
