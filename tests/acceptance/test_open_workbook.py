"""A workbook that somebody has open is never written: what happened waits, is said, and lands when it is closed."""

from pathlib import Path

from tests.acceptance.conftest import Shop


def _lock(shop: Shop) -> Path:
    """The file that LibreOffice puts beside a workbook that another computer has open."""
    lock = shop.folder / ".~lock.business.xlsx#"
    lock.write_text(",bob,bobs-laptop,22.11.2026 15:05,file:///home/bob/.config/libreoffice/4;", encoding="utf-8")
    return lock


def test_writes_wait_are_said_and_land_after_it_is_closed(leads: Shop) -> None:
    lock = _lock(leads)
    before = leads.path.read_bytes()
    printed = leads.run("run", "--once")
    assert leads.path.read_bytes() == before
    assert "bobs-laptop" in printed
    assert "bobs-laptop" in leads.run("status")
    assert leads.recipients() == ["ana@shop.example", "bob@shop.example"]
    lock.unlink()
    leads.run("run", "--once")
    assert leads.runs() == {"ana@shop.example": "DONE", "bob@shop.example": "DONE"}
    assert leads.recipients() == ["ana@shop.example", "bob@shop.example"]
    facts = {row["Name"]: str(row["Value"]) for row in leads.tab("Runner")}
    assert "last waited" in facts["writes waiting"]


def test_rows_that_were_edited_and_sorted_while_writes_waited_are_not_answered_twice(leads: Shop) -> None:
    """Their Row IDs never reached the sheet; they are known by what they hold."""
    leads.type("Contracts", {"Contract": "Hello"}, Dedupe_key=None)
    lock = _lock(leads)
    leads.run("run", "--once")
    assert len(leads.mails()) == 2
    leads.type("Leads", {"Name": "Bob"}, Budget=950)
    first, second = leads.tab("Leads")
    leads.type("Leads", {"Name": "Ana"}, **{name.replace(" ", "_"): value for name, value in second.items()})
    leads.type("Leads", {"Budget": 950}, Name="swap")
    leads.type("Leads", {"Name": "Bob"}, Name="Ana", Email=first["Email"], Budget=first["Budget"])
    leads.type("Leads", {"Name": "swap"}, Name="Bob")
    lock.unlink()
    leads.run("run", "--once")
    leads.run("run", "--once")
    assert len(leads.mails()) == 2
    assert sorted(str(row["Run"]) for row in leads.tab("Leads")) == ["R-0001 DONE", "R-0002 DONE"]
