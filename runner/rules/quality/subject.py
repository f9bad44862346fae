"""Whom a text is about: the run's row, what the owner has written down, and everybody else.

Invariant: only values; nothing here reads or writes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.values import Value, is_blank, name_key, show


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a text is held against."""

    #: The run's row, header → value, without what a model wrote into it.
    row: Mapping[str, Value] = field(default_factory=dict)
    #: Result name → value, of the step that wrote the text.
    results: Mapping[str, Any] = field(default_factory=dict)
    #: Texts of the owner's: Settings, Templates; what stands there may stand in a text.
    owners: Sequence[str] = ()
    #: (tab, column) → the values of all its rows, this one's too; None when there is no such tab or column.
    others: Callable[[str, str], Sequence[Value] | None] = lambda _tab, _column: None
    #: (tab, column) pairs that Fields calls Private.
    private: Sequence[tuple[str, str]] = ()
    #: Replaces every secret's value in a text.
    redact: Callable[[str], str] = lambda text: text

    def value(self, column: str) -> Value:
        """The row's value in that column, in any spelling; None when it has none."""
        wanted = name_key(column)
        return next((value for header, value in self.row.items() if name_key(header) == wanted), None)

    def own_words(self) -> str:
        """Everything that the row and the owner say, as one text."""
        return "\n".join([*(show(value) for value in self.row.values() if not is_blank(value)), *self.owners])
