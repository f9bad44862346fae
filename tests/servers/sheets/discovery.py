"""Google's own description of its API, as it ships inside google-api-python-client: which calls there are, and what fits them.

Invariant: nothing here knows what a call does; a field, value or parameter that Google does not describe never passes.
"""

import functools
import importlib.resources
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import unquote

Json: TypeAlias = Mapping[str, Any]

#: What a client sends although it is not described, and Google takes nevertheless (seen in recorded answers).
TOLERATED = {("drive.files.get", "includeItemsFromAllDrives")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One call that Google offers."""

    #: `values.batchGet`, `spreadsheets.get`, `drive.files.get`.
    name: str
    verb: str
    path: re.Pattern[str]
    parameters: Mapping[str, Json]
    request: str
    answer: str
    #: Any of these is enough.
    scopes: frozenset[str]
    api: "Api"

    @property
    def reads(self) -> bool:
        """Whether it counts as a read; everything else is a write."""
        return self.verb == "GET" or self.name.lower().endswith("getbydatafilter") or self.name.endswith("search")

    def query_faults(self, pairs: Iterable[tuple[str, str]]) -> list[str]:
        """What is wrong with the query, one sentence each."""
        seen: set[str] = set()
        faults = []
        for key, text in pairs:
            known = self.parameters.get(key) or self.api.parameters.get(key)
            if known is None:
                if (self.name, key) not in TOLERATED:
                    faults.append(f'Invalid JSON payload received. Unknown name "{key}": Cannot bind query parameter.')
                continue
            if key in seen and not known.get("repeated"):
                faults.append(f"{key} is given twice")
            seen.add(key)
            if ("enum" in known and text not in known["enum"]) or (known["type"] == "boolean" and text.lower() not in _BOOLEANS):
                faults.append(f"Invalid value at '{_snake(key)}' (type.googleapis.com/{key}), \"{text}\"")
        return faults

    def body_faults(self, body: Any) -> list[str]:
        """What is wrong with a request's body."""
        if not self.request:
            return [] if body in (None, {}) else ["this call takes no body"]
        return list(self.api.faults(self.request, body if body is not None else {}, nulls=True))

    def answer_faults(self, body: Any) -> list[str]:
        """What is wrong with an answer: here an empty field is left out and never null."""
        return list(self.api.faults(self.answer, body, nulls=False)) if self.answer else []


_BOOLEANS = {"true", "false", "1", "0"}
_PYTHON = {"string": str, "boolean": bool, "integer": int, "number": (int, float), "object": Mapping, "array": list}


class Api:
    """One discovery document."""

    def __init__(self, document: str) -> None:
        folder = importlib.resources.files("googleapiclient") / "discovery_cache" / "documents"
        self.text: Json = json.loads((folder / document).read_text(encoding="utf-8"))
        self.parameters: Mapping[str, Json] = self.text["parameters"]
        self.methods = list(self._methods(self.text["resources"]))

    def _methods(self, resources: Mapping[str, Json]) -> Iterable[Method]:
        base = self.text["servicePath"]
        for resource in resources.values():
            yield from self._methods(resource.get("resources", {}))
            for each in resource.get("methods", {}).values():
                path = base + each.get("flatPath", each["path"])
                yield Method(
                    name=each["id"].removeprefix("sheets.").replace("spreadsheets.values.", "values."),
                    verb=each["httpMethod"],
                    path=re.compile("/" + re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/:]+)", re.escape(path))),
                    parameters=each.get("parameters", {}),
                    request=each.get("request", {}).get("$ref", ""),
                    answer=each.get("response", {}).get("$ref", ""),
                    scopes=frozenset(each.get("scopes", ())),
                    api=self,
                )

    def faults(self, schema: str, value: Any, *, nulls: bool) -> Iterable[str]:
        """Where the value does not fit the schema of that name."""
        return self._faults({"$ref": schema}, value, "", nulls=nulls)

    def _faults(self, kind: Json, value: Any, at: str, *, nulls: bool) -> Iterable[str]:
        if value is None:
            if not nulls:
                yield f"{at or 'the body'} is null"
            return
        if "$ref" in kind:
            kind = self.text["schemas"][kind["$ref"]]
        if kind["type"] == "any":
            if isinstance(value, Mapping | list):
                yield f"Invalid value at '{at}' (type.googleapis.com/google.protobuf.ListValue), {json.dumps(value)[:80]}"
            return
        if not self._is(kind, value):
            yield f"Invalid value at '{at}' ({kind.get('format', kind['type'])}), {json.dumps(value)[:80]}"
        elif kind["type"] == "object":
            yield from self._members(kind, value, at, nulls=nulls)
        elif kind["type"] == "array":
            for index, item in enumerate(value):
                if item is None and kind["items"].get("type") != "any":
                    yield f"{at}[{index}] is null"
                yield from self._faults(kind["items"], item, f"{at}[{index}]", nulls=nulls)

    @staticmethod
    def _is(kind: Json, value: Any) -> bool:
        if kind["type"] == "string" and str(kind.get("format", "")).endswith("int64"):
            return isinstance(value, int) or (isinstance(value, str) and value.lstrip("-").isdigit())
        if isinstance(value, bool) and kind["type"] != "boolean":
            return False
        if kind["type"] == "integer" and isinstance(value, float):
            return value.is_integer()
        return isinstance(value, _PYTHON[kind["type"]]) and ("enum" not in kind or value in kind["enum"])

    def _members(self, kind: Json, value: Json, at: str, *, nulls: bool) -> Iterable[str]:
        known = kind.get("properties", {})
        for key, inner in value.items():
            member = known.get(key) or kind.get("additionalProperties")
            if member is None:
                place = f" at '{_snake(at)}'" if at else ""
                yield f'Invalid JSON payload received. Unknown name "{key}"{place}: Cannot find field.'
            else:
                yield from self._faults(member, inner, f"{at}.{key}".lstrip("."), nulls=nulls)

    def member(self, schema: str, name: str) -> str | None:
        """The schema of a field; "" for one that is no message; None when there is no such field."""
        kind = self.text["schemas"][schema].get("properties", {}).get(name)
        if kind is None:
            return None
        kind = kind.get("items", kind)
        return kind.get("$ref", "") if "additionalProperties" not in kind else ""


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda found: "_" + found[1].lower(), name)


@functools.cache
def sheets_api() -> Api:
    """Sheets v4."""
    return Api("sheets.v4.json")


@functools.cache
def drive_api() -> Api:
    """Drive v3."""
    return Api("drive.v3.json")


def find(verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
    """The call that this is, and what its path names. The path is matched as it was sent, its escapes undone afterwards."""
    for method in (*sheets_api().methods, *drive_api().methods):
        if method.verb == verb and (found := method.path.fullmatch(path)):
            return method, {key: unquote(text) for key, text in found.groupdict().items()}
    return None
