"""50 runs of every class of effect, killed again and again at moments drawn by a seed, until all of them have ended.

Invariant: between kills nothing is helped along: people add rows and answer what is asked, as owners who look at the world first.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.acceptance import promises
from tests.acceptance.firm import ROWS, Firm
from tests.acceptance.graveyard import KILLED, Graveyard
from tests.acceptance.person import answer

#: Seams at which a runner is killed at its n-th passing, whatever passes.
SEAMS = (
    *("commit|before", "commit|after", "commit|after", "wire|before", "wire|after", "wire|after", "answer|after"),
    *("smtp|after", "folder|before", "folder|after", "note|before", "note|after", "sheet|before", "sync|before"),
    *("replace|before", "replace|after"),
)
#: The n-th passing, n drawn up to this; seams that are passed once or twice in a tick are met at the first.
PASSINGS = {"commit": 6, "wire": 6, "answer": 3, "note": 4, "replace": 2}


@dataclass(kw_only=True)
class Campaign:
    """One workbook, one seed."""

    firm: Firm
    graveyard: Graveyard
    seed: int
    kills: int
    #: How the runs of the command ended: `random moment`, a seam, or `not killed`.
    ends: Counter[str] = field(default_factory=Counter)
    #: What people typed.
    answers: int = 0

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)

    def run(self) -> None:
        """All of it; raises AssertionError for a promise that was broken."""
        waiting = [tab for tab, many in ROWS.items() for _ in range(many)]
        self._rng.shuffle(waiting)
        share = max(1, len(waiting) // (self.kills + 1))
        self.firm.open()
        self._let_come(waiting, max(share, 3))
        self._span = self._lived()
        for _ in range(4 * self.kills):
            if self.killed >= self.kills:
                break
            if self._try_to_kill():
                self._let_come(waiting, share)
            promises.nothing_twice(self.firm)
            if self._rng.random() < 0.6:
                self.answers += answer(self.firm)
        self._let_come(waiting, len(waiting))
        self._rest()
        promises.all_is_done(self.firm)

    @property
    def killed(self) -> int:
        """How many runners were killed."""
        return sum(many for how, many in self.ends.items() if how != "not killed")

    def settled(self) -> Counter[str]:
        """How what was cut off was settled, as the audit trail tells it."""
        return Counter(promises.settled(self.firm))

    def _let_come(self, waiting: list[str], many: int) -> None:
        tabs, waiting[:] = waiting[:many], waiting[many:]
        if tabs:
            self.firm.come(**Counter(tabs))

    def _lived(self, spot: str = "", after: float | None = None) -> float:
        """Start a runner; seconds that it lived, negative when it was killed."""
        began = time.monotonic()
        code = self.graveyard.run(self.firm.folder, "run", "--once", spot=spot, after=after)
        return (time.monotonic() - began) * (-1 if code == KILLED else 1)

    def _try_to_kill(self) -> bool:
        """A runner that dies at a moment, unless it has ended by then: within the time that the last one lived, or at a seam."""
        spot, after, how = "", None, "random moment"
        if self._rng.random() < 0.5:
            after = self._rng.uniform(0.1, 1.0) * self._span
        else:
            how = self._rng.choice(SEAMS)
            spot = f"{how}||{self._rng.randint(1, PASSINGS.get(how.partition('|')[0], 1))}"
        lived = self._lived(spot, after)
        if lived > 0:
            self._span = lived
        self.ends[how if lived < 0 else "not killed"] += 1
        return lived < 0

    def _rest(self) -> None:
        """Ticks and answers until nobody has anything to say."""
        for _ in range(12):
            assert self.graveyard.run(self.firm.folder, "run", "--once") == 0
            promises.nothing_twice(self.firm)
            promises.nothing_lost(self.firm)
            typed = answer(self.firm)
            self.answers += typed
            if not typed:
                return
        raise AssertionError("it never came to rest")
