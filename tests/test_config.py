"""config.toml: what it may say, and the sentence for what it may not."""

import subprocess
import sys
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from runner.config import Config, load
from runner.model import Problem
from runner.ports import Quiet

ROOT = Path(__file__).parents[1]
SMALLEST = '[workbook]\npath = "business.xlsx"\n'

WHOLE = """
[workbook]
kind = "excel"
path = "business.xlsx"
[runner]
poll = "15s"
workers = 8
ledger = "business.ledger"
timezone = "America/Chicago"
archive_after = "90 days"
heartbeat = ""
[email]
mode = "folder"
folder = "outbox"
from = "Ana <ana@example.com>"
host = "smtp.example.com"
port = 587
security = "starttls"
username = "ana"
password = "{{ secrets.SMTP_PASSWORD }}"
[http]
allow = ["api.stripe.com", "127.0.0.1:8080"]
[files]
allow = ["documents"]
[ai]
base_url = "http://127.0.0.1:11434/v1"
model = "llama3.2"
api_key = "{{ secrets.AI_KEY }}"
budget = "5 USD per day"
[mcp.calendar]
command = ["mcp-server-time"]
tools = ["get_current_time"]
[report]
to = ["ana@example.com"]
day = "Monday"
at = "08:00"
[alerts.P0]
email = ["ana@example.com"]
webhook = ""
repeat = "30m"
[webhook.forms]
secret = "{{ secrets.FORMS }}"
[inbox.support]
host = "imap.example.com"
username = "ana"
[folder.scans]
path = "scans"
[secrets.SMTP_PASSWORD]
env = "SMTP_PASSWORD"
hosts = ["smtp.example.com"]
[secrets.AI_KEY]
file = "ai-key"
hosts = ["127.0.0.1:11434"]
[secrets.FORMS]
keyring = "rowpact/forms"
"""


def read(folder: Path, text: str, **environ: str) -> tuple[Config | None, list[Problem]]:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, environ)


def good(folder: Path, text: str, **environ: str) -> Config:
    config, problems = read(folder, text, **environ)
    assert problems == []
    assert config is not None
    return config


def complaints(folder: Path, text: str, **environ: str) -> dict[str, str]:
    """where → sentence"""
    _, problems = read(folder, text, **environ)
    assert problems
    return {problem.where: problem.sentence for problem in problems}


def test_only_the_workbooks_place_is_needed_and_the_rest_is_harmless(tmp_path):
    config = good(tmp_path, SMALLEST)
    assert config.workbooks[0].path == tmp_path / "business.xlsx"
    assert config.runner.poll == timedelta(seconds=15)
    assert config.runner.timezone == "UTC"
    assert config.email.mode == "folder"
    assert config.email.folder == tmp_path / "outbox"
    assert config.http.allow == config.files.allow == config.report.to == ()
    assert [*config.mcp, *config.webhook, *config.secrets, *config.ai.model] == []


def test_a_whole_file_is_read_key_by_key(tmp_path):
    config = good(tmp_path, WHOLE)
    assert config.runner.zone.key == "America/Chicago"
    assert config.runner.archive_after == timedelta(days=90)
    assert config.runner.ledger == str(tmp_path / "business.ledger")
    assert config.email.sender == "Ana <ana@example.com>"
    assert config.http.allow == ("api.stripe.com", "127.0.0.1:8080")
    assert config.files.allow == (tmp_path / "documents",)
    assert config.ai.budget is not None
    assert (config.ai.budget.amount, config.ai.budget.currency, config.ai.budget.per) == (Decimal(5), "USD", "day")
    assert config.mcp["calendar"].command == ("mcp-server-time",)
    assert (config.report.day, config.report.at) == ("Monday", time(8))
    assert config.alerts.P0.repeat == timedelta(minutes=30)
    assert config.alerts.P2.email == ()
    assert config.webhook["forms"].secret == "{{ secrets.FORMS }}"
    assert config.inbox["support"].port == 993
    assert config.folder["scans"].path == tmp_path / "scans"
    assert config.secrets["AI_KEY"].file == tmp_path / "ai-key"


def test_the_example_at_the_top_of_the_project_is_valid_and_sends_nothing():
    config, problems = load(ROOT / "config.toml", {})
    assert problems == []
    assert config is not None
    assert config.email.mode == "folder"
    assert config.http.allow == config.files.allow == config.report.to == ()


def test_every_key_of_every_table_is_shown_in_the_example():
    from runner.config.whole import TABLES, keys_of

    example = (ROOT / "config.toml").read_text(encoding="utf-8")
    unseen = {f"{table}.{key}" for table in TABLES for key in keys_of(TABLES[table]) if key not in example}
    assert unseen == set()


def test_a_choice_that_may_stay_blank_is_not_offered_as_empty_quotes(tmp_path):
    said = complaints(tmp_path, SMALLEST + '[alerts.P0]\nshape = "slak"\n')["config.toml [alerts.P0] shape"]
    assert "'ntfy', 'json'." in said


def test_a_table_cannot_be_changed_after_it_was_read(tmp_path):
    config = good(tmp_path, SMALLEST)
    with pytest.raises(ValidationError):
        config.runner.workers = 3


def test_all_mistakes_are_told_at_once_each_with_its_place(tmp_path):
    said = complaints(
        tmp_path,
        '[workbook]\npath = "a.xlsx"\nkind = "exel"\n[runer]\n[runner]\npol = 3\npoll = 15\nworkers = 0\n'
        'timezone = "America/Chcago"\n'
        '[email]\nmode = "smtp"\nsecurity = "none"\nhost = "smtp.example.com"\npassword = "hunter2"\nport = "x"\nfrom = "bad"\n'
        '[http]\nallow = ["https://x/y"]\n[report]\nday = "Moonday"\nto = "a@b.example, d"\n[mcp.x]\n'
        "[alerts.P3]\n[secrets.X]\n[inbox.a]\n",
    )
    assert set(said) == {
        "config.toml [workbook] kind",
        "config.toml [runer]",
        *(f"config.toml [runner] {key}" for key in ("pol", "poll", "workers", "timezone")),
        *(f"config.toml [email] {key}" for key in ("security", "password", "port", "from")),
        *("config.toml [http] allow", "config.toml [report] day", "config.toml [report] to"),
        *("config.toml [mcp.x] url", "config.toml [alerts.P3]", "config.toml [secrets.X] keyring", "config.toml [inbox.a] host"),
    }
    assert "Did you mean “runner”?" in said["config.toml [runer]"]
    assert "Did you mean “poll”?" in said["config.toml [runner] pol"]
    assert "Did you mean “America/Chicago”?" in said["config.toml [runner] timezone"]
    assert "15s" in said["config.toml [runner] poll"]
    assert "Did you mean “Monday”?" in said["config.toml [report] day"]


def test_no_complaint_repeats_a_password_or_speaks_of_types(tmp_path):
    said = " ".join(
        complaints(tmp_path, SMALLEST + '[email]\npassword = "hunter2"\nport = true\nusername = 5\n[http]\nallow = 7\n').values()
    )
    assert "hunter2" not in said
    for word in ("str", "tuple", "int ", "NoneType", "validation", "pydantic", "Input"):
        assert word not in said


def test_each_severity_repeats_in_its_own_time_whatever_else_its_table_says(tmp_path):
    config = good(
        tmp_path, SMALLEST + '[alerts.P1]\nemail = ["a@b.example"]\nquiet = "22:00-07:00"\n[alerts.P2]\nrepeat = "3 days"\n'
    )
    assert [level.repeat for level in config.alerts.levels.values()] == [
        timedelta(minutes=30), timedelta(hours=4), timedelta(days=3)
    ]  # fmt: skip
    assert config.alerts.P1.quiet == Quiet(start=time(22), end=time(7))


def test_a_webhook_may_be_a_secret_that_says_where_it_may_go(tmp_path):
    hook = '[alerts.P0]\nwebhook = "{{ secrets.HOOK }}"\n[secrets.HOOK]\nenv = "HOOK"\n'
    assert "has no hosts" in complaints(tmp_path, SMALLEST + hook)["config.toml [alerts.P0] webhook"]
    config = good(tmp_path, SMALLEST + hook + 'hosts = ["hooks.slack.com"]\n')
    assert config.alerts.P0.webhook == "{{ secrets.HOOK }}"


def test_what_signs_an_alert_may_go_where_the_alert_goes(tmp_path):
    sign = '[alerts.P0]\nwebhook = "https://shop.example/hook"\nsecret = "{{ secrets.SIGN }}"\n[secrets.SIGN]\nenv = "SIGN"\n'
    [sentence] = complaints(tmp_path, SMALLEST + sign + 'hosts = ["other.example"]\n').values()
    assert "The secret SIGN may not be sent to shop.example." in sentence


@pytest.mark.parametrize("value", ["0s", "2 days", "1 month", "soon"])
def test_a_poll_outside_a_second_and_a_day_is_refused(tmp_path, value):
    assert "config.toml [runner] poll" in complaints(tmp_path, SMALLEST + f'[runner]\npoll = "{value}"\n')


@pytest.mark.parametrize("zone", ["chicago", "Americas/Chicago", "../etc/passwd", ""])
def test_a_time_zone_must_exist(tmp_path, zone):
    sentence = complaints(tmp_path, SMALLEST + f'[runner]\ntimezone = "{zone}"\n')["config.toml [runner] timezone"]
    assert "America/Chicago" in sentence


@pytest.mark.parametrize(
    ("table", "line", "words"),
    [
        ("email", 'password = "{{ secret.P }}"', 'Write "{{ secrets.NAME }}" and nothing else.'),
        ("email", 'from = "Ana <ana@example.com>, Bo <bo@example.com>"', "is not an e-mail address"),
        ("runner", 'heartbeat = "ping.example.com"', "begins with https://"),
        ("runner", 'heartbeat = "https://ping.example.com:port/"', "begins with https://"),
        ("runner", 'heartbeat = "https://me:hunter2@ping.example.com"', "The secret itself stands here"),
        ("runner", 'ledger = "mysql://db.example/rowpact"', "neither a file nor a PostgreSQL address"),
        ("report", 'at = "25:00"', "is not a time of day"),
        ("ai", 'budget = "lots"', "is not a budget"),
        ("ai", 'base_url = "http://["', "begins with https://"),
        ("http", 'allow = ["*"]', "is not a host"),
        ("http", "allow = [1]", "in quotation marks"),
        ("mcp.x", 'command = ["a"]\nurl = "https://a.example"', "exactly one of the two"),
        ("secrets.a-b", 'env = "A"', "cannot be a secret's name"),
        ("secrets.A", 'env = "A"\nfile = "a"', "exactly one place"),
        ("folder.x", "", "needed for a folder"),
        ("alerts.P0", 'mail = "a@b.example"', "Did you mean “email”?"),
        ("alerts.P0", 'quiet = "22:00-07:00"', "P0 is told at once, at any hour. Take quiet away here"),
        ("alerts.P1", 'quiet = "nights"', "Write it like 22:00-07:00."),
        ("alerts.P1", 'shape = "irc"', "This must be one of"),
        ("alerts.P2", 'webhook = "hooks.slack.com/x"', "begins with https://"),
        ("alerts.P2", 'secret = "hunter2hunter2"', "The secret itself stands here"),
    ],
)
def test_each_kind_of_value_has_its_own_sentence(tmp_path, table, line, words):
    [sentence] = complaints(tmp_path, f"{SMALLEST}[{table}]\n{line}\n").values()
    assert words in sentence
    assert "hunter2" not in sentence


@pytest.mark.parametrize("host", ["*.example.com", "example.com/path", "https://example.com", "", "a b", "a@b"])
def test_a_host_is_a_plain_name(tmp_path, host):
    assert "config.toml [http] allow" in complaints(tmp_path, SMALLEST + f'[http]\nallow = ["{host}"]\n')


@pytest.mark.parametrize(
    ("written", "usable"),
    [
        ("ana@example.com", True),
        ("<ana@example.com>", True),
        ('"Fern, Field" <ana@example.com>', True),
        ("Zoë Müller <zoe@example.com>", True),
        ("Fern, Field <ana@example.com>", False),
        ("ana", False),
        ("ana@", False),
        ("ana@example.com bo@example.com", False),
        ("Ana <ana@example.com", False),
    ],
)
def test_a_sender_is_exactly_one_address(tmp_path, written, usable):
    _, problems = read(tmp_path, SMALLEST + f"[email]\nfrom = '{written}'\n")
    assert (problems == []) is usable


def test_toml_values_and_one_text_for_a_list_are_understood_too(tmp_path):
    text = '[mcp.time]\ncommand = "uvx mcp-server-time"\n[report]\nto = "a@b.example"\nat = 08:30:00\nday = "fri"\n'
    config = good(tmp_path, SMALLEST + text + '[runner]\nledger = "postgresql://db.example/rowpact"\n')
    assert config.mcp["time"].command == ("uvx", "mcp-server-time")
    assert (config.report.to, config.report.day, config.report.at) == (("a@b.example",), "Friday", time(8, 30))
    assert config.ledger_of(config.workbooks[0]) == "postgresql://db.example/rowpact"


def test_an_ai_key_must_be_allowed_where_the_service_is(tmp_path):
    text = (
        '[ai]\napi_key = "{{ secrets.K }}"\nbase_url = "https://ai.example/v1"\n[secrets.K]\nenv = "K"\nhosts = "other.example"\n'
    )
    assert "ai.example" in complaints(tmp_path, SMALLEST + text)["config.toml [ai] api_key"]
    inbox = '[inbox.x]\nhost = "imap.example"\npassword = "{{ secrets.K }}"\n[secrets.K]\nenv = "K"\n'
    assert "imap.example" in complaints(tmp_path, SMALLEST + inbox)["config.toml [inbox.x] password"]


def test_a_variable_cannot_choose_between_several_workbooks(tmp_path):
    text = '[[workbook]]\nname = "A"\npath = "a.xlsx"\n[[workbook]]\nname = "B"\npath = "b.xlsx"\n'
    assert "environment variable ROWPACT_WORKBOOK_PATH" in complaints(tmp_path, text, ROWPACT_WORKBOOK_PATH="c.xlsx")
    assert good(tmp_path, SMALLEST, ROWPACT_WORKBOOK_PATH="c.xlsx").workbooks[0].path == tmp_path / "c.xlsx"


def test_nothing_in_the_file_can_make_it_a_traceback(tmp_path):
    for text in ("a = " + "[" * 5_000, "workbook = []", "workbook = [3]", "secrets = 3\nemail = 5\nmcp = []", "[secrets]\nX = 1"):
        assert complaints(tmp_path, text)


def test_a_missing_file_names_the_commands_that_make_one(tmp_path):
    config, [problem] = load(tmp_path / "config.toml", {})
    assert config is None
    assert "rowpact demo" in problem.fix
    assert "rowpact new" in problem.fix


def test_a_folder_in_place_of_the_file_is_a_sentence(tmp_path):
    assert load(tmp_path, {})[1][0].message.startswith("The file cannot be read")


@pytest.mark.parametrize(
    ("text", "where", "word"),
    [
        ("[workbook\npath = 1\n", "config.toml line 1, column 10", "valid TOML"),
        ('[workbook]\npath = "C:\\Users\\a.xlsx"\n', "config.toml line 2, column 11", "single quotes"),
        ('[workbook]\npath = "a.xlsx"\npath = "b.xlsx"\n', "config.toml, at its end", "twice"),
    ],
)
def test_a_slip_in_the_toml_is_shown_with_line_and_column(tmp_path, text, where, word):
    config, [problem] = read(tmp_path, text)
    assert config is None
    assert problem.where.startswith(where.split(",", maxsplit=1)[0])
    assert word in problem.sentence


def test_a_file_from_notepad_is_read_and_utf_16_is_explained(tmp_path):
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALLEST.encode())
    assert load(path, {})[1] == []
    path.write_bytes(SMALLEST.encode("utf-16"))
    assert "UTF-8" in load(path, {})[1][0].sentence


def test_a_secret_that_is_not_kept_is_a_problem_with_a_near_name(tmp_path):
    text = SMALLEST + '[email]\npassword = "{{ secrets.SMTP_PASWORD }}"\n[secrets.SMTP_PASSWORD]\nenv = "X"\n'
    assert "Did you mean “SMTP_PASSWORD”?" in complaints(tmp_path, text)["config.toml [email] password"]
    smtp = SMALLEST + '[email]\nmode = "smtp"\nhost = "m.example.com"\nfrom = "a@example.com"\npassword = "{{ secrets.MAIL }}"\n'
    assert "[secrets.MAIL] with env" in complaints(tmp_path, smtp)["config.toml [email] password"]


def test_a_part_that_nobody_uses_yet_may_name_a_secret_that_is_not_kept_yet(tmp_path):
    unused = SMALLEST + '[webhook.forms]\nsecret = "{{ secrets.FORMS }}"\n[ai]\napi_key = "{{ secrets.AI_KEY }}"\n'
    assert read(tmp_path, unused)[1] == []


def test_a_secret_must_be_allowed_where_the_config_itself_sends_it(tmp_path):
    mail = '[email]\nmode = "smtp"\nfrom = "a@b.example"\nhost = "smtp.b.example"\npassword = "{{ secrets.P }}"\n'
    mail += '[secrets.P]\nenv = "P"\n'
    said = complaints(tmp_path, SMALLEST + mail + 'hosts = ["other.example"]\n')
    assert 'Add "smtp.b.example" to hosts in [secrets.P].' in said["config.toml [email] password"]
    good(tmp_path, SMALLEST + mail + 'hosts = ["SMTP.b.example"]\n')


def test_a_password_in_a_database_address_is_a_secret_too(tmp_path):
    assert "config.toml [runner] ledger" in complaints(
        tmp_path, SMALLEST + '[runner]\nledger = "postgresql://me:pw@db.example/rowpact"\n'
    )
    kept = SMALLEST + '[runner]\nledger = "postgresql://me:{{ secrets.DB }}@db.example/rowpact"\n[secrets.DB]\nenv = "DB"\n'
    assert "may not be sent to db.example:5432" in complaints(tmp_path, kept)["config.toml [runner] ledger"]
    good(tmp_path, kept + 'hosts = ["db.example"]\n')
    misspelt = complaints(tmp_path, kept.replace("secrets.DB }}", "secrets.BD }}"))
    assert "There is no secret “BD”" in misspelt["config.toml [runner] ledger"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_mail_without_encryption_goes_to_this_computer_only(tmp_path, host):
    mail = f'[email]\nmode = "smtp"\nfrom = "a@b.example"\nsecurity = "none"\nhost = "{host}"\n'
    good(tmp_path, SMALLEST + mail)
    assert "config.toml [email] security" in complaints(tmp_path, SMALLEST + mail.replace(host, "127.0.0.1.example.com"))


def test_sending_mail_needs_a_host_and_a_sender(tmp_path):
    assert set(complaints(tmp_path, SMALLEST + '[email]\nmode = "smtp"\n')) == {
        "config.toml [email] from",
        "config.toml [email] host",
    }


def test_the_environment_wins_over_the_file_and_lists_take_commas(tmp_path):
    text = SMALLEST + '[runner]\npoll = "1m"\n'
    environ = {"ROWPACT_RUNNER_POLL": "5s", "ROWPACT_HTTP_ALLOW": "a.example, b.example:80", "ROWPACT_EMAIL_FROM": "a@b.example"}
    config = good(tmp_path, text, **environ, HOME="/")
    assert config.runner.poll == timedelta(seconds=5)
    assert config.http.allow == ("a.example", "b.example:80")
    assert config.email.sender == "a@b.example"


def test_a_wrong_environment_variable_is_named_and_foreign_ones_are_left_alone(tmp_path):
    said = complaints(tmp_path, SMALLEST, ROWPACT_RUNNER_POLL="soon", ROWPACT_RUNNER_POL="5s", ROWPACT_CRASH_AT="x")
    assert set(said) == {"environment variable ROWPACT_RUNNER_POLL", "environment variable ROWPACT_RUNNER_POL"}
    assert "Did you mean “ROWPACT_RUNNER_POLL”?" in said["environment variable ROWPACT_RUNNER_POL"]


def test_a_variable_that_holds_a_secret_may_be_called_like_a_key(tmp_path):
    good(tmp_path, SMALLEST + '[secrets.P]\nenv = "ROWPACT_EMAIL_SMTP_PASSWORD"\n', ROWPACT_EMAIL_SMTP_PASSWORD="x")


def test_several_workbooks_have_names_and_ledgers_of_their_own(tmp_path):
    config = good(
        tmp_path,
        '[[workbook]]\nname = "Shop"\npath = "shop.xlsx"\n'
        '[[workbook]]\nname = "Club"\nkind = "google"\nurl = "https://docs.google.com/spreadsheets/d/x"\n',
    )
    assert [config.ledger_of(workbook) for workbook in config.workbooks] == [
        str(tmp_path / "shop.ledger"),
        str(tmp_path / "Club.ledger"),
    ]
    said = complaints(tmp_path, '[[workbook]]\npath = "a.xlsx"\n[[workbook]]\npath = "b.xlsx"\n')
    assert "each needs a name" in said["config.toml [workbook]"]


def test_a_workbook_without_a_place_is_a_problem(tmp_path):
    assert "config.toml [workbook]" in complaints(tmp_path, "")
    assert "config.toml [workbook] path" in complaints(tmp_path, "[workbook]\n")
    assert "config.toml [workbook] url" in complaints(tmp_path, '[workbook]\nkind = "google"\n')
    assert "Begin it with [workbook]." in complaints(tmp_path, "workbook = 3\n")["config.toml [workbook]"]
    assert ".xlsx" in complaints(tmp_path, '[workbook]\npath = "a.csv"\n')["config.toml [workbook] path"]


def test_reading_the_config_loads_nothing_heavy():
    heavy = "sqlalchemy,openpyxl,jinja2,pandas,httpx"
    code = f"import sys, runner.config; print([m for m in {heavy.split(',')!r} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60)
    assert ran.stdout.strip() == "[]"


SENT = '[email.sent]\nhost = "imap.example.com"\nusername = "ana"\npassword = "{{ secrets.MAIL }}"\n'
MAIL_SECRET = '[secrets.MAIL]\nenv = "MAIL"\nhosts = ["smtp.example.com", "imap.example.com"]\n'


def test_the_sent_folder_is_a_table_of_its_own(tmp_path):
    config, problems = read(tmp_path, SMALLEST + SENT + MAIL_SECRET)
    assert problems == []
    sent = config.email.sent
    assert (sent.host, sent.port, sent.security, sent.mailbox, sent.keep_copy) == ("imap.example.com", 993, "tls", "", False)
    assert read(tmp_path, SMALLEST)[0].email.sent is None


def test_mistakes_in_the_sent_table_are_told_with_their_place(tmp_path):
    said = complaints(tmp_path, SMALLEST + '[email.sent]\nmailbx = "Sent"\nport = "x"\nsecurity = "nune"\npassword = "hunter2"\n')
    assert set(said) == {
        f"config.toml [email.sent] {key}" for key in ("mailbx", "port", "security", "password", "host", "username")
    }
    assert "Did you mean “mailbox”?" in said["config.toml [email.sent] mailbx"]
    assert "hunter2" not in str(said)
    assert (
        "for everybody"
        in complaints(tmp_path, SMALLEST + SENT + 'security = "none"\n' + MAIL_SECRET)["config.toml [email.sent] security"]
    )
    assert "must be a table" in complaints(tmp_path, SMALLEST + "[email]\nsent = 5\n")["config.toml [email.sent]"]


def test_the_sent_folders_password_must_be_allowed_to_go_there(tmp_path):
    smtp = '[email]\nmode = "smtp"\nfrom = "a@b.example"\nhost = "smtp.example.com"\n'
    only = '[secrets.MAIL]\nenv = "MAIL"\nhosts = ["smtp.example.com"]\n'
    said = complaints(tmp_path, SMALLEST + smtp + SENT + only)
    assert 'Add "imap.example.com" to hosts' in said["config.toml [email.sent] password"]
