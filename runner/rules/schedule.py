"""`Schedule`: the occurrences that a When cell means, in plain words or as cron, by the owner's clock.

Invariant: pure. A time of day happens once on the nights on which the clocks change: in the hour that is skipped it happens at its
end, in the hour that comes twice the first time.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cronsim import CronSim, CronSimError

from runner.rules.calendar import read_clock
from runner.rules.due import WhenError
from runner.rules.literals import Unclear

EXAMPLES = (
    "Write for example every day 17:00, every weekday 09:00, every Mon, Wed 09:00, 1st of month 08:00, last day of month 17:00, "
    "every 15 minutes, every 2 hours, or five fields of cron."
)
#: A run that starts so long after its moment says that it is late.
LATE = timedelta(minutes=5)
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_EVERY_SO_OFTEN = re.compile(r"every\s+(?:(\d{1,4})\s+)?(minute|hour)s?", re.IGNORECASE)
_OF_MONTH = re.compile(
    r"(?:on\s+)?(?:the\s+)?(?:(\d{1,2})(?:st|nd|rd|th)|last\s+day)\s+of\s+(?:the\s+|each\s+|every\s+)?month\b(.*)", re.IGNORECASE
)
_ON_DAYS = re.compile(r"(?:(?:every|on)\s+)?([a-z][a-z,;&\s]*?)(?:\s+at)?(?:\s+(\d.*))?", re.IGNORECASE)
_CRON = re.compile(r"[\d*/,-]+(?:\s+\S+){4}", re.ASCII)
_ALMOST_CRON = re.compile(r"[\d*/,-]+(?:\s+[\d*/,-]+)+", re.ASCII)
#: Any moment will do to see whether a schedule ever comes.
_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=256)
def parse_schedule(text: str) -> str:
    """The When cell as five fields of cron. Raises `WhenError` with a sentence."""
    plain = " ".join(text.split())
    if not plain:
        raise WhenError(f"Nothing says when. {EXAMPLES}")
    if _CRON.fullmatch(plain):
        return _usable(plain)
    if _ALMOST_CRON.fullmatch(plain):
        raise WhenError(f"“{plain[:60]}” has {len(plain.split())} fields; cron has five: minute, hour, day, month, weekday.")
    if match := _EVERY_SO_OFTEN.fullmatch(plain):
        return _interval(int(match[1] or 1), match[2].casefold())
    if match := _OF_MONTH.fullmatch(plain):
        return _monthly(int(match[1]) if match[1] else None, _clock(plain, match[2]))
    match = _ON_DAYS.fullmatch(plain)
    days = _days(match[1]) if match else ""
    if not match or not days:
        raise WhenError(f"“{plain[:60]}” does not say when. {EXAMPLES}")
    return f"{_clock(plain, match[2] or '')} * * {days}"


def _usable(cron: str) -> str:
    try:
        next(CronSim(cron, _SOME_DAY))
    except CronSimError as error:
        raise WhenError(f"“{cron[:60]}” is not cron: {str(error)[:1].lower()}{str(error)[1:]}. {EXAMPLES}") from None
    except StopIteration:
        raise WhenError(f"“{cron[:60]}” never comes: no month has that day.") from None
    return cron


def _interval(number: int, unit: str) -> str:
    whole = 60 if unit == "minute" else 24
    if number < 1 or whole % number:
        fits = ", ".join(str(n) for n in range(1, whole) if whole % n == 0)
        raise WhenError(f"Every {number} {unit}s does not come out even. Use one of {fits}.")
    each = "*" if number == 1 else f"*/{number}"
    return f"{each} * * * *" if unit == "minute" else f"0 {each} * * *"


def _monthly(day: int | None, clock: str) -> str:
    if day is not None and not 1 <= day <= 28:
        raise WhenError(f"Not every month has a day {day}. Write last day of month 17:00, or a day from the 1st to the 28th.")
    return f"{clock} {day or 'L'} * *"


def _days(text: str) -> str:
    """`weekday` → `1-5`; `Mon, Wed` → `1,3`; "" for anything else."""
    words = [word for word in re.split(r"[,;&\s]+|\band\b", text.casefold()) if word and word != "every"]
    if words in (["day"], ["days"], ["daily"]):
        return "*"
    if words in (["weekday"], ["weekdays"]):
        return "1-5"
    numbers = [_weekday(word) for word in words]
    return ",".join(str(number) for number in sorted({n for n in numbers if n is not None})) if None not in numbers else ""


def _weekday(word: str) -> int | None:
    return next((index for index, day in enumerate(_DAYS) if len(word) >= 3 and (day.startswith(word) or word == f"{day}s")), None)


def _clock(whole: str, text: str) -> str:
    """`09:00` → `0 9`, as cron has it."""
    text = text.strip().removeprefix("at ").strip()
    if not text:
        raise WhenError(f"“{whole[:60]}” lacks the time of day. Write {whole[:60]} 09:00.")
    try:
        at = read_clock(text)
    except Unclear as error:
        raise WhenError(str(error)) from None
    return f"{at.minute} {at.hour}"


def newest(cron: str, now: datetime) -> datetime:
    """The last occurrence that is not after `now`. `now`: in the owner's zone; so is what is returned."""
    # a fraction of a second makes cronsim begin with this very second
    back = CronSim(cron, now.replace(microsecond=1), reverse=True)
    return next(moment for moment in back if moment.astimezone(UTC) <= now.astimezone(UTC))


def following(cron: str, now: datetime) -> datetime:
    """The first occurrence after `now`, in the owner's zone."""
    return next(moment for moment in CronSim(cron, now) if moment.astimezone(UTC) > now.astimezone(UTC))


def key_of(occurrence: datetime) -> str:
    """`2026-11-22 17:00`, by the owner's clock; the hour that comes twice says which one it is."""
    return f"{occurrence:%Y-%m-%d %H:%M}" + (f" {occurrence:%z}" if occurrence.fold else "")
