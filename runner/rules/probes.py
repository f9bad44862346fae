"""How often connections and credentials are tried, and which failures count.

Invariant: pure. A failure counts when it was found twice, some minutes apart: a computer that has just woken up has no network.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from runner.ports.checkup import Finding, Verdict

#: All is well · something was found for the first time · it was found again.
DAILY, SOON, HOURLY = timedelta(days=1), timedelta(minutes=10), timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """The last try."""

    at: datetime
    #: Problems and warnings that it found, and those of them that the try before had found too.
    found: tuple[Finding, ...] = ()
    confirmed: tuple[Finding, ...] = ()

    def due(self, now: datetime) -> bool:
        """Whether it is time for the next one; a clock that was set back makes it so."""
        wait = DAILY if not self.found else SOON if len(self.confirmed) < len(self.found) else HOURLY
        return not timedelta() <= now - self.at < wait

    def after(self, findings: Sequence[Finding], now: datetime) -> "Probes":
        """What is known once everything was tried again."""
        bad = tuple(each for each in findings if each.verdict in (Verdict.PROBLEM, Verdict.WARNING))
        known = {(each.area, each.what, each.verdict) for each in self.found}
        return Probes(at=now, found=bad, confirmed=tuple(each for each in bad if (each.area, each.what, each.verdict) in known))

    @property
    def facts(self) -> dict[str, Any]:
        """For the ledger's note."""
        return asdict(self)

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> "Probes":
        """As it was kept."""
        lists = {
            name: tuple(Finding(**{**each, "verdict": Verdict(each["verdict"])}) for each in facts[name])
            for name in ("found", "confirmed")
        }
        return cls(at=facts["at"], **lists)
