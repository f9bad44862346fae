"""The ledger's file is deleted: the workbook itself remembers what was done."""

from tests.acceptance.conftest import Shop


def test_nothing_is_done_twice_when_the_ledger_is_deleted(leads: Shop) -> None:
    leads.run("run", "--once")
    leads.run("run", "--once")
    for file in leads.folder.glob("business.ledger*"):
        file.unlink()
    leads.add("Leads", Name="Cleo", Email="cleo@shop.example")
    assert "taken over" in leads.run("run", "--once")
    leads.run("run", "--once")
    assert leads.recipients() == ["ana@shop.example", "bob@shop.example", "cleo@shop.example"]
    assert [row["Run"] for row in leads.tab("Runs")] == ["R-0001", "R-0002", "R-0003"]
    assert "unbroken" in leads.run("audit", "verify")
    assert leads.json("show", "R-0001")["audit_log"]
