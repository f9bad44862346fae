"""The types of the payload contract: what each accepts, and the value it makes of it.

Invariant: a value is accepted only when it has one reading; a number, date or tick that was stored as text becomes what it means.
"""

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import urlsplit

from runner.rules.comparisons import exact
from runner.rules.literals import Unclear, read_date, read_moment, read_number
from runner.rules.spans import parse_yes_no
from runner.values import Value, name_key, show

_LOCAL = r"[^\s\x00-\x1f\x7f@<>()\[\]\\,;:\"“”]{1,64}"
_DOMAIN = r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_](?:[\w-]{0,61}[^\W_])"
_EMAIL = re.compile(rf"{_LOCAL}@{_DOMAIN}")
_PHONE = re.compile(r"\+?[0-9 ().\-/\u00a0]{3,30}(?:\s?(?:x|ext\.?|#)\s?[0-9]{1,6})?", re.IGNORECASE)


class Unfit(Exception):
    """The value is not of the type; the message is "" or a hint that may show the value. Never reaches the owner as it is."""


def _text(value: Value) -> Value:
    return show(value).strip()


def _number(value: Value) -> Value:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise Unfit
    if isinstance(value, str):
        return read_number(value)
    if not (value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)):
        raise Unfit
    return value


def _integer(value: Value) -> Value:
    number = _number(value)
    if isinstance(number, float | Decimal):
        if number != int(number):
            raise Unfit
        return int(number)
    return number


def _money(value: Value) -> Value:
    number = _number(value)
    return exact(number) if isinstance(number, float) else number


def _date(value: Value) -> Value:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise Unfit
    try:
        return read_date(value)
    except Unclear:
        if ":" not in value:
            raise
        return read_moment(value).date()


def _moment(value: Value) -> Value:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - the sheet's own time
    if not isinstance(value, str):
        raise Unfit
    return read_moment(value)


def _email(value: Value) -> Value:
    text = _text(value)
    if not isinstance(text, str) or len(text) > 254 or not _EMAIL.fullmatch(text) or ".." in text:
        raise Unfit("Only one address may stand there." if str(text).count("@") > 1 else "")
    if text.startswith(".") or ".@" in text:
        raise Unfit
    return text


def _phone(value: Value) -> Value:
    text = _text(value)
    if not isinstance(text, str) or not _PHONE.fullmatch(text) or not 5 <= sum(char.isdigit() for char in text) <= 20:
        raise Unfit
    return text


def _url(value: Value) -> Value:
    text = _text(value)
    try:
        parts = urlsplit(str(text))
        usable = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or not isinstance(text, str) or len(text) > 2000 or re.search(r"[\s<>\"\\\x00-\x1f\x7f]", text):
        raise Unfit
    return text


def _yes_no(value: Value) -> Value:
    answer = parse_yes_no(value)
    if answer is None:
        raise Unfit
    return answer


#: `name_key(type)` → (what the field should be, how its value is read). Readers raise Unfit, Unclear or ConditionError.
TYPES: dict[str, tuple[str, Callable[[Value], Value]]] = {
    "text": ("text", _text),
    "number": ("a number", _number),
    "integer": ("a whole number", _integer),
    "money": ("an amount of money", _money),
    "date": ("a date", _date),
    "datetime": ("a date and time", _moment),
    "email": ("an e-mail address", _email),
    "phone": ("a phone number", _phone),
    "url": ("a web address that begins with http:// or https://", _url),
    "yes_no": ("Yes or No", _yes_no),
    "choice": ("one of the choices", _text),
}
NUMBERS = ("number", "integer", "money")
DATES = ("date", "datetime")
TEXTS = ("text", "email", "phone", "url", "choice")


def type_key(typed: str) -> str:
    """The type as a key of `TYPES`, in any spelling; blank is text. Not in `TYPES` when there is no such type."""
    key = name_key(typed or "text")
    return {"e_mail": "email", "yesno": "yes_no", "date_time": "datetime"}.get(key, key)
