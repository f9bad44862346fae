"""The loop guard: a row that a run of a contract has written is no event of the same contract.

Invariant: pure. A row counts as written for as long as it holds what makes it an event just as the run wrote it; what a person
changes there is an event again. Triggers that go by time are left alone: what they write comes due later, and so never goes round.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from runner.model import Contract, Edit, Row, Run
from runner.rules.on_the_way import plain
from runner.tabs import ROW_ID, STATE
from runner.values import Value, name_key


def traces(contract: Contract, edits: Sequence[Edit]) -> dict[str, dict[str, Value]]:
    """Edit id → what the row holds that would make it an event, of those edits that could set the contract off again."""
    found: dict[str, dict[str, Value]] = {}
    for edit in edits:
        if name_key(edit.tab) == name_key(contract.tab):
            deciding = {header: value for header, value in edit.cells.items() if _decides(header, contract)}
            state = next((value for header, value in edit.cells.items() if name_key(header) == name_key(STATE)), None)
            match contract.trigger:
                case "New row" if edit.append or deciding:
                    found[edit.id] = {**edit.match, **deciding}
                case "State is" if deciding or plain(state) == plain(contract.trigger_state):
                    found[edit.id] = {**edit.match, **deciding, STATE: contract.trigger_state}
    return found


def _decides(header: str, contract: Contract) -> bool:
    return name_key(header) in name_key(contract.dedupe_key)


@dataclass(slots=True)
class Echoes:
    """Everything that runs of one contract have written and that could set it off again."""

    #: Columns → their values as compared → the run that wrote them.
    _written: dict[tuple[str, ...], dict[tuple[str, ...], str]] = field(default_factory=dict)

    @classmethod
    def of(cls, runs: Iterable[Run]) -> "Echoes":
        """From the runs of one contract."""
        echoes = cls()
        for run in runs:
            for cells in run.wrote.values():
                held = {name_key(header): plain(value) for header, value in cells.items()}
                columns = tuple(sorted(held))
                echoes._written.setdefault(columns, {})[tuple(held[column] for column in columns)] = run.id
        return echoes

    def writer(self, row: Row, ids: Mapping[Row, str]) -> str:
        """The run that wrote what makes the row an event; "" when a person did."""
        for columns, written in self._written.items():
            held = tuple(plain(ids.get(row) or row.text(ROW_ID) if column == "row_id" else row.get(column)) for column in columns)
            if held in written:
                return written[held]
        return ""
