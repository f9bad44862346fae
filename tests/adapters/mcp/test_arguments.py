"""Arguments of tools: what a cell says, as the tool's schema wants it."""

from typing import Any

import pytest

from adapters.mcp.arguments import arguments, typed
from adapters.mcp.description import Description
from runner.errors import ActionFailed

TEXT, WHOLE, YES = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
TAGS = {"type": "array", "items": TEXT}


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("007", TEXT, "007"),
        ("3", WHOLE, 3),
        ("3.0", WHOLE, 3),
        ("12345678901234567890", WHOLE, 12345678901234567890),
        ("2.5", {"type": "number"}, 2.5),
        ("Yes", YES, True),
        ("no", YES, False),
        ("a, b\nc", TAGS, ["a", "b", "c"]),
        ('["a, b"]', TAGS, ["a, b"]),
        ("1, 2", {"type": "array", "items": WHOLE}, [1, 2]),
        ('{"a": 1}', {"type": "object"}, {"a": 1}),
        ("", {"anyOf": [WHOLE, {"type": "null"}]}, None),
        ("5", {"anyOf": [WHOLE, TEXT]}, 5),
        ("warm", {"enum": ["warm", "cold"]}, "warm"),
        ("3", {}, "3"),
    ],
)
def test_a_text_becomes_what_the_schema_says(text: str, schema: dict[str, Any], value: object) -> None:
    found = typed(text, schema)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        ("many", WHOLE),
        ("2.5", WHOLE),
        ("nan", {"type": "number"}),
        ("1e999", {"type": "number"}),
        ("maybe", YES),
        ("x", {"type": "object"}),
    ],
)
def test_what_does_not_fit_is_no_value(text: str, schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is not"):
        typed(text, schema)


def _tool(required: tuple[str, ...] = (), **properties: Any) -> Description:
    return Description(name="add", schema={"type": "object", "properties": properties, "required": list(required)})


def _refused(tool: Description, **texts: str) -> str:
    with pytest.raises(ActionFailed) as caught:
        arguments(tool, texts)
    assert caught.value.permanent
    return str(caught.value)


def test_mistakes_are_named_with_their_argument() -> None:
    tool = _tool(("title",), title=TEXT, guests={**WHOLE, "minimum": 1})
    assert "Did you mean “title”?" in _refused(tool, titel="x")
    assert "'title' is missing" in _refused(tool, guests="2")
    assert "arg.guests: 0 is less than the minimum of 1" in _refused(tool, title="x", guests="0")


def test_an_empty_cell_leaves_out_what_need_not_be_there() -> None:
    assert arguments(_tool(("title",), title=TEXT, guests=WHOLE), {"title": "x", "guests": ""}) == {"title": "x"}


def test_a_schema_that_cannot_be_used_is_a_sentence() -> None:
    broken = Description(name="add", schema={"type": "object", "properties": {"a": TEXT}, "required": 7})
    assert "cannot be used" in _refused(broken, a="x")
