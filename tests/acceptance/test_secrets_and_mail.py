"""Real mail over TLS, and secrets that reach their own host and no other place."""

import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from adapters.clock import SystemClock
from tests.acceptance.conftest import Shop
from tests.servers.http import HttpServer, Reply
from tests.servers.smtp import FaultySmtp, SmtpServer

SECRET = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"


def _smtp(shop: Shop, port: int, ca_file: Path, host: str = "localhost") -> None:
    shop.config(
        f'mode = "smtp"\nhost = "{host}"\nport = {port}\nsecurity = "starttls"\nca_file = "{ca_file.as_posix()}"\n'
        'username = "ana"\n'
        f'password = "{{{{ secrets.MAIL }}}}"\n[secrets.MAIL]\nenv = "MAIL"\nhosts = ["{host}"]\n'
    )


def test_mail_leaves_over_tls_with_a_login_once_to_each(
    leads: Shop, start_smtp: Callable[..., SmtpServer], server_tls: ssl.SSLContext, ca_file: Path
) -> None:
    server = start_smtp(login=("ana", SECRET), tls=server_tls)
    _smtp(leads, server.port, ca_file)
    leads.run("run", "--once", env={"MAIL": SECRET})
    leads.run("run", "--once", env={"MAIL": SECRET})
    assert sorted(message.recipients[0] for message in server.messages) == ["ana@shop.example", "bob@shop.example"]
    assert str(server.messages[0].mail["From"]) == "Ana <ana@example.com>"
    assert leads.runs() == {"ana@shop.example": "DONE", "bob@shop.example": "DONE"}


def test_a_certificate_that_nobody_vouches_for_gets_no_password(
    leads: Shop, start_smtp: Callable[..., SmtpServer], server_tls: ssl.SSLContext, tmp_path: Path
) -> None:
    import trustme

    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    server = start_smtp(login=("ana", SECRET), tls=server_tls)
    _smtp(leads, server.port, other)
    leads.run("run", "--once", env={"MAIL": SECRET})
    assert server.logins == []
    assert set(leads.runs().values()) <= {"DEAD_LETTER", "RETRYING"}
    assert "certificate" in str(leads.tab("Runs")[0]["Error"])


def test_a_line_that_drops_after_the_last_dot_is_in_doubt_and_not_sent_again(
    leads: Shop, faulty_smtp: Callable[..., FaultySmtp]
) -> None:
    server = faulty_smtp("dot", "DROP")
    leads.config(f'mode = "smtp"\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n')
    leads.run("run", "--once")
    leads.run("run", "--once")
    assert leads.runs() == {"ana@shop.example": "IN_DOUBT", "bob@shop.example": "IN_DOUBT"}
    assert len(server.kept) == 2


def test_a_doubt_about_a_mail_is_not_settled_by_a_place_that_it_never_went_to(
    leads: Shop, faulty_smtp: Callable[..., FaultySmtp]
) -> None:
    server = faulty_smtp("dot", "DROP")
    leads.config(f'mode = "smtp"\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n')
    leads.run("run", "--once")
    leads.config()
    leads.clock = (SystemClock().now() + timedelta(days=1)).isoformat()
    leads.run("run", "--once")
    assert leads.runs() == {"ana@shop.example": "IN_DOUBT", "bob@shop.example": "IN_DOUBT"}
    assert leads.mails() == []


def test_a_secret_reaches_its_host_and_stands_nowhere_else(shop: Shop, http_server: HttpServer) -> None:
    http_server.on("/pay", Reply(422, b'{"error": "the key ' + SECRET.encode() + b' may not do that"}'))
    shop.config(f'[http]\nallow = ["{http_server.host}"]\n[secrets.PAY]\nenv = "PAY"\nhosts = ["{http_server.host}"]\n')
    shop.write(
        Contracts=[["Contract", "Enabled", "Trigger", "Tab", "Dedupe key"], ["Pay", "Yes", "New row", "Bills", "{{ no }}"]],
        Steps=[
            ["Contract", "Step", "Action", "With", "Approval"],
            [
                "Pay",
                "Transfer",
                "http.post",
                f"url: {http_server.url}/pay\nheader.Authorization: Bearer {{{{ secrets.PAY }}}}\nbody: {{{{ note }}}}",
                "Always",
            ],
        ],
        Bills=[["No", "Note", "State", "Run"], [1, "{{ secrets.PAY }}", None, None]],
    )
    printed = shop.run("run", "--once", env={"PAY": SECRET})
    shop.type("Approvals", {"Approval": "A-0001"}, Decision="APPROVE")
    printed += shop.run("run", "--once", env={"PAY": SECRET})
    printed += shop.run("show", "R-0001", env={"PAY": SECRET}) + shop.run("audit", "export", env={"PAY": SECRET})
    assert http_server.requests[0].headers["authorization"] == f"Bearer {SECRET}"
    assert SECRET.encode() not in http_server.requests[0].body
    assert SECRET not in printed
    held = b"".join(path.read_bytes() for path in shop.folder.iterdir() if path.is_file() and path.suffix != ".xlsx")
    assert SECRET.encode() not in held
    for tab in ("Runs", "Approvals", "Dead letters", "Audit", "Runner"):
        assert SECRET not in str(shop.tab(tab))


def test_a_secret_may_not_go_to_another_host(shop: Shop, http_server: HttpServer, second_http_server: HttpServer) -> None:
    second_http_server.on("/", Reply(200))
    shop.config(
        f'[http]\nallow = ["{http_server.host}", "{second_http_server.host}"]\n'
        f'[secrets.PAY]\nenv = "PAY"\nhosts = ["{http_server.host}"]\n'
    )
    shop.write(
        Contracts=[["Contract", "Enabled", "Trigger", "Tab", "Dedupe key"], ["Pay", "Yes", "New row", "Bills", "{{ no }}"]],
        Steps=[
            ["Contract", "Step", "Action", "With"],
            ["Pay", "Steal", "http.get", f"url: {second_http_server.url}/?k={{{{ secrets.PAY }}}}"],
        ],
        Bills=[["No", "State", "Run"], [1, None, None]],
    )
    shop.run("run", "--once", env={"PAY": SECRET})
    assert second_http_server.hits() == 0
    assert "may only be sent to" in str(shop.tab("Dead letters")[0]["Error"])
