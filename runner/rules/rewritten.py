"""How a text that was approved differs from what a model writes in its place today.

Invariant: pure; a fact is a value of the row, and it is lost when the approved text says it and the new one does not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, ndiff
from typing import Any

from runner.rules.quality.values import mentions
from runner.values import Value, show

#: A value of fewer signs than this stands in any text by chance.
_LEAST = 2
#: Beyond this a result is a text and not a word to choose: its change is shown as a difference, not as “warm → formal”.
_WORD = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What became of one approved text."""

    #: 1 for the same words in the same order, 0 for none in common.
    similarity: float
    #: Headers of the row's values that the approved text says: still there, and gone.
    kept: tuple[str, ...]
    lost: tuple[str, ...]
    #: Result name → (then, now), of those that are a word or a number: a tone, a language.
    fields: Mapping[str, tuple[str, str]]
    #: Lines as `difflib` marks them: `- ` then, `+ ` now.
    lines: tuple[str, ...]

    @property
    def changed(self) -> int:
        """Per cent of the words."""
        return round((1 - self.similarity) * 100)


def difference(row: Mapping[str, Value], then: Mapping[str, Any], now: Mapping[str, Any]) -> Difference:
    """Between the results that were approved and those of today."""
    before, after = _texts(then, then), _texts(then, now)
    told, tells = "\n".join(before.values()), "\n".join(after.values())
    facts = [header for header, value in row.items() if not isinstance(value, bool) and mentions(told, value, least=_LEAST)]
    kept = tuple(header for header in facts if mentions(tells, row[header], least=_LEAST))
    words = {name: (show(value), show(now.get(name))) for name, value in then.items() if name not in before}
    return Difference(
        similarity=SequenceMatcher(None, told.split(), tells.split(), autojunk=False).ratio(),
        kept=kept,
        lost=tuple(header for header in facts if header not in kept),
        fields={name: pair for name, pair in words.items() if pair[0] != pair[1]},
        lines=tuple(_lines(before, after)),
    )


def _texts(then: Mapping[str, Any], results: Mapping[str, Any]) -> dict[str, str]:
    """The results that are texts, judged by what was approved: a long one, or one of several words."""
    names = [name for name, value in then.items() if isinstance(value, str) and (len(value) > _WORD or " " in value.strip())]
    return {name: show(results.get(name)) for name in names}


def _lines(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name, text in before.items():
        if text.split() == after[name].split():
            continue
        if len(before) > 1:
            yield f"  {name}:"
        yield from (line for line in ndiff(_filled(text), _filled(after[name])) if line[:2] in ("- ", "+ "))


def _filled(text: str) -> Sequence[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
