"""The weekly report as data: what the templates in `runner/emails` and `--json` show.

Invariant: only what can be known stands here; text from outside is clipped, and escaped by whoever shows it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something that waits for a person."""

    title: str
    #: Since when it waits, and until when it may.
    why: str
    #: What to type, and into which cell.
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One of the four numbers."""

    name: str
    value: str
    #: `▼ 6 min better than last week`; "" where nothing can be compared.
    change: str
    #: Whether that is better; None for neither.
    better: bool | None
    #: Heights of the eight bars, 0..1; None for a week without a number.
    bars: tuple[float | None, ...]
    spark: str
    #: `95 → 45 min`, or what there is of it.
    was: str
    target: str
    status: str
    #: Whether the target is met; None without one.
    met: bool | None
    #: How far from baseline to target, 0..100; None without both.
    way: int | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one contract did in the week."""

    contract: str
    runs: int
    failed: int
    #: Share of `runs` in percent, as text; "" without runs.
    rate: str
    waiting: int
    saved: str
    #: P0 or P1.
    critical: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Equal failures of one step in the week."""

    contract: str
    step: str
    count: int
    cause: str
    fate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The whole report of one week."""

    workbook: str
    week: str
    dates: str
    #: Whether the week is still going on.
    unfinished: bool
    verdict: str
    #: The one thing that went worst, or that nothing did.
    but: str
    needs: tuple[Need, ...]
    more_needs: int
    tiles: tuple[Tile, ...]
    lines: tuple[Line, ...]
    more_lines: int
    failures: tuple[Failure, ...]
    more_failures: int
    silent: tuple[str, ...]
    suggestions: tuple[str, ...]
    ai: str
    #: Number and hash of the last audit line.
    head: str
    #: Where all this comes from.
    footer: str
    #: What could not be looked at; "" when everything could.
    missing: str
    #: Why it comes later than it should; "" when it does not.
    late: str = ""
    #: What goes along with it; "" for nothing.
    attached: str = ""
    #: Where a browser opens the workbook; "" where none does.
    link: str = ""

    @property
    def subject(self) -> str:
        """Of the mail: the verdict, and how much needs the owner."""
        count = len(self.needs) + self.more_needs
        asks = f"{count} thing needs you" if count == 1 else f"{count} things need you" if count else "nothing needs you"
        return f"{self.workbook}, {self.week}: {asks}. {self.verdict}"
