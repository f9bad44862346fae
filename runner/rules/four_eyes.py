"""Four eyes: where Settings say so, two people must approve, neither of them the contract's owner.

Invariant: pure; nobody's word counts twice, and a word without a name does not count.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from runner import tabs
from runner.model import Ask, Snapshot
from runner.rules.findings import Findings, did_you_mean, nearest
from runner.rules.spans import parse_yes_no
from runner.values import Value, name_key, show

_SETTING = "four_eyes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """What one APPROVE means for a question that two people must answer."""

    #: Who has approved so far, this one included; "" when it does not count.
    by: str = ""
    #: Whether that is enough.
    enough: bool = False
    #: What `Result` says instead, when it does not count.
    says: str = ""


def asked_of(contract: str, settings: Mapping[str, Value]) -> bool:
    """Whether two people must approve what this contract does: `Four eyes` says Yes, or names it."""
    value = settings.get(_SETTING)
    answer = parse_yes_no(value)
    return name_key(contract) in map(name_key, _names(value)) if answer is None else answer


def invitation(owner: str) -> str:
    """What `Result` says before anybody has approved."""
    others = f", neither of them {owner}" if owner else ""
    return f"Two people must approve this{others}. The first: your name in Decided by, and APPROVE."


def vote(ask: Ask, name: str, owner: str) -> Vote:
    """What it means that somebody of this name typed APPROVE."""
    if not name:
        return Vote(says=f"APPROVE without a name does not count. {ask.result or invitation(owner)}")
    if owner and name_key(name) == name_key(owner):
        return Vote(says=f"“{name}” does not count: two people other than the owner must approve. {ask.result}".strip())
    if not ask.first_by:
        return Vote(by=name)
    if name_key(name) == name_key(ask.first_by):
        return Vote(says=ask.result)
    return Vote(by=f"{ask.first_by} and {name}", enough=True)


def check_setting(snapshot: Snapshot, contracts: Collection[str], found: Findings) -> None:
    """A name in `Four eyes` that is no contract. The one that was probably meant starts no runs: its guard is missing."""
    tab = snapshot.tab(tabs.SETTINGS.name)
    row = next((row for row in tab.rows if name_key(row.text("Setting")) == _SETTING), None) if tab else None
    if row is None or parse_yes_no(row.get("Value")) is not None:
        return
    for name in _names(row.get("Value")):
        if name_key(name) not in map(name_key, contracts):
            fix = did_you_mean(name, contracts) or "Write Yes, No, or names of contracts."
            found.at(row, "Value", f"There is no contract “{name}”.", fix, contract=nearest(name, contracts) or None)


def _names(value: Value) -> list[str]:
    return [name.strip() for name in re.split(r"[,;\n]", show(value)) if name.strip()]
