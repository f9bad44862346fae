"""Keeps what an action has found out about the world, for decisions that ask nobody.

Invariant: on disk before any decision rests on it; decisions see it change only between two of them.
"""

from collections.abc import Mapping

from runner.ports import Action, Ledger


def learn(action: Action, facts: Mapping[str, str], ledger: Ledger) -> None:
    """Facts that a try has brought."""
    for name, text in facts.items():
        ledger.note(name, text)
    if facts:
        action.learn(facts)


def recall(actions: Mapping[str, Action], ledger: Ledger) -> None:
    """Everything that was learned before, when a runner starts."""
    for action in actions.values():
        kept = {name: text for name in action.facts if (text := ledger.note(name))}
        if kept:
            action.learn(kept)
