"""What came back: the one text, or the fields in it, held against their schema and their rules.

Invariant: nothing leaves here that was not asked for, that is cut off, or that is not of the shape it was asked in.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.ai.data import visible
from adapters.ai.prompt import schema
from runner.errors import ActionFailed
from runner.model import FieldRule
from runner.rules import fields as field_rules
from runner.values import name_key

#: How many opening braces are tried before a text counts as one without JSON.
_BRACES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A model's answer, unpacked from the service's."""

    text: str
    #: Why it ended: `stop` when it was finished; `length` when it was cut off; "" when the service does not say.
    ended: str
    #: Tokens in and out; None when the service does not say.
    tokens: tuple[int, int] | None


def unpack(body: bytes) -> Said:
    """From the service's JSON. Raises `ActionFailed` when it holds no answer."""
    try:
        parsed = json.loads(body)
        choice = parsed["choices"][0]
        message = choice["message"]
        content, refusal = message.get("content"), message.get("refusal")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise ActionFailed("The AI service's answer is not what OpenAI's language asks for. Trying again is harmless.") from None
    ended = str(choice.get("finish_reason") or "")
    if refusal or ended == "content_filter":
        said = f": “{visible(str(refusal))[:200]}”" if refusal else "."
        raise ActionFailed(f"The AI service refused to write this{said}", permanent=True)
    return Said(text=visible(content) if isinstance(content, str) else "", ended=ended, tokens=_tokens(parsed.get("usage")))


def _tokens(usage: Any) -> tuple[int, int] | None:
    if not isinstance(usage, dict):
        return None
    read, written = usage.get("prompt_tokens"), usage.get("completion_tokens")
    counted = all(isinstance(number, int) and 0 <= number < 10**9 for number in (read, written))
    return (int(read), int(written)) if counted else None  # type: ignore[arg-type]  # both were just seen to be numbers


def results(said: Said, fields: Sequence[FieldRule], most_tokens: int) -> dict[str, Any]:
    """Result name → value. Raises `ActionFailed` with a sentence for what is missing or wrong."""
    if said.ended == "length":
        message = f"The model's text was cut off after {most_tokens:,} tokens. Give the step a larger max_tokens: {2 * most_tokens}"
        raise ActionFailed(message, permanent=True)
    if not said.text.strip():
        raise ActionFailed("The model gave an empty text. Trying again is harmless.")
    if not fields:
        return {"text": said.text.strip()}
    found = _object(said.text, [rule.field for rule in fields])
    given = {name: visible(value) if isinstance(value, str) else value for name, value in found.items()}  # "\ud800" is JSON too
    if wrong := "; ".join(_wrong(given, fields)):
        raise ActionFailed(f"The model's answer does not fit the fields: {wrong} Trying again is harmless.")
    return dict(field_rules.check_row(fields, given).values)


def _object(text: str, names: Sequence[str]) -> dict[str, Any]:
    """The first JSON object in the text that has one of the names, with these names alone, as the owner spells them."""
    keys = {name_key(name): name for name in names}
    for found in _objects(text):
        known = {keys[name_key(key)]: value for key, value in found.items() if name_key(key) in keys}
        if known:
            return known
    raise ActionFailed("The model's answer holds no JSON object with the fields that were asked for. Trying again is harmless.")


def _objects(text: str) -> Iterator[dict[str, Any]]:
    decoder, at = json.JSONDecoder(parse_constant=lambda _name: None), -1
    for _ in range(_BRACES):
        at = text.find("{", at + 1)
        if at < 0:
            return
        try:
            found, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found
        at = end - 1


def _wrong(given: Mapping[str, Any], fields: Sequence[FieldRule]) -> Iterator[str]:
    """A sentence for each field that is missing, of the wrong kind, or against its rule."""
    from jsonschema import Draft202012Validator

    found = sorted(Draft202012Validator(schema(fields)).iter_errors(given), key=str)
    yield from (f"{'.'.join(map(str, error.path)) or 'the object'}: {error.message[:200]}." for error in found)
    if not found:
        checked = field_rules.check_row(fields, given)
        yield from (f"“{name}” is missing." for name in checked.missing)
        yield from (sentence for _, sentence in checked.wrong)
