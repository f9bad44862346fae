"""`file.write`: one document – .html, .md, .txt, .csv or .pdf – in a folder that config.toml allows.

Invariant: what is written lies, after every link was followed, inside an allowed folder; a repeat writes the same bytes, and a file
is there whole or not at all. What stands in a cell is text: never part of the path, never markup, never a formula.
"""

import errno
import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from adapters.documents import FORMATS, render
from adapters.documents.places import allowed_place, failed, name_problem, relative, write_whole
from adapters.documents.spoken import quoted, unquoted
from runner.errors import ActionFailed
from runner.model import Effect
from runner.ports import Action, Call, CheckScope, Done, Fault, OtherSide, Prepare, Tools
from runner.rules.findings import did_you_mean
from runner.rules.marks import marked
from runner.values import name_key

_NO_FOLDER = 'Nothing may be written yet: name a folder in config.toml first, [files] allow = ["documents"].'


def actions(tools: Tools) -> list[Action]:
    """The one verb."""
    return [
        Action(
            name="file.write",
            required=("path",),
            optional=("template", "subject", "body"),
            owners_settings=("path", "template"),
            quote={"path": _in_a_name, "body": quoted, "subject": quoted},
            quote_first=("body", "subject"),
            results=("path", "sha256"),
            effect=lambda _settings: Effect.KEYED,
            prepare=partial(_prepare, tools),
            describe=_describe,
            perform=partial(_perform, tools),
            check=partial(_check, tools),
            other_side=OtherSide(answer=_rehearse, faults=(Fault.REFUSED,), counts=lambda _request: False),
        )
    ]


def _in_a_name(_template: str, value: str) -> str:
    """What a cell holds as part of a file's name: no new folder, no way out."""
    return "".join("-" if sign in '/\\:*?"<>|' or ord(sign) < 32 else sign for sign in value).strip(" .")


def _prepare(tools: Tools, settings: Mapping[str, str], about: Prepare) -> dict[str, Any]:
    """`path title body made`: the place in an allowed folder, and all that the document is made from."""
    given = {name_key(name): text for name, text in settings.items()}
    if any(marked(text) for text in given.values()):
        raise ActionFailed("A secret may not be put into a file: remove {{ secrets.… }}.", permanent=True)
    if not tools.files_allow:
        raise ActionFailed(_NO_FOLDER, permanent=True)
    path = given["path"].strip()
    if sentence := name_problem(path):
        raise ActionFailed(f"path: {sentence} Nothing was written.", permanent=True)
    if not unquoted(given.get("body", "")).strip():
        raise ActionFailed("The file would be empty: write a body, or name a template. Nothing was written.", permanent=True)
    folder, name = relative(path, tools.files_allow)
    made = about.now.astimezone(about.zone).isoformat()
    return {"folder": folder, "path": name, "title": given.get("subject", ""), "body": given["body"], "made": made}


def _describe(request: Mapping[str, Any]) -> str:
    title = unquoted(request["title"])
    return (
        f"Write the file {request['path']} into {request['folder']}{f': {title}' if title else ''}\n\n{unquoted(request['body'])}"
    )


def _perform(tools: Tools, request: Mapping[str, Any], call: Call) -> Done:
    content = render(request["path"], request["title"], request["body"], datetime.fromisoformat(request["made"]))
    place = allowed_place(request["folder"], request["path"], tools.files_allow, tools.files_kept)
    write_whole(place, content, call.key)
    return Done(result={"path": str(place), "sha256": hashlib.sha256(content).hexdigest()}, said=f"wrote {place}")


def _rehearse(request: Mapping[str, Any], _call: Call, fault: Fault | None) -> Done:
    """The document is made, and not written; a disk can only refuse."""
    content = render(request["path"], request["title"], request["body"], datetime.fromisoformat(request["made"]))
    if fault:
        raise failed(request["path"], OSError(errno.ENOSPC, "No space left on device"))
    path = f"{request['folder']}/{request['path']}"
    return Done(result={"path": path, "sha256": hashlib.sha256(content).hexdigest()}, said=f"wrote {path}")


def _check(tools: Tools, settings: Mapping[str, str], scope: CheckScope) -> list[tuple[str, str]]:
    """What is wrong already as typed; a path with placeholders is judged when it is filled."""
    given = {name_key(name): text for name, text in settings.items() if text.strip()}
    found: list[tuple[str, str]] = []
    path, template = given.get("path", ""), given.get("template", "")
    if path and "{{" not in path and "{%" not in path and (sentence := name_problem(path)):
        found.append(("path", sentence))
    elif path and not path.rstrip().lower().endswith(tuple(FORMATS)) and not path.rstrip().endswith("}}"):
        found.append(("path", f"The file's name ends with one of {', '.join(FORMATS)}."))
    if template and name_key(template) not in scope.book.templates:
        near = did_you_mean(template, [each.name for each in scope.book.templates.values()])
        found.append(("template", f"There is no template “{template}” in the tab Templates. {near}".strip()))
    if not template and "body" not in given:
        found.append(("", "The file has no text. Write a line body: …, or template: … with a name from the tab Templates."))
    if not tools.files_allow:
        found.append(("path", _NO_FOLDER))
    return found
