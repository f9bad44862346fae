"""How sure a model says it is of what it wrote, against the Setting `Confidence threshold`.

Invariant: a low score asks a person, and raises the risk that the question shows; no score, however high, spares a question.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from runner.model import Run
from runner.rules.fill import Filled
from runner.values import Value, is_blank, name_key, show

SETTING = "Confidence threshold"
#: What a field of ai.write has to be called to be compared.
FIELD = "confidence"
#: Where the setting cannot be read, every text with a score is shown to a person: nothing is surer than sure.
_STRICTEST = 1.0
_RAISED = {"Low": "Medium", "Medium": "High"}


def doubt(run: Run, filled: Iterable[Filled], settings: Mapping[str, Value]) -> str:
    """Why a person should look at words of a model that these settings of a step hold; "" when no score says so."""
    least = threshold(settings)
    sources = {source for one in filled for piece in one.by_model for source in piece.sources}
    if least is None or not sources:
        return ""
    scores = dict(_scores(run))
    told = [scores[source] for source in sources if source in scores]
    if any(source not in scores for source in sources):  # a check's text, or a cell: whose it was first is not known
        told = list(scores.values())
    score = min(told, default=None)
    if score is None or score >= least:
        return ""
    return f"the model's confidence is {score:g}, below {least:g} (Settings)"


def _scores(run: Run) -> Iterable[tuple[str, float]]:
    """(source as `Scope.models` names it, score) of everything that models wrote for the run."""
    for step, results in run.results.items():
        source = f"steps.{name_key(step)}"
        if source in run.by_model:
            for name, value in results.items():
                if name_key(name) == FIELD and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
                    yield source, float(value)


def threshold(settings: Mapping[str, Value]) -> float | None:
    """The least score that raises nothing; None when scores are not compared."""
    value = settings.get(name_key(SETTING))
    if is_blank(value):
        return None
    return _number(value) if _number(value) is not None else _STRICTEST


def _number(value: Value) -> float | None:
    """`0.7`, `0,7` or `70 %`; None for anything else."""
    text = show(value).strip().replace(",", ".")
    per_cent = text.endswith("%")
    try:
        number = float(text.rstrip("% ")) / (100 if per_cent else 1)
    except ValueError:
        return None
    return number if 0 <= number <= 1 else None


def problem(setting: str, value: Value) -> str:
    """What is wrong with the setting's value; "" when nothing is, or when it is another setting."""
    if setting != name_key(SETTING) or is_blank(value) or _number(value) is not None:
        return ""
    return f"“{show(value)[:40]}” is no confidence: until it is, every text with a score is shown to you. Write for example 0.7."


def raised(risk: str) -> str:
    """One step more."""
    return _RAISED.get(risk, risk)
