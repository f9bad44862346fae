"""Fills the templates of cells: `Dear {{ first_name }}`, `{{ steps.lookup.json.id }}`, `{{ amount | money("USD") }}`.

Invariant: placeholders are filled once; what a value holds is never read as template, and a secret's mark that stands in a value is
made harmless (`{ { secrets.X }}`), so only the owner's own template can ask for a secret. A name that does not exist is an error.

The language is Jinja's (`{{ }}`, `{% if %}`, `{% for %}`, filters), without everything that could run, reach or take long.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NoReturn

from runner.errors import TemplateError
from runner.model import Names, Scope
from runner.ports import Written

if TYPE_CHECKING:
    from jinja2 import nodes

    from runner.rules.fill.output import Filling

#: What a cell of Excel can hold, in characters.
LONGEST_TEMPLATE = 32_767

_OPENINGS = ("{{", "{%", "{#")


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled text, and what of it a model wrote (`Scope.models` says what that is)."""

    text: str
    by_model: tuple[Written, ...] = ()


def fill(template: str, scope: Scope, *, as_json: bool = False, quote: Callable[[str], str] | None = None) -> str:
    """The text of `fill_in`."""
    return fill_in(template, scope, as_json=as_json, quote=quote).text


def fill_in(
    template: str, scope: Scope, *, as_json: bool = False, quote: Callable[[str], str] | None = None, quote_first: bool = False
) -> Filled:
    """The template with its placeholders filled from the scope; at most 100,000 characters.

    With `as_json` the result is valid JSON: a placeholder outside quotation marks becomes a JSON value (blank is null), one inside
    becomes escaped text. With `quote` every value goes through it, but for one that the template begins with, which is the
    owner's `{{ settings.base_url }}/…`, unless `quote_first`. Raises TemplateError with a sentence.
    """
    if any(opening in template for opening in _OPENINGS):
        tree, filling = _tree(template), _filling().of(scope, as_json, quote, quote_first)
        try:
            text = filling.run(tree)
        except RecursionError:
            raise TemplateError("A value is nested too deeply to be written.") from None
        filled = Filled(text, tuple(filling.written))
    else:
        _check_length(template)
        filled = Filled(template)
    if as_json:
        _check_json(filled.text)
    return filled


def problems(template: str, names: Names) -> list[str]:
    """A sentence for every mistake that can be seen without filling; none when the template can be filled with these names."""
    from runner.rules.fill import names as fill_names

    try:
        return fill_names.problems(_tree(template), names)
    except TemplateError as error:
        return [str(error)]


def names_in(template: str) -> tuple[str, ...]:
    """Every name that the template uses, as the owner wrote it: `email`, `steps.draft.body`; none when it cannot be read."""
    from runner.rules.fill import names as fill_names

    try:
        return fill_names.used(_tree(template)) if "{" in template else ()
    except TemplateError:
        return ()


def secrets_in(template: str) -> tuple[str, ...]:
    """Names of the secrets that the template asks for; none when it cannot be read."""
    from runner.rules.fill import names as fill_names

    try:
        return tuple(fill_names.secrets(_tree(template))) if "secrets" in template.casefold() else ()
    except TemplateError:
        return ()


def of_the_run(template: str) -> bool:
    """Whether the template names anything that differs from run to run: a column, a result, `run.…` or `step.key`."""
    from runner.rules.fill import names as fill_names

    try:
        return any(opening in template for opening in _OPENINGS) and fill_names.of_the_run(_tree(template))
    except TemplateError:
        return False


@lru_cache(256)
def _tree(template: str) -> "nodes.Template":
    """One template is filled for many rows."""
    from runner.rules.fill.parse import parse

    _check_length(template)
    return parse(template)


@cache
def _filling() -> "type[Filling]":
    """Imported with the first template that has a placeholder."""
    from runner.rules.fill.output import Filling

    return Filling


def _check_length(template: str) -> None:
    if len(template) > LONGEST_TEMPLATE:
        raise TemplateError(f"The template is longer than {LONGEST_TEMPLATE:,} characters.")


def _check_json(text: str) -> None:
    try:
        json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        line = (text.splitlines() or [""])[min(error.lineno, text.count("\n") + 1) - 1].strip()[:60]
        message = f"The filled text is not valid JSON: line {error.lineno}, character {error.colno}, near “{line}”: {error.msg}."
        raise TemplateError(message) from None
    except (ValueError, RecursionError):
        raise TemplateError("The filled text is not valid JSON: it holds something that is no JSON value.") from None


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)
