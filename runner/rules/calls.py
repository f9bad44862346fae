"""Contracts that call contracts: which may be called, with what, and that calls never go round.

Invariant: pure. What is given to a called contract is what its columns and Fields allow, or a sentence.
"""

from collections.abc import Iterable, Iterator, Mapping

from runner.model import Contract
from runner.rules import fields
from runner.rules.findings import did_you_mean
from runner.rules.literals import as_cell
from runner.tabs import ROW_ID
from runner.values import Value, name_key

ACTION = "contract.call"
#: Settings of the action that are no values of the called run.
OWN = ("contract", "key")
#: A call within a call within a call … ends here.
DEPTH = 5
#: Circles through more contracts than this are left to `DEPTH`.
_LONGEST_CIRCLE = 50


def target_of(name: str, contracts: Iterable[Contract]) -> tuple[Contract | None, str]:
    """(the contract that may be called by that name, why it may not)."""
    known = {name_key(contract.name): contract for contract in contracts}
    found = known.get(name_key(name))
    if found is None:
        callable_ones = [contract.name for contract in known.values() if contract.trigger == "Called"]
        return None, f"There is no contract “{name}” that can be called. {did_you_mean(name, callable_ones)}".strip()
    if found.trigger != "Called":
        return None, f"“{found.name}” starts by {found.trigger or 'something else'}. Write Called as its Trigger to call it."
    return found, ""


def columns(contract: Contract, headers: Iterable[str] | None) -> tuple[str, ...]:
    """What may be given to the contract: the columns of its tab, or the fields that it names."""
    return tuple(headers or ()) if contract.has_row else tuple(rule.field for rule in contract.fields)


def given_problems(contract: Contract, given: Iterable[str], known: tuple[str, ...]) -> Iterator[str]:
    """A sentence for each name that the contract does not know, and for each that it needs and does not get."""
    names = [name for name in given if name_key(name) not in OWN]
    for name in names:
        if name_key(name) not in map(name_key, known):
            where = contract.tab if contract.has_row else f"Fields of “{contract.name}”"
            yield f"{where} has no “{name}”. {did_you_mean(name, known)}".strip()
    if contract.has_row:
        if name_key(ROW_ID) not in map(name_key, names):
            yield f"“{contract.name}” works on rows of {contract.tab}. Write a line Row ID: and the id of the row."
        return
    for rule in contract.fields:
        if rule.required and name_key(rule.field) not in map(name_key, names):
            yield f"“{contract.name}” needs {rule.field}. Write a line {rule.field}: …"


def values_for(
    contract: Contract, given: Mapping[str, str], known: tuple[str, ...], row: Mapping[str, Value]
) -> tuple[dict[str, Value], str]:
    """(what the called run works with, what is wrong with it). `row`: the row that it works on, if it has one."""
    spelled = {name_key(name): name for name in known}
    values: dict[str, Value] = {**dict.fromkeys(known), **row}
    values |= {spelled[name_key(name)]: as_cell(text) for name, text in given.items() if name_key(name) in spelled and text.strip()}
    checked = fields.check_row(contract.fields, values)
    if checked.missing:
        return values, f"“{contract.name}” needs {', '.join(checked.missing)}, which is blank."
    wrong = " ".join(sentence for _, sentence in checked.wrong)
    return {**values, **checked.values}, f"“{contract.name}” cannot start. {wrong}" if wrong else ""


def circle(start: str, first: str, contracts: Iterable[Contract]) -> tuple[str, ...]:
    """The names of the contracts on a way of calls from `first` back to `start`, `start` last; () when there is none."""
    known = {name_key(contract.name): contract for contract in contracts}
    ways: list[tuple[str, ...]] = [(first,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        here = known.get(name_key(way[-1]))
        if here is None or name_key(here.name) in seen or len(way) > _LONGEST_CIRCLE:
            continue
        seen.add(name_key(here.name))
        if name_key(here.name) == name_key(start):
            return way
        ways += [
            (*way, step.settings[name]) for step in here.steps if step.action == ACTION for name in _target_setting(step.settings)
        ]
    return ()


def _target_setting(settings: Mapping[str, str]) -> Iterator[str]:
    return (name for name in settings if name_key(name) == "contract")
