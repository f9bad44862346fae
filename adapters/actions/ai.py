"""`ai.write`: a text by a model, or several, each in its field.

Invariant: the model gets what the prompt names and nothing else, values of the row as data between marks; it has no tools. What it
writes goes nowhere by itself: law 7 holds it back until a `check` has passed it.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from adapters.ai import fallback
from adapters.ai.data import fenced, spoken
from runner.errors import ActionFailed, ConditionError
from runner.model import Effect, FieldRule
from runner.ports import Action, Call, CheckScope, Done, Fault, OtherSide, Prepare, Tools
from runner.rules import confidence, fill
from runner.rules.findings import did_you_mean
from runner.rules.quality.results import read_results
from runner.rules.sample import fitting
from runner.values import name_key

#: The longest answer, in tokens, where the step names none: some three pages.
MOST_TOKENS = 2_000

Settings = Mapping[str, str]
Request = Mapping[str, Any]


def actions(tools: Tools) -> list[Action]:
    """The one verb."""
    return [
        Action(
            name="ai.write",
            optional=("prompt", "template", "system", "fields", "model", "max_tokens", "fallback"),
            owners_settings=("template", "system", "fields", "model", "max_tokens", "fallback"),
            quote={"prompt": fenced, "system": fenced, "subject": fenced, "body": fenced},
            quote_first=("prompt", "system", "subject", "body"),
            results=_results,
            effect=lambda settings: Effect.PURE if fallback.is_used(tools.models, _plain(settings)) else Effect.REPEATABLE,
            prepare=partial(_prepare, tools),
            describe=_describe,
            perform=partial(_perform, tools),
            check=partial(_check, tools),
            notes=partial(_notes, tools),
            by_model=True,
            paid=True,
            other_side=OtherSide(answer=_rehearse, counts=lambda _request: False),
            retry=(timedelta(seconds=2), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10)),
        )
    ]


def _plain(settings: Settings) -> dict[str, str]:
    return {name_key(name): text.strip() for name, text in settings.items()}


def _results(settings: Settings) -> tuple[str, ...] | None:
    """The fields, or `text`; and `cost`."""
    try:
        rules = read_results(_plain(settings).get("fields", ""))
    except ConditionError:
        return None
    return (*([rule.field for rule in rules] or ["text"]), "cost")


def _prepare(tools: Tools, settings: Settings, about: Prepare) -> dict[str, Any]:
    """`to model messages prompt fields schema max_tokens redo`: all that is sent, but for the key. Or `adapters.ai.fallback`'s."""
    from adapters.ai.prompt import messages, schema

    given = _plain(settings)
    if fallback.is_used(tools.models, given):
        return fallback.request(given)
    prompt = given.get("prompt") or given.get("body", "")
    if not prompt:
        raise ActionFailed("There is nothing to ask: write a prompt, or name a template. Nothing was asked.", permanent=True)
    try:
        fields = read_results(given.get("fields", ""))
    except ConditionError as error:
        raise ActionFailed(f"fields: {error}", permanent=True) from None
    return {
        "to": tools.models.base_url,
        "model": given.get("model") or tools.models.model,
        "messages": messages(given.get("system", ""), prompt, fields, about.redo),
        "prompt": prompt,
        "fields": given.get("fields", ""),
        "schema": schema(fields) if fields else None,
        "max_tokens": _tokens(given.get("max_tokens", "")),
        "redo": list(about.redo),
    }


def _tokens(text: str) -> int:
    plain = text.replace(",", "")
    if plain and not (plain.isascii() and plain.isdigit() and 0 < int(plain) <= 200_000):
        raise ActionFailed(f"max_tokens: “{text[:20]}” is no number of tokens. Write for example 2000.", permanent=True)
    return int(plain or MOST_TOKENS)


def _describe(request: Request) -> str:
    if "fallback" in request:
        return fallback.describe(request)
    again = "".join(f"\nSent back before: {reason}" for reason in request["redo"])
    return f"Ask {request['model']} at {request['to']}: {spoken(request['prompt'])}{again}"


def _perform(tools: Tools, request: Request, call: Call) -> Done:
    """Ask, and hold the answer against what was asked for. What it cost counts, whether it is of use or not."""
    from adapters.ai.answer import results, unpack
    from adapters.ai.price import cost
    from adapters.ai.service import ask, unready

    if "fallback" in request:
        return fallback.done(request, read_results(request["fields"]))
    for sentence in unready(tools.models):
        raise ActionFailed(sentence, permanent=True)
    said = unpack(ask(tools.models, tools.secrets, request, call))
    paid = cost(tools.models, request["model"], said.tokens, call.book.settings)
    try:
        found = results(said, read_results(request["fields"]), request["max_tokens"])
    except ActionFailed as failed:
        message = f"{tools.secrets.redact(str(failed))} ({paid})"
        raise ActionFailed(message, permanent=failed.permanent, cost=paid.counted) from None
    clean = {name: tools.secrets.redact(value) if isinstance(value, str) else value for name, value in found.items()}
    tokens = f"{said.tokens[0]:,} tokens in, {said.tokens[1]:,} out" if said.tokens else "tokens not counted"
    return Done(
        result={**clean, "cost": paid.amount},
        said=f"{request['model']} wrote {', '.join(clean)}: {tokens}, {paid}",
        cost=paid.counted,
    )


def _rehearse(request: Request, call: Call, fault: Fault | None) -> Done:
    """Fields as a model would fill them, or the failure as `_perform` would tell it."""
    if "fallback" in request:
        return fallback.done(request, read_results(request["fields"]))
    place = f"POST {request['to']}"
    match fault:
        case Fault.MALFORMED:
            raise ActionFailed("The model's answer holds no JSON object with the fields that were asked for.")
        case Fault.REFUSED:
            raise ActionFailed(f"{place} was answered with 400. It was refused: correct the step, then type RETRY.", permanent=True)
        case Fault():
            raise ActionFailed(f"{place} brought no good answer ({fault}). Trying again is harmless.")
    rules = read_results(request["fields"]) or [FieldRule(field="text")]
    today = call.now.astimezone(call.zone).date()
    return Done(result={rule.field: fitting(rule, None, today) for rule in rules} | {"cost": None}, said="wrote a sample")


# ----------------------------------------------------------------------------------------------------------- before any run


def _check(tools: Tools, settings: Settings, scope: CheckScope) -> list[tuple[str, str]]:
    """What is wrong already as typed, with the step or with [ai] in config.toml."""
    from adapters.ai.service import unready

    given = _plain(settings)
    found = [] if fallback.is_used(tools.models, given) else [("", sentence) for sentence in unready(tools.models)]
    if bool(given.get("prompt")) == bool(given.get("template")):
        found.append(("", "Write either prompt: … with what the model is to do, or template: … with a name from Templates."))
    template = given.get("template", "")
    if template and name_key(template) not in scope.book.templates:
        near = did_you_mean(template, [each.name for each in scope.book.templates.values()])
        found.append(("template", f"There is no template “{template}” in the tab Templates. {near}".strip()))
    fixed = [name for name in ("fields", "model", "max_tokens", "fallback") if "{{" in given.get(name, "")]
    if fixed:
        return [*found, *((name, "This is the same for every run: write it out.") for name in fixed)]
    try:
        rules = read_results(given.get("fields", ""))
        names = [name_key(rule.field) for rule in rules]
        _tokens(given.get("max_tokens", ""))
    except (ConditionError, ActionFailed) as error:
        return [*found, ("fields" if isinstance(error, ConditionError) else "", str(error))]
    if len(set(names)) < len(names):
        found.append(("fields", "One name stands there twice."))
    if "cost" in names:
        found.append(("fields", "“cost” is what Rowpact itself adds: call it something else."))
    if given.get("fallback"):
        found += [("fallback", sentence) for sentence in fallback.mistakes(given, rules, scope.book)]
    return found


def _notes(tools: Tools, settings: Settings, scope: CheckScope) -> list[tuple[str, str]]:
    """A budget that cannot be held, and private fields that go to somebody else's computer."""
    from adapters.ai.price import complaint, is_here
    from adapters.ai.service import unready

    given = _plain(settings)
    if fallback.is_used(tools.models, given):
        return [("", fallback.note(given, _rules(given)))]
    if list(unready(tools.models)):
        return []
    sentence = complaint(tools.models, given.get("model") or tools.models.model, scope.book.settings)
    found = [("", sentence)] if sentence else []
    if confidence.FIELD in (name_key(rule.field) for rule in _rules(given)) and confidence.threshold(scope.book.settings) is None:
        found.append(("fields", f"Nothing is compared with confidence until Settings says {confidence.SETTING}, for example 0.7."))
    contract = next((one for one in scope.contracts if one.name == scope.contract), None)
    named = {name_key(name) for name in fill.names_in(given.get("prompt", ""))}
    private = [rule.field for rule in (contract.fields if contract else ()) if rule.private and name_key(rule.field) in named]
    if private and not is_here(tools.models):
        found.append(("prompt", f"It sends {', '.join(private)}, which Fields calls Private, to {tools.models.base_url}."))
    return found


def _rules(given: Settings) -> list[FieldRule]:
    """The fields; none when they cannot be read, which `_check` says."""
    try:
        return read_results(given.get("fields", ""))
    except ConditionError:
        return []
