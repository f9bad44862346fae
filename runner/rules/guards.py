"""How much may happen at once, and what is asked before more does.

Invariant: pure; a limit that cannot be read counts as its default, never as none.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

from runner.model import Contract
from runner.values import Value, show

#: Settings that are whole numbers from 0, by `name_key`, with their defaults.
LIMITS = {"bulk_limit": 25, "runs_per_day": 500}


def limit(settings: Mapping[str, Value], name: str) -> int:
    """The limit of that name: as the tab Settings says, else its default."""
    number = whole_number(settings.get(name))
    return LIMITS[name] if number is None else number


def runs_per_day(settings: Mapping[str, Value]) -> int:
    """How many runs of one contract may start in a day; whoever allows more than the default at once allows them in a day."""
    if whole_number(settings.get("runs_per_day")) is not None:
        return limit(settings, "runs_per_day")
    return max(LIMITS["runs_per_day"], limit(settings, "bulk_limit"))


def day_of(now: datetime) -> tuple[datetime, datetime]:
    """The day's first moment and the next day's; `now` in the owner's zone."""
    start = datetime.combine(now.date(), time(), now.tzinfo)
    return start, datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)


def whole_number(value: Value) -> int | None:
    """A whole number from 0, typed as number or text; None for anything else."""
    text = "" if isinstance(value, bool) else show(value).strip()
    return int(text) if text.isascii() and text.isdecimal() else None


def bulk_question(contract: Contract, keys: Sequence[str], most: int, unsure: str = "") -> str:
    """What Approvals asks about many runs that would start at once, or about some that may have been carried out already."""
    first = ", ".join(key if len(key) <= 60 else f"{key[:59]}…" for key in keys[:5])
    more = f" and {len(keys) - 5} more" if len(keys) > 5 else ""
    why = f"{unsure} So Rowpact cannot know whether these were begun before: look first."
    return (
        f"Start {len(keys)} run{'s' * (len(keys) != 1)} of {contract.name}? First: {first}{more}.\n"
        f"{why if unsure else f'More than {most} new runs at once are held (Settings, Bulk limit).'} "
        "RELEASE starts them, with their rows as they are then; SKIP ends them, and they never start."
    )
