"""What Settings say about approvals: `Approval expires`.

Invariant: a setting that cannot be read means its default, and its mistake is shown beside it.
"""

from collections.abc import Mapping
from datetime import timedelta

from runner.rules.spans import SpanError, parse_span
from runner.values import Value, is_blank, show

_EXPIRES = "approval_expires"
_LIFE = timedelta(days=7)


def life(settings: Mapping[str, Value]) -> timedelta:
    """How long an approval waits for its answer; seven days where nothing else is said."""
    try:
        return _life(settings.get(_EXPIRES))
    except SpanError:
        return _LIFE


def problem(setting: str, value: Value) -> str:
    """What is wrong with the value of a setting of approvals; "" when nothing is, or when it is another setting."""
    try:
        if setting == _EXPIRES:
            _life(value)
    except SpanError as error:
        return str(error)
    return ""


def _life(value: Value) -> timedelta:
    """Raises SpanError."""
    if is_blank(value):
        return _LIFE
    length = parse_span(show(value)).plain()
    if length <= timedelta():
        raise SpanError("An approval needs time to be given. Write for example 7 days.")
    return length
