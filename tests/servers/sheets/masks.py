"""Field masks, `sheets(properties(sheetId,title),data.rowData)`: which fields of a message are meant.

Invariant: a mask that names a field which the message does not have is refused, as Google does.
"""

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from tests.servers.sheets.answers import invalid
from tests.servers.sheets.discovery import Api

#: Field → what is wanted inside it; empty = all of it.
Mask: TypeAlias = dict[str, "Mask"]


def parse(text: str, api: Api, schema: str) -> Mask:
    """`*` and "" mean everything, an empty mask. Raises `Refused`."""
    tokens = re.findall(r"[^\s,()./]+|[,()./]", text)
    mask, rest = _level(tokens)
    if rest:
        raise invalid(f"Invalid field mask {text}")
    if "*" in mask or not mask:
        return {}
    _known(mask, api, schema, text)
    return mask


def _level(tokens: list[str]) -> tuple[Mask, list[str]]:
    mask: Mask = {}
    while tokens and tokens[0] != ")":
        name, *tokens = tokens
        if name == ",":
            continue
        inner = mask.setdefault(name, {})
        while tokens and tokens[0] in "./":
            name, *tokens = tokens[1:]
            inner = inner.setdefault(name, {})
        if tokens and tokens[0] == "(":
            found, tokens = _level(tokens[1:])
            inner.update(found)
            tokens = tokens[1:]
    return mask, tokens


def _known(mask: Mask, api: Api, schema: str, text: str) -> None:
    for name, inner in mask.items():
        if name == "*":
            continue
        kind = api.member(schema, name)
        if kind is None or (inner and not kind):
            raise invalid(f"Request contains an invalid argument. Invalid field selection {name} in {text}")
        if inner:
            _known(inner, api, kind, text)


def wants(mask: Mask, *path: str) -> bool:
    """Whether the mask asks for anything of this field."""
    for name in path:
        if not mask or "*" in mask:
            return True
        if name not in mask:
            return False
        mask = mask[name]
    return True


def project(value: Any, mask: Mask) -> Any:
    """Only what the mask names."""
    if not mask or "*" in mask:
        return value
    if isinstance(value, list):
        return [project(each, mask) for each in value]
    if isinstance(value, Mapping):
        return {name: project(value[name], inner) for name, inner in mask.items() if name in value}
    return value


def merge(old: Mapping[str, Any], new: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    """The old message with the named fields taken from the new one; a named field that the new one lacks is cleared."""
    if not mask or "*" in mask:
        return {name: value for name, value in new.items() if value is not None}
    merged = dict(old)
    for name, inner in mask.items():
        value = new.get(name)
        if inner and isinstance(merged.get(name), Mapping | None) and isinstance(value, Mapping | None):
            value = merge(merged.get(name) or {}, value or {}, inner)
        if value in (None, {}):
            merged.pop(name, None)
        else:
            merged[name] = value
    return merged
