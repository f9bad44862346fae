"""What every template must keep: it loads, its rows agree with each other, and its samples are of today."""

import re
from datetime import date, datetime, timedelta

import pytest

import sheet_templates
from runner import tabs
from runner.errors import RowpactError
from runner.model import RunState
from runner.rules.with_cell import parse_with
from runner.tabs import Side
from runner.values import name_key
from sheet_templates.guide import guide
from sheet_templates.look import STATES, row_height
from sheet_templates.template import Group
from sheet_templates.text import parse

TODAY = date(2026, 11, 22)
ALL = ["blank", "client-onboarding", "delivery-operations", "invoicing-collections", "lead-qualification", "lead-to-cash"]
#: What this version can do; a template that promises more would be refused by `check`.
ACTIONS = {"email.send", "http.get", "http.post", "http.put", "http.patch", "http.delete", "sheet.add", "sheet.set", "sheet.find"}
ACTIONS |= {"decide", "wait", "task", "notify", "ai.write", "check"}

every = pytest.mark.parametrize("template", [sheet_templates.load(name) for name in ALL], ids=ALL)


def rows(template, tab):
    return template.rows.get(tab.name, ())


def own_tab(template, name):
    return next(tab for tab in template.tabs if tab.name == name)


def test_the_folder_is_the_list():
    assert sheet_templates.names() == ALL


def test_a_name_may_be_typed_as_people_type_it():
    assert sheet_templates.load(" Lead to Cash ") == sheet_templates.load("lead-to-cash")


def test_an_unknown_template_is_answered_with_the_nearest_and_the_list():
    with pytest.raises(
        RowpactError, match=r"There is no template “leed-to-cash”\. Did you mean “lead-to-cash”\? There is: blank, "
    ):
        sheet_templates.load("leed-to-cash")


def test_a_path_is_no_template():
    with pytest.raises(RowpactError, match="There is no template"):
        sheet_templates.load("../lead-to-cash")


@every
def test_every_contract_is_described_once_and_works_on_a_tab_of_its_own(template):
    names = [name_key(row["Contract"]) for row in rows(template, tabs.CONTRACTS)]
    assert len(names) == len(set(names))
    for row in rows(template, tabs.CONTRACTS):
        tab = own_tab(template, row["Tab"])
        assert {"State", "Run", "Row ID"} <= set(tab.headers)
        assert row["SOP"] in {sop["SOP"] for sop in rows(template, tabs.SOPS)}
        assert row["Trigger"] == "New row" or row["Trigger"].startswith("State is ")
        for cell in ("Entry state", "Exit state"):
            assert row.get(cell) in {None, *states(tab)}
        assert row["Trigger"].removeprefix("State is ") in {"New row", *states(tab)}


def states(tab):
    return next(column.choices for column in tab.columns if column.name == "State")


@every
def test_steps_fields_and_routes_name_what_there_is(template):
    contracts = {row["Contract"]: own_tab(template, row["Tab"]) for row in rows(template, tabs.CONTRACTS)}
    steps = {}
    for row in rows(template, tabs.STEPS):
        assert row["Action"] in ACTIONS
        assert row["Step"] not in steps.setdefault(row["Contract"], [])
        steps[row["Contract"]].append(row["Step"])
    assert set(steps) == set(contracts)
    for row in rows(template, tabs.FIELDS):
        assert row["Field"] in contracts[row["Contract"]].headers
    for row in rows(template, tabs.ROUTES):
        order = steps[row["Contract"]]
        assert row["Go to"] == "End" or order.index(row["Go to"]) > order.index(row["After"])
        assert row["Set state"] in {None, *states(contracts[row["Contract"]])}


@every
def test_what_a_step_is_set_to_exists(template):
    for row in rows(template, tabs.STEPS):
        settings, wrong = parse_with(row["With"])
        assert not wrong
        contract = next(other for other in rows(template, tabs.CONTRACTS) if other["Contract"] == row["Contract"])
        if row["Action"].startswith("sheet."):
            headers = own_tab(template, settings.pop("tab", contract["Tab"])).headers
            assert settings.pop("key", headers[0]) in headers
            assert set(settings) <= set(headers)
        if row["Action"] == "decide":
            table = own_tab(template, settings["table"])
            assert table.is_table
            assert {header for header in table.headers if not header.startswith("Then ")} <= set(
                own_tab(template, contract["Tab"]).headers
            )
        mails = {mail["Template"] for mail in rows(template, tabs.TEMPLATES)}
        if row["Action"] == "email.send":
            assert settings["template"] in mails if "template" in settings else {"subject", "body"} <= set(settings)
        if row["Action"] == "ai.write":
            assert settings["fallback"] in mails  # a new workbook works before anybody has set up a model
        if row["Action"] == "check":
            assert settings["checks"] in {line["Checks"] for line in rows(template, tabs.CHECKS)}
        if "sop" in settings:
            assert settings["sop"] in {sop["SOP"] for sop in rows(template, tabs.SOPS)}


@every
def test_every_text_is_used_and_every_setting_it_names_exists(template):
    texts = " ".join(str(value) for listed in template.rows.values() for row in listed for value in row.values())
    named = set(re.findall(r"settings\.(\w+)", texts))
    settings = {name_key(row["Setting"]) for row in rows(template, tabs.SETTINGS)}
    assert named | {"pause", "bulk_limit"} <= settings
    assert settings <= named | {"pause", "bulk_limit", "approval_expires", "four_eyes", "confidence_threshold"}
    for mail in rows(template, tabs.TEMPLATES):
        assert any(f"{setting}: {mail['Template']}" in texts for setting in ("template", "fallback"))
    for sop in rows(template, tabs.SOPS):
        assert texts.count(sop["SOP"]) > sum(other["SOP"] == sop["SOP"] for other in rows(template, tabs.SOPS))


@every
def test_addresses_lead_nowhere(template):
    text = str(template)
    hosts = re.findall(r"[\w.+-]+@([\w.-]+)", text) + re.findall(r"https?://([\w.-]+)", text)
    assert all(host.endswith((".example", "example.com")) for host in hosts)


@every
def test_samples_are_of_today_and_make_ordinary_rows(template):
    filled = template.with_samples(TODAY)
    assert filled.with_samples(TODAY) == filled
    assert "today" not in str([tab.rows for tab in filled.tabs])
    moments = [value for tab in filled.tabs for row in tab.rows for value in row.values() if isinstance(value, date)]
    days = [moment.date() if isinstance(moment, datetime) else moment for moment in moments]
    assert all(abs(day - TODAY) < timedelta(days=500) for day in days)
    assert days or not template.tabs or template.name == "lead-qualification"


def test_the_demo_shows_every_kind_of_lead():
    leads = own_tab(sheet_templates.load("lead-to-cash").with_samples(TODAY), "Leads").rows
    assert any(str(lead["Name"]).startswith("=") for lead in leads)
    assert any("(at)" in str(lead["Email"]) for lead in leads)
    assert any(lead["Budget"] is None for lead in leads)
    assert any(lead["State"] == "Won" for lead in leads)
    assert len({lead["Email"] for lead in leads}) == len(leads) - 1
    assert leads[0]["Received"].isoformat() == "2026-11-21T09:12:00"


def test_a_setting_can_be_replaced_and_no_other_changes():
    template = sheet_templates.load("lead-to-cash")
    changed = template.with_setting("CRM url", "http://127.0.0.1:8080")
    before, after = ({row["Setting"]: row["Value"] for row in rows(which, tabs.SETTINGS)} for which in (template, changed))
    assert after == {**before, "crm_url": "http://127.0.0.1:8080"}
    with pytest.raises(KeyError):
        template.with_setting("no such thing", 1)


@every
def test_lists_and_hints_fit_into_a_cell_rule(template):
    for sheet in template.sheets():
        for column in sheet.columns:
            assert len(column.hint) <= 255
            if column.side is not Side.RUNNER:
                assert len(",".join(column.choices)) <= 255
                assert not any("," in choice for choice in column.choices)


@every
def test_the_guide_names_every_tab(template):
    linked = {line.mark for line in guide(template) if line.link}
    assert linked == {sheet.name for sheet in template.sheets()}


def test_the_daily_work_stands_first_and_the_records_last():
    sheets = sheet_templates.load("lead-to-cash").sheets()
    names = [sheet.name for sheet in sheets]
    assert names[:8] == ["Leads", "Clients", "Milestones", "Invoices", "Approvals", "Tasks", "Dead letters", "Runs"]
    assert names[-5:] == ["Lead score", "Audit", "KPIs", "KPI weeks", "Runner"]
    assert {sheet.name for sheet in sheets if sheet.group is not Group.DATA} >= {tab.name for tab in tabs.STANDARD_TABS.values()}


def test_every_state_of_a_run_has_one_colour():
    coloured = [state for states_of_mood in STATES.values() for state in states_of_mood]
    assert sorted(coloured) == sorted(RunState)
    # the first mood that finds its word wins, so a word must not be hidden in one that comes later
    for index, state in enumerate(coloured):
        assert not any(earlier in state for earlier in coloured[:index])


def test_a_row_is_as_high_as_its_longest_text():
    assert row_height([]) == row_height([(10, "")]) == 15
    assert row_height([(80, "a"), (20, "one\ntwo\n\nfour")]) == 60
    assert row_height([(10, "word " * 1000)]) == 409


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[Runs]\nrows = ''", "is no tab that an owner fills"),
        ("[Fields]\nrows = '''\nContract | Feild\nA | B\n'''", "there is no column 'Feild'"),
        ("[Fields]\nrows = '''\nContract | Field\nA\n'''", "shorter"),
        ("[[tab]]\nname = 'Leads'\nabout = ''\ncolumns = [{name = 'A', colour = 'red'}]", "colour"),
    ],
)
def test_a_slip_in_a_template_file_is_named(text, sentence):
    with pytest.raises(ValueError, match=rf"mine\.toml: .*{sentence}"):
        parse("mine", f"title = 'T'\nabout = 'A'\n{text}")
