"""`decide`: looks the row up in a decision table of the workbook.

Invariant: pure; the same row and table give the same answer, and say which line gave it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from runner.errors import ActionFailed, ConditionError
from runner.model import Effect, Row, Tab
from runner.ports import Action, Call, CheckScope, Done, Prepare, Tools
from runner.rules.tables import POLICIES, decide, parse_table, table_warnings
from runner.values import name_key


def actions(_tools: Tools) -> list[Action]:
    """`decide` with `table` and `policy`."""
    return [
        Action(
            name="decide",
            required=("table",),
            optional=("policy",),
            results=None,
            effect=lambda _settings: Effect.PURE,
            prepare=_prepare,
            describe=lambda request: f"Look up {request['table']} ({request['policy']})",
            perform=_perform,
            check=_check,
            inline=True,
        )
    ]


def _prepare(settings: Mapping[str, str], _about: Prepare) -> dict[str, Any]:
    return {"table": settings["table"].strip(), "policy": settings.get("policy", "").strip().lower() or "first"}


def _perform(request: Mapping[str, Any], call: Call) -> Done:
    tab = _tab(request["table"], call.sheet.rows(request["table"]))
    if tab is None:
        raise ActionFailed(f"There is no decision table “{request['table']}”, or it has no lines.", permanent=True)
    table, problems = parse_table(tab, tuple(call.row))
    if problems:
        raise ActionFailed(str(problems[0]), permanent=True)
    try:
        decision = decide(table, call.row, request["policy"], call.now.astimezone(call.zone))
    except ConditionError as error:
        raise ActionFailed(str(error), permanent=True) from error
    return Done(result=decision.outputs, said=decision.because)


def _tab(_name: str, rows: Sequence[Row]) -> Tab | None:
    return rows[0].tab if rows else None


def _check(settings: Mapping[str, str], scope: CheckScope) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    name, policy = settings.get("table", "").strip(), settings.get("policy", "").strip().lower() or "first"
    if policy not in POLICIES:
        found.append(("policy", f"“{policy}” is not a policy. Write {', '.join(POLICIES)}."))
    if not name:
        return found
    headers = scope.headers(name)
    tab = _tab(name, scope.rows(name))
    if headers is None:
        found.append(("table", f"There is no tab “{name}”."))
    elif tab is None:
        found.append(("table", f"The decision table “{name}” has no lines."))
    else:
        table, problems = parse_table(tab, scope.headers(scope.contract_tab) or ())
        found += [("table", str(problem)) for problem in problems]
        if not problems and name_key(policy) == "unique":
            found += [("table", warning) for warning in table_warnings(table, policy) if "overlap" in warning.lower()]
    return found
