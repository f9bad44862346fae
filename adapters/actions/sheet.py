"""`sheet.add`, `sheet.set`, `sheet.find`: rows of the owner's own tabs.

Invariant: keyed. A row is found by what it holds, never by its place, so doing it again changes nothing more. Cells are not
written here: the edits go with the receipt into the ledger, and from there into the sheet.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from runner.errors import ActionFailed
from runner.model import Edit, Effect
from runner.ports import Action, Call, CheckScope, Done, Prepare, Tools
from runner.rules.findings import did_you_mean
from runner.rules.literals import as_cell
from runner.tabs import ROW_ID, STANDARD_TABS
from runner.values import name_key, show

_OWN = ("tab", "key")


def actions(_tools: Tools) -> list[Action]:
    """The three of them: `tab`, `key`, then `column: value`."""
    action = partial(Action, optional=("tab", "key", "*"), owners_settings=("tab",), prepare=_prepare, check=_check, inline=True)
    return [
        action(
            name="sheet.add",
            results=("row_id",),
            effect=lambda _settings: Effect.KEYED,
            describe=lambda request: f"Add a row to {request['tab']}: {_said(request['cells'])}",
            perform=_add,
        ),
        action(
            name="sheet.set",
            results=("row_id",),
            effect=lambda _settings: Effect.KEYED,
            describe=lambda request: f"In {request['tab']}, where {_said(request['match'])}: {_said(request['cells'])}",
            perform=_set,
        ),
        action(
            name="sheet.find",
            results=None,
            effect=lambda _settings: Effect.READ,
            describe=lambda request: f"Look in {request['tab']} for {_said({**request['match'], **request['cells']})}",
            perform=_find,
        ),
    ]


def _not_ours(tab: str) -> str:
    return f"“{tab}” is a tab of Rowpact's own. Name a tab with your own rows."


def _said(cells: Mapping[str, Any]) -> str:
    return ", ".join(f"{header} = {show(value)}" for header, value in cells.items()) or "this row"


def _prepare(settings: Mapping[str, str], about: Prepare) -> dict[str, Any]:
    """`key` names a column whose value is among the settings, or is itself a Row ID; without it, this run's own row or key."""
    columns = {name: value for name, value in settings.items() if name_key(name) not in _OWN}
    key = settings.get("key", "").strip()
    by_column = next((name for name in columns if name_key(name) == name_key(key)), "") if key else ""
    match: dict[str, str] = {by_column: columns[by_column]} if by_column else {ROW_ID: key} if key else {}
    if by_column and not columns[by_column].strip():
        raise ActionFailed(f"The key column “{by_column}” is blank for this row, so no row can be told by it.", permanent=True)
    return {
        "tab": settings.get("tab", "").strip() or about.tab,
        "match": match,
        "cells": {name: value for name, value in columns.items() if name != by_column},
        "own_row": dict(about.match),
        "own_key": about.key[:12],
    }


def _headers(request: Mapping[str, Any], call: Call) -> tuple[str, ...]:
    if name_key(request["tab"]) in STANDARD_TABS:  # a name from a cell: no row may approve, or steer, by being written
        raise ActionFailed(_not_ours(request["tab"]), permanent=True)
    headers = call.sheet.headers(request["tab"])
    if headers is None:
        raise ActionFailed(f"There is no tab “{request['tab']}”.", permanent=True)
    known = set(map(name_key, headers))
    for name in (*request["match"], *request["cells"]):
        if name_key(name) not in known:
            raise ActionFailed(f"{request['tab']} has no column “{name}”. {did_you_mean(name, headers)}".strip(), permanent=True)
    return headers


def _add(request: Mapping[str, Any], call: Call) -> Done:
    headers = _headers(request, call)
    has_id = name_key(ROW_ID) in map(name_key, headers)
    match = request["match"] or {ROW_ID: request["own_key"]}
    if not has_id and not request["match"]:
        raise ActionFailed(f"{request['tab']} has no column Row ID, so key must name a column.", permanent=True)
    row = call.sheet.find(request["tab"], match)
    if row is not None:
        return Done(result={"row_id": show(row.get(ROW_ID))}, said=f"the row is in {request['tab']} already")
    row_id = match.get(ROW_ID) or (request["own_key"] if has_id else "")
    cells = {**({ROW_ID: row_id} if has_id else {}), **_typed(request["cells"])}
    edit = Edit(id=f"{call.key}/add", tab=request["tab"], match=_typed(match), cells=cells, append=True)
    return Done(result={"row_id": row_id}, said=f"a row for {request['tab']}", edits=(edit,))


def _set(request: Mapping[str, Any], call: Call) -> Done:
    _headers(request, call)
    match = request["match"] or _own(request)
    row = call.sheet.find(request["tab"], match)
    if row is None:
        raise ActionFailed(f"{request['tab']} has no row where {_said(match)}.", permanent=True)
    edit = Edit(id=f"{call.key}/set", tab=request["tab"], match=_typed(match), cells=_typed(request["cells"]))
    return Done(result={"row_id": show(row.get(ROW_ID))}, said=f"{_said(request['cells'])} in {request['tab']}", edits=(edit,))


def _own(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """How the run's own row is found; a schedule has none, and any row would do for an empty wish."""
    if not request["own_row"]:
        raise ActionFailed("This run has no row of its own. Write key: and what tells the row.", permanent=True)
    own: Mapping[str, Any] = request["own_row"]
    return own


def _find(request: Mapping[str, Any], call: Call) -> Done:
    headers = _headers(request, call)
    match = {**request["match"], **request["cells"]} or _own(request)
    row = call.sheet.find(request["tab"], match)
    if row is None:
        return Done(result={"found": False, **dict.fromkeys(headers)}, said=f"no row in {request['tab']} where {_said(match)}")
    return Done(result={**row, "found": True}, said=f"found in {request['tab']}")


def _typed(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers and dates as such, so that the owner's formulas can work with them; everything else stays text."""
    return {header: as_cell(value) if isinstance(value, str) else value for header, value in cells.items()}


def _check(settings: Mapping[str, str], scope: CheckScope) -> list[tuple[str, str]]:
    tab = settings.get("tab", "").strip() or scope.contract_tab
    if "{{" in tab:
        return []
    if not tab:
        return [("tab", "This contract has no rows of its own. Write a line tab: and the tab's name.")]
    if name_key(tab) in STANDARD_TABS:
        return [("tab", _not_ours(tab))]
    headers = scope.headers(tab)
    if headers is None:
        return [("tab", f"There is no tab “{tab}”.")]
    known = set(map(name_key, headers))
    found = [
        (name, f"{tab} has no column “{name}”. {did_you_mean(name, headers)}".strip())
        for name in settings
        if name_key(name) not in _OWN and name_key(name) not in known
    ]
    if not settings.get("key") and name_key(ROW_ID) not in known:
        found.append(("key", f"{tab} has no column Row ID. Write key: and the column that tells its rows apart."))
    return found
