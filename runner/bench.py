"""Puts together the world of a drill: the engine's real parts, and nothing that leads outside.

Invariant: workbook in memory, ledger in a folder that is removed, a clock that stands still, and a mailer that sends nothing.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.clock import StillClock
from adapters.ledgers.sql import SqlLedger
from adapters.mailers.pretend import PretendMailer
from adapters.mailers.smtp import SmtpMailer
from adapters.workbooks.memory import Grid, MemoryWorkbook
from runner import wiring
from runner.ports import Action, Secrets, Tools, World
from runner.rules.sample import HOST

if TYPE_CHECKING:
    from runner.config import Config


@dataclass(slots=True)
class DrillBench:
    """Where one drill is played: implements `runner.engine.play.Bench`."""

    paper: MemoryWorkbook
    clock: StillClock
    zone: tzinfo
    #: The drill's own ledger.
    place: Path
    actions: Mapping[str, Action]
    secrets: Secrets
    _ids: "count[int]" = field(default_factory=lambda: count(1))
    _ledger: SqlLedger | None = None

    def open(self, around: Callable[[Mapping[str, Action]], Mapping[str, Action]]) -> World:
        """A new process on the same workbook, ledger and clock; the one before is no more."""
        self.close()
        self._ledger = SqlLedger(self.place, "drill", self.clock)
        return World(
            workbook=self.paper,
            ledger=self._ledger,
            actions=around(self.actions),
            clock=self.clock,
            zone=self.zone,
            workers=1,
            holder=wiring.holder(),
            secrets=self.secrets,
            say=lambda _line: None,
            new_id=lambda: f"drill{next(self._ids):03d}",
        )

    def close(self) -> None:
        """Let go of the ledger."""
        if self._ledger:
            self._ledger.close()
            self._ledger = None


@contextmanager
def open_benches(config: "Config") -> Iterator[tuple[Mapping[str, Action], Callable[[dict[str, Grid], datetime], DrillBench]]]:
    """(the actions, what makes a bench for each drill). All that the drills leave behind goes with the folder at the end."""
    secrets = wiring.open_secrets(config)
    actions = wiring.open_actions(_tools(config, secrets))
    name = wiring.only_workbook(config).path
    with tempfile.TemporaryDirectory(prefix="rowpact-drill-") as folder:
        numbers, empty = count(1), Path(folder) / "empty.ledger"
        SqlLedger(empty, "drill", wiring.open_clock()).close()

        def make(tabs: dict[str, Grid], moment: datetime) -> DrillBench:
            return DrillBench(
                paper=MemoryWorkbook(name.name if name else "workbook", tabs),
                clock=StillClock(moment),
                zone=config.runner.zone,
                place=shutil.copyfile(empty, Path(folder) / f"{next(numbers)}.ledger"),
                actions=actions,
                secrets=secrets,
            )

        yield actions, make


def _tools(config: "Config", secrets: Secrets) -> Tools:
    """What config.toml allows, with a mailer that sends nothing, and the made-up host that made-up addresses lead to."""
    email, tools = config.email, wiring.open_tools(config, secrets)
    mailer = PretendMailer(SmtpMailer(host=email.host or f"mail.{HOST}", port=email.port, security=email.security))
    return replace(tools, mailer=mailer, http_allow=(*tools.http_allow, HOST))
