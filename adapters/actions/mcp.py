"""`mcp.call`: one tool of a server that config.toml names, with arguments typed by the tool's own schema.

Invariant: only the tool that was decided on is called: it is looked up again just before, and one that describes itself otherwise
than the request's pin says is not called but decided on anew.
"""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from adapters.mcp.arguments import arguments, misfits, named, takes_json, typed, unknown
from adapters.mcp.catalogue import Catalogue, approval_of, fact_of, names_of
from adapters.mcp.description import Description
from adapters.mcp.server import AnswerLost, Broke, McpServer, Refused
from runner.errors import ActionFailed, ActionInDoubt
from runner.model import Effect
from runner.ports import Action, Call, CheckScope, Done, Learned, Prepare, Tools
from runner.rules.findings import did_you_mean
from runner.values import name_key

#: Characters of an answer that later steps see, and of a server's complaint.
LONGEST, SHORTEST = 1_000_000, 600

#: Stands for the approved pin of a tool that has changed: no pin equals it, so a person is asked until one has approved.
CHANGED = "changed"

Settings = Mapping[str, str]
Request = Mapping[str, Any]


def actions(tools: Tools) -> list[Action]:
    """The one verb."""
    known = Catalogue()
    servers = tools.mcp
    return [
        Action(
            name="mcp.call",
            required=("server", "tool"),
            optional=("arg.*",),
            owners_settings=("server", "tool"),
            results=("text", "json"),
            guarded=True,
            fills_json=partial(_fills_json, known),
            effect=partial(_effect, known),
            scout=partial(_scout, known, servers),
            prepare=partial(_prepare, known, servers),
            asks=partial(_asks, known),
            risk=lambda request: str(request.get("risk", "High")),
            describe=_describe,
            perform=partial(_perform, tools),
            check=partial(_check, known, servers),
            notes=partial(_notes, known, servers),
            learn=known.learn,
            facts=tuple(name for server in servers.values() for name in names_of(server.name, server.allowed)),
        )
    ]


def _named(settings: Settings) -> tuple[str, str]:
    """(server, tool)."""
    given = {name_key(name): text.strip() for name, text in settings.items()}
    return given.get("server", ""), given.get("tool", "")


# ------------------------------------------------------------------------------------------------------- what it would mean


def _effect(known: Catalogue, settings: Settings) -> Effect:
    """By the tool's own hints; a tool that is not known yet happens once."""
    tool = known.tool(*_named(settings))
    return tool.effect if tool else Effect.ONCE


def _fills_json(known: Catalogue, settings: Settings, setting: str) -> bool:
    """A list or an object that is made of placeholders is JSON, so that no value becomes part of the syntax."""
    tool = known.tool(*_named(settings))
    text = settings[setting]
    return tool is not None and "{{" in text and any(takes_json(tool, name) for name in named({setting: text}))


def _scout(known: Catalogue, servers: Mapping[str, McpServer], settings: Settings) -> Request | None:
    """What to do first for a tool that nobody has looked at yet; None for one that is known, or may not be called."""
    server, tool = _named(settings)
    if known.tool(server, tool) or _not_allowed(servers, server, tool):
        return None
    return {"server": server, "tool": tool, "pin": ""}


def _asks(known: Catalogue, request: Request, approval: str, standing: bool) -> str:  # noqa: FBT001
    """Why a person is asked first: a writing tool for the first time, one that has changed, and always one that may destroy."""
    server, tool, name = request["server"], request["tool"], f"{request['server']}/{request['tool']}"
    described, before = known.tool(server, tool), known.approved(server, tool)
    if described is None:
        return f"nobody knows yet what {name} does"
    if before and before != request["pin"]:
        return f"{name} describes itself otherwise than before"
    if described.reads:
        return ""
    if not before:
        return f"{name} is called for the first time"
    if approval:
        return ""
    if described.effect is Effect.ONCE or described.destroys:
        return f"{name} may {'change or remove what is there' if described.destroys else 'do the same thing twice'}"
    return "the question stands" if standing else ""


# ------------------------------------------------------------------------------------------------------------- what it does


def _prepare(known: Catalogue, servers: Mapping[str, McpServer], settings: Settings, about: Prepare) -> Request:
    """The tool, its arguments and the pin under which they were made."""
    server, tool = _named(settings)
    if sentence := _not_allowed(servers, server, tool):
        raise ActionFailed(sentence, permanent=True)
    described, texts = known.tool(server, tool), named(settings)
    if described is None:
        return {"server": server, "tool": tool, "args": texts, "pin": ""}
    if described.not_for_us:
        raise ActionFailed(described.not_for_us, permanent=True)
    if (key := described.key_argument) and key not in texts:
        texts[key] = about.key
    given = arguments(described, texts)
    says = ". ".join(filter(None, (described.title.strip(), described.text.strip())))
    request = {"server": server, "tool": tool, "args": given, "pin": described.pin, "effect": str(described.effect)}
    return request | {"says": says[:SHORTEST], "risk": described.risk}


def _not_allowed(servers: Mapping[str, McpServer], server: str, tool: str) -> str:
    """Why config.toml does not let this tool be called; "" when it does."""
    if server not in servers:
        return f"There is no tool server “{server}” in config.toml. {did_you_mean(server, servers) or 'Add [mcp.NAME] there.'}"
    allowed = servers[server].allowed
    if tool not in allowed:
        hint = did_you_mean(tool, allowed) or f"Add it to tools in [mcp.{server}]; `rowpact mcp tools {server}` lists them."
        return f"The tool “{tool}” of {server} may not be called. {hint}"
    return ""


def _describe(request: Request) -> str:
    """The call in the owner's words, with what the server says of the tool."""
    place = f"{request['tool']} of {request['server']}"
    if "args" not in request:
        return f"Ask what the tool {place} does; it is not called yet"
    lines = [f"Call the tool {place}", *(f"{name}: {_shown(value)}" for name, value in request["args"].items())]
    if request.get("says"):
        lines += ["", f"{request['server']} says of it: {request['says']}"]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _perform(tools: Tools, request: Request, call: Call) -> Done | Learned:
    """Call it, if it is still the tool that was decided on."""
    server, tool = tools.mcp.get(request["server"]), request["tool"]
    if server is None or tool not in server.allowed:
        raise ActionFailed(_not_allowed(tools.mcp, request["server"], tool), permanent=True)
    described = server.tool(tool, call.timeout)
    if described.pin != request["pin"]:
        facts = fact_of(server.name, described, call.now.astimezone(call.zone))
        if request["pin"]:
            facts |= approval_of(server.name, tool, CHANGED)
        new = "has changed" if request["pin"] else "is known now"
        return Learned(because=f"what {server.name}/{tool} does {new}", learned=facts)
    return _called(server, described, request, call, tools)


def _called(server: McpServer, tool: Description, request: Request, call: Call, tools: Tools) -> Done:
    redact, place = tools.secrets.redact, f"{server.name}/{tool.name}"
    try:
        answer = server.call(tool.name, request["args"], call.timeout)
    except Refused as error:
        raise ActionFailed(f"{place} was not called: {error}"[:SHORTEST], permanent=True) from None
    except AnswerLost as lost:
        end = "it failed" if isinstance(lost, Broke) else "its end was not seen"
        message = f"{place} was called, and {end}: {str(lost).rstrip('.')[:SHORTEST]}."
        raise (ActionFailed(message) if tool.effect.may_repeat else ActionInDoubt(f"{message} It may have been done.")) from None
    text = redact(_text(answer))
    if answer.get("isError"):
        raise ActionFailed(f"{place} said no: {text.strip()[:SHORTEST] or 'without a reason'}", permanent=True)
    found = redact(json.dumps(answer["structuredContent"])) if "structuredContent" in answer else text
    said = f"{place} answered" + (f": {' '.join(text.split())[:100]}" if text.strip() else "") + _left_out(answer, text)
    result = {"text": text[:LONGEST], "json": _json(found)}
    return Done(result=result, said=said, learned=approval_of(server.name, tool.name, request["pin"]))


def _text(answer: Mapping[str, Any]) -> str:
    """All that is text in the answer: what the tool says, documents that it hands over, and addresses of those that it names."""
    return "\n".join(text for part in answer.get("content") or () if (text := _text_of(part)))


def _text_of(part: Mapping[str, Any]) -> str:
    whole: Mapping[str, Any] = part.get("resource") or part
    return str(whole.get("text") or (whole.get("uri") if part.get("type") == "resource_link" else "") or "")


def _left_out(answer: Mapping[str, Any], text: str) -> str:
    """What later steps do not see."""
    others = sum(not _text_of(part) for part in answer.get("content") or ())
    said = f" {others} picture{'s' * (others > 1)} or the like in it cannot be used." if others else ""
    return said + (f" Only its first {LONGEST:,} characters are kept." if len(text) > LONGEST else "")


def _json(text: str) -> Any:
    """The answer as JSON; None when it is none, or too long."""
    try:
        return json.loads(text) if len(text) <= LONGEST else None
    except (ValueError, RecursionError):
        return None


# ---------------------------------------------------------------------------------------------------------------- check


def _check(known: Catalogue, servers: Mapping[str, McpServer], settings: Settings, _scope: CheckScope) -> list[tuple[str, str]]:
    """What is wrong already as typed; an argument with placeholders is judged when it is filled."""
    server, tool = _named(settings)
    if not server or not tool:
        return []
    if "{{" in server or "{{" in tool:
        return [("", "Name server and tool as they are called in config.toml, without placeholders.")]
    if sentence := _not_allowed(servers, server, tool):
        return [("tool" if server in servers else "server", sentence)]
    offers = known.offers(server)
    if offers is not None and tool not in offers:
        return [("tool", f"{server} has no tool “{tool}”. {did_you_mean(tool, offers)}".strip())]
    described = known.tool(server, tool)
    if described and described.not_for_us:
        return [("tool", described.not_for_us)]
    return [("", sentence) for sentence in _wrong(described, named(settings))] if described else []


def _wrong(tool: Description, texts: Mapping[str, str]) -> list[str]:
    found, given = unknown(tool, texts), {}
    for name, text in texts.items():
        if "{{" in text or "{%" in text:
            continue
        try:
            given[name] = typed(text, tool.arguments.get(name, {}))
        except ValueError as error:
            found.append(f"arg.{name}: {error}")
    filled = {*texts, tool.key_argument}
    missing = [name for name in tool.required if name not in filled]
    found += [f"The argument “{name}” is missing. Write a line arg.{name}: …" for name in missing]
    partly = Description(name=tool.name, schema={**tool.schema, "required": []})
    return found or misfits(partly, given)


def _notes(known: Catalogue, servers: Mapping[str, McpServer], settings: Settings, _scope: CheckScope) -> list[tuple[str, str]]:
    """What could not be checked, or not by what the server says now."""
    server, tool = _named(settings)
    if _not_allowed(servers, server, tool):
        return []
    silent, known_since = known.silent(server), known.said(server, tool)
    if known.tool(server, tool):
        since = f" on {known_since}" if known_since else " when it was last asked"
        return [("", f"{silent} The arguments were checked by what it said of {tool}{since}.")] if silent else []
    because = silent or f"{server} has not said yet what it takes."
    return [("", f"The arguments of {tool} could not be checked. {because}")]
