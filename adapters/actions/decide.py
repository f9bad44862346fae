"""`decide`: looks the row up in a decision table of the workbook.

Invariant: pure; the same row and table give the same answer, and say which line gave it.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from runner.errors import ActionFailed, ConditionError
from runner.model import Effect, Problem, Row, Tab
from runner.ports import Action, Call, CheckScope, Done, Prepare, Tools
from runner.rules.tables import POLICIES, Table, decide, parse_table, table_warnings


def actions(_tools: Tools) -> list[Action]:
    """`decide` with `table` and `policy`."""
    return [
        Action(
            name="decide",
            required=("table",),
            optional=("policy",),
            owners_settings=("table", "policy"),
            results=None,
            effect=lambda _settings: Effect.PURE,
            prepare=_prepare,
            describe=lambda request: f"Look up {request['table']} ({request['policy']})",
            perform=_perform,
            check=_check,
            notes=_notes,
            inline=True,
        )
    ]


def _prepare(settings: Mapping[str, str], _about: Prepare) -> dict[str, Any]:
    name, policy = _named(settings)
    return {"table": name, "policy": policy}


def _perform(request: Mapping[str, Any], call: Call) -> Done:
    tab = _tab(request["table"], call.sheet.rows(request["table"]))
    if tab is None:
        raise ActionFailed(f"There is no decision table “{request['table']}”, or it has no lines.", permanent=True)
    table, problems = _read(tab, tuple(call.row))
    if problems:
        raise ActionFailed(str(problems[0]), permanent=True)
    try:
        decision = decide(table, call.row, request["policy"], call.now.astimezone(call.zone))
    except ConditionError as error:
        raise ActionFailed(str(error), permanent=True) from error
    return Done(result=decision.outputs, said=decision.because)


#: Many rows ask one table: it is read once for all rows of one look at the workbook.
_read = lru_cache(maxsize=16)(parse_table)


def _tab(_name: str, rows: Sequence[Row]) -> Tab | None:
    return rows[0].tab if rows else None


def _check(settings: Mapping[str, str], scope: CheckScope) -> list[tuple[str, str]]:
    name, policy = _named(settings)
    found = []
    if policy not in POLICIES:
        found.append(("policy", f"“{policy}” is not a policy. Write {', '.join(POLICIES)}."))
    if not name:
        return found
    if scope.headers(name) is None:
        found.append(("table", f"There is no tab “{name}”."))
    elif _tab(name, scope.rows(name)) is None:
        found.append(("table", f"The decision table “{name}” has no lines."))
    else:
        _, problems = _parsed(name, scope)
        found += [("table", str(problem)) for problem in problems]
    return found


def _notes(settings: Mapping[str, str], scope: CheckScope) -> list[tuple[str, str]]:
    """Lines that overlap, lines that are never reached, values without an answer."""
    name, policy = _named(settings)
    table, problems = _parsed(name, scope)
    return [(name, warning) for warning in _warnings(table, policy)] if table and not problems else []


#: Comparing each line with each takes half a second for a long table, and the workbook is read often.
_warnings = lru_cache(maxsize=64)(table_warnings)


def _named(settings: Mapping[str, str]) -> tuple[str, str]:
    """(table, policy) as the step names them."""
    return settings.get("table", "").strip(), settings.get("policy", "").strip().lower() or "first"


def _parsed(name: str, scope: CheckScope) -> tuple[Table | None, list[Problem]]:
    tab = _tab(name, scope.rows(name))
    return parse_table(tab, scope.headers(scope.contract_tab) or ()) if tab else (None, [])
