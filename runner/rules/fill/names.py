"""Which names a template may use, and the sentence for one that does not exist.

Invariant: `problems` names every wrong name without running the template, in every branch of it.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

from jinja2 import nodes

from runner.model import Names
from runner.rules.findings import did_you_mean
from runner.values import name_key

#: These win over a column of the same name, which is then written `row["Run"]`.
RESERVED = ("row", "settings", "steps", "run", "contract", "today", "now", "secrets")
RUN_FACTS = ("id", "key")
CONTRACT_FACTS = ("name", "owner", "rollback_owner", "risk", "severity", "sop")
LOOP_FACTS = ("index", "first", "last")
#: Groups whose values are the same for every run.
_SHARED = ("settings", "contract", "today", "now", "secrets")

key = lru_cache(4096)(name_key)


def path(node: nodes.Node) -> tuple[str | int, ...]:
    """`steps.lookup.json` → ("steps", "lookup", "json"); () for anything but names, dots and constant brackets."""
    if isinstance(node, nodes.Name):
        return (node.name,)
    part: str | int
    if isinstance(node, nodes.Getattr):
        owner, part = path(node.node), node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str | int):
        owner, part = path(node.node), node.arg.value
    else:
        return ()
    return (*owner, part) if owner else ()


def spell(parts: Iterable[str | int]) -> str:
    """The path as the owner would write it: `steps.lookup.json[0].id`, `row["Fit score"]`."""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        elif text and not part.isidentifier():
            text += f'["{part}"]'
        else:
            text += f".{part}" if text else part
    return text[:120]


def no_column(name: str, columns: Iterable[str]) -> str:
    """The sentence for a name that is no column and nothing else."""
    name, columns = name[:60], [column[:60] for column in columns if column]
    begins = [column for column in columns if key(column).startswith(f"{key(name)}_")]
    if begins:
        return f'There is no column “{name}”. If you mean “{begins[0]}”, write {{{{ row["{begins[0]}"] }}}}.'
    return f"There is no column “{name}”. {did_you_mean(name, columns)}".strip()


def no_member(owner: str, name: str | int, known: Iterable[str]) -> str:
    """The sentence for a setting, result or fact that does not exist in its group."""
    name, known = str(name)[:60], [one[:60] for one in islice(known, 200)]
    match owner:
        case "row":
            return no_column(name, known)
        case "settings":
            return f"There is no setting “{name}” in the tab Settings. {did_you_mean(name, known)}".strip()
        case "steps":
            message = f"There is no result of a step “{name}”: no such step comes before, or it was skipped."
            return f"{message} {did_you_mean(name, known)}".strip()
    return f"“{owner}” has no “{name}”. {did_you_mean(name, known)}".strip()


def problems(tree: nodes.Node, names: Names) -> list[str]:
    """A sentence for every name in the tree that cannot exist, each once."""
    return list(dict.fromkeys(_walk(tree, names, frozenset())))


def secrets(tree: nodes.Node) -> list[str]:
    """Names of the secrets that the tree uses."""
    paths = (path(node) for node in tree.find_all((nodes.Getattr, nodes.Getitem)))
    return list(dict.fromkeys(str(parts[1]) for parts in paths if len(parts) == 2 and key(str(parts[0])) == "secrets"))


def of_the_run(tree: nodes.Node) -> bool:
    """Whether the tree names anything that differs from run to run."""
    roots = (key(node.name) for node in tree.find_all(nodes.Name) if node.ctx == "load")
    return any(root not in _SHARED for root in roots)


def is_step_key(parts: tuple[str | int, ...]) -> bool:
    """Whether this is `step.key`: no group, so that a column called Step stays what it is."""
    return len(parts) == 2 and (key(str(parts[0])), key(str(parts[1]))) == ("step", "key")


def used(tree: nodes.Node) -> tuple[str, ...]:
    """Every name in the tree, spelled as the owner would, each once; of `steps.draft.json.id` that whole path."""
    paths = (path(node) for node in tree.find_all((nodes.Name, nodes.Getattr, nodes.Getitem)))
    spelled = list(dict.fromkeys(spell(parts) for parts in paths if parts))
    return tuple(name for name in spelled if not any(other.startswith((f"{name}.", f"{name}[")) for other in spelled))


def _walk(node: nodes.Node, names: Names, local: frozenset[str]) -> Iterator[str]:
    parts = path(node)
    if parts:
        yield from _check(parts, names, local)
        return
    body = node.body if isinstance(node, nodes.For) else []
    inner = local | {key(getattr(node.target, "name", "")), "loop"} if isinstance(node, nodes.For) else local
    for child in node.iter_child_nodes(exclude=("target",)):
        if not (isinstance(node, nodes.Output) and _is_secret(path(child))):
            yield from _walk(child, names, inner if any(child is one for one in body) else local)


def _is_secret(parts: tuple[str | int, ...]) -> bool:
    return len(parts) == 2 and key(str(parts[0])) == "secrets" and isinstance(parts[1], str)


def _check(parts: tuple[str | int, ...], names: Names, local: frozenset[str]) -> Iterator[str]:
    root, *rest = parts
    group = key(str(root))
    if group in local:
        return
    if is_step_key(parts):
        if not names.of_step:
            yield ONLY_IN_STEPS
        return
    if group in ("today", "now") or group not in RESERVED:
        if group not in RESERVED and group not in map(key, names.columns):
            yield no_column(str(root), names.columns)
        elif rest:
            yield single(spell(parts[:1]), rest[0])
    elif group == "secrets":
        yield ALONE
    elif not rest:
        yield which(group)
    else:
        yield from _check_member(group, parts, names)


def _check_member(group: str, parts: tuple[str | int, ...], names: Names) -> Iterator[str]:
    known = {"row": names.columns, "settings": names.settings, "steps": tuple(names.steps), "run": RUN_FACTS}.get(
        group, CONTRACT_FACTS
    )
    name = str(parts[1])
    if key(name) not in map(key, known):
        yield no_member(group, name, known)
    elif group != "steps":
        if len(parts) > 2:
            yield single(spell(parts[:2]), parts[2])
    elif len(parts) == 2:
        yield which(spell(parts))
    else:
        results = next(results for step, results in names.steps.items() if key(step) == key(name))
        if results is not None and key(str(parts[2])) not in map(key, results):
            yield no_member(spell(parts[:2]), parts[2], results)


ONLY_IN_STEPS = "“step.key” means something only in a step's With cell, and in the mail template that it names."
ALONE = "A secret must stand alone, as {{ secrets.NAME }}: without a filter, a sign or an if around it."


def single(owner: str, name: str | int) -> str:
    """The sentence for a dot behind a value that has no parts."""
    return f"“{owner}” is a single value: there is no “{name}” in it."


def which(group: str) -> str:
    """The sentence for a group that was named without saying which of its values is meant."""
    example = {"row": 'row["Email"]', "settings": "settings.hot_lead", "steps": "steps.draft_reply.body", "run": "run.id"}.get(
        group
    )
    return f"“{group}” holds several values: say which, for example {{{{ {example or f'{group}.name'} }}}}."
