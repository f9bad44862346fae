"""Which contracts a command is about: the one that was named, or all.

Invariant: a contract with a mistake is named with it, never left out in silence.
"""

from runner import tabs
from runner.errors import RowpactError
from runner.model import Book, Contract, Problem, Snapshot
from runner.rules.findings import did_you_mean
from runner.values import name_key


def choose(name: str, snapshot: Snapshot, book: Book) -> tuple[list[Contract], list[Problem]]:
    """(the contracts, in the order of the sheet; what keeps others out). `name`: "" for all.

    Raises `RowpactError` when there is no contract of that name.
    """
    tab = snapshot.tab(tabs.CONTRACTS.name)
    known = [row.text("Contract") for row in tab.rows if row.text("Contract")] if tab else []
    wanted = [each for each in known if name_key(each) == name_key(name)] if name else known
    if name and not wanted:
        hint = did_you_mean(name, known) or "The tab Contracts is empty."
        raise RowpactError(f"There is no contract “{name}”. {hint}")
    keys = set(map(name_key, wanted))
    problems = [problem for problem in book.problems if not name or problem.contract is None or name_key(problem.contract) in keys]
    good = {name_key(contract.name): contract for contract in book.contracts.values()}
    return [good[key] for key in dict.fromkeys(map(name_key, wanted)) if key in good], problems
