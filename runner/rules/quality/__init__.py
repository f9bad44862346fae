"""Whether a text may leave: the owner's Checks, and what no text may hold, whatever they say.

Invariant: pure, and bounded by the text and the rows; every no is a sentence that a model can act on and an owner understands.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runner.errors import ConditionError
from runner.model import TextRule
from runner.ports import Then
from runner.rules.quality import foreign
from runner.rules.quality.statements import read
from runner.rules.quality.subject import Subject

#: The longest text that is looked at, in characters; a longer one does not leave.
LONGEST = 20_000
_WORST = (Then.STOP, Then.REVIEW, Then.REDO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the checks say about one text."""

    #: One sentence each; none when the text may leave.
    reasons: tuple[str, ...] = ()
    #: What becomes of it, when it may not: the gravest of what the failing lines ask for.
    then: Then = Then.REVIEW

    @property
    def passed(self) -> bool:
        """Whether the text may leave."""
        return not self.reasons


def judge(text: str, rules: Sequence[TextRule], subject: Subject) -> Verdict:
    """Hold the text against every line of the set, and against what no text may hold."""
    if not text.strip():
        return Verdict(reasons=("The text is blank.",), then=Then.REDO)
    if len(text) > LONGEST:
        return Verdict(reasons=(f"The text is longer than {LONGEST:,} characters.",), then=Then.REDO)
    found = [(reason, Then.REDO) for reason in foreign.reasons(text, subject)]
    for rule in rules:
        found += [(reason, Then(rule.on_failure)) for reason in _reasons(rule, text, subject)]
    if not found:
        return Verdict()
    then = next(worst for worst in _WORST if any(one is worst for _, one in found))
    return Verdict(reasons=tuple(dict.fromkeys(reason for reason, _ in found)), then=then)


def _reasons(rule: TextRule, text: str, subject: Subject) -> Iterator[str]:
    try:
        for statement in read(rule.kind, rule.rule):
            yield from statement(text, subject)
    except ConditionError as error:  # the cell was changed after it had been checked
        yield f"A line of Checks cannot be read: {error}"
