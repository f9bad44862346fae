"""What a cell can hold, and the one way it is named, shown, stored and compared.

Invariant: `load(dump(x)) == x` for every value, so the ledger gives back exactly what the sheet held.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

import orjson


@dataclass(frozen=True, slots=True)
class ErrorValue:
    """A formula error standing in a cell, for example `#REF!`; never the same as blank."""

    text: str

    def __str__(self) -> str:
        return self.text


#: One cell. Blank is None, never "". Whole numbers are int; other numbers float, or Decimal after arithmetic on money.
Value: TypeAlias = str | int | float | Decimal | bool | date | datetime | time | timedelta | ErrorValue | None


@lru_cache(maxsize=8192)
def name_key(name: str) -> str:
    """How a header, step or setting is recognised: case, blanks and punctuation do not matter.

    >>> name_key(" Fit-score "), name_key("E-mail (work)"), name_key("Check ⟳")
    ('fit_score', 'e_mail_work', 'check')
    """
    folded = name.strip().casefold()
    return re.sub(r"[\W_]+", "_", folded).strip("_") or folded


def is_blank(value: object) -> bool:
    """Blank: an empty cell, or text of nothing but white space."""
    return value is None or (isinstance(value, str) and not value.strip())


def show(value: Value) -> str:
    """The value as a person would write it: in a mail, in a sentence, in a text cell. Dates are ISO, blank is ""."""
    match value:
        case None:
            return ""
        case bool():
            return "Yes" if value else "No"
        case float() if value.is_integer() and abs(value) < 2**53:
            return str(int(value))
        case float():
            return repr(value)
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M") if not value.second else value.strftime("%Y-%m-%d %H:%M:%S")
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _encode(value: object) -> dict[str, Any]:
    match value:
        case datetime():
            return {"rowpact/time": value.isoformat()}
        case date():
            return {"rowpact/date": value.isoformat()}
        case time():
            return {"rowpact/clock": value.isoformat()}
        case timedelta():
            return {"rowpact/seconds": value.total_seconds()}
        case Decimal():
            return {"rowpact/number": str(value)}
        case ErrorValue():
            return {"rowpact/error": value.text}
        case Mapping():
            return dict(value)
    message = f"{type(value).__name__} cannot be stored in the ledger"
    raise TypeError(message)


_DECODE: dict[str, Callable[[Any], Any]] = {
    "rowpact/time": datetime.fromisoformat,
    "rowpact/date": date.fromisoformat,
    "rowpact/clock": time.fromisoformat,
    "rowpact/seconds": lambda seconds: timedelta(seconds=seconds),
    "rowpact/number": Decimal,
    "rowpact/whole": int,
    "rowpact/error": ErrorValue,
}


def _decode(pairs: dict[str, Any]) -> Any:
    if len(pairs) == 1:
        ((tag, value),) = pairs.items()
        if tag in _DECODE:
            try:
                return _DECODE[tag](value)
            except (ValueError, TypeError, ArithmeticError):  # text from outside that only looks like ours
                return pairs
    return pairs


_slow = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_encode).encode
_slow_sorted = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=_encode).encode
_slow_load = json.JSONDecoder(object_hook=_decode).decode
#: Cells' values are tagged by us, so that they come back as what they were.
_AS_IS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def _widened(value: Any) -> Any:
    """Whole numbers beyond 64 bits, which would be read as floats, a little off, under a tag of their own."""
    match value:
        case int() if not -(2**63) <= value < 2**64:
            return {"rowpact/whole": str(value)}
        case dict():
            return {key: _widened(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_widened(inner) for inner in value]
    return value


def dump(value: object) -> str:
    """JSON without blanks; keys keep their order, so that a row's values are shown in the order of its columns."""
    try:
        return orjson.dumps(value, _encode, _AS_IS).decode()
    except TypeError:  # numbers beyond 64 bits, halves of surrogate pairs, keys that are no text: rare, and possible
        return _slow(_widened(value))


def load(text: str) -> Any:
    """The inverse of `dump`."""
    if '"rowpact/' in text:
        return _slow_load(text)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:  # halves of surrogate pairs, which it refuses; anything else fails again
        return _slow_load(text)


def digest(value: object) -> str:
    """SHA-256 (hex, 64 characters) of the value's canonical JSON: equal values, equal digest, whatever the order of keys."""
    import hashlib  # brings OpenSSL along, which reading and writing a workbook does without

    try:
        canonical = orjson.dumps(value, _encode, _AS_IS | orjson.OPT_SORT_KEYS)
    except TypeError:
        canonical = _slow_sorted(value).encode("utf-8", "surrogatepass")
    return hashlib.sha256(canonical).hexdigest()


def iso(moment: datetime) -> str:
    """`moment.isoformat()`; for one in UTC in a third of its time."""
    return orjson.dumps(moment)[1:-1].decode() if moment.tzinfo is UTC else moment.isoformat()


def utc(moment: datetime) -> datetime:
    """The moment in UTC; refuses a naive one, which would mean a guess."""
    if moment.tzinfo is None:
        message = f"{moment} has no time zone"
        raise ValueError(message)
    return moment.astimezone(UTC)
