"""What stands in for a model where the owner has set up none: a template from the tab Templates, filled from the row.

Invariant: only where config.toml names no model. A model that is down, refuses or writes nonsense is a failure, and stays one.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from runner.errors import ActionFailed
from runner.model import Book, FieldRule
from runner.ports import Done, ModelService
from runner.rules.findings import did_you_mean
from runner.values import name_key

_BODY, _SUBJECT = ("body", "text"), "subject"


def is_used(models: ModelService, given: Mapping[str, str]) -> bool:
    """Whether the step is done without a model. `given`: its settings by `name_key`."""
    return not models.model and bool(given.get("fallback"))


def request(given: Mapping[str, str]) -> dict[str, Any]:
    """`fallback fields subject body`, the template's texts filled."""
    body = given.get("fallback_body", "")
    if not body:
        message = f"The template “{given['fallback']}”, which stands in for a model, is not in the tab Templates or says nothing."
        raise ActionFailed(message, permanent=True)
    return {
        "fallback": given["fallback"],
        "fields": given.get("fields", ""),
        "subject": given.get("fallback_subject", ""),
        "body": body,
    }


def describe(asked: Mapping[str, Any]) -> str:
    """The whole text, and where it is from."""
    subject = f"{asked['subject']}\n\n" if asked["subject"] else ""
    return f"No AI model is set up: the template “{asked['fallback']}” is used.\n{subject}{asked['body']}"


def done(asked: Mapping[str, Any], rules: Sequence[FieldRule]) -> Done:
    """The results under the names that a model would have given them; what no template says is blank."""
    names = [rule.field for rule in rules] or ["text"]
    results = {name: asked["body"] if name == _place(names) else asked["subject"] if _is_subject(name) else None for name in names}
    return Done(
        result={**results, "cost": Decimal()},
        said=f"no AI model is set up in config.toml, so the template “{asked['fallback']}” was filled",
    )


def _place(names: Sequence[str]) -> str:
    """Which of the fields the template's Body goes into; "" for none."""
    return next((name for name in names if name_key(name) in _BODY), names[0] if len(names) == 1 else "")


def _is_subject(name: str) -> bool:
    return name_key(name) == _SUBJECT


def mistakes(given: Mapping[str, str], rules: Sequence[FieldRule], book: Book) -> Iterator[str]:
    """What is wrong with the setting as typed."""
    named, names = given.get("fallback", ""), [rule.field for rule in rules] or ["text"]
    template = book.templates.get(name_key(named))
    if template is None:
        near = did_you_mean(named, [each.name for each in book.templates.values()])
        yield f"There is no template “{named}” in the tab Templates. {near}".strip()
    elif not template.body.strip():
        yield f"The template “{template.name}” has no Body."
    elif any(map(_is_subject, names)) and not template.subject.strip():
        yield f"The template “{template.name}” has no Subject, and fields asks for one."
    if not _place(names):
        yield "A template gives a subject and a body: name one of the fields body."


def note(given: Mapping[str, str], rules: Sequence[FieldRule]) -> str:
    """What the owner should know while it is used."""
    names = [rule.field for rule in rules] or ["text"]
    blank = [name for name in names if name != _place(names) and not _is_subject(name)]
    rest = f" {', '.join(blank)} stay{'s' * (len(blank) == 1)} blank." if blank else ""
    return f"config.toml names no AI model under [ai], so the template “{given['fallback']}” is used.{rest}"
