"""`check`: whether a text may leave. Only a text that has passed, or that a person has let pass, goes into an effect outside.

Invariant: pure; the lines of the tab Checks as they are now decide, and the reasons of a no are complete.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from runner.errors import ActionFailed
from runner.model import Book, Effect
from runner.ports import Action, Call, CheckScope, Done, Prepare, Tools, Unfit, Written
from runner.rules.findings import did_you_mean
from runner.rules.quality import judge
from runner.rules.quality.statements import columns
from runner.rules.quality.subject import Subject
from runner.rules.taint import mark_of
from runner.values import Value, name_key


def actions(tools: Tools) -> list[Action]:
    """`check` with `text` and `checks`."""
    return [
        Action(
            name="check",
            required=("text", "checks"),
            owners_settings=("checks",),
            results=("passed", "reasons", "text"),
            effect=lambda _settings: Effect.PURE,
            prepare=_prepare,
            describe=lambda request: f"Check against {request['checks']}: {request['text']}",
            perform=partial(_perform, tools),
            check=_check,
            by_model=True,
            inline=True,
        )
    ]


def _no_set(name: str, book: Book) -> str:
    return f"There is no set “{name}” in the tab Checks, or it has a mistake. {did_you_mean(name, book.checksets)}".strip()


def _prepare(settings: Mapping[str, str], about: Prepare) -> dict[str, Any]:
    name = settings["checks"].strip()
    if name_key(name) not in about.book.checksets:
        raise ActionFailed(_no_set(name, about.book), permanent=True)
    written = about.by_model.get("text", ())
    return {"text": settings["text"], "checks": name, "marks": _marks(settings["text"], written), "source": _source(written)}


def _marks(text: str, written: Sequence[Written]) -> list[str]:
    """The whole text, and each part of it that a model wrote: all of that is looked at."""
    return list(dict.fromkeys(mark_of(part) for part in (text, *(piece.text for piece in written))))


def _source(written: Sequence[Written]) -> str:
    """The step that wrote the text, as `name_key` gives it; the last one, of several."""
    steps = [source[len("steps.") :] for piece in written for source in sorted(piece.sources) if source.startswith("steps.")]
    return steps[-1] if steps else ""


def _perform(tools: Tools, request: Mapping[str, Any], call: Call) -> Done | Unfit:
    rules = call.book.checksets.get(name_key(request["checks"]))
    if rules is None:
        raise ActionFailed(
            f"The set “{request['checks']}” in the tab Checks has a mistake. Mend it, then type RETRY.", permanent=True
        )
    verdict = judge(request["text"], rules, _subject(tools, call, request["source"]))
    if verdict.passed:
        result = {"passed": True, "reasons": [], "text": request["text"]}
        return Done(result=result, said=f"passed {request['checks']}", cleared=tuple(request["marks"]))
    return Unfit(reasons=verdict.reasons, then=verdict.then, text=request["text"], source=request["source"])


def _subject(tools: Tools, call: Call, source: str) -> Subject:
    book = call.book
    contract = book.contracts.get(call.contract)
    owners = [str(value) for value in book.settings.values() if value is not None]
    owners += [part for template in book.templates.values() for part in (template.subject, template.body)]
    private = [(contract.tab, rule.field) for rule in contract.fields if rule.private] if contract and contract.tab else []
    return Subject(
        row={header: value for header, value in call.row.items() if f"row.{name_key(header)}" not in call.models},
        results=call.results.get(source, {}),
        owners=[*owners, tools.mail_from],
        others=partial(_column, call),
        private=private,
        redact=tools.secrets.redact,
    )


def _column(call: Call, tab: str, column: str) -> list[Value] | None:
    headers = call.sheet.headers(tab)
    if headers is None or name_key(column) not in map(name_key, headers):
        return None
    return [row.get(column) for row in call.sheet.rows(tab)]


def _check(settings: Mapping[str, str], scope: CheckScope) -> list[tuple[str, str]]:
    name = settings.get("checks", "").strip()
    if not name:
        return []
    rules = scope.book.checksets.get(name_key(name))
    if rules is None:
        return [("checks", _no_set(name, scope.book))]
    headers = scope.headers(scope.contract_tab) or ()
    known = {name_key(header) for header in headers}
    missing = dict.fromkeys(
        column for rule in rules for column in columns(rule.kind, rule.rule) if headers and name_key(column) not in known
    )
    return [
        (
            "checks",
            f"“{name}” names the column “{column}”, which {scope.contract_tab} has not. {did_you_mean(column, headers)}".strip(),
        )
        for column in missing
    ]
