"""A config with mistakes, a damaged ledger, and commands that were typed wrongly: a sentence, the right exit code, no traceback."""

import json

import pytest

from tests.acceptance.conftest import Shop

WORKBOOK = '[workbook]\nkind = "excel"\npath = "business.xlsx"\n'
SMTP = '[email]\nmode = "smtp"\nhost = "localhost"\nsecurity = "none"\nfrom = "a@b.co"\nusername = "ana"\n'


def configure(shop: Shop, text: str) -> None:
    (shop.folder / "config.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        (f'{WORKBOOK}[runner]\npol = "5s"\n', "config.toml [runner] pol", "Did you mean “poll”?"),
        (f'{WORKBOOK}[emial]\nmode = "folder"\n', "config.toml [emial]", "Did you mean “email”?"),
        (f'{WORKBOOK}[runner\npoll = "5s"\n', "config.toml line 4", "not valid TOML"),
        (f'{WORKBOOK}path = "other.xlsx"\n', "config.toml line 4", "stands twice"),
        (f'{WORKBOOK}{SMTP}password = "{{{{ secrets.NOPE }}}}"\n', "config.toml [email] password", "There is no secret “NOPE”."),
        (f'{WORKBOOK}{SMTP}password = "hunter2"\n', "config.toml [email] password", "everybody who sees this file"),
        ("", "config.toml [workbook]", "is missing"),
    ],
    ids=["unknown key", "unknown table", "syntax", "key twice", "unknown secret", "secret in the file", "empty"],
)
def test_a_mistake_in_the_config_is_named_with_its_place_and_nothing_runs(leads: Shop, text: str, where: str, said: str) -> None:
    configure(leads, text)
    (problem,) = leads.json("check", code=1)["problems"]
    assert problem["where"].startswith(where)
    assert said in problem["sentence"]
    printed = leads.run("run", "--once", code=1)
    assert where in printed
    assert said in printed
    assert "hunter2" not in printed + json.dumps(problem)
    assert sorted(path.name for path in leads.folder.iterdir()) == ["business.xlsx", "config.toml"]


def test_all_mistakes_of_the_config_are_named_at_once(leads: Shop) -> None:
    configure(leads, f'{WORKBOOK}[runner]\npoll = 5\nworkers = "x"\ntimezone = "Amerca/Chicago"\n')
    printed = leads.run("check", code=1)
    for said in ("Write 5s, 5m", "This must be a whole number", "Did you mean “America/Chicago”?", "3 problems"):
        assert said in printed


def test_a_missing_config_says_how_to_make_one(leads: Shop) -> None:
    (leads.folder / "config.toml").unlink()
    for words in (("check",), ("run", "--once"), ("status",), ("show", "R-0001"), ("audit", "verify")):
        printed = leads.run(*words, code=1)
        assert "config.toml" in printed
        assert "rowpact demo" in printed
    assert "other.toml" in leads.run("--config", "other.toml", "check", code=1)


def test_several_workbooks_are_refused_in_json_too(leads: Shop) -> None:
    configure(leads, '[[workbook]]\nname = "a"\npath = "business.xlsx"\n[[workbook]]\nname = "b"\npath = "b.xlsx"\n')
    (problem,) = leads.json("check", code=1)["problems"]
    assert "Give each a config of its own." in problem["sentence"]


# ---------------------------------------------------------------------------------------------------------- the ledger


def test_a_damaged_ledger_without_a_copy_is_named_by_check_and_run_and_nothing_is_sent(leads: Shop) -> None:
    leads.run("run", "--once")
    (leads.folder / "business.ledger.backup-1").unlink()
    leads.add("Leads", Name="Cleo", Email="cleo@shop.example")
    (leads.folder / "business.ledger").write_bytes(b"this is no database " * 500)
    before = leads.path.read_bytes()
    for words in (("check",), ("run", "--once"), ("status",)):
        printed = leads.run(*words, code=1)
        assert "business.ledger is damaged" in printed
        assert "Put the newest backup in its place" in printed
    assert len(leads.mails()) == 2
    assert leads.path.read_bytes() == before


def test_a_check_before_the_first_run_makes_no_ledger(leads: Shop) -> None:
    before = leads.path.read_bytes()
    leads.run("check")
    assert sorted(path.name for path in leads.folder.iterdir()) == ["business.xlsx", "config.toml"]
    assert leads.path.read_bytes() == before


def test_a_check_after_it_changes_nothing(leads: Shop) -> None:
    leads.run("run", "--once")
    before = leads.path.read_bytes()
    leads.type("Steps", {"Step": "Reply"}, Action="email.sned")
    changed = leads.path.read_bytes()
    leads.run("check", code=1)
    assert leads.path.read_bytes() == changed != before
    assert leads.json("show", "1")["state"] == "DONE"


# ----------------------------------------------------------------------------------------------------------- wrong usage


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("chek",), "Did you mean “check”?"),
        (("--frobnicate",), "--frobnicate"),
        (("check", "--frobnicate"), "--frobnicate"),
        (("run", "twice"), "twice"),
        (("show",), "RUN"),
        (("new",), "rowpact new business.xlsx --template lead-to-cash"),
        (("audit", "verfy"), "verify"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_a_command_that_does_not_exist_so_is_wrong_usage(leads: Shop, words: tuple[str, ...], said: str) -> None:
    assert said in leads.run(*words, code=2)


def test_a_run_that_does_not_exist_is_a_problem_and_any_spelling_of_one_that_does_is_fine(leads: Shop) -> None:
    assert "There is no run “R-0001”. Nothing has run yet" in leads.run("show", "R-0001", code=1)
    leads.run("run", "--once")
    for name in ("R-9999", "abc"):
        printed = leads.run("show", name, code=1)
        assert f"There is no run “{name}”." in printed
        assert "R-0001" in printed
    assert leads.json("show", "r-1")["run"] == "R-0001"


def test_check_says_when_nothing_will_happen_though_nothing_is_wrong(leads: Shop) -> None:
    assert "No mistakes: 1 contract, all ready." in leads.run("check")
    leads.add("Settings", Setting="Pause", Value="Yes")
    assert "nothing happens until Settings, Pause says No" in leads.run("check")
    leads.type("Contracts", {"Contract": "Hello"}, Enabled=None)
    assert "no contract is switched on: write Yes under Enabled" in leads.run("check")


def test_a_pause_that_is_not_understood_is_a_pause(leads: Shop) -> None:
    leads.add("Settings", Setting="Pause", Value="now please")
    assert "Settings!B3" in leads.run("run", "--once", code=None)
    assert leads.mails() == []


def test_an_export_goes_over_none_of_the_owners_files_and_says_where_it_cannot_go(leads: Shop) -> None:
    leads.run("run", "--once")
    before = leads.path.read_bytes()
    for name in ("business.xlsx", "./business.ledger", "config.toml"):
        assert "is not written over" in leads.run("audit", "export", "-o", name, code=1)
    assert "nowhere/audit.csv cannot be written" in leads.run("audit", "export", "-o", "nowhere/audit.csv", code=1)
    assert "lines in audit.csv" in leads.run("audit", "export", "-o", "audit.csv")
    assert leads.path.read_bytes() == before
    leads.run("audit", "verify")


def test_status_says_when_the_workbook_is_not_there(leads: Shop) -> None:
    leads.run("run", "--once")
    leads.path.unlink()
    assert "it is not in the folder" in leads.run("status")
    assert "it is not in the folder" in leads.json("status")["unreachable"]


def test_new_writes_over_nothing(leads: Shop) -> None:
    before = leads.path.read_bytes()
    assert "business.xlsx is there already" in leads.run("new", "business.xlsx", code=1)
    assert leads.path.read_bytes() == before
    config = (leads.folder / "config.toml").read_text(encoding="utf-8")
    printed = leads.run("new", "second.xlsx")
    assert "config.toml was there already and is left as it was." in printed
    assert 'path = "second.xlsx"' in printed
    assert (leads.folder / "config.toml").read_text(encoding="utf-8") == config


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("new", "x.xls"), "should end in .xlsx, for example x.xlsx"),
        (("new", "y.xlsx", "--template", "led-to-cash"), "Did you mean “lead-to-cash”?"),
        (("demo", "."), "business.xlsx is there already"),
    ],
    ids=["ending", "template", "demo over it"],
)
def test_new_and_demo_say_what_they_need(leads: Shop, words: tuple[str, ...], said: str) -> None:
    assert said in leads.run(*words, code=1)
    assert sorted(path.name for path in leads.folder.iterdir()) == ["business.xlsx", "config.toml"]


def test_json_is_json_also_for_a_command_that_was_written_wrongly(leads: Shop) -> None:
    assert leads.json("report", "--week", "2026-W99", code=2) == {"problems": ["“2026-W99” is not a week. Write it like 2026-W47."]}


def test_json_is_json_also_when_problems_were_found(leads: Shop) -> None:
    leads.type("Steps", {"Step": "Reply"}, Action="email.sned")
    found = leads.json("check", code=1)
    assert found["problems"][0]["where"].startswith("Steps!")
    assert found["contracts"] == []
    ran = leads.json("run", "--once", code=None)
    assert "Did you mean “email.send”?" in ran["problems"][0]
    assert ran["moved"] == {}
    assert leads.json("status")["runs"] == {}
    leads.type("Audit", {"Seq": 1}, Hash="0")
    assert "Audit!" in leads.json("audit", "verify", code=1)["problems"][0]


def test_with_json_what_went_wrong_is_json_too(leads: Shop) -> None:
    leads.path.unlink()
    for words in (("run", "--once"), ("audit", "verify")):
        assert "business.xlsx" in str(leads.json(*words, code=1))
