"""The exact effect of a step as plain data: its settings filled, and what the action makes of them.

Invariant: pure; it is what an approval is bound to, what the ledger keeps before the effect, and all that the effect is done from.
"""

import hashlib
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from runner.errors import ActionFailed
from runner.model import Run, Scope, Step
from runner.ports import Action, Prepare
from runner.rules import fill
from runner.rules.desk import Desk
from runner.rules.fill import Filled
from runner.rules.marks import keep_in, marked
from runner.rules.named_templates import texts_of
from runner.rules.plan import Plan
from runner.tabs import ROW_ID
from runner.values import Value, name_key


def filled_settings(step: Step, action: Action, plan: Plan, scope: Scope) -> dict[str, Filled]:
    """The step's settings with their placeholders filled, and what of them a model wrote. Raises TemplateError."""
    as_json = {name_key(name) for name in step.settings if action.fills_json(step.settings, name)}
    settings = {name: _filled(name, text, action, scope, as_json) for name, text in step.settings.items()}
    for name, _, _, text in texts_of(step, plan.templates):
        settings.setdefault(name, _filled(name, text, action, scope))
    return settings


def _filled(name: str, text: str, action: Action, scope: Scope, as_json: Collection[str] = ()) -> Filled:
    key = name_key(name)
    quote = action.quote.get(key)
    return fill.fill_in(
        text,
        scope,
        as_json=key in action.json_settings or key in as_json,
        quote=partial(quote, text) if quote else None,
        quote_first=key in action.quote_first,
    )


def request_of(
    step: Step, action: Action, run: Run, plan: Plan, desk: Desk, settings: Mapping[str, Filled], key: str
) -> Mapping[str, Any]:
    """The exact effect; `key`: of `key_of`. Raises ActionFailed."""
    if not action.secrets and any(marked(one.text) for one in settings.values()):
        raise ActionFailed(keep_in(step.action), permanent=True)
    return action.prepare(
        {name: one.text for name, one in settings.items()},
        Prepare(
            run=run.id,
            contract=run.contract,
            step=step.name,
            key=key,
            now=run.moment or desk.now,
            zone=desk.zone,
            tab=run.tab,
            match=own_row(run),
            owner=step.owner or run.owner,
            sop=plan.contract.sop,
            book=desk.book,
            by_model={name: one.by_model for name, one in settings.items() if one.by_model},
            redo=run.redo.get(step.name, ()),
        ),
    )


def key_of(run: Run, step: Step, workbook: str) -> str:
    """Idempotency key: the same for every try of one step of one event, whatever happens to ledger and run numbers."""
    named = f"{workbook}\x1f{run.contract}\x1f{run.key}\x1f{step.name}"
    if run.undoing:
        named += f"\x1f{run.undoing[0]}"  # one step may reverse several
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def own_row(run: Run) -> Mapping[str, Value]:
    """How the run's row is found, wherever it stands by then: by its Row ID, else by what its key was made of."""
    return {ROW_ID: run.row_id} if run.row_id else run.match
