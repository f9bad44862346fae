"""Which names a condition may use, found in any spelling; the sentence for a name that does not exist.

Invariant: what is found here is there at run time, unless the sheet changes.
"""

import re
from functools import cached_property

from runner.errors import ConditionError
from runner.model import Names
from runner.rules.findings import did_you_mean
from runner.values import name_key

#: Beginnings of names that are no columns; a column of such a name is reached as [Run].
SPACES = ("settings", "steps", "run", "contract", "row")
_RUN = ("id", "key")
_CONTRACT = ("name", "owner", "rollback_owner", "risk", "severity", "sop")


def _squashed(text: str) -> str:
    return "".join(text.casefold().split())


class Known:
    """`Names`, ready to be asked."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.columns: dict[str, str] = {}
        for header in names.columns:
            self.columns.setdefault(name_key(header), header)
        self.steps = {name_key(step): step for step in names.steps}
        everything = [
            *names.columns,
            *names.settings,
            *names.steps,
            *(name for known in names.steps.values() for name in known or ()),
        ]
        #: No name has more tokens than this.
        self.longest = max((len(re.findall(r"\w+|[^\w\s]", name)) for name in everything), default=1)

    @cached_property
    def exact(self) -> dict[str, str]:
        """Header without blanks and case → header: for headers whose signs matter, such as `Total - tax`."""
        return {_squashed(header): header for header in self.columns.values()}

    def column(self, typed: str, *, loose: bool = True) -> str:
        """The header that was meant, "" when there is none. Not loose: only blanks and case may differ."""
        return (self.columns.get(name_key(typed), "") if loose else "") or self.exact.get(_squashed(typed), "")

    def inside(self, space: str) -> tuple[str, ...] | None:
        """The names that may stand behind `settings.`, `run.`, …."""
        members = {"settings": self.names.settings, "run": _RUN, "contract": _CONTRACT, "steps": tuple(self.names.steps)}
        return members.get(space, self.names.columns)

    def results(self, step: str) -> tuple[str, ...] | None:
        """What the step leaves behind; None when that cannot be known."""
        return self.names.steps[self.steps[name_key(step)]]

    def no_column(self, typed: str, hint: str = "") -> ConditionError:
        """The sentence for a name that is no column."""
        if re.fullmatch(r"\$?[A-Z]{1,3}\$?[0-9]{1,7}", typed):
            hint = "Write the name of the column instead of a cell's address."
        shown = typed[:60]
        return ConditionError(f"There is no column “{shown}”. {hint or did_you_mean(shown, self.columns.values())}".strip())

    def no_member(self, space: str, typed: str, known: tuple[str, ...]) -> ConditionError:
        """The sentence for `settings.x` and its like."""
        shown = typed[:60]
        mend = did_you_mean(shown, known)
        if space.startswith("steps."):
            return ConditionError(f"The step “{space[6:]}” gives no “{shown}”. {mend}".strip())
        what = {"settings": "setting ", "steps": "earlier step ", "row": "column "}.get(space, "")
        return ConditionError(f"There is no {what}“{shown if what else f'{space}.{shown}'}”. {mend}".strip())
