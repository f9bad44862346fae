"""Where everything stands: what `rowpact status` prints and the status page shows.

Invariant: reads the ledger; changes nothing. Most urgent first.
"""

from collections.abc import Iterable, Mapping
from itertools import starmap
from typing import Any

from runner.engine.board import read_board
from runner.engine.listen import silences
from runner.model import Alert, Ask, Row, Run
from runner.ports import Ledger
from runner.rules import answers
from runner.rules.lateness import late_sentence
from runner.rules.own import WEEKLY_REPORT
from runner.rules.weekly.needs import verb

#: The notes that keep when a tick last came to its end, and why one could not read the workbook.
LAST_TICK, UNREADABLE = "last tick", "unreadable"


def standing(ledger: Ledger, rows: Mapping[str, Row] | None = None) -> dict[str, Any]:
    """Counts by state, open runs and questions, and what waits to be written. `rows`: ask id → its row in the sheet."""
    books = ledger.books
    states: dict[str, int] = {}
    for run in books.runs.values():
        states[run.state] = states.get(run.state, 0) + 1
    asks = sorted((ask for ask in books.asks.values() if ask.state == "open"), key=answers.urgency)
    late = [run for run in books.runs.values() if run.late and not run.state.ended]
    board = read_board(ledger)
    line, digest = ledger.head()
    return {
        "unreadable": ledger.note(UNREADABLE),
        "runs": dict(sorted(states.items())),
        "open": [_run(run) for run in books.runs.values() if not run.state.ended],
        "needs_you": [
            *(_ask(ask, (rows or {}).get(ask.id)) for ask in asks),
            *map(_late, late),
            *starmap(_silent, silences(ledger).items()),
        ],
        "alerts": [_alert(alert) for alert in sorted(board.standing, key=lambda each: each.condition.severity)],
        "channels_failing": {name: trouble.why for name, trouble in board.troubles.items()},
        "writes_waiting": ledger.note("waiting"),
        "waiting_since": ledger.note("waiting since"),
        "last_tick": ledger.note(LAST_TICK),
        "report": _report(books.runs.values()),
        "audit": {"line": line, "hash": digest if line else ""},
    }


def _report(runs: Iterable[Run]) -> dict[str, Any] | None:
    """The newest week that has a report, and what became of it."""
    newest = max((run for run in runs if run.contract == WEEKLY_REPORT), key=lambda run: run.key, default=None)
    return {"week": newest.key, "state": newest.state.value, "at": newest.ended or newest.updated} if newest else None


def _run(run: Run) -> dict[str, Any]:
    return {
        "run": run.id,
        "contract": run.contract,
        "key": run.key,
        "state": run.state.value,
        "step": run.step,
        "owner": run.owner,
        "next_try": run.next_try,
        "error": run.error,
    }


def _ask(ask: Ask, row: Row | None) -> dict[str, Any]:
    return {
        "kind": ask.kind.value,
        "do": verb(ask),
        "id": ask.id,
        "run": ask.run,
        "contract": ask.contract,
        "step": ask.step,
        "owner": ask.owner,
        "what": ask.what,
        "asked": ask.asked,
        "reminded": ask.reminded,
        "said": ask.result,
        "where": answers.place_of(ask, row),
        "type": list(answers.words_for(ask)),
    }


def _late(run: Run) -> dict[str, Any]:
    """A run that is past its SLA: nothing to type, but somebody should look."""
    return _nothing_to_type("SLA crossed", run.id, run.contract, late_sentence(run), run.owner) | {
        "run": run.id,
        "step": run.step,
        "asked": run.due,
        "where": f"tab Runs, row {run.id}",
    }


def _silent(contract: str, silence: tuple[str, str]) -> dict[str, Any]:
    """A contract that should have run and did not."""
    sentence, owner = silence
    where = f"tab Contracts, row {contract}, column Rhythm"
    return _nothing_to_type("silent", contract, contract, sentence, owner) | {"where": where}


def _alert(alert: Alert) -> dict[str, Any]:
    condition = alert.condition
    return {
        "alert": alert.id,
        "severity": condition.severity,
        "kind": condition.kind,
        "contract": condition.contract,
        "step": condition.step,
        "question": condition.ask,
        "what": condition.what,
        "where": condition.where,
        "count": condition.count,
        "runs": list(condition.runs),
        "raised": alert.raised,
        "seen": alert.seen,
        "told": dict(alert.told),
    }


def _nothing_to_type(kind: str, name: str, contract: str, what: str, owner: str) -> dict[str, Any]:
    named = {"kind": kind, "do": "", "id": name, "run": "", "contract": contract, "step": "", "owner": owner, "what": what}
    return named | {"asked": None, "reminded": None, "said": "", "where": "", "type": []}
