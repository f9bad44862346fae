"""What several steps want written into one tab in one tick."""

from tests.engine.conftest import Office

CONTRACTS = "Contract | Enabled | Trigger | Tab | Dedupe key | Owner | Check\nHello | Yes | New row | Leads | {{ email }} | Ana"
STEPS = (
    "Contract | Step | Action | With | Check\n"
    "Hello | Add | sheet.add | tab: People\\nkey: Company\\nCompany: {{ company }}\\nSeen: one\n"
    "Hello | Set | sheet.set | tab: People\\nkey: Company\\nCompany: {{ company }}\\nSeen: two"
)
LEADS = "Name | Email | Company | Run | Row ID\nAda | ada@shop.example | Acme\nBob | bob@shop.example | Acme"


def test_one_key_gives_one_row_and_what_is_set_in_it_is_not_lost(office: Office) -> None:
    office.write(Contracts=CONTRACTS, Steps=STEPS, Leads=LEADS, People="Company | Seen")
    for _ in range(2):
        office.tick(hours=1)
        assert office.tab("People") == [{"Company": "Acme", "Seen": "two"}]
    assert office.events("noted") == []
