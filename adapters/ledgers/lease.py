"""Who may write for a workbook: a lease that ends by itself, and a fence that tells an old holder from the new one.

Invariant: the fence grows with every new holder, and only the newest one's matches what the database holds.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from adapters.ledgers import schema, statements
from adapters.ledgers.holder import Holder
from runner.errors import LeaseHeld, LeaseLost

LENGTH = timedelta(seconds=30)
#: A lease with less than this left is renewed: a third has passed.
RENEW_BELOW = timedelta(seconds=20)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Lease:
    """One runner's hold on one workbook. Each method works within the transaction of the connection that it is given."""

    workbook: str
    holder: str = ""
    #: The number under which it is held; 0 while it is not.
    fence: int = 0
    until: datetime = _LONG_AGO

    def fresh(self, holder: str, now: datetime) -> bool:
        """Whether it is held so safely that the database need not be asked. It is not when the clock was set back since."""
        return bool(self.fence) and holder == self.holder and self.until - LENGTH <= now < self.until - RENEW_BELOW

    def take(self, connection: sa.Connection, holder: str, now: datetime) -> int:
        """Take it or renew it; returns the fence, which is `self.fence` when nobody else can have held it in between.

        `won` makes it ours once the transaction is through. Raises `LeaseHeld`.
        """
        values = {"workbook": self.workbook, "holder": holder, "until": (now + LENGTH).isoformat()}
        free = {"workbook": self.workbook, "holder": "", "fence": 0, "until": ""}
        connection.execute(statements.put_once(connection.dialect.name, schema.LEASES), free)
        lease = connection.execute(statements.LEASE, {"workbook": self.workbook}).one()
        if self.fence and lease.fence == self.fence:
            fence = self.fence
        else:
            if lease.holder not in ("", holder):
                self._refuse_while_held(lease.holder, datetime.fromisoformat(lease.until), now)
            fence = lease.fence + 1
        connection.execute(statements.put(connection.dialect.name, schema.LEASES), {**values, "fence": fence})
        return fence

    def _refuse_while_held(self, holder: str, until: datetime, now: datetime) -> None:
        other = Holder.parse(holder)
        if until <= now or (other and other.dead):
            return
        seconds = max(1, round((until - now).total_seconds()))
        raise LeaseHeld(
            f"Another Rowpact ({other.named if other else holder}) is running {self.workbook}. It holds the workbook for {seconds} "
            "more seconds and renews that while it runs: let it do the work, or stop it there first."
        )

    def won(self, holder: str, fence: int, now: datetime) -> None:
        """The transaction of `take` is through."""
        self.holder, self.fence, self.until = holder, fence, now + LENGTH

    def check(self, connection: sa.Connection, now: datetime) -> None:
        """Raises `LeaseLost` when somebody took it over; while nobody did, the work goes on and the lease is kept alive."""
        lease = connection.execute(statements.LEASE, {"workbook": self.workbook}).one_or_none()
        if lease is None or not self.fence or lease.fence != self.fence:
            raise self.lost(lease.holder if lease else "")
        if not self.fresh(self.holder, now):
            self._set(connection, self.holder, now + LENGTH)

    def lost(self, holder: str = "") -> LeaseLost:
        """What a runner says whose workbook is with this holder now, or that never took it."""
        other = Holder.parse(holder)
        if other or self.fence:
            what = f"Another Rowpact{f' ({other.named})' if other else ''} has taken {self.workbook} over"
        else:
            what = f"This Rowpact does not hold {self.workbook}"
        return LeaseLost(
            f"{what}: nothing more is recorded or sent from here, or written into it. To run it here, stop the other one and start "
            "this one again."
        )

    def give_back(self, connection: sa.Connection) -> None:
        """Free it for the next; does nothing when it is no longer ours."""
        self._set(connection, "", _LONG_AGO)

    def _set(self, connection: sa.Connection, holder: str, until: datetime) -> None:
        values = {"ours": self.workbook, "mine": self.fence, "holder": holder, "until": until.isoformat()}
        connection.execute(statements.RENEW, values)
        self.until = until
