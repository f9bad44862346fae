"""`notify`: tells the owner something, by the channels that config.toml names for its severity (`runner.engine.alert`).

Invariant: repeatable; being told twice harms nobody. The message stands in the receipt, from which the alert is raised.
"""

from collections.abc import Mapping
from typing import Any

from runner.errors import ActionFailed
from runner.model import SEVERITIES, Effect
from runner.ports import Action, Call, CheckScope, Done, Prepare, Tools


def actions(_tools: Tools) -> list[Action]:
    """`notify` with `message` and `severity`."""
    return [
        Action(
            name="notify",
            required=("message",),
            optional=("severity",),
            results=("severity", "message"),
            effect=lambda _settings: Effect.REPEATABLE,
            prepare=_prepare,
            describe=lambda request: f"Notify ({request['severity']}): {request['message']}",
            perform=_perform,
            check=_check,
            inline=True,
        )
    ]


def _prepare(settings: Mapping[str, str], _about: Prepare) -> dict[str, Any]:
    severity = settings.get("severity", "").strip().upper() or "P2"
    if severity not in SEVERITIES:
        raise ActionFailed(f"severity: “{severity}” is not one of {', '.join(SEVERITIES)}.", permanent=True)
    return {"severity": severity, "message": settings["message"]}


def _perform(request: Mapping[str, Any], _call: Call) -> Done:
    return Done(
        result={"severity": request["severity"], "message": request["message"]}, said=f"{request['severity']}: {request['message']}"
    )


def _check(settings: Mapping[str, str], _scope: CheckScope) -> list[tuple[str, str]]:
    severity = settings.get("severity", "").strip().upper()
    if severity and "{{" not in severity and severity not in SEVERITIES:
        return [("severity", f"“{severity}” is not a severity. Write {', '.join(SEVERITIES)}.")]
    return []
