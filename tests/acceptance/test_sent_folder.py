"""A mail in doubt is looked for in the sender's own Sent folder, on the real command line, before anybody's RETRY is believed."""

from collections.abc import Callable
from pathlib import Path

from tests.acceptance.conftest import Shop
from tests.servers.dovecot import PASSWORD, USER, Dovecot
from tests.servers.smtp import DROP, FaultySmtp, SmtpServer

SECRET = {"IMAP": PASSWORD}


def _config(shop: Shop, smtp: FaultySmtp | SmtpServer, imap: Dovecot, ca_file: Path, extra: str = "") -> None:
    shop.config(
        f'mode = "smtp"\nhost = "127.0.0.1"\nport = {smtp.port}\nsecurity = "none"\n'
        f'[email.sent]\nhost = "localhost"\nport = {imap.tls_port}\nusername = "{USER}"\nca_file = "{ca_file.as_posix()}"\n'
        f'password = "{{{{ secrets.IMAP }}}}"\n{extra}\n[secrets.IMAP]\nenv = "IMAP"\nhosts = ["localhost"]\n'
    )


def test_a_mail_that_stands_in_sent_is_not_sent_again_though_somebody_types_retry(
    leads: Shop, faulty_smtp: Callable[..., FaultySmtp], start_dovecot: Callable[..., Dovecot], ca_file: Path
) -> None:
    smtp, imap = faulty_smtp("dot", DROP), start_dovecot({"Sent": "\\Sent"})
    _config(leads, smtp, imap, ca_file)
    leads.run("run", "--once", env=SECRET)
    assert leads.runs() == {"ana@shop.example": "IN_DOUBT", "bob@shop.example": "IN_DOUBT"}
    assert all("was not found in the Sent folder of ana" in str(row["Error"]) for row in leads.tab("Dead letters"))
    smtp.heal()
    to_ana = next(content for content in smtp.kept if b"ana@shop.example" in content)
    imap.file("Sent", to_ana)
    for row in leads.tab("Dead letters"):
        leads.type("Dead letters", {"Run": row["Run"]}, Decision="RETRY")
    printed = leads.run("run", "--once", env=SECRET)
    assert leads.runs() == {"ana@shop.example": "DONE", "bob@shop.example": "DONE"}
    assert len([content for content in smtp.kept if b"ana@shop.example" in content]) == 1
    assert len([content for content in smtp.kept if b"bob@shop.example" in content]) == 2
    results = sorted(str(row["Result"]) for row in leads.tab("Dead letters"))
    assert results[0].startswith("Not tried again: it did happen, its Message-ID")
    assert results[1].startswith("Tried again by")
    assert "unbroken" in leads.run("audit", "verify", env=SECRET)
    assert PASSWORD not in printed + str(leads.tab("Audit"))


def test_copies_go_into_sent_once_where_the_provider_files_none(
    leads: Shop, smtp_server: SmtpServer, start_dovecot: Callable[..., Dovecot], ca_file: Path
) -> None:
    imap = start_dovecot({"Sent": "\\Sent"})
    _config(leads, smtp_server, imap, ca_file, "keep_copy = true")
    leads.run("run", "--once", env=SECRET)
    leads.run("run", "--once", env=SECRET)
    assert sorted(imap.held("Sent")) == sorted(message.content for message in smtp_server.messages)
    assert len(smtp_server.messages) == 2
    said = [str(row["Detail"]) for row in leads.tab("Audit") if row["Event"] == "acted"]
    assert all("a copy is in Sent" in detail for detail in said)


def test_a_sent_folder_that_is_away_stops_nothing(
    leads: Shop, smtp_server: SmtpServer, start_dovecot: Callable[..., Dovecot], ca_file: Path
) -> None:
    imap = start_dovecot({"Sent": "\\Sent"})
    imap.stop()
    _config(leads, smtp_server, imap, ca_file, "keep_copy = true")
    leads.run("run", "--once", env=SECRET)
    assert leads.runs() == {"ana@shop.example": "DONE", "bob@shop.example": "DONE"}
    assert len(smtp_server.messages) == 2
    assert "without a copy in Sent" in str(leads.tab("Audit"))


def test_doctor_looks_whether_the_folder_can_be_looked_into(
    leads: Shop, smtp_server: SmtpServer, start_dovecot: Callable[..., Dovecot], ca_file: Path
) -> None:
    imap = start_dovecot({"Post raus": "\\Sent"})
    _config(leads, smtp_server, imap, ca_file)
    assert f"localhost:{imap.tls_port}, Post raus" in leads.run("doctor", env=SECRET, code=None)
    assert imap.held("Post raus") == []
    told = leads.run("doctor", env={"IMAP": "wrong"}, code=1)
    assert "could not be looked into for ana" in " ".join(told.split())
