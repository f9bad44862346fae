"""A business with every class of effect: 50 runs of seven contracts, and what must be true of the world when all have ended.

Invariant: what each row brings about outside is told by its number, so that the world's own count says how often it happened.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl

from tests.acceptance.conftest import Shop
from tests.acceptance.outside import Outside

#: Tab → how many of its rows make the 50 runs; Ship has no tab, each of the Items calls it once.
ROWS = {"Bills": 10, "Orders": 10, "Items": 8, "Claims": 6, "Returns": 4, "Trips": 4}

CONTRACTS = """
    Contract | Enabled | Trigger | Tab     | Dedupe key | Entry state | Exit state | Owner | Check
    Pay      | Yes     | New row | Bills   | {{ no }}   | Working     | Paid       | Ana   |
    Invoice  | Yes     | New row | Orders  | {{ no }}   |             | Sent       | Ana   |
    Stock    | Yes     | New row | Items   | {{ no }}   |             | Stocked    | Ana   |
    Ship     | Yes     | Called  |         |            |             |            | Bo    |
    Refund   | Yes     | New row | Claims  | {{ no }}   |             | Refunded   | Ana   |
    Return   | Yes     | New row | Returns | {{ no }}   |             | Taken      | Ana   |
    Trip     | Yes     | New row | Trips   | {{ no }}   |             | Booked     | Ana   |
"""
STEPS = """
    Contract | Step      | Action        | With | Approval | On failure | Undo | Check
    Pay      | Transfer  | http.post     | URL/once?what=transfer-{{ no }}
    Pay      | Mark      | sheet.set     | Note: paid {{ no }}
    Invoice  | Book      | http.post     | URL/keyed?what=book-{{ no }}\\nidempotent: yes
    Invoice  | Paper     | file.write    | path: papers/{{ no }}.txt\\nbody: Invoice {{ no }}
    Invoice  | Mail      | email.send    | to: c{{ no }}@shop.example\\nsubject: Invoice {{ no }}\\nbody: Please pay
    Stock    | Look      | http.get      | URL/look?what=look-{{ no }}
    Stock    | Put       | http.put      | URL/put?what=put-{{ no }}\\nbody: 1
    Stock    | Line      | sheet.add     | tab: Lines\\nkey: Item\\nItem: item {{ no }}\\nNote: stocked
    Stock    | Send      | contract.call | contract: Ship\\nkey: {{ no }}\\nNo: {{ no }}
    Ship     | Label     | http.post     | URL/once?what=label-{{ no }}
    Refund   | Give      | http.post     | URL/once?what=give-{{ no }} | Always
    Refund   | Tell      | task          | title: Call customer {{ no }}
    Return   | Take      | http.post     | URL/once?what=take-{{ no }} | | | Give back
    Return   | Give back | http.post     | URL/once?what=back-{{ no }}
    Trip     | Room      | http.post     | URL/once?what=room-{{ no }} | | | Cancel
    Trip     | Fly       | http.post     | URL/refused?what=fly-{{ no }} | | Undo
    Trip     | Cancel    | http.post     | URL/once?what=cancel-{{ no }}
"""


@dataclass(kw_only=True)
class Firm(Shop):
    """The shop with these contracts; rows come in by `come`, and `ids` are their numbers by tab."""

    outside: Outside
    mail: str = "smtp"
    ids: dict[str, list[int]] = field(default_factory=lambda: {tab: [] for tab in ROWS})

    def open(self, extra: str = "") -> None:
        """Workbook and config, no rows yet."""
        host = self.outside.web.host
        smtp = f'mode = "smtp"\nhost = "127.0.0.1"\nport = {self.outside.post.port}\nsecurity = "none"\n'
        runner = f"[runner]\nworkers = 4\n{extra}"
        self.config(f'{smtp if self.mail == "smtp" else ""}[http]\nallow = ["{host}"]\n[files]\nallow = ["papers"]\n{runner}')
        data = dict.fromkeys(ROWS, "No | Note | State | Run | Row ID")
        self.write(
            Contracts=CONTRACTS,
            Steps=STEPS.replace("URL", f"url: {self.outside.web.url}"),
            Fields="Contract | Field | Type | Required | Check\nShip | No | integer | Yes",
            Settings="Setting | Value\nBulk limit | 1000",
            Lines="Item | Note",
            **data,
        )

    def come(self, **rows: int) -> None:
        """So many new rows in each of these tabs."""
        book = openpyxl.load_workbook(self.path)
        for tab, many in rows.items():
            for _ in range(many):
                self.ids[tab].append(len(self.ids[tab]) + 1)
                book[tab].append([self.ids[tab][-1]])
        book.save(self.path)

    # ------------------------------------------------------------------------------------- what must be true at the end

    def once(self) -> set[str]:
        """What must have come to `/once`, each exactly once."""
        words = {"Bills": ("transfer",), "Items": ("label",), "Claims": ("give",)}
        words |= {"Returns": ("take", "back"), "Trips": ("room", "cancel")}
        return {f"{word}-{number}" for tab, names in words.items() for number in self.ids[tab] for word in names}

    def keyed(self) -> set[str]:
        """What must have come to `/keyed`, each under one key."""
        return {f"book-{number}" for number in self.ids["Orders"]}

    def addressees(self) -> set[str]:
        """Who must have got exactly one mail."""
        return {f"c{number}@shop.example" for number in self.ids["Orders"]}

    def reached(self) -> Counter[str]:
        """Recipient → how many mails arrived there, at the server or in the folder."""
        at_server = [recipient for (recipient, _), many in self.outside.mails().items() for _ in range(many)]
        return Counter([*at_server, *self.recipients()])

    def runs_in_all(self) -> int:
        """How many runs there must be."""
        return sum(map(len, self.ids.values())) + len(self.ids["Items"])

    def ends(self) -> dict[tuple[str, str], int]:
        """(contract, state) → how many runs end so."""
        tabs = {"Pay": "Bills", "Invoice": "Orders", "Stock": "Items", "Ship": "Items", "Refund": "Claims"}
        ends = {(name, "DONE"): len(self.ids[tab]) for name, tab in tabs.items()}
        ends |= {(name, "ROLLED_BACK"): len(self.ids[tab]) for name, tab in {"Return": "Returns", "Trip": "Trips"}.items()}
        return {end: many for end, many in ends.items() if many}

    def look(self) -> dict[str, list[dict[str, object]]]:
        """Every tab as the owner sees it, by one read: tab → rows."""
        book = openpyxl.load_workbook(self.path, read_only=True)
        found = {}
        for sheet in book:
            headers, *rows = sheet.iter_rows(values_only=True)
            found[sheet.title] = [dict(zip(map(str, headers), row, strict=False)) for row in rows if any(row)]
        book.close()
        return found

    def said_by_show(self, run: str) -> str:
        """The state that `show --json` tells."""
        from click.testing import CliRunner

        from runner.cli import rowpact

        done = CliRunner().invoke(rowpact, ["--config", str(self.folder / "config.toml"), "show", run, "--json"])
        state: str = json.loads(done.output)["state"]
        return state

    def papers(self) -> dict[str, str]:
        """Name → text of the files that were written; half-written ones stand under their own names."""
        folder = self.folder / "papers"
        return {path.name: path.read_text(encoding="utf-8") for path in Path(folder).glob("*")} if folder.exists() else {}
