"""One text file a template, from which workbooks are built; a file's name is the name that `rowpact new --template` takes.

Invariant: the folder is the list; adding a template is adding a file.
"""

import difflib
from functools import cache
from importlib import resources

from runner.errors import RowpactError
from sheet_templates.template import DataColumn, DataTab, Template

__all__ = ["DataColumn", "DataTab", "Template", "load", "names"]


@cache
def _listed() -> tuple[str, ...]:
    files = resources.files(__name__).iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


def names() -> list[str]:
    """Every template's name, in alphabetical order."""
    return list(_listed())


@cache
def load(name: str) -> Template:
    """The template of that name, without its sample rows. Raises `RowpactError` with the names there are."""
    from sheet_templates.text import parse

    wanted = "-".join(name.strip().lower().replace("_", " ").split())
    if wanted not in _listed():
        near = difflib.get_close_matches(wanted, _listed(), 1, 0.6)
        hint = f" Did you mean “{near[0]}”?" if near else ""
        message = f"There is no template “{name}”.{hint} There is: {', '.join(_listed())}."
        raise RowpactError(message)
    return parse(wanted, (resources.files(__name__) / f"{wanted}.toml").read_text(encoding="utf-8"))
