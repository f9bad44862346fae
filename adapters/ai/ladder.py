"""The forms in which a service may be asked for JSON, strictest first, and which one each service takes.

Invariant: a form is only a help to the model; what comes back is held against the schema here, whatever the form was.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Rung(StrEnum):
    """How much the service itself holds the model to the schema."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    #: Not at all: the prompt alone asks for JSON.
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way of asking."""

    rung: Rung
    #: What the service calls the longest answer: newer models of OpenAI's refuse the older name, others do not know the newer one.
    limit: str = "max_tokens"

    def response_format(self, schema: dict[str, Any] | None) -> dict[str, Any] | None:
        """The request's `response_format`; None for none."""
        match self.rung:
            case Rung.SCHEMA:
                return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}
            case Rung.OBJECT:
                return {"type": "json_object"}
            case Rung.TEXT:
                return None


_LOWER = {Rung.SCHEMA: Rung.OBJECT, Rung.OBJECT: Rung.TEXT}
_NEWER = "max_completion_tokens"
#: (base_url, model, whether JSON is asked for) → the form that it took; for as long as this process lives.
_taken: dict[tuple[str, str, bool], Form] = {}


def strictest(base_url: str, model: str, *, structured: bool) -> Form:
    """What to try first: the form that is known to be taken, if one is."""
    return _taken.get((base_url, model, structured)) or Form(rung=Rung.SCHEMA if structured else Rung.TEXT)


def lower(form: Form, base_url: str, model: str, said: str, *, structured: bool) -> Form | None:
    """What to try once the service has refused this form with these words; None when that is no question of the form."""
    if _taken.get((base_url, model, structured)) == form:
        return None
    if _NEWER in said and form.limit != _NEWER:
        return replace(form, limit=_NEWER)
    rung = _LOWER.get(form.rung)
    return replace(form, rung=rung) if rung else None


def remember(base_url: str, model: str, form: Form, *, structured: bool) -> None:
    """The service has taken this form."""
    _taken[base_url, model, structured] = form


def forget() -> None:
    """Whatever is known about any service: it may have become another."""
    _taken.clear()
