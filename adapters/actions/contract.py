"""`contract.call`: starts a run of another contract.

Invariant: keyed. The new run is recorded together with the receipt of the call, and a key that has a run starts nothing.
"""

from collections.abc import Mapping
from typing import Any

from runner.errors import ActionFailed
from runner.model import Contract, Effect
from runner.ports import Action, Call, CheckScope, Done, Prepare, StartRun, Tools
from runner.rules import calls
from runner.tabs import ROW_ID
from runner.values import Value, name_key, show


def actions(_tools: Tools) -> list[Action]:
    """`contract`, `key`, then `field: value`."""
    return [
        Action(
            name=calls.ACTION,
            required=("contract", "key"),
            optional=("*",),
            owners_settings=("contract",),
            results=("run", "started"),
            effect=lambda _settings: Effect.KEYED,
            prepare=_prepare,
            describe=_describe,
            perform=_perform,
            check=_check,
            inline=True,
        )
    ]


def _prepare(settings: Mapping[str, str], _about: Prepare) -> dict[str, Any]:
    own = {name_key(name): value.strip() for name, value in settings.items() if name_key(name) in calls.OWN}
    if not own["key"]:
        raise ActionFailed("key is blank for this row, so nothing tells one call from another.", permanent=True)
    return {**own, "values": {name: value for name, value in settings.items() if name_key(name) not in calls.OWN}}


def _describe(request: Mapping[str, Any]) -> str:
    given = ", ".join(f"{name}: {value}" for name, value in request["values"].items())
    return f"Start {request['contract']} for {request['key']}" + (f" with {given}" if given else "")


def _perform(request: Mapping[str, Any], call: Call) -> Done:
    if call.depth >= calls.DEPTH:
        message = f"{call.run} was itself called, {calls.DEPTH} calls deep. Calls end here, so that they cannot go on for ever."
        raise ActionFailed(message, permanent=True)
    contract, wrong = calls.target_of(request["contract"], call.book.contracts.values())
    if contract is None:
        raise ActionFailed(f"{wrong} If it is there, look at its Check in Contracts.", permanent=True)
    if not (contract.enabled or contract.shadow):
        raise ActionFailed(f"“{contract.name}” is switched off. Write Yes under Enabled in Contracts.", permanent=True)
    given = request["values"]
    known = calls.columns(contract, call.sheet.headers(contract.tab) if contract.has_row else None)
    row = _row(contract, given, call)
    for sentence in calls.given_problems(contract, given, known):
        raise ActionFailed(sentence, permanent=True)
    values, wrong = calls.values_for(contract, given, known, row)
    if wrong:
        raise ActionFailed(wrong, permanent=True)
    start = StartRun(contract=contract.name, key=request["key"], values=values, row_id=show(row.get(ROW_ID)))
    return Done(start=start)


def _row(contract: Contract, given: Mapping[str, str], call: Call) -> Mapping[str, Value]:
    """The row that the called run works on; nothing for a contract without a tab."""
    row_id = next((value.strip() for name, value in given.items() if name_key(name) == name_key(ROW_ID)), "")
    if not contract.has_row or not row_id:
        return {}
    row = call.sheet.find(contract.tab, {ROW_ID: row_id})
    if row is None:
        raise ActionFailed(f"{contract.tab} has no row with the Row ID {row_id}.", permanent=True)
    return row


def _check(settings: Mapping[str, str], scope: CheckScope) -> list[tuple[str, str]]:
    name = next((value.strip() for name, value in settings.items() if name_key(name) == "contract"), "")
    if not name or "{{" in name:
        return []
    contract, wrong = calls.target_of(name, scope.contracts)
    if contract is None:
        return [("contract", wrong)]
    if way := calls.circle(scope.contract, contract.name, scope.contracts):
        said = ", which calls ".join(f"“{step}”" for step in way)
        return [("contract", f"“{scope.contract}” calls {said}: they would go round for ever.")]
    headers = scope.headers(contract.tab) if contract.has_row else None
    if contract.has_row and headers is None:
        return []
    return [("", sentence) for sentence in calls.given_problems(contract, settings, calls.columns(contract, headers))]
