"""What an HTTP answer means: done, not done and worth another try, not done for good, or impossible to know.

Invariant: `ActionFailed` is raised only where the other side certainly did nothing, or where a repeat is harmless anyway.

Of an effect that happens once, an answer of 500, 502 or 504 is in doubt: the first means that the server failed somewhere along
its work, the other two that a middleman lost the real answer (RFC 9110, 15.6). 408, 425, 429 and 503 say by convention that the
work was not taken up. 303 says that the work was done and where to read about it, but not how it ended.
"""

import email.utils
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from adapters.web.address import Target, parse_url
from adapters.web.client import Answer
from runner.errors import ActionFailed, ActionInDoubt
from runner.model import Effect
from runner.rules.marks import marked

#: Characters of an answer's text that later steps may use: what one cell can hold.
TEXT_CAP = 32_767
_LONGEST_WAIT = timedelta(days=1)
_NOT_TAKEN_UP = frozenset({408, 425, 429, 503})
_NEVER = frozenset({501, 505})
_MOVED = "Only a GET follows, and only on the same host: put the final address into the step's url."
_TELL = "Find out on the other side, then type DONE (it was done) or RETRY (it was not)."

Expected = tuple[tuple[int, int], ...]


def parse_expect(text: str) -> Expected:
    """`200`, `200-299`, `200, 404` → ranges of status codes that count as success; blank is 200-299. Raises `ActionFailed`."""
    ranges = []
    for part in re.split(r"[,\n]", text or "200-299"):
        found = re.fullmatch(r"\s*([1-5]\d\d)(?:\s*(?:-|–|\.\.)\s*([1-5]\d\d))?\s*", part)
        if not found:
            raise ActionFailed(f"expect: “{part.strip()}” is no status code. Write 200, or 200-299, or 200, 404.", permanent=True)
        ranges.append((int(found[1]), int(found[2] or found[1])))
    return tuple(ranges)


def judge(answer: Answer, place: str, expected: Expected, effect: Effect, now: datetime, redact: Callable[[str], str]) -> None:
    """Return when the answer is a success; else raise `ActionFailed` or `ActionInDoubt`. `place` is `POST https://…`.

    What the answer says is redacted before it is cut: of a secret that stands at the cut, no part is left.
    """
    status = answer.status
    if _is_expected(status, expected):
        return
    said = f"{place} was answered with {status} {answer.phrase}".strip() + _excerpt(answer, redact)
    if status in _NOT_TAKEN_UP:
        raise ActionFailed(f"{said}. It was not done.", retry_after=retry_after(answer, now))
    done_perhaps = status < 300 or status == 303 or (status >= 500 and status not in _NEVER)
    if done_perhaps and effect is Effect.ONCE:
        raise ActionInDoubt(f"{said}. It may or may not have been done. {_TELL}")
    if 300 <= status < 400:
        where = redact(answer.headers.get("location", ""))
        raise ActionFailed(f"{said}: it sends us on{f' to {where[:300]}' if where else ''}. {_MOVED}", permanent=True)
    if status < 300:
        raise ActionFailed(f"{said}, which is not what the step's expect allows.", permanent=True)
    if status < 500 or status in _NEVER:
        raise ActionFailed(f"{said}. It was refused: correct what the step sends, then type RETRY.", permanent=True)
    raise ActionFailed(f"{said}. Trying again is harmless.", retry_after=retry_after(answer, now))


def _is_expected(status: int, expected: Expected) -> bool:
    return any(low <= status <= high for low, high in expected)


def onward(answer: Answer, target: Target, expected: Expected) -> Target | None:
    """Where a redirect of a GET leads, if that is the same scheme, host and port; else None: then it is the answer."""
    location = answer.headers.get("location", "")
    if answer.status not in (301, 302, 303, 307, 308) or _is_expected(answer.status, expected) or marked(location):
        return None
    try:
        there = parse_url(urljoin(target.url, location))
    except (ActionFailed, ValueError):
        return None
    return there if location and there.origin == target.origin else None


def lost(place: str, why: str, effect: Effect) -> ActionFailed | ActionInDoubt:
    """The verdict when the request was sent and no whole answer came."""
    if effect is Effect.ONCE:
        return ActionInDoubt(f"{place} was sent, but {why}. It may or may not have been done. {_TELL}")
    return ActionFailed(f"{place} was sent, but {why}. Trying again is harmless.")


def retry_after(answer: Answer, now: datetime) -> timedelta | None:
    """How long the server asks us to wait (RFC 9110, 10.2.3: seconds, or a date), a day at most; None when it does not say."""
    text = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", text):
        return min(timedelta(seconds=int(text)), _LONGEST_WAIT)
    until = _http_date(text)
    if until is None:
        return None
    # The server's own clock is what its date was meant by.
    wait = until - (_http_date(answer.headers.get("date", "")) or now)
    return min(max(wait, timedelta()), _LONGEST_WAIT)


def _http_date(text: str) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def result(answer: Answer, redact: Callable[[str], str]) -> dict[str, Any]:
    """What later steps may use: `status`, `json` (None when the answer is none), `text` (at most `TEXT_CAP`), `headers`."""
    text = redact(_text(answer))
    return {
        "status": answer.status,
        "json": None if answer.cut else _json(text, redact),
        "text": text[:TEXT_CAP],
        "headers": {redact(name): redact(value) for name, value in answer.headers.items()},
    }


def _without(parsed: Any, redact: Callable[[str], str]) -> Any:
    """Parsed JSON without secrets: its ways of escaping letters hide them from whoever looks at the unparsed text."""
    match parsed:
        case str():
            return redact(parsed)
        case list():
            return [_without(item, redact) for item in parsed]
        case dict():
            return {redact(name): _without(value, redact) for name, value in parsed.items()}
    return parsed


#: Codecs that are none for texts of this length: their work grows with its square.
_SLOW = ("punycode", "idna")


def _text(answer: Answer) -> str:
    found = re.search(r"charset=\"?([\w.-]{1,40})", answer.headers.get("content-type", ""), re.IGNORECASE)
    charset = found[1] if found and found[1].lower() not in _SLOW else "utf-8-sig"
    try:
        return answer.body.decode(charset, errors="replace").encode("utf-8", "replace").decode()
    except (LookupError, ValueError):  # a charset nobody knows
        return answer.body.decode("utf-8-sig", errors="replace")


def _json(text: str, redact: Callable[[str], str]) -> Any:
    """The parsed text, or None. NaN and halves of surrogate pairs, which no ledger can store, become null and `?`."""
    try:
        parsed = json.loads(text, parse_constant=lambda _name: None)
        return _without(json.loads(json.dumps(parsed, ensure_ascii=False).encode("utf-8", "replace")), redact)
    except (ValueError, RecursionError):
        return None


def _excerpt(answer: Answer, redact: Callable[[str], str]) -> str:
    words = " ".join(redact(_text(answer))[:2000].split())
    if not words or words.startswith("<"):  # a page made for browsers says nothing here
        return ""
    return f": “{words[:300]}{'…' if len(words) > 300 else ''}”"
