"""Template text → syntax tree, in the language of Jinja: its reader is used, its engine is not.

Invariant: a tree that leaves here holds only what `output` and `expressions` know, and is at most `DEPTH` deep. Nothing
in the language can reach an attribute of an object, call, import or loop for ever, because there is no code that would.
"""

import math
import re

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.parser import Parser

from runner.errors import TemplateError
from runner.rules.fill.filters import FILTERS
from runner.rules.fill.names import RESERVED, key
from runner.rules.findings import did_you_mean

#: How deeply a template may be nested.
DEPTH = 60

_LANGUAGE = Environment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)  # noqa: S701  # no HTML here

_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For),
    *(nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem, nodes.List, nodes.Tuple),
    *(nodes.Filter, nodes.Test, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
    *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.Neg, nodes.Pos, nodes.Concat),
)

_CALLED = {
    nodes.Call: "something that is called with ( )",
    nodes.Assign: "{% set %}",
    nodes.AssignBlock: "{% set %}",
    nodes.Include: "{% include %}",
    nodes.Import: "{% import %}",
    nodes.FromImport: "{% import %}",
    nodes.Extends: "{% extends %}",
    nodes.Block: "{% block %}",
    nodes.Macro: "{% macro %}",
    nodes.CallBlock: "{% call %}",
    nodes.FilterBlock: "{% filter %}",
    nodes.With: "{% with %}",
    nodes.Pow: "the sign **",
    nodes.FloorDiv: "the sign //",
    nodes.Mod: "the sign %",
    nodes.Slice: "[ : ]",
    nodes.Dict: "{ }",
}

#: Words that end a name of several words.
_JOINING = ("and", "or", "not", "in", "is", "if", "else", "recursive")


class _HeaderParser(Parser):
    """Also reads a name of several words as one, as headers are: `{{ Fit score }}`, `{{ steps.Draft reply.body }}`.

    Two names side by side mean nothing in Jinja, so no template changes its meaning.
    """

    def parse_primary(self, with_namespace: bool = False) -> nodes.Expr:  # noqa: FBT001, FBT002  # as in Parser
        node = super().parse_primary(with_namespace)
        if isinstance(node, nodes.Name):
            node.name = self._words(node.name)
        return node

    def parse_subscript(self, node: nodes.Expr) -> nodes.Getattr | nodes.Getitem:
        found = super().parse_subscript(node)
        if isinstance(found, nodes.Getattr):
            found.attr = self._words(found.attr)
        return found

    def _words(self, first: str) -> str:
        words = [first]
        while self.stream.current.type in ("name", "integer") and self.stream.current.value not in _JOINING:
            words.append(str(next(self.stream).value))
        return " ".join(words)


def parse(template: str) -> nodes.Template:
    """The template's tree. Raises TemplateError with a sentence that names the line."""
    try:
        tree = _HeaderParser(_LANGUAGE, template).parse()
    except TemplateSyntaxError as error:
        raise TemplateError(_plain(error, template)) from None
    except RecursionError:
        raise TemplateError(TOO_DEEP) from None
    except (ValueError, OverflowError):
        raise TemplateError(
            "A number in the template cannot be read. Write it with digits only, for example 4200 or 0.5."
        ) from None
    _inspect(tree)
    return tree


TOO_DEEP = "The template is nested too deeply, or chains too many signs. Make it shorter."


def _inspect(tree: nodes.Template) -> None:
    """Refuse what is not of the language. Goes without recursion, because the tree may be deeper than Python's stack."""
    waiting: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEPTH:
            raise TemplateError(TOO_DEEP)
        if not isinstance(node, _ALLOWED):
            called = _CALLED.get(type(node), "one of its parts")
            raise TemplateError(f"A template cannot use {called}. It may use {{{{ … }}}}, {{% if %}}, {{% for %}} and filters.")
        _inspect_one(node)
        waiting.extend((child, depth + 1) for child in node.iter_child_nodes())


def _inspect_one(node: nodes.Node) -> None:
    match node:
        case nodes.Name(name=name) | nodes.Getattr(attr=name) if name.startswith("_"):
            raise TemplateError(f'A name cannot begin with _ here. Write it in brackets: ["{name}"].')
        case nodes.Getitem(arg=arg) if not isinstance(arg, nodes.Const) or not isinstance(arg.value, str | int):
            raise TemplateError('In [ ] stands a name in quotation marks or a number: row["Fit score"], json.items[0].')
        case nodes.Const(value=float() as value) if not math.isfinite(value):
            raise TemplateError("A number in the template is too large.")
        case nodes.Filter():
            _inspect_filter(node)
        case nodes.Test() if node.name != "blank" or node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise TemplateError("After “is” only “blank” or “not blank” can stand: {% if phone is not blank %}.")
        case nodes.For():
            if not isinstance(node.target, nodes.Name) or node.test is not None or node.recursive:
                raise TemplateError("Write a loop as {% for item in steps.lookup.json.items %} … {% endfor %}.")
            if key(node.target.name) in (*RESERVED, "loop"):
                raise TemplateError(f"“{node.target.name}” has a meaning of its own. Call the loop's item something else.")


def _inspect_filter(node: nodes.Filter) -> None:
    known = FILTERS.get(node.name)
    if known is None:
        raise TemplateError(f"There is no filter “{node.name}”. {did_you_mean(node.name, FILTERS)}")
    given = len(node.args)
    if node.kwargs or node.dyn_args or node.dyn_kwargs or not known.at_least <= given <= known.at_most:
        needs = {
            (0, 0): "takes no setting",
            (0, 1): "takes one setting or none",
            (1, 1): "takes one setting",
            (2, 2): "takes two settings",
        }
        raise TemplateError(f"The filter “{node.name}” {needs[known.at_least, known.at_most]} in its brackets.")


_TAG = re.compile(r"unknown tag '([^']{1,40})'")
_OPEN = re.compile(r"innermost block that needs to be closed is '([^']{1,40})'")


def _plain(error: TemplateSyntaxError, template: str) -> str:
    """Jinja's complaint in the owner's words."""
    said = error.message or ""
    unclosed = _OPEN.search(said)
    if unclosed:
        return f"A {{% {unclosed[1]} %}} is not closed. Write {{% end{unclosed[1]} %}} where it ends."
    tag = _TAG.search(said)
    if tag:
        return f"“{{% {tag[1]} %}}” cannot stand here. A template may use {{{{ … }}}}, {{% if %}} and {{% for %}}."
    lines = template.splitlines() or [""]
    line = lines[min(error.lineno, len(lines)) - 1].strip()
    shown = line if len(line) <= 80 else f"{line[:80]}…"
    return (
        f"Line {error.lineno} cannot be read: “{shown}”. A placeholder is written {{{{ fit_score }}}}, "
        'or {{ row["Fit score (%)"] }} for a header with other signs than letters and digits.'
    )
