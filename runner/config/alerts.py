"""[alerts.P0], [alerts.P1] and [alerts.P2]: whom an alert of that severity is told, and how often again.

Invariant: nobody is told before somebody is named; P0 knows no quiet hours.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from pydantic import ValidationInfo, field_validator

from runner.config.kinds import Addresses, Length, QuietHours, SecretMark, Unusable, Webhook
from runner.config.tables import Table


class Alert(Table):
    """One severity."""

    email: Addresses = ()
    #: An address, which may hold secrets' marks, or one mark for all of it.
    webhook: Webhook = ""
    #: What the web service is; "" = by its host.
    shape: Literal["slack", "teams", "discord", "ntfy", "json", ""] = ""
    #: Signs what goes to a program of one's own.
    secret: SecretMark = ""
    repeat: Length = timedelta(minutes=30)
    quiet: QuietHours = None


class Alerts(Table):
    """[alerts]."""

    P0: Alert = Alert()
    P1: Alert = Alert(repeat=timedelta(hours=4))
    P2: Alert = Alert(repeat=timedelta(days=1))

    @field_validator("P1", "P2", mode="before")
    @classmethod
    def _repeats(cls, value: object, info: ValidationInfo) -> object:
        """Each severity has a default of its own, also where its table says something else."""
        default = timedelta(hours=4) if info.field_name == "P1" else timedelta(days=1)
        return {"repeat": default, **value} if isinstance(value, dict) else value

    @field_validator("P0")
    @classmethod
    def _awake(cls, value: Alert) -> Alert:
        if value.quiet is not None:
            raise Unusable("P0 is told at once, at any hour.", "Take quiet away here; P1 and P2 may have it.")
        return value

    @property
    def levels(self) -> Mapping[str, Alert]:
        """By severity."""
        return {"P0": self.P0, "P1": self.P1, "P2": self.P2}
