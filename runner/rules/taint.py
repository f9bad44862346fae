"""What a model wrote, and where it may go: through templates, cells and calls it stays what it is until a check has passed it.

Invariant: law 7. No effect outside takes words of a model that no check has passed, and a model never says to whom, where or which
file: those come from the row, or from the owner.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from runner.model import Edit, Effect, EffectRecord, Run
from runner.ports import Action
from runner.rules.fill import Filled
from runner.rules.pace import outside
from runner.values import Value, is_blank, name_key, show

#: A text of this many characters is known in any cell; a shorter one (`Ana`, `70`) only in a column that a model wrote it into.
LONG = 40
#: In `EffectRecord.by_model`: the step's results are a model's.
RESULTS = "*"


def mark_of(text: str) -> str:
    """What names a text, however its blanks and lines are broken."""
    return hashlib.sha256(_squeezed(text).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _squeezed(text: str) -> str:
    return " ".join(text.split())


@lru_cache(maxsize=10_000, typed=True)  # a run is asked about before each of its moves; yes and 1 are not the same cell
def cell_mark(header: str, value: Value) -> str:
    """What names a text in a cell of that column."""
    text = show(value)
    mark = mark_of(text)
    return mark if len(_squeezed(text)) >= LONG else f"{name_key(header)}/{mark}"


def sources(run: Run, texts: Collection[str]) -> frozenset[str]:
    """What of the run's values a model wrote, as `Scope.models` names it. `texts`: marks of what models wrote into cells."""
    if not texts:
        return frozenset(run.by_model)
    read = {f"row.{name_key(header)}" for header, value in run.input.items() if _known(header, value, texts)}
    for step, results in run.results.items():
        if any(_known(name, value, texts) for name, value in results.items()):
            read.add(f"steps.{name_key(step)}")
    return frozenset((*run.by_model, *read))


def _known(header: str, value: object, texts: Collection[str]) -> bool:
    return isinstance(value, str | int | float) and not is_blank(value) and cell_mark(header, value) in texts


def settings_by_model(action: Action, effect: Effect, filled: Mapping[str, Filled]) -> tuple[str, ...]:
    """Names of the settings that hold what a model wrote, and `*` when the results will.

    What only computes has no words of a model to give but those that it was given.
    """
    held = [name for name, one in filled.items() if one.by_model]
    gives = action.by_model and (effect is not Effect.PURE or held)
    return (*held, RESULTS) if gives else tuple(held)


def refusal(action: Action, effect: Effect, filled: Mapping[str, Filled], run: Run) -> str:
    """Why the step may not be done with these settings; "" when it may."""
    for name, one in filled.items():
        if not one.by_model:
            continue
        said = ", ".join(sorted({spoken(source) for piece in one.by_model for source in piece.sources}))
        if is_owners(action, name):
            return (
                f"{name}: it would hold what a model wrote ({said}). That has to come from the row or from you. Nothing was done."
            )
        goes_out = action.guarded or outside(action, effect)
        if goes_out and any(mark_of(piece.text) not in run.cleared for piece in one.by_model):
            return f"{name}: it holds what a model wrote ({said}), and no check has passed that text. Nothing was done. {MEND}"
    return ""


#: What the owner can do about it.
MEND = "Put a step with the action check before this one, with text: naming the same text."


def is_owners(action: Action, setting: str) -> bool:
    """Whether the setting says to whom, where, or which file: words that no model may choose."""
    name = setting.strip().lower()
    return any(
        name.startswith(own[:-1]) if own.endswith("*") else name_key(name) == name_key(own) for own in action.owners_settings
    )


def spoken(source: str) -> str:
    """`steps.draft` → “draft”; `row.notes` → the column notes."""
    kind, _, name = source.partition(".")
    return f"step “{name}”" if kind == "steps" else f"column “{name}”"


def after(run: Run, effect: EffectRecord) -> tuple[str, ...]:
    """`Run.by_model` once the effect has given its results."""
    source = f"steps.{name_key(effect.step)}"
    return (*run.by_model, source) if RESULTS in effect.by_model and source not in run.by_model else run.by_model


def recorded(effect: EffectRecord, edits: Iterable[Edit]) -> dict[str, Any]:
    """The facts about cells that the step fills with what a model wrote; nothing when it fills none."""
    held = {name_key(name) for name in effect.by_model}
    cells = ((header, value) for edit in edits for header, value in edit.cells.items()) if held else ()
    marks = dict.fromkeys(cell_mark(header, value) for header, value in cells if name_key(header) in held and not is_blank(value))
    return {"texts": [{"id": mark, "run": effect.run} for mark in marks]} if marks else {}


def handed_on(effect: EffectRecord, values: Mapping[str, Value]) -> tuple[str, ...]:
    """What of the values that a call hands on a model wrote, as `Scope.models` names it."""
    held = {name_key(name) for name in effect.by_model}
    return tuple(f"row.{name_key(name)}" for name in values if name_key(name) in held)
