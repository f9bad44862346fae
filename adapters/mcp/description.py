"""What a tool says of itself, and what that means: its effect class, its risk, and the pin by which a change is noticed.

Invariant: hints come from the server, so the worst is assumed where one is missing, and a pin changes with every word of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.model import Effect
from runner.values import digest, dump, load

#: Names of arguments that say “this is the same request again”.
KEY_ARGUMENTS = ("idempotency_key", "idempotencyKey")


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """One tool, as its server describes it."""

    name: str
    title: str = ""
    text: str = ""
    #: JSON Schema of its arguments.
    schema: Mapping[str, Any] = field(default_factory=dict)
    #: `readOnlyHint`, `destructiveHint`, `idempotentHint`, … as the server gave them; absent ones are absent.
    hints: Mapping[str, Any] = field(default_factory=dict)
    #: It is only to be had as a task that is begun and asked about later.
    task_only: bool = False

    @property
    def pin(self) -> str:
        """The same for as long as the tool is described the same."""
        return digest([self.name, self.title, self.text, self.schema, self.hints, *([True] if self.task_only else [])])

    @property
    def not_for_us(self) -> str:
        """Why it cannot be called at all, a sentence; "" when it can."""
        return f"{self.name} only works as a task that is asked about later, which Rowpact does not do." if self.task_only else ""

    @property
    def arguments(self) -> Mapping[str, Mapping[str, Any]]:
        """Argument → its schema."""
        named = self.schema.get("properties")
        pairs = named.items() if isinstance(named, dict) else ()
        return {name: schema if isinstance(schema, dict) else {} for name, schema in pairs}

    @property
    def required(self) -> tuple[str, ...]:
        """Arguments that must be there."""
        listed = self.schema.get("required")
        return tuple(map(str, listed)) if isinstance(listed, list) else ()

    @property
    def key_argument(self) -> str:
        """The argument that takes an idempotency key; "" when there is none."""
        return next((name for name in KEY_ARGUMENTS if name in self.arguments), "")

    @property
    def reads(self) -> bool:
        """It changes nothing."""
        return self.hints.get("readOnlyHint") is True

    @property
    def destroys(self) -> bool:
        """It may change or remove what is there."""
        return not self.reads and self.hints.get("destructiveHint") is not False

    @property
    def effect(self) -> Effect:
        """What a repeat would mean."""
        if self.reads:
            return Effect.READ
        if self.key_argument:
            return Effect.KEYED
        harmless = self.hints.get("idempotentHint") is True and not self.destroys
        return Effect.REPEATABLE if harmless else Effect.ONCE

    @property
    def risk(self) -> str:
        """`Low`, `Medium` or `High`, for the owner."""
        if self.reads:
            return "Low"
        return "High" if self.destroys else "Medium"


def described(tool: Mapping[str, Any]) -> Description:
    """From one entry of the server's list of tools, as JSON."""
    schema, hints, execution = (tool.get(part) for part in ("inputSchema", "annotations", "execution"))
    return Description(
        name=str(tool.get("name", "")),
        title=str(tool.get("title") or ""),
        text=str(tool.get("description") or ""),
        schema=schema if isinstance(schema, dict) else {},
        hints=hints if isinstance(hints, dict) else {},
        task_only=isinstance(execution, dict) and execution.get("taskSupport") == "required",
    )


def written(tool: Description) -> str:
    """As text for the ledger; `read` is the inverse."""
    plain = {"name": tool.name, "title": tool.title, "text": tool.text, "schema": tool.schema, "hints": tool.hints}
    return dump(plain | {"task_only": tool.task_only})


def read(text: str) -> Description:
    """The inverse of `written`."""
    return Description(**load(text))
