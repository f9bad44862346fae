"""What `rowpact doctor` tries and finds: one thing at a time, how it went, and how to mend it.

Invariant: a trial sends no mail, calls no action and writes into no workbook.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How it went."""

    FINE = "fine"
    WARNING = "warning"
    PROBLEM = "problem"
    #: Nothing in config.toml needs it.
    UNUSED = "not set up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the doctor's report."""

    what: str
    verdict: Verdict = Verdict.FINE
    says: str = ""
    mend: str = ""
    area: str = ""


def warning(what: str, says: str, mend: str = "") -> Finding:
    """It works, and somebody should look."""
    return Finding(what=what, verdict=Verdict.WARNING, says=says, mend=mend)


def problem(what: str, says: str, mend: str = "") -> Finding:
    """It does not work."""
    return Finding(what=what, verdict=Verdict.PROBLEM, says=says, mend=mend)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Something to be tried. `run` may take some seconds and raises `RowpactError` for what went wrong, shown under `what`."""

    area: str
    what: str
    run: Callable[[], Iterable[Finding]]
