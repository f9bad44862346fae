"""Secrets: found late, sent only where they may go, shown nowhere."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from adapters.secrets import open_secrets
from runner.errors import ActionFailed
from runner.rules.marks import mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    env: str | None = None
    file: Path | None = None
    keyring: str | None = None
    hosts: tuple[str, ...] = ("api.example.com",)


def reveal(kept: Kept, environ: dict[str, str] | None = None, host: str = "api.example.com") -> str:
    return open_secrets({"KEY": kept}, environ or {}).reveal(mark("KEY"), host)


def refusal(kept: Kept, environ: dict[str, str] | None = None, host: str = "api.example.com") -> str:
    with pytest.raises(ActionFailed) as caught:
        reveal(kept, environ, host)
    assert caught.value.permanent
    assert "KEY" in str(caught.value)
    return str(caught.value)


def test_a_mark_becomes_the_value_with_or_without_blanks():
    secrets = open_secrets({"KEY": Kept(env="K")}, {"K": "s3cret"})
    assert secrets.reveal("Bearer {{secrets.KEY}}, {{   secrets.KEY }}!", "api.example.com") == "Bearer s3cret, s3cret!"
    assert secrets.names == {"KEY"}


def test_a_text_without_marks_needs_no_secret_at_all():
    assert open_secrets({}, {}).reveal("Hello {{ name }}", "anywhere.example") == "Hello {{ name }}"


def test_a_value_that_looks_like_a_mark_is_not_revealed_again():
    secrets = open_secrets({"A": Kept(env="A"), "B": Kept(env="B")}, {"A": mark("B"), "B": "b-value"})
    assert secrets.reveal(mark("A"), "api.example.com") == mark("B")


@pytest.mark.parametrize(
    "host", ["api.example.com", "API.Example.COM", "api.example.com:443", "api.example.com.", "api.example.com:8443"]
)
def test_a_host_without_port_stands_for_all_its_ports(host):
    assert reveal(Kept(env="K"), {"K": "value"}, host) == "value"


@pytest.mark.parametrize(
    "host", ["evil.example", "api.example.com.evil.example", "xapi.example.com", "example.com", "", "api.example.com@evil.example"]
)
def test_a_secret_goes_to_no_other_host(host):
    sentence = refusal(Kept(env="K"), {"K": "s3cret-value"}, host)
    assert "may only be sent to api.example.com (config.toml [secrets.KEY] hosts)" in sentence
    assert "s3cret-value" not in sentence


def test_a_port_that_is_named_is_the_only_one():
    kept = Kept(env="K", hosts=("127.0.0.1:8080", "[::1]:25"))
    assert reveal(kept, {"K": "value"}, "127.0.0.1:8080") == "value"
    assert reveal(kept, {"K": "value"}, "[::1]:25") == "value"
    for host in ("127.0.0.1:8081", "127.0.0.1", "[::1]:26"):
        refusal(kept, {"K": "value"}, host)


def test_a_secret_without_hosts_goes_nowhere():
    assert "may not be sent anywhere yet" in refusal(Kept(env="K", hosts=()), {"K": "value"})


def test_nothing_is_revealed_when_one_of_two_marks_is_refused():
    secrets = open_secrets({"A": Kept(env="A"), "B": Kept(env="B", hosts=("b.example",))}, {"A": "value-a", "B": "value-b"})
    with pytest.raises(ActionFailed, match="secret B may only"):
        secrets.reveal(mark("A") + mark("B"), "api.example.com")


def test_an_unknown_secret_is_named_with_the_nearest_one():
    with pytest.raises(ActionFailed, match="Did you mean “STRIPE”") as caught:
        open_secrets({"STRIPE": Kept(env="K")}, {}).reveal(mark("STRIP"), "api.example.com")
    assert caught.value.permanent


def test_a_secret_is_looked_up_only_when_it_is_needed():
    environ: dict[str, str] = {}
    secrets = open_secrets({"KEY": Kept(env="LATER")}, environ)
    environ["LATER"] = "now-there"
    assert secrets.reveal(mark("KEY"), "api.example.com") == "now-there"


@pytest.mark.parametrize("environ", [{}, {"K": ""}])
def test_a_missing_variable_is_named_with_its_source(environ):
    sentence = refusal(Kept(env="K"), environ)
    assert "environment variable K" in sentence
    assert "[secrets.KEY] env" in sentence


@pytest.mark.parametrize(
    ("text", "value"), [("s3cret\n", "s3cret"), ("s3cret\r\n", "s3cret"), ("s3cret\n\n", "s3cret\n"), (" s3 ", " s3 ")]
)
def test_a_file_gives_its_text_without_the_last_line_break(tmp_path, text, value):
    path = tmp_path / "key"
    path.write_bytes(text.encode())
    path.chmod(0o600)
    assert reveal(Kept(file=path)) == value


@pytest.mark.skipif(os.name != "posix", reason="file modes mean something on POSIX only")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused_with_the_command_that_mends_it(tmp_path, mode):
    path = tmp_path / "key"
    path.write_text("s3cret-value")
    path.chmod(mode)
    sentence = refusal(Kept(file=path))
    assert f"chmod 600 {path}" in sentence
    assert "s3cret-value" not in sentence


def test_a_file_that_is_not_there_or_holds_nothing_usable_is_explained(tmp_path):
    assert "there is no file" in refusal(Kept(file=tmp_path / "none"))
    (tmp_path / "folder").mkdir(mode=0o700)
    assert "cannot be read" in refusal(Kept(file=tmp_path / "folder"))
    for content, word in ((b"\n", "is empty"), (b"\xff\xfe", "UTF-8")):
        path = tmp_path / "key"
        path.write_bytes(content)
        path.chmod(0o600)
        assert word in refusal(Kept(file=path))


def test_without_the_keyring_package_the_install_command_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert 'pip install "rowpact[keyring]"' in refusal(Kept(keyring="rowpact/key"))


def test_a_keyring_is_asked_for_service_and_user(monkeypatch):
    class Locked(Exception):
        pass

    held = {("stripe", "live"): "from-ring", ("rowpact", "mail"): "mail-pass"}

    def get(service: str, user: str) -> str | None:
        if service == "locked":
            raise Locked
        return held.get((service, user))

    ring = ModuleType("keyring")
    ring.__dict__.update(get_password=get, errors=SimpleNamespace(KeyringError=Locked))
    monkeypatch.setitem(sys.modules, "keyring", ring)
    assert reveal(Kept(keyring="stripe/live")) == "from-ring"
    assert reveal(Kept(keyring="mail")) == "mail-pass"
    assert "keyring set rowpact other" in refusal(Kept(keyring="other"))
    assert "cannot be opened" in refusal(Kept(keyring="locked/x"))


def test_what_was_revealed_is_redacted_everywhere():
    secrets = open_secrets({"KEY": Kept(env="K")}, {"K": "hunter2!pass word"})
    secrets.reveal(mark("KEY"), "api.example.com")
    assert secrets.redact("sent hunter2!pass word to them") == "sent •••KEY••• to them"
