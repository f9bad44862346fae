"""Settings `Lead response hours`: whether a lead's wait is counted by the clock, or only while the business is open.

Invariant: pure; a wrong cell means by the clock, and is said beside it.
"""

from collections.abc import Mapping

from runner.rules.hours import Window, parse_hours
from runner.rules.literals import Unclear
from runner.values import Value, name_key, show

#: What `business` means.
BUSINESS = "Mon-Fri 09:00-17:00"
_SETTING = "lead_response_hours"


def response_hours(settings: Mapping[str, Value]) -> tuple[Window, ...]:
    """When waiting counts; () for always. `settings`: by `name_key`."""
    try:
        return _read(settings.get(_SETTING))
    except Unclear:
        return ()


def problem(setting: str, value: Value) -> str:
    """What is wrong with the setting; "" when nothing is, or when it is another one."""
    if name_key(setting) != _SETTING:
        return ""
    try:
        _read(value)
    except Unclear as error:
        return f"{error} Or write business ({BUSINESS}), or clock."
    return ""


def _read(value: Value) -> tuple[Window, ...]:
    text = show(value).strip()
    match text.casefold():
        case "" | "clock":
            return ()
        case "business":
            return parse_hours(BUSINESS)
    return parse_hours(text)
